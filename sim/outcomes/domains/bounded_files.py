"""Reading untrusted files: bounded in size and depth, with nothing in them followed or fetched."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from sim.errors import SimError
from sim.files import open_ordinary

# Far above any domain of the field, far below what could exhaust memory or the stack.
MOST_BYTES = 32_000_000
MOST_DEPTH = 24  # of nested XML elements
MOST_ELEMENTS = 1_000_000  # of one XML file
LONGEST_PATH = 300  # letters of a path that a message shows
# An & that begins no entity, as tools of the field write it in names.
_BARE_AMPERSAND = re.compile(rb"&(?!(?:[A-Za-z_:][\w.:-]*|#[0-9]+|#x[0-9A-Fa-f]+);)")
_DECLARATION = re.compile(rb"<\?xml\s[^>]*>")
_ENCODING = re.compile(rb"encoding\s*=\s*['\"]([\w.:-]+)")


class Element:
    """One element of an XML file: its tag, attributes, children, and the line it begins on."""

    __slots__ = ("attributes", "children", "line", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], line: int):
        self.tag, self.attributes, self.line = tag, attributes, line
        self.children: list[Element] = []

    def all(self, tag: str) -> list[Element]:
        """Return the children with a tag, in the order of the file."""
        return [child for child in self.children if child.tag == tag]

    def below(self) -> Iterator[Element]:
        """Yield this element and all its descendants, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.below()


def label(path: Path) -> str:
    """Return the name of a file in messages: printable, and at most `LONGEST_PATH` letters."""
    text = str(path)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= LONGEST_PATH else "…" + text[-LONGEST_PATH:]


def quote(value: Any) -> str:
    """Return a value on one short line, without anything that a terminal would obey."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."


def read_bytes(path: Path) -> bytes:
    """Return the bytes of an ordinary file, without ever waiting for a pipe or a device.

    Raises a one-line SimError if the file is missing, not ordinary, or above `MOST_BYTES`.
    """
    name = label(path)
    try:
        with open_ordinary(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:
                raise SimError(f"{name}: {size:,} bytes, want at most {MOST_BYTES:,}")
            raw = file.read(MOST_BYTES + 1)  # the size may have grown, or be unknown
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise SimError(f"{name}: cannot be read: {reason}") from None
    if len(raw) > MOST_BYTES:
        raise SimError(f"{name}: want at most {MOST_BYTES:,} bytes")
    return raw


def read_text(path: Path) -> str:
    """Return the text of an ordinary UTF-8 file; raises a one-line SimError if it is not."""
    raw = read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SimError(f"{label(path)}:{line}: want text in UTF-8") from None


def read_xml(path: Path) -> Element:
    """Return the root of an XML file that declares no document type, and so no entities.

    Raises a one-line SimError if the file is not well-formed, or too deep or too large.
    """
    name = label(path)
    return _XmlReader(name).read(_repair_xml(read_bytes(path), name))


def _repair_xml(raw: bytes, name: str) -> bytes:
    """Return XML as tools of the field write and read it, in the form the standard wants.

    Blank lines before the declaration are moved behind it, a bare & becomes an entity, and letters
    that are not valid UTF-8 are read as Windows-1252.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16, which expat reads by itself
        return raw
    text = raw.removeprefix(b"\xef\xbb\xbf")
    blank = text[: len(text) - len(text.lstrip())]
    text = _BARE_AMPERSAND.sub(b"&amp;", text.lstrip().removeprefix(b"\xef\xbb\xbf"))
    declaration = _DECLARATION.match(text)
    head = declaration.end() if declaration else 0
    encoding = _ENCODING.search(text, 0, head)
    coding = encoding[1].lower() if encoding else b"utf-8"
    if coding in (b"utf-8", b"utf8"):
        try:
            text.decode()
        except UnicodeDecodeError:
            try:
                text = text.decode("cp1252").encode()
            except UnicodeDecodeError as error:
                line = raw.count(b"\n", 0, error.start) + 1
                raise SimError(f"{name}:{line}: want text in UTF-8, or in Windows-1252") from None
    # Blank lines are moved, not dropped, so that line numbers in messages stay those of the file.
    return text[:head] + blank + text[head:]


class _XmlReader:
    """The tree of elements built from events of expat; doctypes and entities are refused."""

    def __init__(self, name: str):
        self.name, self.count = name, 0
        self.open: list[Element] = []
        self.root: Element | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse
        self.parser.ExternalEntityRefHandler = self.refuse

    def read(self, raw: bytes) -> Element:
        try:
            self.parser.Parse(raw, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise SimError(f"{self.name}:{error.lineno}: want well-formed XML: {reason}") from None
        except (LookupError, UnicodeError, ValueError):
            raise SimError(f"{self.name}: want XML in a known encoding") from None
        if self.root is None:
            raise SimError(f"{self.name}: want an XML file with a root element")
        return self.root

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element below the last one that is still open."""
        self.count += 1
        if len(self.open) >= MOST_DEPTH:
            raise self.error(f"want elements nested at most {MOST_DEPTH} deep")
        if self.count > MOST_ELEMENTS:
            raise self.error(f"want at most {MOST_ELEMENTS:,} elements")
        element = Element(tag, attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, tag: str) -> None:
        self.open.pop()

    def refuse(self, *_: Any) -> Any:
        """Refuse a document type or an entity."""
        raise self.error("want XML without a document type: no entities are read")

    def error(self, want: str) -> SimError:
        return SimError(f"{self.name}:{self.parser.CurrentLineNumber}: {want}")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file; raises a one-line SimError if it is not valid.

    Keys must not repeat, numbers must be finite and the depth is bounded.
    """
    name, text = label(path), read_text(path)
    try:
        found = json.loads(
            text,
            object_pairs_hook=_reject_repeated_keys,
            parse_constant=_reject_constant,
            parse_float=_parse_finite,
        )
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise SimError(f"{name}:{error.lineno}: want valid JSON: {reason}") from None
    except RecursionError:
        raise SimError(f"{name}: nested too deep, want a profile") from None
    except ValueError as error:
        raise SimError(f"{name}: want valid JSON: {str(error).splitlines()[0][:120]}") from None
    if not isinstance(found, dict):
        raise SimError(f"{name}: want a JSON object, got {quote(found)}")
    return found


def _reject_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of pairs; raises ValueError if a key repeats, which `json` lets pass."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"key {quote(name)} is there twice")
        found[name] = value
    return found


def _reject_constant(text: str) -> Any:
    """Refuse NaN and the infinities, which `json` reads although JSON has none."""
    raise ValueError(f"{text} is no number")


def _parse_finite(text: str) -> float:
    """Return a number; raises ValueError if it is too large for a float."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{quote(text)} is too large a number")
    return number


def parse_number(value: Any, where: str, want: str = "want a number") -> float:
    """Return a finite number, given as a number or as text.

    `where` names the place in the file. Raises a one-line SimError that says `want` otherwise.
    """
    try:
        if isinstance(value, bool | dict | list | None):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError):
        raise SimError(f"{where} = {quote(value)}: {want}") from None
    if not math.isfinite(number):
        raise SimError(f"{where} = {quote(value)}: {want}")
    return number
