"""Published facts as text: the list, ours beside them, and facts of which only a sign is known."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.field.comparison import FieldResult, HeldFact
from sim.field.facts_file import Fact, Facts
from sim.field.signs import UNCHECKED, CheckedSign
from sim.field.statistics import BY_NAME
from sim.measure.amounts import DASH, count, format_digits
from sim.render.numbers import decimals_needed, format_number
from sim.render.tables import Grid, Head, Item, text_items, to_text

SHOWN = ("fact", "published", "ours, 90 % interval", "where", "grade")
RANGE_DIGITS = 3  # significant digits of a published number
LISTED = ("fact", "statistic", "published", "grade", "regime", "scenarios")


def range_as_text(fact: Fact) -> str:
    """Return the published range with its unit: "17 to 24 %"."""
    times = 100.0 if fact.unit == "share" else 1.0
    ends = (format_digits(times * end, RANGE_DIGITS) for end in (fact.low, fact.high))
    return f"{' to '.join(ends)} {unit_as_text(fact.unit)}"


def unit_as_text(unit: str) -> str:
    """Return the unit of a statistic behind a number."""
    return "%" if unit == "share" else unit


def held_rows(held: Sequence[HeldFact]) -> list[list[Item]]:
    """Return a row for each fact: its name, published range, ours with interval, where, grade."""
    return [
        [
            Item(found.fact.name), Item(range_as_text(found.fact)), _ours(found),
            Item(found.where), Item(found.fact.grade),
        ]
        for found in held
    ]  # fmt: skip


def heads(names: Sequence[str]) -> list[Head]:
    """Return the heads of a table whose columns are aligned to the left."""
    return [Head(name, left=True) for name in names]


def field_as_text(result: FieldResult) -> str:
    """Return the facts that count for a scenario beside ours, and how many hold."""
    about = f"{result.scenario} under {result.regime}"
    if not result.held:
        return f"{about}: no published fact counts for it"
    worlds = count(result.worlds, "world")
    title = f"{about}, {worlds}, seed {result.seed}"
    table = to_text(Grid(heads(SHOWN), held_rows(result.held)), math.inf)
    return f"{title}\n\n{table}\n\n{holding_line(result)}"


def holding_line(result: FieldResult) -> str:
    """Return how many facts hold, and where the others lie: "5 of 9 hold; 3 below, 1 open"."""
    others = [f"{n} {where}" for where, n in result.counts.items() if where != "inside"]
    rest = f"; {', '.join(others)}" if others else ""
    return f"{result.holding} of {len(result.held)} hold{rest}"


def list_as_text(facts: Facts) -> str:
    """Return the facts with numbers in one table, and what is counted apart."""
    rows = [
        text_items(
            fact.name, fact.statistic, range_as_text(fact), fact.grade, fact.regime,
            " ".join(fact.scenarios),
        )
        for fact in facts.facts
    ]  # fmt: skip
    table = to_text(Grid(heads(LISTED), rows), math.inf)
    return f"{table}\n\n{summary_line(facts)}"


def summary_line(facts: Facts) -> str:
    """Return how many facts there are, of which grades, and how many sources could not be opened."""
    counting = [fact for fact in facts.facts if fact.opened]
    grades = ", ".join(
        f"{sum(fact.grade == grade for fact in counting)} of grade {grade}" for grade in "ABC"
    )
    closed = len(facts.facts) - len(counting)
    apart = f"{closed} whose source could not be opened and that count for nothing"
    return f"{count(len(counting), 'fact')} with numbers ({grades}), {apart}; {count(len(facts.signs), 'sign')}"


def sign_rows(checked: Sequence[CheckedSign]) -> list[list[Item]]:
    """Return a row for each sign: its name, what was published, our difference, what that says."""
    return [
        [
            Item(found.sign.name), Item(found.sign.published), _difference(found),
            Item(found.where), Item(found.sign.grade),
        ]
        for found in checked
    ]  # fmt: skip


def signs_as_text(checked: Sequence[CheckedSign]) -> str:
    """Return the signs that are checked as a table."""
    rows = [
        [name, difference, where, grade] for name, _, difference, where, grade in sign_rows(checked)
    ]
    return to_text(Grid(heads(("sign", "our difference", "where", "grade")), rows), math.inf)


def _ours(found: HeldFact) -> Item:
    """Return our statistic with its interval and unit."""
    return _with_interval(found.value, found.low, found.high, found.fact.unit)


def _difference(found: CheckedSign) -> Item:
    """Return our difference with its interval and unit; a dash if the sign is not checked."""
    if found.where == UNCHECKED:
        return Item(DASH)
    unit = BY_NAME[found.sign.statistic].unit
    return _with_interval(found.value, found.low, found.high, unit, difference=True)


def _with_interval(
    value: float, low: float, high: float, unit: str, *, difference: bool = False
) -> Item:
    if math.isnan(value):
        return Item(DASH)
    places = decimals_needed(unit, value, low, high)
    middle, least, most = (
        format_number(number, unit, places, signed=difference) for number in (value, low, high)
    )
    return Item(middle, least, most, "pp" if difference and unit == "share" else unit_as_text(unit))
