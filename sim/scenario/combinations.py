"""Combinations of keys that are each in range but contradict each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sim.errors import SimError, is_one_line
from sim.mediation.styles.style_catalogue import AND, parse_style, parse_styles
from sim.scenario.expected_values import default_of
from sim.scenario.key_kinds import MAX_CONDUCTS, MOST_MONEY
from sim.scenario.layers import MIXTURES, Tree
from sim.scenario.lines import Keys
from sim.scenario.mediator_styles import style_lists, why_idle, why_too_many, why_unfit
from sim.scenario.parameters.setup_tables import MAX_STRATEGIES
from sim.scenario.values import show
from sim.strategies.catalogue import parse_scenario_strategy
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import is_custom, read_source, split_path

LEVEL_RANGE = {"duration": (1, 600), "risk_share": (0, 1), "penalty": (0, 5), "liability": (0, 5)}

Fault = list[tuple[Keys, str]]
"""One impossible combination: for each key that could be changed, what it would have to be."""


class WrongKeyError(Exception):
    """A key that a check needs has already been found wrong."""


class CheckedValues:
    """Keys as written or by default; reading one that was already found wrong raises `WrongKeyError`."""

    def __init__(self, tree: Tree, wrong: set[Keys], reads: set[Keys] | None = None):
        self._data, self._wrong = tree.data, wrong
        self.reads = set() if reads is None else reads  # every path that a check has looked at
        self.consent, self._as_written = tree.consent, tree.as_written
        self.origin = tree.origin

    def get(self, *keys: str | int) -> Any:
        """Return the value at a path; raises WrongKeyError if it, its table or a part of it is wrong."""
        self.reads.add(keys)
        if any(bad[: len(keys)] == keys[: len(bad)] for bad in self._wrong):
            raise WrongKeyError
        node: Any = self._data
        for part in keys:
            try:
                node = node[part]
            except (KeyError, IndexError):
                return default_of(keys)
        return node

    def label(self, keys: Keys) -> str:
        """Return the name that messages use for the file or option that a key comes from."""
        return self.origin(keys).label

    def is_written_with(self, keys: Keys, others: Keys) -> bool:
        """Return whether the user wrote a key, and not in a layer below the one that changed `others`."""
        self.reads.add(keys)
        table, key = str(keys[0]), keys[1]
        if not self._as_written or key not in self._data.get(table, {}):
            return False
        mine, other = self.origin(keys), self.origin(others)
        return mine.rank >= other.rank and not (other.under and not mine.under)

    def issues(self) -> range:
        """Return the numbers of the issues."""
        self.reads.add(("issues",))
        issues = self._data.get("issues")
        return range(len(issues) if isinstance(issues, list) else 0)


def find_faults(tree: Tree, wrong: set[Keys], reads: set[Keys] | None = None) -> Iterator[Fault]:
    """Yield every impossible combination among the keys that are right by themselves.

    The path of every key that a check looks at is added to `reads`.
    """
    values = CheckedValues(tree, wrong, reads)
    whole = (
        _check_burn_in, _check_candidates, _check_drafts, _check_trust, _check_reputation,
        _check_functions, _check_issue_names, _check_acting_issues, _check_generic_issues,
        _check_conducts, _check_styles, _check_idle_styles,
    )  # fmt: skip
    checks: list[Callable[[], Iterator[Fault]]] = [partial(check, values) for check in whole]
    checks += [partial(_check_mixture, values, keys) for keys in MIXTURES]
    checks.append(partial(_check_strategies, values))
    for number in values.issues():
        checks += [partial(_check_tables, values, number), partial(_check_levels, values, number)]
    checks += [partial(_check_text, values, keys) for keys in _paths_of_texts(values)]
    for check in checks:
        try:
            yield from check()
        except WrongKeyError:
            continue


def _check_candidates(values: CheckedValues) -> Iterator[Fault]:
    """Check that a shortlist is no longer than the list of vendors."""
    candidates, vendors = values.get("market", "candidates"), values.get("market", "vendors")
    if candidates > vendors:
        yield [
            (("market", "candidates"), f"want at most market.vendors, {vendors}"),
            (("market", "vendors"), f"want at least market.candidates, {candidates}"),
        ]


def _check_burn_in(values: CheckedValues) -> Iterator[Fault]:
    """Check that the burn-in ends before the run."""
    burn_in, months = values.get("run", "burn_in"), values.get("run", "months")
    if burn_in >= months:
        yield [
            (("run", "burn_in"), f"want less than run.months, {months}"),
            (("run", "months"), f"want more than run.burn_in, {burn_in}"),
        ]


def _check_drafts(values: CheckedValues) -> Iterator[Fault]:
    """Check that drafts, which count as offers, fit into the deadline of a talk."""
    drafts, deadline = values.get("mediator", "drafts"), values.get("negotiation", "deadline")
    if "broker" in values.get("mediator", "functions") and drafts > deadline:
        yield [
            (
                ("mediator", "drafts"),
                f"want at most negotiation.deadline, {deadline}: drafts and offers share it",
            ),
            (
                ("negotiation", "deadline"),
                f"want at least mediator.drafts, {drafts}: drafts and offers share it",
            ),
        ]


def _check_trust(values: CheckedValues) -> Iterator[Fault]:
    """Check that trust falls at least as fast as it rises, except under the rule `beta`."""
    rule = values.get("relationship", "trust_rule")
    rise, fall = values.get("relationship", "rise"), values.get("relationship", "fall")
    if rule != "beta" and fall < rise:
        why = f"under trust_rule '{rule}', where trust is lost no slower than won"
        yield [
            (("relationship", "fall"), f"want at least relationship.rise, {show(rise)}, {why}"),
            (("relationship", "rise"), f"want at most relationship.fall, {show(fall)}, {why}"),
        ]


def _check_reputation(values: CheckedValues) -> Iterator[Fault]:
    """Check that reputation is used only with a rule of trust that counts evidence."""
    rule = values.get("relationship", "trust_rule")
    if values.get("market", "reputation") > 0.0 and rule != "beta":
        yield [
            (
                ("market", "reputation"),
                f"want 0 under trust_rule '{rule}': only evidence can be added up",
            ),
            (("relationship", "trust_rule"), "want 'beta' if market.reputation is above 0"),
        ]


def _check_functions(values: CheckedValues) -> Iterator[Fault]:
    """Check that each function of the mediator is listed once."""
    seen = values.get("mediator", "functions")
    for number, name in enumerate(seen):
        if name in seen[:number]:
            yield [(("mediator", "functions", number), "want each function once")]


def _check_mixture(values: CheckedValues, keys: Keys) -> Iterator[Fault]:
    """Check that a mixture of strategies or styles is not empty."""
    if values.get(*keys) == {}:
        yield [(keys, "want at least one strategy with a weight above 0")]


def _check_strategies(values: CheckedValues) -> Iterator[Fault]:
    """Check what a Literal cannot express about a strategy: its settings, and a user's file."""
    seated: set[str] = set()
    named: list[tuple[Keys, str]] = []
    for keys in MIXTURES:
        played = values.get(*keys)
        texts = [played] if isinstance(played, str) else [*played]
        seated.update(texts)
        named += [(keys if isinstance(played, str) else (*keys, text), text) for text in texts]
    yield from _check_texts(values, named, parse_scenario_strategy)
    if len(seated) > MAX_STRATEGIES:
        want = f"want at most {MAX_STRATEGIES} strategies of both sides together, not {len(seated)}"
        yield [(keys, want) for keys in MIXTURES]


