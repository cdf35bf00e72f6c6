"""The worth of each style of mediator in a scenario, split into procedure and mediator.

A style is compared with direct talks and with the machine, which carries out the same procedure but
knows nothing and is free, over the same worlds. The gain of a style is the sum of that of its
procedure (machine − direct talks) and that of its mediator (mediator − machine).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.engines.batch import RunTables, simulate
from sim.measure.intervals import PairedSummary, Summary, summarise, summarise_paired
from sim.measure.ledger import CAUSES
from sim.measure.metrics import BY_NAME, view_of
from sim.mediation.styles.style_catalogue import needed_functions, parse_styles
from sim.scenario.load import LoadedScenario, load
from sim.summation import ordered_sum

TABLES = ("periods", "ties", "offers", "need_months")
ARMS = ("adversarial", "machine", "mediated")
SHOWN = (
    "impasse_rate", "loss_misfit", "trust_buyer_mean", "trust_vendor_mean",
    *(f"loss_{cause}" for cause in CAUSES),
)  # fmt: skip


@dataclass(frozen=True)
class StyleArm:
    """The results of one arm, by world.

    `surplus`, `buyer` and `vendor` are money per need and month, shape (worlds,); so are the
    `measures`, each in its own unit, and the mean number of offers to an agreement.
    """

    surplus: np.ndarray
    buyer: np.ndarray
    vendor: np.ndarray
    by_need: np.ndarray  # [world, need, side], money per month
    offers_to_agreement: np.ndarray
    measures: dict[str, np.ndarray]


@dataclass(frozen=True)
class StyleWorth:
    """The worth of a style: paired differences in money per need and month, and its other effects.

    `procedure`, `mediator` and `whole` are differences of joint surplus, `buyer` and `vendor` those
    of the parts against direct talks. Pairs of numbers are means (without, with) the style.
    """

    style: str
    added: tuple[str, ...]  # functions that its moments need and the scenario lacks
    procedure: PairedSummary
    mediator: PairedSummary
    whole: PairedSummary
    buyer: PairedSummary
    vendor: PairedSummary
    both_gain: Summary  # share of needs in which both sides gain over direct talks
    alone: PairedSummary  # against a mediator of no style that has the same functions
    causes: dict[
        str, float
    ]  # mean change of each cause of loss: against that, of no style against direct talks
    impasse: tuple[float, float]  # without, with
    offers: tuple[float, float]
    misfit: tuple[float, float]
    trust: tuple[float, float]  # both sides in each other, mean of both, without and with


def load_with_style(
    name: str, style: str, extra: dict[str, object] | None = None
) -> tuple[LoadedScenario, tuple[str, ...]]:
    """Return a scenario whose mediators practise a style, and the functions added for it.

    The style "" is none: mediators then only have their functions. Sides take part as often as they
    trust the mediator. `extra` are further keys.
    """
    functions = list(load(name).regime("mediated").scenario.mediator.functions)
    added = [
        f
        for f in needed_functions(configured.entry for configured in parse_styles(style))
        if f not in functions
    ]
    keys = {
        "mediator.style": style or [],
        "mediator.participation": "trust",
        "mediator.functions": [*functions, *added],
    }
    return load(name, keys | (extra or {})), tuple(added)


def run_arm(loaded: LoadedScenario, regime: str, worlds: int, seed: int, threads: int) -> StyleArm:
    """Return the results of a regime over the first `worlds` worlds."""
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


def _by_need(out: RunTables, worlds: int, needs: int) -> np.ndarray:
    """Return the mean surplus by world, need and side (buyer, vendor), in money per month."""
    rows, first = out.need_months, int(out.need_months["world"].min())
    place = (rows["world"].astype(np.int64) - first) * needs + rows["need"]
    months = max(1, len(rows) // (worlds * needs))
    parts = [
        np.bincount(place, rows[side], worlds * needs).reshape(worlds, needs) / months
        for side in ("buyer", "vendor")
    ]
    return np.stack(parts, axis=2)


def _offers_to_agreement(out: RunTables, worlds: int) -> np.ndarray:
    """Return the mean number of offers to an agreement, by world; NaN if there was none."""
    taken = out.offers[out.offers["accepted"] == 1]
    world = taken["world"].astype(np.int64)
    count = np.bincount(world, minlength=worlds)[:worlds]
    total = np.bincount(world, taken["nth"] + 1.0, worlds)[:worlds]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0, total / count, np.nan))


def compute_style_worths(
    name: str, styles: Sequence[str], worlds: int, threads: int = 1
) -> list[StyleWorth]:
    """Return the worth of each style in a scenario over the same worlds.

    Direct talks, and functions without a style, are run once for all styles that need them.
    """
    direct = run_arm(load(name), ARMS[0], worlds, 1, threads)
    bare: dict[tuple[str, ...], StyleArm] = {}
    found = []
    for style in styles:
        loaded, added = load_with_style(name, style)
        if added not in bare:
            functions = loaded.scenario.mediator.functions
            none, _ = load_with_style(name, "", {"mediator.functions": functions})
            bare[added] = run_arm(none, ARMS[2], worlds, 1, threads)
        machine = run_arm(loaded, ARMS[1], worlds, 1, threads)
        mediated = run_arm(loaded, ARMS[2], worlds, 1, threads) if style else bare[added]
        found.append(_style_worth(style, added, (direct, bare[added], machine, mediated)))
    return found


def _style_worth(
    style: str, added: tuple[str, ...], arms: tuple[StyleArm, StyleArm, StyleArm, StyleArm]
) -> StyleWorth:
    """Return the worth of a style from direct talks, functions alone, machine and mediated."""
    direct, bare, machine, mediated = arms
    rises = mediated.by_need - direct.by_need
    control = bare if style else direct
    # Above the rounding of amounts of money, so that a need that nothing touches gains nothing.
    both = (rises > 1e-9).all(axis=2).mean(axis=1)
    return StyleWorth(
        style,
        added,
        _summarise_difference(machine.surplus, direct.surplus),
        _summarise_difference(mediated.surplus, machine.surplus),
        _summarise_difference(mediated.surplus, direct.surplus),
        _summarise_difference(mediated.buyer, direct.buyer),
        _summarise_difference(mediated.vendor, direct.vendor),
        summarise(both[:, None]),
        _summarise_difference(mediated.surplus, bare.surplus),
        {
            cause: _mean(mediated.measures[f"loss_{cause}"] - control.measures[f"loss_{cause}"])
            for cause in CAUSES
        },
        _means_without_and_with(direct, mediated, "impasse_rate"),
        (_mean(direct.offers_to_agreement), _mean(mediated.offers_to_agreement)),
        _means_without_and_with(direct, mediated, "loss_misfit"),
        (_mutual_trust(direct), _mutual_trust(mediated)),
    )


def _summarise_difference(first: np.ndarray, second: np.ndarray) -> PairedSummary:
    return summarise_paired(first[:, None], second[:, None])


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values))


def _means_without_and_with(direct: StyleArm, mediated: StyleArm, name: str) -> tuple[float, float]:
    return _mean(direct.measures[name]), _mean(mediated.measures[name])


def _mutual_trust(arm: StyleArm) -> float:
    """Return the mean trust of both sides in each other, over needs and months."""
    return 0.5 * ordered_sum(
        _mean(arm.measures[f"trust_{side}_mean"]) for side in ("buyer", "vendor")
    )


@dataclass(frozen=True)
class CompetenceEffect:
    """The effect of a mediator's competence under a style: pairs are (weak, able)."""

    style: str
    impasse: tuple[float, float]
    more_deals: float  # relative rise of the share of talks that end in a contract
    most: float  # the rise if no talk failed
    offers: tuple[float, float]
    price: tuple[float, float]


