"""Line numbers of the keys of a TOML text, which TOML libraries do not keep."""

from __future__ import annotations

import re
import tomllib
from typing import Any

Keys = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_PART = re.compile(
    r"""[ \t]*(?:([A-Za-z0-9_-]+)|("(?:\\.|[^"\\\n])*"|'[^'\n]*'))[ \t]*(\.?)""",
)
_STRING = re.compile(
    r'''"""(?:\\.|[^\\])*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:'{0,2})|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'''',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def line_index(text: str) -> dict[Keys, int]:
    r"""Return the line, from 1, of every table, key and list item of a valid TOML text.

    A list item is addressed by its index: ("issues", 0, "worth", 2).

    >>> line_index("[run]\nmonths = 24\n")
    {('run',): 1, ('run', 'months'): 2}
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def split_key(text: str) -> list[str] | None:
    """Return the parts of a dotted key as TOML reads them, or None if it is not valid."""
    scanner = _Scanner(text)
    parts = scanner.key()
    return [str(part) for part in parts] if parts and scanner.at == len(text) else None


def split_name(name: Any) -> list[str] | None:
    """Return the parts of a dotted key as a user types it, or None if it is not valid."""
    if not isinstance(name, str):
        return None
    quoted = re.search("[\"']", name)
    parts = split_key(name) if quoted else [part.strip() for part in name.split(".")]
    return parts if parts and all(parts) else None


class _Scanner:
    """One pass over a text that a TOML library has already accepted."""

    def __init__(self, text: str):
        self.text, self.at = text, 0
        self.lines: dict[Keys, int] = {}
        self._last: dict[Keys, int] = {}  # number of the newest item of each [[array of tables]]
        self._line, self._seen = 1, 0

    def document(self) -> None:
        """Read headers and keys to the end."""
        table: Keys = ()
        while self._skip():
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)

    def key(self) -> Keys:
        """Read a dotted key; at anything else go to the end of the text."""
        parts: list[str] = []
        while True:
            match = _PART.match(self.text, self.at)
            if match is None:
                self.at = len(self.text)
                return ()
            bare, quoted, dot = match.groups()
            parts.append(bare if bare is not None else tomllib.loads(f"k = {quoted}")["k"])
            self.at = match.end()
            if not dot:
                return tuple(parts)

    def _skip(self) -> bool:
        """Pass blanks and comments; return whether anything is left."""
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.text)

    def _take(self, mark: str) -> bool:
        """Read `mark` if it comes next; return whether it did."""
        here = self.text.startswith(mark, self.at)
        self.at += len(mark) if here else 0
        return here

    def _mark(self, keys: Keys) -> None:
        """Note the line of `keys`, unless an earlier one is known."""
        self._line += self.text.count("\n", self._seen, self.at)
        self._seen = self.at
        self.lines.setdefault(keys, self._line)

    def _header(self) -> Keys:
        """Read [table] or [[table]] and return the path that the keys below it belong to."""
        array = self._take("[[") or not self._take("[")
        parts = self.key()
        path: Keys = ()
        for depth, part in enumerate(parts, start=1):
            path = (*path, part)
            self._mark(path)
            if array and depth == len(parts):
                self._last[path] = self._last.get(path, -1) + 1
            if path in self._last:
                path = (*path, self._last[path])
                self._mark(path)
        self._take("]]" if array else "]")
        return path

    def _pair(self, table: Keys) -> None:
        """Read `key = value`."""
        start, parts = self.at, self.key()
        end, self.at = self.at, start
        for depth in range(1, len(parts) + 1):
            self._mark((*table, *parts[:depth]))
        self.at = end
        self._take("=")
        self._value((*table, *parts))

    def _value(self, keys: Keys) -> None:
        """Read one value, down to the items of arrays and inline tables."""
        self._skip()
        if self._take("["):
            self._array(keys)
        elif self._take("{"):
            while self._skip() and not self._take("}"):
                self._pair(keys)
                self._skip()
                self._take(",")
        else:
            match = _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at)
            self.at = match.end() if match else len(self.text)

    def _array(self, keys: Keys) -> None:
        """Read the items of an array, up to and with its closing bracket."""
        number = 0
        while self._skip() and not self._take("]"):
            item = (*keys, number)
            self._mark(item)
            self._value(item)
            number += 1
            self._skip()
            self._take(",")