def _check_texts(
    values: CheckedValues,
    named: list[tuple[Keys, str]],
    read_text: Callable[[str, str, Consent], Any],
) -> Iterator[Fault]:
    """Parse every strategy or style that is named, and refuse those that cannot be parsed.

    Users' files run here first; the scenario that names a file without consent is refused.
    """
    closed: dict[str, Keys] = {}
    for place, text in named:
        path = split_path(text)[0] if is_custom(text) else ""
        if path and not values.consent.run:
            continue
        try:
            if path and not values.consent.covers(path):
                read_source(path, "")
                closed.setdefault(path, place)
                continue
            if path:
                values.consent.announce(path, values.label(place))
            read_text(text, "", values.consent)
        except SimError as error:
            yield [(place, str(error).lstrip(": ="))]
    if closed:
        want = f"would run code from {', '.join(closed)}; {values.consent.how}"
        yield [(next(iter(closed.values())), want)]


def _check_styles(values: CheckedValues) -> Iterator[Fault]:
    """Check what a Literal cannot express about a mediator's styles: settings, files, lists, and their number."""
    keys: Keys = ("mediator", "style")
    style = values.get(*keys)
    if style == {}:
        yield [(keys, "want at least one style with a weight above 0")]
        return
    named = _named_styles(keys, style)
    yield from _check_texts(values, named, parse_style)
    if want := why_too_many(style):
        yield [(keys, want)]
    for text in style_lists(style):
        try:
            want = why_unfit(parse_styles(text, "", values.consent))
        except SimError:
            continue  # reported already, by `_check_texts`
        if want:
            yield [((*keys, text) if isinstance(style, dict) else keys, want)]


def _named_styles(keys: Keys, style: Any) -> list[tuple[Keys, str]]:
    """Return every style that a mediator practises, each with its path."""
    items: list[tuple[Keys, str]] = [(keys, style)]
    if isinstance(style, list):
        items = [((*keys, number), text) for number, text in enumerate(style)]
    elif isinstance(style, dict):
        items = [((*keys, text), text) for text in style]
    return [(place, part.strip()) for place, text in items for part in text.split(AND)]


