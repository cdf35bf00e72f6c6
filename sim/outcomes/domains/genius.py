"""GENIUS XML: a domain and two profiles, read as GENIUS itself reads them.

An evaluation is a share of the highest one of its issue; if a value has two evaluations, the last
counts. The reservation value is a utility and may be below 0. The discount is the share left at the
deadline. Weights are taken as they are; utilities are cut off at 1 if weights add up to more.
"""

from __future__ import annotations

from pathlib import Path

from sim.errors import SimError, is_one_line
from sim.outcomes.domains.bounded_files import Element, label, parse_number, quote, read_xml
from sim.outcomes.domains.domain import (
    LOWEST_RESERVATION,
    MOST_VALUES,
    Domain,
    DomainIssue,
    Profile,
    check_domain,
)
from sim.summation import ordered_sum

TEMPLATE, SPACE = "negotiation_template", "utility_space"
SMALLEST_BEST_EVALUATION = 1e-5  # below it an issue counts for nothing, as in GENIUS
# GENIUS accepts this as a sum of 1; beyond it the cut at 1 would take much away.
HIGHEST_WEIGHT_SUM = 1.02


def is_genius_profile(root: Element) -> bool:
    """Return whether a file is a profile: a utility space with weights."""
    return root.tag == SPACE and any(element.tag == "weight" for element in root.below())


def is_genius_domain(root: Element) -> bool:
    """Return whether a file is a domain: a template, or a utility space without weights."""
    return root.tag == TEMPLATE or (root.tag == SPACE and not is_genius_profile(root))


def read_genius(domain: Path, buyer: Path, vendor: Path) -> Domain:
    """Return the domain of three GENIUS files: the domain, the buyer's and the vendor's profile.

    Raises a one-line SimError if a file is unreadable, not additive, or does not fit the domain.
    """
    root = read_xml(domain)
    where = label(domain)
    if root.tag not in (TEMPLATE, SPACE):
        raise SimError(f"{where}: root <{root.tag[:40]}>: want <{TEMPLATE}>")
    issues = [
        (index, DomainIssue(name, _values(e, where))) for index, name, e in _issues(root, where)
    ]
    profiles = (_profile(buyer, issues), _profile(vendor, issues))
    return check_domain(
        Domain(_name(root, domain), tuple(issue for _, issue in issues), profiles), where
    )


def _name(root: Element, path: Path) -> str:
    """Return the name of the root objective, or else of the file."""
    for element in root.below():
        name = element.attributes.get("name", "").strip()
        if element.tag == "objective" and name and is_one_line(name) and name != "root":
            return name
    return path.stem


def _issues(root: Element, where: str) -> list[tuple[int, str, Element]]:
    """Return index, name and element of every issue, in the order of the file."""
    for element in root.below():
        if element.tag in ("ufun", "hyperRectangle"):
            raise SimError(f"{where}:{element.line}: want additive utilities, not <{element.tag}>")
    found, seen = [], set()
    for element in root.below():
        if element.tag != "issue":
            continue
        index = _index(element, where)
        if index in seen:
            raise SimError(f"{where}:{element.line}: issue index {index}: there twice")
        seen.add(index)
        found.append((index, element.attributes.get("name", "").strip(), element))
    if not found:
        raise SimError(f"{where}: want at least one <issue>")
    return found


