"""Keys that are each in range and still cannot stand together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sim.errors import SimError, is_one_line
from sim.mediation.styles.style_catalogue import AND, practise, practise_all
from sim.scenario.expected_values import default
from sim.scenario.key_kinds import MAX_CONDUCTS, MOST_MONEY
from sim.scenario.layers import MIXTURES, Tree
from sim.scenario.lines import Keys
from sim.scenario.mediator_styles import idle, manners_of, too_many_lists, unfit_list
from sim.scenario.setup_tables import MAX_STRATEGIES
from sim.scenario.values import show
from sim.strategies.catalogue import play_in_money
from sim.strategies.code_consent import Consent
from sim.strategies.custom_code import is_own, parts_of, read

LEVEL_RANGE = {"duration": (1, 600), "risk_share": (0, 1), "penalty": (0, 5), "liability": (0, 5)}

Fault = list[tuple[Keys, str]]
"""One impossible combination: for each key that could be mended, what it would have to be."""


class Skip(Exception):
    """A key that a check needs is wrong already."""


class Values:
    """Keys as written or by default, refusing those already found wrong."""

    def __init__(self, tree: Tree, wrong: set[Keys]):
        self._data, self._wrong = tree.data, wrong
        self.consent, self._as_written = tree.consent, tree.as_written
        self.origin = tree.origin

    def get(self, *keys: str | int) -> Any:
        """Return the value at a path; raise Skip where it, its table or a part of it is wrong."""
        if any(bad[: len(keys)] == keys[: len(bad)] for bad in self._wrong):
            raise Skip
        node: Any = self._data
        for part in keys:
            try:
                node = node[part]
            except (KeyError, IndexError):
                return default(keys)
        return node

    def label(self, keys: Keys) -> str:
        """Return what messages call the file or option that a key comes from."""
        return self.origin(keys).label

    def is_written_with(self, keys: Keys, others: Keys) -> bool:
        """Say whether a person wrote a key down, and not before other keys were changed by another layer."""
        table, key = str(keys[0]), keys[1]
        if not self._as_written or key not in self._data.get(table, {}):
            return False
        mine, other = self.origin(keys), self.origin(others)
        return mine.rank >= other.rank and not (other.under and not mine.under)

    def issues(self) -> range:
        """Return the numbers of the issues."""
        issues = self._data.get("issues")
        return range(len(issues) if isinstance(issues, list) else 0)


def faults(tree: Tree, wrong: set[Keys]) -> Iterator[Fault]:
    """Yield every impossible combination among the keys that are right by themselves."""
    values = Values(tree, wrong)
    whole = (
        _burn_in, _candidates, _drafts, _trust, _reputation, _functions, _issue_names, _acting, _generic,
        _conducts, _styles, _idle_styles,
    )  # fmt: skip
    checks: list[Callable[[], Iterator[Fault]]] = [partial(check, values) for check in whole]
    checks += [partial(_mixture, values, keys) for keys in MIXTURES]
    checks.append(partial(_seats, values))
    for number in values.issues():
        checks += [partial(_tables, values, number), partial(_levels, values, number)]
    checks += [partial(_text, values, keys) for keys in _texts(values)]
    for check in checks:
        try:
            yield from check()
        except Skip:
            continue


def _candidates(values: Values) -> Iterator[Fault]:
    candidates, vendors = values.get("market", "candidates"), values.get("market", "vendors")
    if candidates > vendors:
        yield [
            (("market", "candidates"), f"want at most market.vendors, {vendors}"),
            (("market", "vendors"), f"want at least market.candidates, {candidates}"),
        ]


def _burn_in(values: Values) -> Iterator[Fault]:
    burn_in, months = values.get("run", "burn_in"), values.get("run", "months")
    if burn_in >= months:
        yield [
            (("run", "burn_in"), f"want less than run.months, {months}"),
            (("run", "months"), f"want more than run.burn_in, {burn_in}"),
        ]


def _drafts(values: Values) -> Iterator[Fault]:
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


def _trust(values: Values) -> Iterator[Fault]:
    rule = values.get("relationship", "trust_rule")
    rise, fall = values.get("relationship", "rise"), values.get("relationship", "fall")
    if rule != "beta" and fall < rise:
        why = f"under trust_rule '{rule}', where trust is lost no slower than won"
        yield [
            (("relationship", "fall"), f"want at least relationship.rise, {show(rise)}, {why}"),
            (("relationship", "rise"), f"want at most relationship.fall, {show(fall)}, {why}"),
        ]


def _reputation(values: Values) -> Iterator[Fault]:
    rule = values.get("relationship", "trust_rule")
    if values.get("market", "reputation") > 0.0 and rule != "beta":
        yield [
            (
                ("market", "reputation"),
                f"want 0 under trust_rule '{rule}': what is not evidence does not add up",
            ),
            (("relationship", "trust_rule"), "want 'beta' where market.reputation is above 0"),
        ]


def _functions(values: Values) -> Iterator[Fault]:
    seen = values.get("mediator", "functions")
    for number, name in enumerate(seen):
        if name in seen[:number]:
            yield [(("mediator", "functions", number), "want each function once")]


def _mixture(values: Values, keys: Keys) -> Iterator[Fault]:
    if values.get(*keys) == {}:
        yield [(keys, "want at least one strategy with a weight above 0")]


def _seats(values: Values) -> Iterator[Fault]:
    """Check what a Literal cannot say of a strategy: its settings, and a person's own file."""
    seated: set[str] = set()
    named: list[tuple[Keys, str]] = []
    for keys in MIXTURES:
        played = values.get(*keys)
        texts = [played] if isinstance(played, str) else [*played]
        seated.update(texts)
        named += [(keys if isinstance(played, str) else (*keys, text), text) for text in texts]
    yield from _door(values, named, play_in_money)
    if len(seated) > MAX_STRATEGIES:
        want = f"want at most {MAX_STRATEGIES} strategies of both sides together, not {len(seated)}"
        yield [(keys, want) for keys in MIXTURES]


