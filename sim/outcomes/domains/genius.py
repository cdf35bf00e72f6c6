"""GENIUS XML: a domain and two profiles, read as GENIUS itself reads them.

An evaluation counts as a share of the highest one of its issue, the last where a value has two; the
reservation value is a utility and may be below 0; the discount is what is left at the deadline.
Weights are taken as they stand; utilities are cut off at 1 where these add up to more.
"""

from __future__ import annotations

from pathlib import Path

from sim.errors import SimError, is_one_line
from sim.outcomes.domains.bounded_files import Element, label, number_of, read_xml, shown
from sim.outcomes.domains.domain import (
    LEAST_RESERVED,
    MOST_VALUES,
    Domain,
    DomainIssue,
    Profile,
    checked,
)

TEMPLATE, SPACE = "negotiation_template", "utility_space"
SMALLEST = 1e-5  # an issue whose best evaluation is less counts for nothing, as in GENIUS
MOST_WEIGHT = 1.02  # what GENIUS takes for a sum of 1; beyond it, the cut at 1 would take much away


def is_space(root: Element) -> bool:
    """Say whether a file is a profile: a utility space with weights, and not a domain."""
    return root.tag == SPACE and any(element.tag == "weight" for element in root.below())


def is_domain(root: Element) -> bool:
    """Say whether a file is a domain: a template, or a utility space without any weight."""
    return root.tag == TEMPLATE or (root.tag == SPACE and not is_space(root))


def read(domain: Path, buyer: Path, vendor: Path) -> Domain:
    """Return a domain from three GENIUS files; raises a one-line SimError."""
    root = read_xml(domain)
    where = label(domain)
    if root.tag not in (TEMPLATE, SPACE):
        raise SimError(f"{where}: root <{root.tag[:40]}>: want <{TEMPLATE}>")
    issues = [
        (index, DomainIssue(name, _values(e, where))) for index, name, e in _issues(root, where)
    ]
    profiles = (_profile(buyer, issues), _profile(vendor, issues))
    return checked(
        Domain(_name(root, domain), tuple(issue for _, issue in issues), profiles), where
    )


def _name(root: Element, path: Path) -> str:
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
    text = element.attributes.get("index", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        at = f"{where}:{element.line}: {element.tag} index"
        raise SimError(f"{at} = {shown(text)}: want a whole number")
    return int(text)


def _kind(element: Element) -> str:
    """Return the type of an issue; where its names differ, GENIUS goes by `type`."""
    names = [element.attributes.get(key) for key in ("type", "vtype", "etype")]
    return next((name.lower() for name in names if name), "discrete")


def _values(element: Element, where: str) -> tuple[str, ...]:
    """Return the values of an issue as the domain lists them."""
    at, kind = f"{where}:{element.line}", _kind(element)
    if kind == "integer":
        low, high = _bounds(element, at)
        return tuple(str(k) for k in range(low, high + 1))
    if kind != "discrete":
        raise SimError(f"{at}: issue of type {shown(kind)}: want discrete or integer")
    return tuple(item.attributes.get("value", "") for item in element.all("item"))


def _bounds(element: Element, at: str) -> tuple[int, int]:
    """Return the lowest and highest value of an integer issue, as attributes or as a range."""
    holders = [element.attributes, *(child.attributes for child in element.all("range"))]
    found = []
    for key in ("lowerbound", "upperbound"):
        text = next((holder[key] for holder in holders if key in holder), "")
        try:
            found.append(int(text))
        except ValueError:
            raise SimError(f"{at}: {key} = {shown(text)}: want a whole number") from None
    low, high = found
    if not 0 <= high - low < MOST_VALUES:
        raise SimError(f"{at}: {low} to {high}: want 1 to {MOST_VALUES:,} values")
    return low, high


def _profile(path: Path, issues: list[tuple[int, DomainIssue]]) -> Profile:
    root, where = read_xml(path), label(path)
    if root.tag != SPACE:
        raise SimError(f"{where}: root <{root.tag[:40]}>: want a profile, <{SPACE}>")
    weights = _weights(root, where)
    elements = {index: element for index, _, element in _issues(root, where)}
    evaluations = []
    for index, issue in issues:
        if index not in elements or index not in weights:
            what = "weight" if index in elements else "issue"
            raise SimError(f"{where}: no {what} with index {index} for {shown(issue.name)}")
        evaluations.append(_evaluations(elements[index], issue, where))
    chosen = tuple(weights[index] for index, _ in issues)
    if sum(chosen) > MOST_WEIGHT:
        raise SimError(f"{where}: weights add up to {sum(chosen):.6g}: want at most 1")
    return Profile(
        path.stem, chosen, tuple(evaluations), _single(root, "reservation", where, 0.0, LEAST_RESERVED),
        _discount(root, where),
    )  # fmt: skip


def _weights(root: Element, where: str) -> dict[int, float]:
    found: dict[int, float] = {}
    for element in root.below():
        if element.tag == "weight":
            at = f"{where}:{element.line}: weight"
            index = _index(element, where)
            if index in found:
                raise SimError(f"{at} with index {index}: there twice")
            found[index] = number_of(element.attributes.get("value"), at)
            if not 0.0 <= found[index] <= 1.0:
                raise SimError(f"{at} = {found[index]:.6g}: want a number from 0 to 1")
    return found


def _evaluations(element: Element, issue: DomainIssue, where: str) -> tuple[float, ...]:
    """Return evaluations of an issue's values as shares of the highest of them."""
    if _kind(element) == "integer":
        return _linear(element, issue, where)
    raw: dict[str, float] = {}
    for item in element.all("item"):
        at = f"{where}:{item.line}: evaluation"
        value = number_of(item.attributes.get("evaluation"), at)
        if value < 0.0:
            raise SimError(f"{at} = {value:.6g}: want a number of at least 0")
        raw[item.attributes.get("value", "")] = value
    missing = [name for name in issue.values if name not in raw]
    if missing:
        raise SimError(f"{where}: {shown(issue.name)}: no evaluation of {shown(missing[0])}")
    best = max(raw.values())
    return tuple(raw[name] / best if best >= SMALLEST else 0.0 for name in issue.values)


def _linear(element: Element, issue: DomainIssue, where: str) -> tuple[float, ...]:
    """Return offset + slope × (value − lowest) of an integer issue, cut to [0, 1]."""
    at = f"{where}:{element.line}"
    low, high = _bounds(element, at)
    if tuple(str(k) for k in range(low, high + 1)) != issue.values:
        raise SimError(f"{at}: {shown(issue.name)}: {low} to {high} differs from the domain")
    slope = offset = 0.0
    for line in element.all("evaluator")[:1]:
        slope = number_of(line.attributes.get("slope"), f"{at}: slope")
        offset = number_of(line.attributes.get("offset"), f"{at}: offset")
    return tuple(min(1.0, max(0.0, offset + slope * k)) for k in range(high - low + 1))


def _single(root: Element, tag: str, where: str, default: float, least: float = 0.0) -> float:
    """Return the value of a tag that may stand once, at most 1."""
    for element in root.below():
        if element.tag == tag:
            at = f"{where}:{element.line}: {tag}"
            value = number_of(element.attributes.get("value"), at)
            if not least <= value <= 1.0:
                raise SimError(f"{at} = {value:.6g}: want a number from {least:g} to 1")
            return value
    return default


def _discount(root: Element, where: str) -> float:
    """Return the discount; 0 stands for none, as old GENIUS files have it."""
    return _single(root, "discount_factor", where, 1.0) or 1.0
