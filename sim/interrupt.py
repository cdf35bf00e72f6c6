"""Ctrl-C: obeyed at once by Python code, and between their steps by machine code and the compiler.

Python raises KeyboardInterrupt wherever the main thread happens to be. Within the compiler that may
be a callback from C, which drops exceptions, so that the run would continue for hours; within an
import it leaves half a module, and while a lock is taken it leaves a file that nobody removes. So inside
`handle_ctrl_c` Ctrl-C only sets a flag, and is raised as soon as the main thread is in none of
these places. Blocks of worlds and the compiler, in any thread, check the flag between their steps.
A second Ctrl-C, before the first is answered, ends the process.
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

# Modules within which KeyboardInterrupt is not raised, nor in what they call.
UNINTERRUPTIBLE = (
    "numba", "llvmlite", "importlib", "sim.study.results.lock", "sim.study.results.block_store"
)  # fmt: skip
INTERRUPT_EXIT_CODE = 130  # 128 + SIGINT, as shells report it
RETRY_AFTER = 0.1  # seconds until the main thread's place is checked again
PATIENCE = 1.0  # seconds a stop may take without a message
STOPPING = "stopping after this step; Ctrl-C again ends it at once\n"
SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it

# A list, not a threading.Event: a handler that interrupts itself would wait for the Event's lock.
_pending = [False]
_stops = [0]
_listeners: list[_Listener] = []  # at most one


def is_interrupt_pending() -> bool:
    """Return whether Ctrl-C was pressed and has not been answered yet."""
    return _pending[0]


def may_be_ctrl_c() -> bool:
    """Return whether a KeyboardInterrupt caught here may be Ctrl-C, not one raised by custom code.

    Outside `handle_ctrl_c` the two look alike in the main thread; other threads never get Ctrl-C by
    themselves.
    """
    unheard = not _listeners and threading.current_thread() is threading.main_thread()
    return is_interrupt_pending() or unheard


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if Ctrl-C is pending; cheap, and callable from any thread."""
    if is_interrupt_pending():
        if threading.current_thread() is threading.main_thread():
            for listener in _listeners:
                listener.raised = True
        raise KeyboardInterrupt


def mark_interrupt_answered() -> None:
    """Declare that work has stopped as asked, so that what follows can be interrupted again."""
    _stops[0] += 1
    for listener in _listeners:
        listener.forget()


def count_answered_interrupts() -> int:
    """Return how often work was stopped by Ctrl-C, and this was answered, in this process."""
    return _stops[0]


def exit_on_ctrl_c() -> None:
    """Let Ctrl-C end the process from now on without a message, as nothing is left to stop."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def handle_ctrl_c(*, tell: bool = False) -> Iterator[None]:
    """Handle Ctrl-C as this module does while the block runs; with `tell`, say so if it takes long.

    Does nothing outside the main thread, within another such block, or if somebody has installed a
    handler of their own. At the end everything is restored, and the flag is cleared.
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
    """A thread that counts Ctrl-C, even while machine code runs.

    A signal handler written in Python runs only between bytecodes of the main thread, which machine
    code never reaches. The interpreter's C handler, however, writes each signal to the wake-up
    socket at once, and this thread reads it there.
    """

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
        """Stop listening, and restore the listeners before."""
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
        """Reset the count; signals written but not read yet belong to what is answered."""
        with self._lock:
            self._read()
            self._count, self._told, self.raised = 0, False, False
            _pending[0] = False

    def _hear(self, _: int, frame: FrameType | None) -> None:
        """Set the flag; raise in the main thread unless it is in an uninterruptible place."""
        _pending[0] = True
        if not self.raised and not _is_within(frame, UNINTERRUPTIBLE):
            self.raised = True
            raise KeyboardInterrupt

    def _listen(self) -> None:
        """Read signals until closed: the second one ends the process, the first one is insisted on."""
        while not self._over:
            select.select([self._near], [], [], self._pause())
            with self._lock:
                self._read()
                if self._count > 1:
                    _exit_now()
                if self._count == 1 and not self._over:
                    self._insist()

    def _pause(self) -> float | None:
        """Return the seconds to wait for the next signal; None is for ever."""
        if self._count == 0 or (self.raised and (self._told or not self.tell)):
            return None
        return RETRY_AFTER

    def _insist(self) -> None:
        """Make the main thread check again where it is, and print a message if that takes long.

        The signal this sends to its own process is subtracted when signals are counted.
        """
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
        """Count the signals written to the socket, one byte each, without those sent from here.

        Bytes are passed on to whoever had set a wake-up socket before.
        """
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
    """Return whether a frame, or any that called it, belongs to one of some modules."""
    within = tuple(f"{module}." for module in modules)
    while frame is not None:
        if f"{frame.f_globals.get('__name__')}.".startswith(within):
            return True
        frame = frame.f_back
    return False


def _exit_now() -> None:
    """End the process now; nothing is left half written, as files get their names when complete."""
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(INTERRUPT_EXIT_CODE)
