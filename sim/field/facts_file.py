"""The file of published facts: reading and checking it, and which facts count for what.

`experiments/facts.toml` has facts with numbers, correlations of facts that overlap, and facts of which
only a sign is known. `docs/facts.md` is written from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from sim.errors import Problem, ScenarioError, closest_name, is_one_line
from sim.field.covariance import is_positive_definite
from sim.field.laws import LAWS, Law
from sim.field.statistics import BY_NAME
from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.load import load
from sim.scenario.shipped import experiments_folder, shipped
from sim.scenario.strict_tables import Place, StrictTable, read_toml, schema_problem

FACTS_FILE = "facts.toml"
GRADES = {
    "A": "measured in the field, on the same quantity",
    "B": "a proxy in the field, or the laboratory",
    "C": "a survey, or a vendor's figure",
}
Grade = Literal["A", "B", "C"]
READ = {
    "source": "the part of the source that has the number was read",
    "abstract": "its abstract was read",
    "report": "only a report of it that gives the number was read",
}
Read = Literal["source", "abstract", "report"]
Expected = Literal["more", "less", "same"]


class SourceTable(StrictTable):
    """What facts with and without numbers have in common: what was found, by whom and where."""

    name: str = Field(min_length=1, description="a name in small letters, used once")
    measured: str = Field(min_length=1, description="text: what is measured")
    published: str = Field(min_length=1, description="text: what was published")
    who: str = Field(min_length=1, description="text: who was measured, and how")
    source: str = Field(min_length=1, description="text: authors, year, title, where")
    address: str = Field(min_length=1, description="text: the DOI or address of the source")
    opened: bool = Field(description="true or false: whether it could be opened, as `read` says")
    read: Read = Field("abstract", description=f"one of {', '.join(READ)}")
    grade: Grade = Field(description=f"one of {', '.join(GRADES)}")
    note: str = Field("", description="text: how the number was read, and what it leaves out")


class FactTable(SourceTable):
    """[[facts]]  One fact with a number, and the statistic of ours that it speaks of."""

    statistic: str = Field(min_length=1, description="the name of a statistic")
    regime: str = Field("adversarial", min_length=1, description="the name of a regime")
    about_mediators: bool = Field(False, description="true or false: whether it is about mediators")
    low: float = Field(description="a number: the 5 % quantile of the law")
    high: float = Field(description="a number: the 95 % quantile of the law")
    law: Literal[LAWS] = Field(description=f"one of {', '.join(LAWS)}")  # type: ignore[valid-type]
    scenarios: list[str] = Field(min_length=1, description="a list of shipped scenarios")


class OverlapTable(StrictTable):
    """[[overlaps]]  Two facts that share people, data or errors, with their correlation."""

    facts: list[str] = Field(min_length=2, max_length=2, description="a list of two facts")
    correlation: float = Field(gt=-1.0, lt=1.0, description="a number between −1 and 1")
    reason: str = Field(min_length=1, description="text: what they share")


class SignTable(SourceTable):
    """[[signs]]  A fact of which only the sign is known, kept without a number.

    `statistic` and `expected` say how the sign can be checked: the statistic with the keys of `change` set,
    against the scenario as it is, or under `regime` against the regime `against`.
    """

    scenario: str = Field("", description="text: the shipped scenario in which it is checked")
    regime: str = Field("adversarial", description="text: the regime in which it is checked")
    against: str = Field("", description="text: the regime it is compared with, if another")
    statistic: str = Field("", description="text: the name of a statistic, if it is checked")
    change: dict[str, Any] = Field({}, description="a table of scenario keys and values")
    expected: Expected | None = Field(None, description="one of more, less, same")


class FactsTable(StrictTable):
    """The whole file."""

    facts: list[FactTable] = Field(min_length=1, description="[[facts]] tables")
    overlaps: list[OverlapTable] = Field([], description="[[overlaps]] tables")
    signs: list[SignTable] = Field([], description="[[signs]] tables")


@dataclass(frozen=True)
class Fact:
    """A published fact with a number: `low` and `high` bound the central 90 % of its `law`.

    `statistic` names what of ours it speaks of, `regime` the arm and `scenarios` where it counts.
    `opened` says whether its source was read; if not, it counts for nothing.
    """

    name: str
    measured: str
    statistic: str
    regime: str
    low: float
    high: float
    law: Law
    published: str
    who: str
    source: str
    address: str
    opened: bool
    grade: Grade
    scenarios: tuple[str, ...]
    about_mediators: bool = False
    note: str = ""
    read: Read = "abstract"

    @property
    def unit(self) -> str:
        """Return the unit of the statistic."""
        return BY_NAME[self.statistic].unit


@dataclass(frozen=True)
class Facts:
    """The facts of a file: `overlaps` maps pairs of names to their correlation on the laws' scales."""

    facts: tuple[Fact, ...]
    overlaps: dict[frozenset[str], float]
    reasons: dict[frozenset[str], str]
    signs: tuple[SignTable, ...]
    path: Path

    @cached_property
    def by_name(self) -> dict[str, Fact]:
        """Return the facts by name."""
        return {fact.name: fact for fact in self.facts}

    def counting_for(
        self, scenario: str, regime: str = "adversarial", *, calibrating: bool = False
    ) -> tuple[Fact, ...]:
        """Return the facts that count for a scenario under a regime, in the order of the file.

        Facts whose source could not be opened count for nothing. With `calibrating`, facts about
        mediators are left out too, whatever the regime.
        """
        return tuple(
            fact
            for fact in self.facts
            if fact.opened
            and scenario in fact.scenarios
            and fact.regime == regime
            and not (calibrating and fact.about_mediators)
        )

    def covariance(self, names: Sequence[str]) -> np.ndarray:
        """Return the covariance of some facts on the scales of their laws, shape (facts, facts)."""
        spreads = [self.by_name[name].law.spread for name in names]
        found = np.zeros((len(names), len(names)))
        for j, one in enumerate(names):
            for k, other in enumerate(names):
                shared = 1.0 if j == k else self.overlaps.get(frozenset((one, other)), 0.0)
                found[j, k] = shared * spreads[j] * spreads[k]
        return found


