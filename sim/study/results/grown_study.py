"""Growing a study in its folder: more points beside those that are there, which stay as they are.

A study that grows keeps the digest that it was started with, since the receipts of its parts refer to
it. Its manifest keeps the *sizes* it had before, each with the digest of its points, so that the study
as it was started can be derived from the one that there is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Argument
from sim.study.design.analysis import DESIGNS, GROWING, StudyDesign
from sim.study.design.factors import design_error
from sim.study.design.studyfile import MOST_ROWS, StudyTable
from sim.study.results.manifest import damage_errors, read_manifest
from sim.study.results.owned_folders import MANIFEST

GROWN, GROWN_DIGEST = "grown", "grown_digest"  # keys of a manifest's `design`
Size = dict[str, Any]  # `points` as in a study file, and `drawn`, the digest of all points


def size_of(record: Mapping[str, Any]) -> Size:
    """Return the size of a study, by its manifest."""
    return {"points": record["design"]["study"]["points"], "drawn": record["design"]["drawn"]}


def at_size(record: Mapping[str, Any], size: Size) -> dict[str, Any]:
    """Return the manifest of the same study with another size, smaller than the numbers it grows to."""
    design = record["design"]
    before = [n for n in design["study"].get("grown_from", ()) if n < size["points"]]
    study = {**design["study"], "points": size["points"], "grown_from": before}
    return {**record, "design": {**design, "study": study, "drawn": size["drawn"]}}


def as_started(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest of a study with the size that it was started with."""
    grown = record["design"].get(GROWN)
    return at_size(record, grown[0]) if grown else dict(record)


def with_size_of(record: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the size of another one, and the numbers that it grew from."""
    design, theirs = record["design"], other["design"]
    study = {**design["study"], **{n: theirs["study"].get(n) for n in ("points", "grown_from")}}
    return {**record, "design": {**design, "study": study, "drawn": theirs["drawn"]}}


def is_resized(found: Mapping[str, Any], requested: Mapping[str, Any]) -> bool:
    """Return whether two manifests of studies differ in the number of points, or in what it grew from."""
    there, here = (record["design"]["study"] for record in (found, requested))
    return any((there.get(n) or None) != (here.get(n) or None) for n in ("points", "grown_from"))


def has_grown(found: Mapping[str, Any], requested: Mapping[str, Any]) -> bool:
    """Return whether the study in a folder becomes the requested one if points are added to it.

    `found` and `requested` are manifests of studies that differ in their size alone.
    """
    sizes = requested["design"].get(GROWN)
    return bool(sizes) and sizes == [*found["design"].get(GROWN, ()), size_of(found)]


def why_not_grown(found: Mapping[str, Any], requested: Mapping[str, Any]) -> str:
    """Return in one line why the study in a folder does not become the requested one."""
    there, wanted = (record["design"]["study"]["points"] for record in (found, requested))
    if there == wanted:
        before = found["design"]["study"].get("grown_from") or []
        return (
            f"points = {there}: those there were drawn in other steps; want grown_from = {before}"
        )
    kind = DESIGNS[requested["design"]["study"]["design"]]
    drawn_otherwise = f"the {there} there are not the first of those that are drawn now"
    return f"points = {wanted}: {growth_problem(kind, there, wanted) or drawn_otherwise}"


def growth_problem(kind: StudyDesign, there: int, wanted: int) -> str:
    """Return in one line why a study cannot grow from one number of points to another; "" if it can."""
    if not kind.grows:
        return what_grows(kind)
    if wanted < there:
        enough = f"{there} or a multiple of it" if kind.nested else f"{there} or more"
        return f"there are {there} already, and none is taken away; want {enough}"
    if kind.nested and wanted % there:
        below = wanted - wanted % there
        near = [str(n) for n in (below, below + there) if n <= MOST_ROWS]
        return f"a {kind.name} of {there} grows to multiples of that; want {' or '.join(near)}"
    return ""


def what_grows(kind: StudyDesign) -> str:
    """Return in one line whether a study of this design grows at all, and by what."""
    if kind.grows:
        return f"a study of design {kind.name} grows by more `points` and by nothing else"
    return f"a study of design {kind.name} does not grow; {', '.join(GROWING)} do"


def grown_table(table: StudyTable, points: int | None) -> StudyTable:
    """Return the study of a folder with more points; raises ScenarioError if it cannot grow."""
    if points is None or points == table.points:
        return table
    there = table.points or 0
    why = growth_problem(table.kind, there, points)
    if why:
        raise design_error("points", str(points), why, Argument("points"))
    before = [*table.grown_from, there] if table.kind.nested else []
    return table.model_copy(update={"points": points, "grown_from": before})


def table_in_folder(table: StudyTable, folder: Path) -> StudyTable:
    """Return a study with the numbers of points that the same study in its folder grew from.

    They decide where the points of a nested design lie. The folder may hold anything: whether it is
    the same study is decided when it is opened.
    """
    wanted = table.points or table.kind.points
    if not table.kind.nested or table.grown_from or wanted is None:
        return table
    with damage_errors(folder / MANIFEST):
        study = read_manifest(folder)["design"].get("study") or {}
        there, before = study.get("points"), study.get("grown_from") or []
        if study.get("design") != table.design or not there:
            return table
        if wanted == there:
            return table.model_copy(update={"grown_from": before})
        grows = not growth_problem(table.kind, there, wanted)
    return table.model_copy(update={"grown_from": [*before, there]}) if grows else table


def longer_lists(there: Mapping[str, Any], here: Mapping[str, Any], keys: Sequence[str]) -> bool:
    """Return whether two studies differ only in lists, of which one has more than the other."""
    pairs = [(there.get(key), here.get(key)) for key in keys]
    return bool(pairs) and all(
        isinstance(a, list) and isinstance(b, list) and len(a) < len(b) and all(v in b for v in a)
        for a, b in pairs
    )
