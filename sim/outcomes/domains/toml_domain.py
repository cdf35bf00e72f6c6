"""The laboratory's own domain files, one TOML file for issues and both sides.

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
from sim.outcomes.domains.bounded_files import label, parse_number, quote, read_text
from sim.outcomes.domains.domain import SIDES, Domain, DomainIssue, Profile, check_domain
from sim.summation import ordered_sum

KEYS = ("title", "issues", *SIDES)
ISSUE_KEYS = ("name", "values")
SIDE_KEYS = ("name", "weights", "evaluations", "reservation", "discount")


def read_toml_domain(path: Path) -> Domain:
    """Return the domain of a TOML file; raises a one-line SimError if it is not valid."""
    where = label(path)
    try:
        data = tomllib.loads(read_text(path))
    except RecursionError:
        raise SimError(f"{where}: nested too deep, want a domain") from None
    except ValueError as error:
        raise SimError(f"{where}: want valid TOML: {_one_line(str(error))}") from None
    _check_keys(data, KEYS, where)
    issues = tuple(
        _parse_issue(table, where) for table in _expect_list(data.get("issues"), f"{where}: issues")
    )
    profiles = tuple(_parse_profile(data, side, issues, where) for side in SIDES)
    title = data.get("title", path.stem)
    if not isinstance(title, str) or not is_one_line(title) or len(title) > 200:
        raise SimError(f"{where}: title = {quote(title)}: want a printable line")
    return check_domain(Domain(title, issues, (profiles[0], profiles[1])), where)


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:120]


def _check_keys(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Raise SimError with the nearest key if a table has an unknown one."""
    for key in table:
        if key not in keys:
            near = closest_name(key, keys)
            hint = f"; did you mean '{near}'?" if near else ""
            raise SimError(f"{where}: {quote(key)}: no such key, want {', '.join(keys)}{hint}")


def _expect_list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise SimError(f"{where} = {quote(value)}: want a list that is not empty")
    return value


def _expect_table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SimError(f"{where} = {quote(value)}: want a table")
    return value


def _parse_issue(value: Any, where: str) -> DomainIssue:
    """Return an issue; values are names, or numbers that become names."""
    table = _expect_table(value, f"{where}: issues")
    _check_keys(table, ISSUE_KEYS, f"{where}: issues")
    name = table.get("name")
    if not isinstance(name, str):
        raise SimError(f"{where}: issues: name = {quote(name)}: want a name")
    values = _expect_list(table.get("values"), f"{where}: {quote(name)}: values")
    for entry in values:
        if not isinstance(entry, str | int | float) or isinstance(entry, bool):
            raise SimError(f"{where}: {quote(name)}: value {quote(entry)}: want a name or a number")
    return DomainIssue(name, tuple(str(entry) for entry in values))


def _parse_profile(
    data: dict[str, Any], side: str, issues: tuple[DomainIssue, ...], where: str
) -> Profile:
    """Return the profile of a side, with weights and evaluations scaled to shares."""
    at = f"{where}: {side}"
    table = _expect_table(data.get(side), at)
    _check_keys(table, SIDE_KEYS, at)
    weights = _parse_weights(table.get("weights"), issues, f"{at}: weights")
    total = ordered_sum(weights)
    if not total > 0.0:
        raise SimError(f"{at}: weights: want at least one above 0")
    given = _expect_table(table.get("evaluations"), f"{at}: evaluations")
    _check_keys(given, tuple(issue.name for issue in issues), f"{at}: evaluations")
    evaluations = tuple(
        _parse_evaluations(given.get(issue.name), issue, f"{at}: evaluations: {issue.name}")
        for issue in issues
    )
    name = table.get("name", side)
    if not isinstance(name, str) or not is_one_line(name) or len(name) > 200:
        raise SimError(f"{at}: name = {quote(name)}: want a printable name")
    reservation = parse_number(table.get("reservation", 0.0), f"{at}: reservation")
    if reservation < 0.0:
        raise SimError(f"{at}: reservation = {reservation:.6g}: want a number from 0 to 1")
    discount = parse_number(table.get("discount", 1.0), f"{at}: discount")
    return Profile(name, tuple(w / total for w in weights), evaluations, reservation, discount)


def _parse_weights(value: Any, issues: tuple[DomainIssue, ...], where: str) -> list[float]:
    """Return the weights of all issues, each at least 0."""
    table = _expect_table(value, where)
    _check_keys(table, tuple(issue.name for issue in issues), where)
    found = [parse_number(table.get(issue.name), f"{where}: {issue.name}") for issue in issues]
    for issue, x in zip(issues, found, strict=True):
        if x < 0.0:
            raise SimError(f"{where}: {issue.name} = {x:.6g}: want a number of at least 0")
    return found


def _parse_evaluations(value: Any, issue: DomainIssue, where: str) -> tuple[float, ...]:
    """Return the evaluations of an issue as shares of the highest."""
    found = [parse_number(x, where) for x in _expect_list(value, where)]
    if len(found) != len(issue.values):
        raise SimError(f"{where}: {len(found)} numbers for {len(issue.values)} values")
    if min(found) < 0.0:
        raise SimError(f"{where}: {min(found):.6g}: want numbers of at least 0")
    best = max(found)
    return tuple(x / best if best > 0.0 else 0.0 for x in found)