def read_facts(path: Path | None = None) -> Facts:
    """Return the facts of a file, checked; the shipped ones by default.

    Raises ScenarioError with every problem, its file and line.
    """
    path = experiments_folder() / FACTS_FILE if path is None else path
    data, place = read_toml(path)
    try:
        table = FactsTable.model_validate(data)
    except ValidationError as error:
        wrong = [_schema_problem(found, place) for found in error.errors()]
        raise ScenarioError(place.in_order(wrong)) from None
    problems = list(_problems(table, place))
    if problems:
        raise ScenarioError(place.in_order(problems))
    facts = tuple(_fact_of(row) for row in table.facts)
    overlaps = {frozenset(row.facts): row.correlation for row in table.overlaps}
    reasons = {frozenset(row.facts): row.reason for row in table.overlaps}
    return Facts(facts, overlaps, reasons, tuple(table.signs), path)


def _fact_of(row: FactTable) -> Fact:
    given = row.model_dump() | {"law": Law(row.law, row.low, row.high)}
    return Fact(**given | {"scenarios": tuple(row.scenarios)})


TABLES: dict[str, type[StrictTable]] = {
    "facts": FactTable, "overlaps": OverlapTable, "signs": SignTable,
}  # fmt: skip
NAMES = {
    "law": list(LAWS), "grade": list(GRADES), "read": list(READ), "expected": ["more", "less", "same"],
}  # fmt: skip


def _schema_problem(error: Any, place: Place) -> Problem:
    """Return a problem that pydantic found with a key of the file or of one of its tables."""
    keys = error["loc"]
    table = TABLES.get(str(keys[0]), FactsTable) if len(keys) > 1 else FactsTable
    return schema_problem(error, table, place, names=NAMES)


def _problems(table: FactsTable, place: Place) -> Iterator[Problem]:
    """Yield the problems of a file that satisfies the schema."""
    known = [name for name, _, _ in shipped()]
    yield from _source_problems(table, place)
    for nth, fact in enumerate(table.facts):
        yield from _unknown(place, ("facts", nth, "statistic"), fact.statistic, list(BY_NAME))
        for number, name in enumerate(fact.scenarios):
            yield from _unknown(place, ("facts", nth, "scenarios", number), name, known)
        yield from _unknown_regime(place, ("facts", nth, "regime"), fact.regime, fact.scenarios)
        if wrong := Law(fact.law, fact.low, fact.high).refusal():
            yield place.problem(("facts", nth, "low"), fact.low, wrong)
    yield from _overlap_problems(table, place)
    for nth, sign in enumerate(table.signs):
        yield from _sign_problems(sign, nth, place, known)


