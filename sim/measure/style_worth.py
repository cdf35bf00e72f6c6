"""What each style of mediator is worth in a scenario: its procedure, and the mediator, apart.

A style is held against direct talks and against the machine, which runs the same procedure, knows nothing
and is free, over the same worlds. So the gain of a style is that of its procedure (machine − none) and that of
its mediator (mediator − machine).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engines.batch import Outcome, simulate
from sim.measure.intervals import Paired, Summary, paired, summarise
from sim.measure.ledger import CAUSES
from sim.measure.metrics import BY_NAME, view_of
from sim.mediation.styles.style_catalogue import needed_functions, parse_styles
from sim.scenario.load import LoadedScenario, load

TABLES = ("periods", "ties", "offers", "need_months")
ARMS = ("adversarial", "machine", "mediated")
SHOWN = (
    "impasse_rate", "loss_misfit", "trust_buyer_mean", "trust_vendor_mean",
    *(f"loss_{cause}" for cause in CAUSES),
)  # fmt: skip


@dataclass(frozen=True)
class StyleArm:
    """What one regime did, per world: joint surplus and both parts per need and month, and measures."""

    surplus: np.ndarray
    buyer: np.ndarray
    vendor: np.ndarray
    by_need: np.ndarray  # [world, need, side], money per month
    offers_to_agreement: np.ndarray
    measures: dict[str, np.ndarray]


@dataclass(frozen=True)
class Worth:
    """What a style is worth: paired differences in joint surplus, and what else the style moves."""

    style: str
    added: tuple[str, ...]  # functions that its moments need and the scenario does not have
    procedure: Paired
    mediator: Paired
    whole: Paired
    buyer: Paired
    vendor: Paired
    both_gain: Summary  # share of needs in which both sides gain against direct talks
    alone: Paired  # against a mediator of no style that has the same functions
    causes: dict[
        str, float
    ]  # mean change of each cause of loss: against that, of no style against direct talks
    impasse: tuple[float, float]  # without, with
    offers: tuple[float, float]
    misfit: tuple[float, float]
    trust: tuple[float, float]  # both sides in each other, mean of both, without and with


def as_practised(
    name: str, style: str, extra: dict[str, object] | None = None
) -> tuple[LoadedScenario, tuple[str, ...]]:
    """Return a scenario whose mediators practise a style, and the functions that had to be added for it.

    Of "" they practise none and have their functions alone.
    Sides take part as far as they trust the mediator.
    """
    functions = list(load(name).regime("mediated").scenario.mediator.functions)
    added = [
        f for f in needed_functions(one.entry for one in parse_styles(style)) if f not in functions
    ]
    keys = {
        "mediator.style": style or [],
        "mediator.participation": "trust",
        "mediator.functions": [*functions, *added],
    }
    return load(name, keys | (extra or {})), tuple(added)


def run_arm(loaded: LoadedScenario, regime: str, worlds: int, seed: int, threads: int) -> StyleArm:
    """Return what a regime did to some worlds."""
    resolved = loaded.regime(regime)
    out = simulate(resolved, range(worlds), seed, tables=TABLES, threads=threads)
    view = view_of(out, resolved)
    surplus, buyer, vendor = (BY_NAME[name].of(view) for name in ("surplus", "buyer", "vendor"))
    return StyleArm(
        surplus,
        buyer,
        vendor,
        _by_need(out, worlds, loaded.scenario.market.needs),
        _offers_to_agreement(out, worlds),
        {name: BY_NAME[name].of(view) for name in SHOWN},
    )


def _by_need(out: Outcome, worlds: int, needs: int) -> np.ndarray:
    rows, first = out.need_months, int(out.need_months["world"].min())
    place = (rows["world"].astype(np.int64) - first) * needs + rows["need"]
    months = max(1, len(rows) // (worlds * needs))
    parts = [
        np.bincount(place, rows[side], worlds * needs).reshape(worlds, needs) / months
        for side in ("buyer", "vendor")
    ]
    return np.stack(parts, axis=2)


def _offers_to_agreement(out: Outcome, worlds: int) -> np.ndarray:
    taken = out.offers[out.offers["accepted"] == 1]
    world = taken["world"].astype(np.int64)
    count = np.bincount(world, minlength=worlds)[:worlds]
    total = np.bincount(world, taken["nth"] + 1.0, worlds)[:worlds]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0, total / count, np.nan))


def worths(name: str, styles: Sequence[str], worlds: int, threads: int = 1) -> list[Worth]:
    """Return what each style is worth in a scenario; direct talks and functions alone are run once."""
    direct = run_arm(load(name), ARMS[0], worlds, 1, threads)
    bare: dict[tuple[str, ...], StyleArm] = {}
    found = []
    for style in styles:
        loaded, added = as_practised(name, style)
        if added not in bare:
            functions = loaded.scenario.mediator.functions
            none, _ = as_practised(name, "", {"mediator.functions": functions})
            bare[added] = run_arm(none, ARMS[2], worlds, 1, threads)
        machine = run_arm(loaded, ARMS[1], worlds, 1, threads)
        mediated = run_arm(loaded, ARMS[2], worlds, 1, threads) if style else bare[added]
        found.append(_worth(style, added, (direct, bare[added], machine, mediated)))
    return found


def _worth(
    style: str, added: tuple[str, ...], arms: tuple[StyleArm, StyleArm, StyleArm, StyleArm]
) -> Worth:
    """Return what a style is worth by its arms: direct talks, functions alone, machine, mediated."""
    direct, bare, machine, mediated = arms
    rises = mediated.by_need - direct.by_need
    control = bare if style else direct
    both = (rises > 1e-9).all(axis=2).mean(axis=1)
    return Worth(
        style,
        added,
        _pair(machine.surplus, direct.surplus),
        _pair(mediated.surplus, machine.surplus),
        _pair(mediated.surplus, direct.surplus),
        _pair(mediated.buyer, direct.buyer),
        _pair(mediated.vendor, direct.vendor),
        summarise(both[:, None]),
        _pair(mediated.surplus, bare.surplus),
        {
            cause: _mean(mediated.measures[f"loss_{cause}"] - control.measures[f"loss_{cause}"])
            for cause in CAUSES
        },
        _beside(direct, mediated, "impasse_rate"),
        (_mean(direct.offers_to_agreement), _mean(mediated.offers_to_agreement)),
        _beside(direct, mediated, "loss_misfit"),
        (_mutual_trust(direct), _mutual_trust(mediated)),
    )


def _pair(one: np.ndarray, other: np.ndarray) -> Paired:
    return paired(one[:, None], other[:, None])


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values))


def _beside(direct: StyleArm, mediated: StyleArm, name: str) -> tuple[float, float]:
    return _mean(direct.measures[name]), _mean(mediated.measures[name])


def _mutual_trust(arm: StyleArm) -> float:
    """Return the mean trust of both sides in each other, over needs and months."""
    return 0.5 * sum(_mean(arm.measures[f"trust_{side}_mean"]) for side in ("buyer", "vendor"))


@dataclass(frozen=True)
class Ability:
    """What an able mediator of a style does beyond a weak one: (weak, able) of each."""

    style: str
    impasse: tuple[float, float]
    more_deals: float  # share
    most: float  # that could be, were no talk to fail
    offers: tuple[float, float]
    price: tuple[float, float]


WEAK, ABLE = 0.2, 0.9


def able_and_weak(name: str, styles: Sequence[str], worlds: int, threads: int = 1) -> list[Ability]:
    """Return what competence does for each style in a scenario, over the same worlds."""
    found = []
    for style in styles:
        arms = [
            _deals(as_practised(name, style, {"mediator.competence": c})[0], worlds, threads)
            for c in (WEAK, ABLE)
        ]
        (q_weak, offers_weak, price_weak), (q_able, offers_able, price_able) = arms
        found.append(
            Ability(
                style,
                (q_weak, q_able),
                (1.0 - q_able) / (1.0 - q_weak) - 1.0,
                q_weak / (1.0 - q_weak),
                (offers_weak, offers_able),
                (price_weak, price_able),
            )
        )
    return found


def _deals(loaded: LoadedScenario, worlds: int, threads: int) -> tuple[float, float, float]:
    """Return (share of talks that fail, offers to agreement, mean price) under mediation."""
    out = simulate(loaded.regime("mediated"), range(worlds), 1, tables=TABLES, threads=threads)
    taken = out.offers[out.offers["accepted"] == 1]
    failed = out.periods["impasses"].sum() / max(1, out.periods["talks"].sum())
    return float(failed), float(taken["nth"].mean() + 1.0), float(taken["price"].mean())
