"""Our own domain files, one TOML file for issues and both sides.

    title = "Office supplies"
    [[issues]]
    name = "price"
    values = ["9", "10", "11"]
    [buyer]
    weights = { price = 1 }
    evaluations = { price = [3, 2, 1] }
    reservation = 0.2
    discount = 0.9

Weights count as shares of their sum, evaluations as shares of the highest of their issue.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from sim.errors import SimError, closest_name, is_one_line
from sim.outcomes.domains.bounded_files import label, number_of, read_text, shown
from sim.outcomes.domains.domain import SIDES, Domain, DomainIssue, Profile, checked

KEYS = ("title", "issues", *SIDES)
ISSUE_KEYS = ("name", "values")
SIDE_KEYS = ("name", "weights", "evaluations", "reservation", "discount")


def read(path: Path) -> Domain:
    """Return a domain from a TOML file; raises a one-line SimError."""
    where = label(path)
    try:
        data = tomllib.loads(read_text(path))
    except RecursionError:
        raise SimError(f"{where}: nested too deep, want a domain") from None
    except ValueError as error:
        raise SimError(f"{where}: want valid TOML: {_one_line(str(error))}") from None
    _known(data, KEYS, where)
    issues = tuple(_issue(table, where) for table in _list(data.get("issues"), f"{where}: issues"))
    profiles = tuple(_profile(data, side, issues, where) for side in SIDES)
    title = data.get("title", path.stem)
    if not isinstance(title, str) or not is_one_line(title) or len(title) > 200:
        raise SimError(f"{where}: title = {shown(title)}: want a printable line")
    return checked(Domain(title, issues, (profiles[0], profiles[1])), where)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:120]


def _known(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            near = closest_name(key, keys)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SimError(f"{where}: {shown(key)}: no such key, want {', '.join(keys)}{hint}")


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise SimError(f"{where} = {shown(value)}: want a list that is not empty")
    return value


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SimError(f"{where} = {shown(value)}: want a table")
    return value


def _issue(value: Any, where: str) -> DomainIssue:
    table = _table(value, f"{where}: issues")
    _known(table, ISSUE_KEYS, f"{where}: issues")
    name = table.get("name")
    if not isinstance(name, str):
        raise SimError(f"{where}: issues: name = {shown(name)}: want a name")
    values = _list(table.get("values"), f"{where}: {shown(name)}: values")
    for entry in values:
        if not isinstance(entry, str | int | float) or isinstance(entry, bool):
            raise SimError(f"{where}: {shown(name)}: value {shown(entry)}: want a name or a number")
    return DomainIssue(name, tuple(str(entry) for entry in values))


def _profile(
    data: dict[str, Any], side: str, issues: tuple[DomainIssue, ...], where: str
) -> Profile:
    at = f"{where}: {side}"
    table = _table(data.get(side), at)
    _known(table, SIDE_KEYS, at)
    weights = _numbers(table.get("weights"), issues, f"{at}: weights")
    total = sum(weights)
    if not total > 0.0:
        raise SimError(f"{at}: weights: want at least one above 0")
    given = _table(table.get("evaluations"), f"{at}: evaluations")
    _known(given, tuple(issue.name for issue in issues), f"{at}: evaluations")
    evaluations = tuple(
        _shares(given.get(issue.name), issue, f"{at}: evaluations: {issue.name}")
        for issue in issues
    )
    name = table.get("name", side)
    if not isinstance(name, str) or not is_one_line(name) or len(name) > 200:
        raise SimError(f"{at}: name = {shown(name)}: want a printable name")
    reservation = number_of(table.get("reservation", 0.0), f"{at}: reservation")
    if reservation < 0.0:
        raise SimError(f"{at}: reservation = {reservation:.6g}: want a number from 0 to 1")
    discount = number_of(table.get("discount", 1.0), f"{at}: discount")
    return Profile(name, tuple(w / total for w in weights), evaluations, reservation, discount)


def _numbers(value: Any, issues: tuple[DomainIssue, ...], where: str) -> list[float]:
    table = _table(value, where)
    _known(table, tuple(issue.name for issue in issues), where)
    found = [number_of(table.get(issue.name), f"{where}: {issue.name}") for issue in issues]
    for issue, x in zip(issues, found, strict=True):
        if x < 0.0:
            raise SimError(f"{where}: {issue.name} = {x:.6g}: want a number of at least 0")
    return found


def _shares(value: Any, issue: DomainIssue, where: str) -> tuple[float, ...]:
    found = [number_of(x, where) for x in _list(value, where)]
    if len(found) != len(issue.values):
        raise SimError(f"{where}: {len(found)} numbers for {len(issue.values)} values")
    if min(found) < 0.0:
        raise SimError(f"{where}: {min(found):.6g}: want numbers of at least 0")
    best = max(found)
    return tuple(x / best if best > 0.0 else 0.0 for x in found)
