"""The question of a calibration, sealed before anything is simulated: a digest of everything that was decided.

The digest is printed in every result. Whoever comes later with other facts, priors or rules is told what differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.calibration.alternatives import BLINDNESS, LABELS, alternatives_of
from sim.calibration.priors import Priors
from sim.calibration.rule import Rule, points_of_wave, worlds_of_point
from sim.errors import SimError
from sim.study.results.digest import digest_data
from sim.study.results.request_differences import difference_line, flatten

if TYPE_CHECKING:
    from sim.field.facts_file import Fact, Facts
    from sim.scenario.load import LoadedScenario

ARM = "adversarial"  # the only arm that a calibration runs, or reads
DISCREPANCY = 0.5  # of a fact's spread, unless the file of priors says otherwise
DISCREPANCY_REASON = (
    "no data: half of what a fact's own error is, so that a model need not be perfect"
)
POPULATION = 4  # points of a population for each of a wave
DIGITS = 12  # of the digest that are shown


@dataclass(frozen=True, eq=False)
class SealedQuestion:
    """Everything that was decided before a calibration: scenario, facts, priors, alternatives, rule and seed.

    `left_out` are facts that the user left out by name.
    """

    loaded: LoadedScenario
    source: Facts
    facts: tuple[Fact, ...]
    priors: Priors
    rule: Rule
    seed: int
    left_out: tuple[str, ...] = ()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The question as plain data."""
        names = [fact.name for fact in self.facts]
        overlaps = {
            " and ".join(sorted(pair)): number
            for pair, number in self.source.overlaps.items()
            if pair.issubset(names)
        }
        stated = self.priors.table.discrepancy
        return {
            "scenario": self.loaded.name,
            "scenario_digest": self.loaded.digest,
            "arm": ARM,
            "seed": self.seed,
            "facts": {fact.name: fact_data(fact) for fact in self.facts},
            "overlaps": overlaps,
            "left_out": list(self.left_out),
            "priors": {
                one.key: one.model_dump(mode="json", exclude_none=True)
                for one in self.priors.table.priors
            },
            "correlations": [one.model_dump(mode="json") for one in self.priors.table.correlations],
            "discrepancy": {
                "share": self.rule.discrepancy,
                "reason": DISCREPANCY_REASON if stated is None else stated.reason,
            },
            "alternatives": {
                name: {"label": LABELS[name], "range": None if ends is None else list(ends)}
                for name, ends in alternatives_of(self.facts).items()
            },
            "rule": self.rule.data(),
            "blindness": BLINDNESS,
        }

    @cached_property
    def digest(self) -> str:
        """The digest of the question."""
        return digest_data(self.data)


def fact_data(fact: Fact) -> dict[str, Any]:
    """Return what decides of a fact, and where it comes from, as plain data."""
    return {
        "measured": fact.measured, "statistic": fact.statistic, "law": fact.law.kind, "low": fact.low,
        "high": fact.high, "grade": fact.grade, "source": fact.source, "address": fact.address,
    }  # fmt: skip


def ask(
    loaded: LoadedScenario,
    facts: Facts,
    priors: Priors,
    *,
    waves: int,
    seed: int,
    worlds: int | None = None,
    points: int | None = None,
    left_out: Sequence[str] = (),
) -> SealedQuestion:
    """Return the question of a calibration; raises SimError if no fact counts or no key is left to vary.

    Facts about mediators never count. Keys of the mediator keep their priors: the arm that is run has none.
    """
    counting = facts.counting_for(loaded.name, ARM, calibrating=True)
    known = [fact.name for fact in counting]
    unknown = [name for name in left_out if name not in known]
    if unknown:
        from sim.errors import closest_name

        near = closest_name(unknown[0], known)
        hint = f"; did you mean '{near}'?" if near else ""
        raise SimError(
            f"`without` = {unknown[0]!r}: want facts that count here: {', '.join(known) or 'none do'}{hint}"
        )
    chosen = tuple(fact for fact in counting if fact.name not in left_out)
    if not chosen:
        raise SimError(
            f"{facts.path}: no fact counts for {loaded.name} under {ARM}, so there is nothing to calibrate on"
        )
    informed = [key for key in priors.keys if key not in priors.of_mediator]
    if not informed:
        raise SimError(
            f"{priors.path}: want priors of keys other than the mediator's: {ARM} has no mediator"
        )
    scenario = loaded.scenario
    stated = priors.table.discrepancy
    number = points or points_of_wave(len(informed))
    rule = Rule(
        waves=waves,
        points=number,
        worlds=worlds or worlds_of_point(scenario.market.needs, scenario.run.months),
        discrepancy=DISCREPANCY if stated is None else float(stated.share),
        population=POPULATION * number,
    )
    return SealedQuestion(loaded, facts, chosen, priors, rule, seed, tuple(left_out))


def deviations(sealed: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one line for each thing in which a question differs from the one that was sealed."""
    there, here = flatten(sealed), flatten(now)
    keys = [key for key in dict.fromkeys([*there, *here]) if there.get(key) != here.get(key)]
    return [
        difference_line(key, there.get(key, "nothing"), here.get(key, "nothing")) for key in keys
    ]
