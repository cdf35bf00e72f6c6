"""Ctrl-C, obeyed at once by Python code and between its steps by machine code and the compiler.

Python raises KeyboardInterrupt wherever the main thread happens to be. Within the compiler that may be
a callback from C, which drops exceptions, so that the run would go on for hours; within an import it
leaves half a module, within the taking of a lock a file that nobody removes. So while work is `handle_ctrl_c`,
Ctrl-C sets a flag and is raised as soon as the main thread is in none of them. Blocks of worlds and the
compiler, in any thread, look at the flag between their steps. A second one, before the first is
answered, ends the process.
"""

from __future__ import annotations

import _thread
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

UNINTERRUPTIBLE = (
    "numba",
    "llvmlite",
    "importlib",
    "sim.study.results.lock",
)  # nor in what is within them
EXIT_CODE = 130
RETRY_AFTER = 0.1  # seconds to the next look where the main thread is
PATIENCE = 1.0  # seconds to stop in before a word is said
STOPPING = "stopping after this step; Ctrl-C again ends it at once\n"
SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it

_pending = [False]  # no threading.Event: its lock would stop a handler that came upon itself
_stops = [0]
_listeners: list[_Listener] = []  # one at most


def is_interrupt_pending() -> bool:
    """Return whether Ctrl-C was pressed and is not answered yet."""
    return _pending[0]


def may_be_ctrl_c() -> bool:
    """Return whether a KeyboardInterrupt that is caught here may be Ctrl-C, not raised by somebody's code.

    Where nobody listens the two look alike in the main thread; others never get Ctrl-C by themselves.
    """
    unheard = not _listeners and threading.current_thread() is threading.main_thread()
    return is_interrupt_pending() or unheard


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed and is not answered yet; cheap, in any thread."""
    if is_interrupt_pending():
        if threading.current_thread() is threading.main_thread():
            for listener in _listeners:
                listener.raised = True
        raise KeyboardInterrupt


def mark_answered() -> None:
    """Say that work has stopped as asked: what still follows can be interrupted anew."""
    _stops[0] += 1
    for listener in _listeners:
        listener.forget()


def count_stops() -> int:
    """Return how often work has stopped as asked, and was answered, in this process."""
    return _stops[0]


def die_on_ctrl_c() -> None:
    """Let Ctrl-C end the process from now on without a word: there is nothing left to stop."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def handle_ctrl_c(*, tell: bool = False) -> Iterator[None]:
    """Obey Ctrl-C as this module does while the block runs; with `tell`, say so where it takes long.

    Nothing happens outside the main thread, within another such block, and where somebody has a
    handler of their own. At the end everything is as it was, and the flag is cleared.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _pending[0] = False
    listener = _Listener(tell)
    try:
        _listeners.append(listener)
        listener.open()
        yield
    finally:
        listener.close()
        _listeners.clear()


class _Listener:
    """Counts Ctrl-C in a thread of its own, which hears it even while machine code runs."""

    def __init__(self, tell: bool):
        self.tell, self.raised = tell, False
        self._count, self._own, self._since = 0, 0, 0.0
        self._told, self._over = False, False
        self._lock = threading.Lock()
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)
        self._thread = threading.Thread(target=self._listen, name="sim-interrupt", daemon=True)
        self._elsewhere = -1
        self._before: Any = signal.getsignal(signal.SIGINT)

    def open(self) -> None:
        """Begin to listen."""
        self._elsewhere = signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._hear)
        self._thread.start()

    def close(self) -> None:
        """Listen no more; whoever listened before does again."""
        with self._lock:
            self.raised = self._over = True
        signal.signal(signal.SIGINT, self._before)
        signal.set_wakeup_fd(self._elsewhere)
        with suppress(OSError):
            self._far.send(b"\0")
        if self._thread.ident is not None:
            self._thread.join()
        self._near.close()
        self._far.close()
        _pending[0] = False

    def forget(self) -> None:
        """Count from nothing again; what is written but not read yet belongs to what is answered."""
        with self._lock:
            self._read()
            self._count, self._told, self.raised = 0, False, False
            _pending[0] = False

    def _hear(self, _: int, frame: FrameType | None) -> None:
        _pending[0] = True
        if not self.raised and not _is_within(frame, UNINTERRUPTIBLE):
            self.raised = True
            raise KeyboardInterrupt

    def _listen(self) -> None:
        while not self._over:
            select.select([self._near], [], [], self._pause())
            with self._lock:
                self._read()
                if self._count > 1:
                    _exit_now()
                if self._count == 1 and not self._over:
                    self._insist()

    def _pause(self) -> float | None:
        """Return how long to wait for the system to write; None is for ever."""
        if self._count == 0 or (self.raised and (self._told or not self.tell)):
            return None
        return RETRY_AFTER

    def _insist(self) -> None:
        """Let the main thread look again where it is, and say so where that takes long."""
        _pending[0] = True
        if not self.raised:
            self._own += 1
            _thread.interrupt_main()
        if self.tell and not self._told and time.monotonic() - self._since > PATIENCE:
            self._told = True
            with suppress(OSError, ValueError):
                sys.stderr.write(STOPPING)
                sys.stderr.flush()

    def _read(self) -> None:
        """Count what the system has written, one byte a signal, without those sent from here."""
        try:
            heard = self._near.recv(64)
        except BlockingIOError:
            return
        if self._elsewhere != -1:
            with suppress(OSError):
                os.write(self._elsewhere, heard.replace(b"\0", b""))
        if signal.getsignal(signal.SIGINT) == self._hear:
            if self._count == 0:
                self._since = time.monotonic()
            self._count += heard.count(signal.SIGINT) - self._own
        self._own = 0


def _is_within(frame: FrameType | None, modules: tuple[str, ...]) -> bool:
    within = tuple(f"{module}." for module in modules)
    while frame is not None:
        if f"{frame.f_globals.get('__name__')}.".startswith(within):
            return True
        frame = frame.f_back
    return False


def _exit_now() -> None:
    """End the process now. Nothing is half written: files get their names when they are whole."""
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(EXIT_CODE)