def _source_problems(table: FactsTable, place: Place) -> Iterator[Problem]:
    """Yield names used twice and texts that are more than a line."""
    seen: set[str] = set()
    for kind, rows in (("facts", table.facts), ("signs", table.signs)):
        for nth, row in enumerate(rows):
            if row.name in seen:
                yield place.problem((kind, nth, "name"), row.name, "want a name used once")
            seen.add(row.name)
            for key in SourceTable.model_fields:
                text = getattr(row, key)
                if isinstance(text, str) and not is_one_line(text):
                    want = "want text without line breaks or control characters"
                    yield place.problem((kind, nth, key), text, want)


def _overlap_problems(table: FactsTable, place: Place) -> Iterator[Problem]:
    """Yield unknown names, pairs named twice, and correlations that cannot all hold together."""
    names = [fact.name for fact in table.facts]
    known: list[tuple[int, OverlapTable]] = []
    for nth, row in enumerate(table.overlaps):
        unknown = [
            problem
            for number, name in enumerate(row.facts)
            for problem in _unknown(place, ("overlaps", nth, "facts", number), name, names)
        ]
        yield from unknown
        pairs = [set(other.facts) for _, other in known]
        if len(set(row.facts)) < 2 or set(row.facts) in pairs:
            want = "want two different facts, each pair once"
            yield place.problem(("overlaps", nth, "facts"), row.facts, want)
        elif not unknown:
            known.append((nth, row))
    yield from _impossible_correlations(known, place)


def _impossible_correlations(
    known: list[tuple[int, OverlapTable]], place: Place
) -> Iterator[Problem]:
    """Yield the overlap without which the correlations can hold together, or the last, if they cannot."""
    names = list(dict.fromkeys(name for _, row in known for name in row.facts))

    def possible(rows: list[tuple[int, OverlapTable]]) -> bool:
        matrix = np.eye(len(names))
        for _, row in rows:
            j, k = (names.index(name) for name in row.facts)
            matrix[j, k] = matrix[k, j] = row.correlation
        return is_positive_definite(matrix)

    if not possible(known):
        culprits = (
            one for one in known if possible([other for other in known if other is not one])
        )
        nth, row = next(culprits, known[-1])
        want = "want correlations that can hold together with the others"
        yield place.problem(("overlaps", nth, "correlation"), row.correlation, want)


def _sign_problems(sign: SignTable, nth: int, place: Place, known: list[str]) -> Iterator[Problem]:
    """Yield what a sign that is checked lacks or names wrongly."""
    if not sign.statistic:
        return
    yield from _unknown(place, ("signs", nth, "statistic"), sign.statistic, list(BY_NAME))
    yield from _unknown(place, ("signs", nth, "scenario"), sign.scenario, known)
    for key in ("regime", "against"):
        regime = getattr(sign, key) or sign.regime
        yield from _unknown_regime(place, ("signs", nth, key), regime, [sign.scenario])
    if sign.expected is None or not (sign.change or sign.against):
        want = "missing; a sign that is checked wants expected, and change = { … } or against"
        yield place.problem(("signs", nth, "expected"), None, want)


def _unknown_regime(
    place: Place, keys: tuple[str | int, ...], regime: str, scenarios: list[str]
) -> Iterator[Problem]:
    """Yield the problem of a regime that is neither built in nor defined by every one of some scenarios."""
    if regime in BUILT_IN:
        return
    for name in scenarios:
        try:
            known = load(name).regimes()
        except ScenarioError:  # a problem of its own
            continue
        if regime not in known:
            want = f"want a regime of {name}: {', '.join(known)}"
            yield place.problem(keys, regime, want, closest_name(regime, known))
            return


def _unknown(
    place: Place, keys: tuple[str | int, ...], name: str, known: list[str]
) -> Iterator[Problem]:
    if name not in known:
        want = f"want one of {', '.join(known)}"
        yield place.problem(keys, name, want, closest_name(name, known))