def _check_idle_styles(values: CheckedValues) -> Iterator[Fault]:
    """Check that a style which the user wrote can act at all, if there is a mediator."""
    keys, does = ("mediator", "style"), ("mediator", "functions")
    functions = values.get(*does)
    if not functions or not values.is_written_with(keys, does):
        return
    for place, text in _named_styles(keys, values.get(*keys)):
        try:
            entry = parse_style(text, "", values.consent).entry
        except SimError:
            continue  # reported already, by `_check_texts`
        want = why_idle(entry, functions)
        if want:
            yield [(place, want if text in (place[-1], values.get(*place)) else f"{text!r} {want}")]


def _check_issue_names(values: CheckedValues) -> Iterator[Fault]:
    """Check that names of issues differ."""
    first: dict[str, int] = {}
    for number in values.issues():
        try:
            name = values.get("issues", number, "name")
        except WrongKeyError:
            continue
        if first.setdefault(name, number) != number:
            wanted = f"want a name of its own; issue {first[name]} has this one (counted from 0)"
            yield [(("issues", number, "name"), wanted)]


def _check_acting_issues(values: CheckedValues) -> Iterator[Fault]:
    """Check that each kind of issue that acts after signing is there at most once."""
    first: dict[str, int] = {}
    for number in values.issues():
        try:
            kind = values.get("issues", number, "kind")
        except WrongKeyError:
            continue
        if kind != "generic" and first.setdefault(kind, number) != number:
            wanted = f"want at most one issue of kind '{kind}'; issue {first[kind]} is one already"
            yield [(("issues", number, "kind"), f"{wanted} (counted from 0)")]


def _check_generic_issues(values: CheckedValues) -> Iterator[Fault]:
    """Check that there is at least one generic issue."""
    kinds = [values.get("issues", number, "kind") for number in values.issues()]
    if kinds and "generic" not in kinds:
        yield [(("issues",), "want at least one issue of kind 'generic': something to trade")]


def _check_conducts(values: CheckedValues) -> Iterator[Fault]:
    """Check that names of types of conduct differ, and that a side has not too many types."""
    sides: Counter[str] = Counter()
    names: set[str] = set()
    for number, conduct in enumerate(values.get("conducts")):
        name, side = conduct["name"], conduct["side"]
        if name in names:
            yield [(("conducts", number, "name"), "want a name of its own")]
        names.add(name)
        sides[side] += 1
        if sides[side] > MAX_CONDUCTS:
            yield [(("conducts", number, "side"), f"want at most {MAX_CONDUCTS} types of a side")]


def _check_tables(values: CheckedValues, number: int) -> Iterator[Fault]:
    """Check that worth and cost fit the levels, and that only they are spread."""
    kind = values.get("issues", number, "kind")
    if kind not in ("generic", "duration") and values.get("issues", number, "worth_range") > 0.0:
        keys: Keys = ("issues", number, "worth_range")
        yield [(keys, f"want 0: kind '{kind}' is valued by certainty equivalents")]
    count = len(values.get("issues", number, "levels"))
    for name in ("worth", "cost"):
        keys = ("issues", number, name)
        try:
            table = values.get(*keys)
        except WrongKeyError:
            continue
        if kind not in ("generic", "duration"):
            if table:
                yield [
                    (keys, f"want it left out: kind '{kind}' is valued by certainty equivalents")
                ]
        elif len(table) != count and (table or kind == "generic"):
            yield [(keys, f"want one number per level, {count}, got {len(table)}")]


def _check_levels(values: CheckedValues, number: int) -> Iterator[Fault]:
    """Check that level names differ, and that levels that act are numbers in range, rising."""
    kind = values.get("issues", number, "kind")
    keys: Keys = ("issues", number, "levels")
    levels = values.get(*keys)
    if kind == "generic":
        for level, times in Counter(levels).items():
            if times > 1:
                yield [(keys, f"want distinct levels; {show(level)} is there {times} times")]
        if any(not isinstance(level, str) and abs(level) > MOST_MONEY for level in levels):
            yield [(keys, "want numbers from -1e9 to 1e9, or names")]
        return
    low, high = LEVEL_RANGE[kind]
    whole = "whole months" if kind == "duration" else "numbers"
    if (
        any(isinstance(level, str) for level in levels)
        or levels != sorted(set(levels))
        or not low <= levels[0] <= levels[-1] <= high
        or (kind == "duration" and any(level != int(level) for level in levels))
    ):
        yield [(keys, f"want {whole} from {low} to {high}, distinct and rising, for kind '{kind}'")]


def _paths_of_texts(values: CheckedValues) -> list[Keys]:
    """Return the paths of every text that the user chooses."""
    found: list[Keys] = [("title",), ("run", "currency")]
    for number in values.issues():
        found.append(("issues", number, "name"))
        try:
            levels = values.get("issues", number, "levels")
        except WrongKeyError:
            continue
        found += [("issues", number, "levels", place) for place in range(len(levels or ()))]
    return found


def _check_text(values: CheckedValues, keys: Keys) -> Iterator[Fault]:
    text = values.get(*keys)
    if isinstance(text, str) and not is_one_line(text):
        yield [(keys, "want text without line breaks or control characters")]
