"""What the rooms of the package hold: lines, folders, names that stand twice, circles of imports.

`make rooms` prints it; `test_rooms.py` holds it against the marks.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "sim"


def modules(package: Path) -> dict[str, Path]:
    """Return every module by its dotted name, packages by the name of their folder."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def lines_of_rooms(package: Path) -> dict[str, int]:
    """Return lines by room, the largest first; modules that stand alone are one room, "."."""
    lines: dict[str, int] = defaultdict(int)
    for file in package.rglob("*.py"):
        parts = file.relative_to(package).parts
        room = parts[0] if len(parts) > 1 else "."
        lines[room] += len(file.read_text(encoding="utf-8").splitlines())
    return dict(sorted(lines.items(), key=lambda item: -item[1]))


def modules_of_folders(package: Path) -> dict[str, int]:
    """Return how many modules stand in each folder."""
    count: dict[str, int] = defaultdict(int)
    for file in package.rglob("*.py"):
        if file.name != "__init__.py":
            count[file.parent.relative_to(package.parent).as_posix()] += 1
    return dict(sorted(count.items(), key=lambda item: -item[1]))


def repeated(package: Path) -> dict[str, list[str]]:
    """Return the names that two modules, or two public classes, share, with their places."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in sorted(package.rglob("*.py")):
        where = file.relative_to(package).as_posix()
        if not file.name.startswith("__"):
            places[f"module {file.stem}"].append(where)
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[f"class {node.name}"].append(where)
    return {name: there for name, there in places.items() if len(there) > 1}


def imported(name: str, file: Path, known: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the package that a module imports, early, late, or for types alone."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or node.module not in known:
            continue
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in known else node.module


def circles(package: Path) -> list[list[str]]:
    """Return groups of modules that import each other, directly or by way of others (Tarjan 1972)."""
    known = modules(package)
    arrows = {
        name: sorted(set(imported(name, file, known)) - {name}) for name, file in known.items()
    }
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            group = sorted(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for name in arrows:
        if name not in index:
            visit(name)
    return sorted(found)


def main() -> None:
    """Print lines and modules of every room, and whatever stands against the marks."""
    rooms = lines_of_rooms(PACKAGE)
    total = sum(rooms.values())
    for room, lines in rooms.items():
        print(f"{room:14}{lines:7,} lines {100.0 * lines / total:5.1f} %")
    print(f"{'all':14}{total:7,} lines")
    folder, most = next(iter(modules_of_folders(PACKAGE).items()))
    print(f"the fullest folder: {folder}, {most} modules")
    for name, there in repeated(PACKAGE).items():
        print(f"{name} stands {len(there)} times: {', '.join(there)}")
    for group in circles(PACKAGE):
        print(f"import each other: {', '.join(group)}")


if __name__ == "__main__":
    sys.exit(main())