def _index(element: Element, where: str) -> int:
    """Return the index of an element, which links weights and evaluations with issues."""
    text = element.attributes.get("index", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        at = f"{where}:{element.line}: {element.tag} index"
        raise SimError(f"{at} = {quote(text)}: want a whole number")
    return int(text)


def _issue_type(element: Element) -> str:
    """Return the type of an issue; if its attributes differ, GENIUS goes by `type`."""
    names = [element.attributes.get(key) for key in ("type", "vtype", "etype")]
    return next((name.lower() for name in names if name), "discrete")


def _values(element: Element, where: str) -> tuple[str, ...]:
    """Return the values of an issue in the order of the domain file."""
    at, kind = f"{where}:{element.line}", _issue_type(element)
    if kind == "integer":
        low, high = _bounds(element, at)
        return tuple(str(k) for k in range(low, high + 1))
    if kind != "discrete":
        raise SimError(f"{at}: issue of type {quote(kind)}: want discrete or integer")
    return tuple(item.attributes.get("value", "") for item in element.all("item"))


def _bounds(element: Element, at: str) -> tuple[int, int]:
    """Return the lowest and highest value of an integer issue, from attributes or a range."""
    holders = [element.attributes, *(child.attributes for child in element.all("range"))]
    found = []
    for key in ("lowerbound", "upperbound"):
        text = next((holder[key] for holder in holders if key in holder), "")
        try:
            found.append(int(text))
        except ValueError:
            raise SimError(f"{at}: {key} = {quote(text)}: want a whole number") from None
    low, high = found
    if not 0 <= high - low < MOST_VALUES:
        raise SimError(f"{at}: {low} to {high}: want 1 to {MOST_VALUES:,} values")
    return low, high


def _profile(path: Path, issues: list[tuple[int, DomainIssue]]) -> Profile:
    """Return the profile of a file, in the order of the domain's issues."""
    root, where = read_xml(path), label(path)
    if root.tag != SPACE:
        raise SimError(f"{where}: root <{root.tag[:40]}>: want a profile, <{SPACE}>")
    weights = _weights(root, where)
    elements = {index: element for index, _, element in _issues(root, where)}
    evaluations = []
    for index, issue in issues:
        if index not in elements or index not in weights:
            what = "weight" if index in elements else "issue"
            raise SimError(f"{where}: no {what} with index {index} for {quote(issue.name)}")
        evaluations.append(_evaluations(elements[index], issue, where))
    chosen = tuple(weights[index] for index, _ in issues)
    if ordered_sum(chosen) > HIGHEST_WEIGHT_SUM:
        raise SimError(f"{where}: weights add up to {ordered_sum(chosen):.6g}: want at most 1")
    return Profile(
        path.stem, chosen, tuple(evaluations), _optional_number(root, "reservation", where, 0.0, LOWEST_RESERVATION),
        _discount(root, where),
    )  # fmt: skip


def _weights(root: Element, where: str) -> dict[int, float]:
    """Return the weights of a profile by index of the issue."""
    found: dict[int, float] = {}
    for element in root.below():
        if element.tag == "weight":
            at = f"{where}:{element.line}: weight"
            index = _index(element, where)
            if index in found:
                raise SimError(f"{at} with index {index}: there twice")
            found[index] = parse_number(element.attributes.get("value"), at)
            if not 0.0 <= found[index] <= 1.0:
                raise SimError(f"{at} = {found[index]:.6g}: want a number from 0 to 1")
    return found


def _evaluations(element: Element, issue: DomainIssue, where: str) -> tuple[float, ...]:
    """Return the evaluations of an issue's values as shares of the highest one."""
    if _issue_type(element) == "integer":
        return _linear_evaluations(element, issue, where)
    raw: dict[str, float] = {}
    for item in element.all("item"):
        at = f"{where}:{item.line}: evaluation"
        value = parse_number(item.attributes.get("evaluation"), at)
        if value < 0.0:
            raise SimError(f"{at} = {value:.6g}: want a number of at least 0")
        raw[item.attributes.get("value", "")] = value
    missing = [name for name in issue.values if name not in raw]
    if missing:
        raise SimError(f"{where}: {quote(issue.name)}: no evaluation of {quote(missing[0])}")
    best = max(raw.values())
    return tuple(
        raw[name] / best if best >= SMALLEST_BEST_EVALUATION else 0.0 for name in issue.values
    )


def _linear_evaluations(element: Element, issue: DomainIssue, where: str) -> tuple[float, ...]:
    """Return offset + slope × (value − lowest) of an integer issue, cut to [0, 1]."""
    at = f"{where}:{element.line}"
    low, high = _bounds(element, at)
    if tuple(str(k) for k in range(low, high + 1)) != issue.values:
        raise SimError(f"{at}: {quote(issue.name)}: {low} to {high} differs from the domain")
    slope = offset = 0.0
    for line in element.all("evaluator")[:1]:
        slope = parse_number(line.attributes.get("slope"), f"{at}: slope")
        offset = parse_number(line.attributes.get("offset"), f"{at}: offset")
    return tuple(min(1.0, max(0.0, offset + slope * k)) for k in range(high - low + 1))


def _optional_number(
    root: Element, tag: str, where: str, default: float, least: float = 0.0
) -> float:
    """Return the number of a tag that may occur once, from `least` to 1, or the default."""
    for element in root.below():
        if element.tag == tag:
            at = f"{where}:{element.line}: {tag}"
            value = parse_number(element.attributes.get("value"), at)
            if not least <= value <= 1.0:
                raise SimError(f"{at} = {value:.6g}: want a number from {least:g} to 1")
            return value
    return default


def _discount(root: Element, where: str) -> float:
    """Return the discount; old GENIUS files write 0 for no discount."""
    return _optional_number(root, "discount_factor", where, 1.0) or 1.0
