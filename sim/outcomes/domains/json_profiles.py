"""JSON profiles: GeniusWeb's linear additive utility spaces, and NegoLog's profiles."""

from __future__ import annotations

from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.outcomes.domains.bounded_files import label, parse_number, quote, read_json
from sim.outcomes.domains.domain import MOST_VALUES, Domain, DomainIssue, Profile, check_domain
from sim.summation import ordered_sum

GENIUSWEB = "LinearAdditiveUtilitySpace"
DISCRETE = ("DiscreteValueSetUtilities", "discreteutils")
NUMBERS = ("NumberValueSetUtilities", "numberutils")
NEGOLOG = ("issueWeights", "issues")
DECIMAL_DIGITS = 60  # of exact steps through a range; far more than any number of a profile has
WEIGHT_SUM_TOLERANCE = 1e-4  # by which the sum of weights may differ from 1

IssuesAndProfile = tuple[tuple[DomainIssue, ...], Profile]


def is_json_profile(data: dict[str, Any]) -> bool:
    """Return whether a JSON object is a profile of a known kind."""
    return GENIUSWEB in data or all(key in data for key in NEGOLOG)


def read_json_profiles(buyer: Path, vendor: Path) -> Domain:
    """Return the domain of two JSON profiles over the same issues, in the order of the buyer's.

    Raises a one-line SimError if a profile is not valid, or if issues or values differ.
    """
    (issues, first), (others, second) = (_profile(path) for path in (buyer, vendor))
    where = label(vendor)
    if [issue.name for issue in issues] != [issue.name for issue in others]:
        places = {issue.name: k for k, issue in enumerate(others)}
        if sorted(places) != sorted(issue.name for issue in issues):
            raise SimError(f"{where}: issues {quote(list(places))} differ from {label(buyer)}")
        second = _reorder_issues(second, [places[issue.name] for issue in issues])
        others = tuple(others[places[issue.name]] for issue in issues)
    for k, (issue_of_buyer, issue_of_vendor) in enumerate(zip(issues, others, strict=True)):
        if sorted(issue_of_buyer.values) != sorted(issue_of_vendor.values):
            raise SimError(f"{where}: values of {issue_of_buyer.name!r} differ from {label(buyer)}")
        if issue_of_buyer.values != issue_of_vendor.values:
            by_name = dict(zip(issue_of_vendor.values, second.evaluations[k], strict=True))
            second = _replace_evaluations(
                second, k, tuple(by_name[value] for value in issue_of_buyer.values)
            )
    title = buyer.resolve().parent.name or "domain"
    return check_domain(Domain(title, issues, (first, second)), where)


def _reorder_issues(profile: Profile, order: list[int]) -> Profile:
    """Return a profile with its issues in another order."""
    return Profile(
        profile.name, tuple(profile.weights[k] for k in order),
        tuple(profile.evaluations[k] for k in order), profile.reservation, profile.discount,
    )  # fmt: skip


def _replace_evaluations(profile: Profile, place: int, values: tuple[float, ...]) -> Profile:
    """Return a profile with other evaluations of the issue at `place`."""
    evaluations = list(profile.evaluations)
    evaluations[place] = values
    return Profile(
        profile.name, profile.weights, tuple(evaluations), profile.reservation, profile.discount
    )


def _profile(path: Path) -> IssuesAndProfile:
    """Return the issues and the profile of a file of either kind."""
    data, where = read_json(path), label(path)
    if GENIUSWEB in data:
        return _geniusweb(
            _expect_object(data[GENIUSWEB], f"{where}: {GENIUSWEB}"), where, path.stem
        )
    if all(key in data for key in NEGOLOG):
        return _negolog(data, where, path.stem)
    want = f"want a profile with {GENIUSWEB!r}, or with {' and '.join(map(repr, NEGOLOG))}"
    raise SimError(f"{where}: {want}")


def _expect_object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SimError(f"{where} = {quote(value)}: want an object")
    return value


def _parse_share(value: Any, where: str) -> float:
    number = parse_number(value, where)
    if not 0.0 <= number <= 1.0:
        raise SimError(f"{where} = {number:.6g}: want a number from 0 to 1")
    return number


def _weights(table: Any, names: list[str], where: str) -> tuple[float, ...]:
    """Return the weights by name of the issue, which must add up to 1."""
    weights = _expect_object(table, f"{where}: issueWeights")
    missing = [name for name in names if name not in weights]
    if missing:
        raise SimError(f"{where}: issueWeights: no weight of {quote(missing[0])}")
    found = tuple(
        _parse_share(weights[name], f"{where}: weight of {quote(name)}") for name in names
    )
    if abs(ordered_sum(found) - 1.0) > WEIGHT_SUM_TOLERANCE:
        raise SimError(f"{where}: weights add up to {ordered_sum(found):.6g}: want 1")
    return found