def _door(
    values: Values, named: list[tuple[Keys, str]], read_text: Callable[[str, str, Consent], Any]
) -> Iterator[Fault]:
    """Read every strategy or style that is named, and refuse those that cannot be.

    This is the door for code: a file runs here first, or the scenario that names it is refused.
    """
    closed: dict[str, Keys] = {}
    for place, text in named:
        path = parts_of(text)[0] if is_own(text) else ""
        if path and not values.consent.run:
            continue
        try:
            if path and not values.consent.covers(path):
                read(path, "")
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


def _styles(values: Values) -> Iterator[Fault]:
    """Check what a Literal cannot say of a mediator's styles: their settings, files, lists, and how many."""
    keys: Keys = ("mediator", "style")
    style = values.get(*keys)
    if style == {}:
        yield [(keys, "want at least one style with a weight above 0")]
        return
    named = _named_styles(keys, style)
    yield from _door(values, named, practise)
    if want := too_many_lists(style):
        yield [(keys, want)]
    for text in manners_of(style):
        try:
            want = unfit_list(practise_all(text, "", values.consent))
        except SimError:
            continue  # said already
        if want:
            yield [((*keys, text) if isinstance(style, dict) else keys, want)]


def _named_styles(keys: Keys, style: Any) -> list[tuple[Keys, str]]:
    """Return every style that a mediator practises, each with its place."""
    items: list[tuple[Keys, str]] = [(keys, style)]
    if isinstance(style, list):
        items = [((*keys, number), text) for number, text in enumerate(style)]
    elif isinstance(style, dict):
        items = [((*keys, text), text) for text in style]
    return [(place, part.strip()) for place, text in items for part in text.split(AND)]


def _idle_styles(values: Values) -> Iterator[Fault]:
    """Check that a style which a person wrote down can act at all, where there is a mediator."""
    keys, does = ("mediator", "style"), ("mediator", "functions")
    functions = values.get(*does)
    if not functions or not values.is_written_with(keys, does):
        return
    for place, text in _named_styles(keys, values.get(*keys)):
        try:
            entry = practise(text, "", values.consent).entry
        except SimError:
            continue  # said already
        want = idle(entry, functions)
        if want:
            yield [(place, want if text in (place[-1], values.get(*place)) else f"{text!r} {want}")]


def _issue_names(values: Values) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number in values.issues():
        try:
            name = values.get("issues", number, "name")
        except Skip:
            continue
        if first.setdefault(name, number) != number:
            wanted = f"want a name of its own; issue {first[name]} has this one (counted from 0)"
            yield [(("issues", number, "name"), wanted)]


def _acting(values: Values) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number in values.issues():
        try:
            kind = values.get("issues", number, "kind")
        except Skip:
            continue
        if kind != "generic" and first.setdefault(kind, number) != number:
            wanted = f"want at most one issue of kind '{kind}'; issue {first[kind]} is one already"
            yield [(("issues", number, "kind"), f"{wanted} (counted from 0)")]


def _generic(values: Values) -> Iterator[Fault]:
    kinds = [values.get("issues", number, "kind") for number in values.issues()]
    if kinds and "generic" not in kinds:
        yield [(("issues",), "want at least one issue of kind 'generic': something to trade")]


def _conducts(values: Values) -> Iterator[Fault]:
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


def _tables(values: Values, number: int) -> Iterator[Fault]:
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
        except Skip:
            continue
        if kind not in ("generic", "duration"):
            if table:
                yield [
                    (keys, f"want it left out: kind '{kind}' is valued by certainty equivalents")
                ]
        elif len(table) != count and (table or kind == "generic"):
            yield [(keys, f"want one number per level, {count}, got {len(table)}")]


def _levels(values: Values, number: int) -> Iterator[Fault]:
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


def _texts(values: Values) -> list[Keys]:
    """Return the paths of every text a person chooses."""
    found: list[Keys] = [("title",), ("run", "currency")]
    for number in values.issues():
        found.append(("issues", number, "name"))
        try:
            levels = values.get("issues", number, "levels")
        except Skip:
            continue
        found += [("issues", number, "levels", place) for place in range(len(levels or ()))]
    return found


def _text(values: Values, keys: Keys) -> Iterator[Fault]:
    text = values.get(*keys)
    if isinstance(text, str) and not is_one_line(text):
        yield [(keys, "want text without line breaks or control characters")]
