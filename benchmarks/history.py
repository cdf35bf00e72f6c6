"""The history of the benchmarks: one JSON file per version in `benchmarks/history`, and the page that plots it.

`python benchmarks/bench.py --keep` writes the file of the version at hand; `python benchmarks/history.py` writes
`docs/benchmarks.md` and its picture. Ratios are plotted, since both sides of a ratio were measured on the same
machine; speeds and sizes stand in the table, with the machine on which they were measured.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from packaging.version import Version
from timing import number

REPOSITORY = Path(__file__).resolve().parents[1]
HISTORY = REPOSITORY / "benchmarks" / "history"
PAGE = REPOSITORY / "docs" / "benchmarks.md"
PICTURE = REPOSITORY / "docs" / "images" / "benchmarks.png"
COLUMNS = 3
PANEL = (3.6, 2.1)  # inches
LONGEST = 46  # letters of a panel's title in one line


def versions(folder: Path = HISTORY) -> list[str]:
    """Return the versions that were measured, oldest first."""
    return sorted((path.stem for path in folder.glob("*.json")), key=Version)


def read(version: str, folder: Path = HISTORY) -> dict[str, Any]:
    """Return the stored measurement of a version: the machine and the rows."""
    return dict(json.loads((folder / f"{version}.json").read_text(encoding="utf-8")))


def medians(folder: Path = HISTORY) -> dict[str, float]:
    """Return the medians of the newest version by row name; empty without a history."""
    if not (known := versions(folder)):
        return {}
    rows = read(known[-1], folder)["rows"]
    return {row["name"]: row["median"] for row in rows if row["median"] is not None}


def ratios_over_time(folder: Path = HISTORY) -> dict[str, list[tuple[str, float, float, float]]]:
    """Return (version, median, least, largest) of every ratio, by the name of its row."""
    found: dict[str, list[tuple[str, float, float, float]]] = {}
    for version in versions(folder):
        for row in read(version, folder)["rows"]:
            if row["unit"] == "ratio" and row["values"]:
                values = row["values"]
                point = (version, row["median"], min(values), max(values))
                found.setdefault(row["name"], []).append(point)
    return found


def draw(path: Path) -> None:
    """Draw every ratio over the versions, one panel each, with the range over rounds."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    series, axis = ratios_over_time(), versions()
    rows = -(-len(series) // COLUMNS)
    figure, panels = plt.subplots(
        rows, COLUMNS, figsize=(PANEL[0] * COLUMNS, PANEL[1] * rows), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for panel, (name, points) in zip(panels.flat, series.items(), strict=False):
        at = [axis.index(version) for version, *_ in points]
        middle = [median for _, median, _, _ in points]
        below = [median - least for _, median, least, _ in points]
        above = [largest - median for _, median, _, largest in points]
        panel.errorbar(at, middle, (below, above), marker="o", color="black", capsize=3)
        panel.set_title(name.replace(", ", ",\n", 1) if len(name) > LONGEST else name, fontsize=7)
        panel.set_xticks(range(len(axis)), axis, fontsize=7)
        panel.set_xlim(-0.5, len(axis) - 0.5)
        panel.set_ylim(0, 1.25 * max(largest for *_, largest in points))
        panel.tick_params(axis="y", labelsize=7)
    for panel in panels.flat[len(series) :]:
        panel.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def page() -> str:
    """Return the page: the newest version's table, and the picture of all."""
    known = versions()
    newest = read(known[-1])
    machine = (
        f"{newest['platform']}, {newest['processors']} processors, Python {newest['python']}; "
        f"{newest['when'][:10]}, load {newest['load_average'][0]:g} before it began."
    )
    lines = [
        "# Benchmarks by version",
        "",
        "Written by `python benchmarks/history.py` from `benchmarks/history`, one file per version",
        "(`python benchmarks/bench.py --keep`). Both sides of a ratio are measured in turn within one run, so that ratios",
        "may be compared between versions; speeds and sizes belong to the machine named here.",
        "",
        "![Every ratio by version: median and range over rounds](images/benchmarks.png)",
        "",
        f"## {known[-1]}",
        "",
        machine,
        "",
        "| measure | median | range over rounds | unit | wanted |",
        "|---|---:|---|---|---|",
    ]
    for row in newest["rows"]:
        values = row["values"]
        span = f"{number(min(values))} to {number(max(values))}" if values else row["note"]
        middle = number(row["median"]) if values else "–"
        lines.append(f"| {row['name']} | {middle} | {span} | {row['unit']} | {row['wanted']} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page and its picture."""
    draw(PICTURE)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