WEAK, ABLE = 0.2, 0.9  # competence, from 0 (knows nothing) to 1 (knows everything)


def compare_competence(
    name: str, styles: Sequence[str], worlds: int, threads: int = 1
) -> list[CompetenceEffect]:
    """Return the effect of competence under each style in a scenario, over the same worlds."""
    found = []
    for style in styles:
        arms = [
            _run_deals(load_with_style(name, style, {"mediator.competence": c})[0], worlds, threads)
            for c in (WEAK, ABLE)
        ]
        (q_weak, offers_weak, price_weak), (q_able, offers_able, price_able) = arms
        found.append(
            CompetenceEffect(
                style,
                (q_weak, q_able),
                (1.0 - q_able) / (1.0 - q_weak) - 1.0,
                q_weak / (1.0 - q_weak),
                (offers_weak, offers_able),
                (price_weak, price_able),
            )
        )
    return found


def _run_deals(loaded: LoadedScenario, worlds: int, threads: int) -> tuple[float, float, float]:
    """Return (share of talks that fail, mean offers to agreement, mean price) under mediation."""
    out = simulate(loaded.regime("mediated"), range(worlds), 1, tables=TABLES, threads=threads)
    taken = out.offers[out.offers["accepted"] == 1]
    failed = out.periods["impasses"].sum() / max(1, out.periods["talks"].sum())
    return float(failed), float(taken["nth"].mean() + 1.0), float(taken["price"].mean())
