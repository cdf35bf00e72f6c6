"""The standard error of a command, however long it took: without the lines of progress."""

import re

# `simulating: 3 of 9 worlds, about 4 s left`, `running: starting`, and what a first run compiles.
PROGRESS = re.compile(
    r"^[\w ]+: (starting|compiling|\d+ of \d+ [\w ×]+)(, .*)?$|^[\w ]*compiling the rules.*$"
)


def said(stderr: str) -> str:
    """Return the text without the lines that a machine prints which is busy for more than 2 seconds."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if not PROGRESS.match(line.rstrip("\n")))