def _negolog(data: dict[str, Any], where: str, stem: str) -> IssuesAndProfile:
    """Return issues and profile of a NegoLog file, whose issues map values to evaluations."""
    table = _expect_object(data["issues"], f"{where}: issues")
    issues, evaluations = [], []
    for name, values in table.items():
        at = f"{where}: {quote(name)}"
        given = _expect_object(values, at)
        issues.append(DomainIssue(name, tuple(given)))
        evaluations.append(tuple(_parse_share(x, f"{at}: {quote(v)}") for v, x in given.items()))
    weights = _weights(data["issueWeights"], list(table), where)
    reservation = _parse_share(data.get("reservationValue", 0.0), f"{where}: reservationValue")
    return tuple(issues), Profile(stem, weights, tuple(evaluations), reservation)


def _geniusweb(data: dict[str, Any], where: str, stem: str) -> IssuesAndProfile:
    """Return issues and profile of a GeniusWeb utility space, with values apart from utilities."""
    domain = _expect_object(data.get("domain"), f"{where}: domain")
    table = _expect_object(domain.get("issuesValues"), f"{where}: issuesValues")
    utilities = _expect_object(data.get("issueUtilities"), f"{where}: issueUtilities")
    issues, evaluations = [], []
    for name, values in table.items():
        at = f"{where}: {quote(name)}"
        issue = DomainIssue(name, _values(_expect_object(values, at), at))
        issues.append(issue)
        evaluations.append(_evaluations(_expect_object(utilities.get(name), at), issue, at))
    weights = _weights(data.get("issueWeights"), list(table), where)
    profile = Profile(stem, weights, tuple(evaluations))
    return tuple(issues), _with_reservation_bid(
        profile, tuple(issues), data.get("reservationBid"), where
    )


def _values(table: dict[str, Any], at: str) -> tuple[str, ...]:
    """Return the values of an issue: a list of names, or a range of numbers with a step."""
    if isinstance(table.get("values"), list):
        if not all(isinstance(value, str) for value in table["values"]):
            raise SimError(f"{at}: values: want names")
        return tuple(table["values"])
    span = table.get("range")
    if not isinstance(span, list) or len(span) != 3:
        raise SimError(f"{at}: want values, or a range of lowest, highest and step")
    low, high, step = (parse_number(x, f"{at}: range") for x in span)
    if not (step > 0.0 and high >= low and (high - low) / step < MOST_VALUES):
        raise SimError(f"{at}: range = {quote(span)}: want 1 to {MOST_VALUES:,} values")
    with localcontext(prec=DECIMAL_DIGITS):
        first, last, by = (Decimal(str(x).strip()) for x in span)
        return tuple(_plain_digits(first + k * by) for k in range(int((last - first) / by) + 1))


def _plain_digits(number: Decimal) -> str:
    """Return a number in digits, without an exponent and without trailing zeros."""
    text = f"{number + 0:f}"  # adding 0 turns −0 into 0
    return text.rstrip("0").rstrip(".") if "." in text else text


def _normalise_value(value: str, issue: DomainIssue) -> str:
    """Return a value as its issue writes it: 50.0 becomes 50 if values are numbers."""
    if value in issue.values:
        return value
    try:
        with localcontext(prec=DECIMAL_DIGITS):
            return _plain_digits(Decimal(value))
    except (ArithmeticError, ValueError):
        return value


def _evaluations(table: dict[str, Any], issue: DomainIssue, at: str) -> tuple[float, ...]:
    """Return the evaluations of an issue's values, listed one by one or linear in a number."""
    kind = next((key for key in (*DISCRETE, *NUMBERS) if key in table), None)
    if kind is None:
        raise SimError(f"{at}: want {DISCRETE[0]} or {NUMBERS[0]}, got {quote(list(table))}")
    body = _expect_object(table[kind], f"{at}: {kind}")
    if kind in DISCRETE:
        given = _expect_object(body.get("valueUtilities"), f"{at}: valueUtilities")
        missing = [value for value in issue.values if value not in given]
        if missing:
            raise SimError(f"{at}: no utility of {quote(missing[0])}")
        return tuple(_parse_share(given[value], f"{at}: {quote(value)}") for value in issue.values)
    low, high = (
        parse_number(body.get(f"{end}Value"), f"{at}: {end}Value") for end in ("low", "high")
    )
    first, last = (
        _parse_share(body.get(f"{end}Utility"), f"{at}: {end}Utility") for end in ("low", "high")
    )
    if high <= low:
        raise SimError(f"{at}: highValue = {high:.6g}: want more than lowValue")
    shares = [(parse_number(value, at) - low) / (high - low) for value in issue.values]
    return tuple(min(1.0, max(0.0, first + (last - first) * x)) for x in shares)


def _with_reservation_bid(
    profile: Profile, issues: tuple[DomainIssue, ...], bid: Any, where: str
) -> Profile:
    """Return a profile whose reservation value is the utility of its reservation bid."""
    if bid is None:
        return profile
    given = _expect_object(bid, f"{where}: reservationBid").get("issuevalues")
    chosen = _expect_object(given, f"{where}: reservationBid: issuevalues")
    total = 0.0
    for k, issue in enumerate(issues):
        value = _normalise_value(str(chosen.get(issue.name)), issue)
        if value not in issue.values:
            raise SimError(f"{where}: reservationBid: {issue.name} = {quote(value)}: no such value")
        total += profile.weights[k] * profile.evaluations[k][issue.values.index(value)]
    return Profile(profile.name, profile.weights, profile.evaluations, min(1.0, total))
