"""T28–T31: self-enforcing effort, patience, noisy repeated play, and investment under hold-up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.engines.batch import OneWorld
from sim.jit import plain
from sim.relationship.work.grow import is_self_enforcing
from sim.scenario.load import LoadedScenario, from_resolved
from sim.theory import growth, repeated
from sim.validation.check import Check, CheckPoint, Effort, mean_point

LEVIN = "Levin 2003; MacLeod & Malcomson 1989"
EFFORTS: dict[float, dict[float, float | None]] = {
    0.0: {0.2: 0.4, 0.3: 0.6, 0.4: 0.8, 0.5: 1.0, 0.6: 1.0},
    0.1: {0.2: 0.2, 0.3: 0.4732, 0.4: 0.6828, 0.5: 0.8873, 0.6: 1.0},
    0.2: {0.2: None, 0.3: None, 0.4: 0.4, 0.5: 0.7236, 0.6: 0.9464},
}
# One pair that signs at once and for ever, without private information; only opportunities arise.
PAIR: dict[str, Any] = {
    "run": {"months": 30, "worlds": 2, "seed": 5},
    "market": {"needs": 1, "vendors": 1, "candidates": 1},
    "issues": [{"name": "work", "levels": ["none", "some"], "worth": [0, 60], "cost": [0, 20]}],
    "beliefs": {"fixed_pie": 0.0, "known": 1.0},
    "negotiation": {"protocol": "take_it_or_leave_it", "offer_cost": 0.0, "duration": 600},
    "delivery": {"prior_months": 0.001},
    "relationship": {"prior_good": 1e6},
    "growth": {"rate": 1.0, "value": 8.0, "fade": 0.1, "notice": 1.0},
}


def load_pair(**tables: Any) -> LoadedScenario:
    """Return the scenario of one pair, with some keys of some tables changed."""
    data = copy.deepcopy(PAIR)
    for name, keys in tables.items():
        data[name] = data.get(name, {}) | keys if isinstance(keys, dict) else keys
    return from_resolved(data, "pair")


def enforced_effort(discount: float, outside: float, exit_hazard: float = 0.0) -> float | None:
    """Return the highest effort that the engine's rule calls self-enforcing; None if there is none.

    `discount` is the discount factor of a period, `outside` the joint outside option, `exit_hazard`
    the probability that the contract ends in a period. Found by bisection.
    """
    rule = plain(is_self_enforcing)

    def holds(level: float) -> bool:
        cost = level * level / 2.0
        return bool(rule((cost, 0.0), level - cost - outside, discount, exit_hazard))

    # The constraint has most slack here; if it fails, no effort is enforceable. 1 is first best.
    low, high = discount * (1.0 - exit_hazard), 1.0
    if not holds(low):
        return None
    return high if holds(high) else _bisect_last(holds, low, high)


def _bisect_last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the last argument from `low` to `high` at which a condition holds, by bisection.

    It must hold at `low` and from some argument on hold no more.
    """
    for _ in range(60):  # halves the interval to the resolution of a double
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def measure_enforced_effort(effort: Effort) -> list[CheckPoint]:
    """Return the points of T28: the effort that a relational contract can enforce.

    Through the engine's rule that decides on hold-up; −1 stands for no effort at all.
    Source: Levin (2003); MacLeod & Malcomson (1989).
    """
    points = []
    for outside, row in EFFORTS.items():
        for discount, expected in row.items():
            # Effort that is only just enforceable counts, and decimals are not exact.
            found = enforced_effort(discount, outside - 1e-9)
            what = f"δ = {discount}, s̄ = {outside}: effort"
            points.append(
                CheckPoint(
                    what,
                    -1.0 if expected is None else expected,
                    -1.0 if found is None else found,
                    1e-3,
                )
            )
    draws = effort.draws("T28")
    for _ in range(effort.choose(6, 60)):
        discount, outside = (
            round(float(draws.uniform(0.1, 0.9)), 3),
            round(float(draws.uniform(0.0, 0.3)), 3),
        )
        if abs(discount - 2.0 * outside) < 0.01:
            continue
        closed, found = (
            growth.relational_effort(discount, outside),
            enforced_effort(discount, outside),
        )
        what = f"δ = {discount:g}, s̄ = {outside:g}: effort"
        points.append(
            CheckPoint(
                what, -1.0 if closed is None else closed, -1.0 if found is None else found, 1e-3
            )
        )
    return points


def refute_enforced_effort(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T28: a contract that may end; no outside option."""
    short = enforced_effort(0.4, 0.1, 0.2)
    return [
        CheckPoint("δ = .4, s̄ = .1, ends at 1/5", 0.6828, short or 0.0, 1e-3),
        CheckPoint(
            "δ = .3, s̄ = .2: no outside option counted",
            -1.0,
            enforced_effort(0.3, 0.0) or -1.0,
            1e-3,
        ),
    ]


def _critical_patience(temptation: float, forgone: float, detection: float) -> float:
    """Return the discount factor from which the engine's rule calls a promise self-enforcing.

    `temptation` is the gain of breaking it once, `forgone` the loss per period after, `detection`
    the probability that a breach is discovered.
    """
    rule = plain(is_self_enforcing)
    gain = detection * forgone
    return _bisect_last(lambda d: not rule((temptation, 0.0), gain, d, 0.0), 0.0, 1.0)


def measure_patience(effort: Effort) -> list[CheckPoint]:
    """Return the points of T29: the patience that keeps a promise under imperfect detection.

    Through the engine's rule, and by comparing the values of two plans.
    Source: Friedman (1971); Axelrod (1984).
    """
    draws, points = effort.draws("T29"), []
    drawn = draws.uniform((0.2, 0.2, 0.1), (5.0, 5.0, 1.0), (effort.choose(5, 50), 3)).round(3)
    for g, forgone, q in ((2.0, 2.0, 1.0), (2.0, 2.0, 0.5), (1.0, 3.0, 0.25), *drawn):
        g, forgone, q = float(g), float(forgone), float(q)
        expected = repeated.patience_needed(g, forgone, q)
        what = f"g = {g:g}, V − V_p = {forgone:g}, q = {q:g}"
        points.append(
            CheckPoint(f"{what}: the rule", expected, _critical_patience(g, forgone, q), 0.005)
        )
        points.append(
            CheckPoint(
                f"{what}: two plans", expected, repeated.patience_by_planning(g, forgone, q), 0.005
            )
        )
    points.append(
        CheckPoint(
            "dilemma (5, 3, 1, 0), grim", 0.5, repeated.patience_by_planning(2.0, 2.0), 0.005
        )
    )
    tit = repeated.patience_for_tit_for_tat((5.0, 3.0, 1.0, 0.0))
    return [*points, CheckPoint("dilemma (5, 3, 1, 0), tit for tat", 2 / 3, tit, 1e-9)]


def refute_patience(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T29: sure detection; a threat twice as severe."""
    return [
        CheckPoint(
            "q = 1 for 1/2",
            repeated.patience_needed(2.0, 2.0, 0.5),
            _critical_patience(2.0, 2.0, 1.0),
            0.005,
        ),
        CheckPoint(
            "twice the threat",
            repeated.patience_needed(1.0, 3.0, 0.25),
            _critical_patience(1.0, 6.0, 0.25),
            0.005,
        ),
    ]


STRATEGIES = {
    "tit for tat": (repeated.TIT_FOR_TAT, 0.5),
    "generous, 1/3": (repeated.generous_tit_for_tat(1 / 3), 0.875),
    "win-stay, lose-shift": (repeated.WIN_STAY, 0.8645),
    "grim": (repeated.GRIM, 0.0725),
}


def measure_noisy_play(effort: Effort) -> list[CheckPoint]:
    """Return the points of T30: cooperation in repeated play with errors.

    By simulation, against published shares and the stationary distribution of the Markov chain.
    Source: Nowak & Sigmund (1993); Molander (1985).
    """
    draws, points = effort.draws("T30"), []
    for name, (strategy, expected) in STRATEGIES.items():
        shares = repeated.simulate_cooperation(
            strategy, strategy, 0.05, draws, *_play_length(effort)
        )
        points.append(mean_point(f"{name}, ε = .05", expected, shares, 0.005))
        points.append(
            CheckPoint(
                f"{name}, ε = .05: the chain",
                expected,
                repeated.cooperation_share(strategy, strategy, 0.05),
                5e-5,
            )
        )
    for _ in range(effort.choose(2, 10)):
        first, second = _draw_memory(draws), _draw_memory(draws)
        error = round(float(draws.uniform(0.01, 0.2)), 3)
        shares = repeated.simulate_cooperation(first, second, error, draws, *_play_length(effort))
        points.append(
            mean_point(
                f"{first} meets {second}, ε = {error:g}",
                repeated.cooperation_share(first, second, error),
                shares,
                0.005,
            )
        )
    g, error = (round(float(x), 3) for x in draws.uniform(0.05, 0.5, 2))
    closed, chain = repeated.generous_cooperation(g, error), repeated.generous_tit_for_tat(g)
    return [
        *points,
        CheckPoint(
            f"generous, {g:g}, ε = {error:g}: the chain",
            closed,
            repeated.cooperation_share(chain, chain, error),
            1e-9,
        ),
    ]


def _draw_memory(draws: np.random.Generator) -> repeated.Memory:
    """Return a random memory-one strategy: probabilities of cooperation after each outcome."""
    a, b, c, d = (float(x) for x in draws.uniform(0.05, 0.95, 4).round(2))
    return a, b, c, d


def _play_length(effort: Effort) -> tuple[int, int]:
    """Return the number of pairs and of rounds: a million moves, or five million."""
    return effort.choose(4_000, 20_000), 250


def refute_noisy_play(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T30: strategies exchanged; twice as many errors."""
    draws = effort.draws("T30 control")
    wsls = repeated.simulate_cooperation(
        repeated.WIN_STAY, repeated.WIN_STAY, 0.05, draws, 1_000, 250
    )
    loud = repeated.simulate_cooperation(
        repeated.generous_tit_for_tat(1 / 3),
        repeated.generous_tit_for_tat(1 / 3),
        0.10,
        draws,
        1_000,
        250,
    )
    return [
        mean_point("win-stay for generous", 0.875, wsls, 0.005),
        mean_point("generous, ε = .1 for .05", 0.875, loud, 0.005),
    ]


def _investment_efficiency(keys: dict[str, float], **tables: Any) -> float:
    """Return the net yield of a world's investments as a share of the best.

    `keys` are those of `growth`, `tables` further changes of the pair.
    """
    loaded = load_pair(growth=keys, **tables)
    world = OneWorld(loaded.regime("adversarial"), loaded.scenario.run.seed, 0)
    for _ in range(world.months):
        world.step()
    tie = world.state.ties[0]
    return float((tie.asset_gain - tie.rent_buyer - tie.rent_vendor) / tie.taken)


def measure_hold_up(effort: Effort) -> list[CheckPoint]:
    """Return the points of T31: investment under hold-up, with one investor and with two.

    Efficiency is s(2 − s) if the only investor keeps the share s.
    Source: Grossman & Hart (1986); Hart & Moore (1990).
    """
    draws, points = effort.draws("T31"), []
    drawn = (round(float(x), 3) for x in draws.uniform(0.05, 0.95, effort.choose(2, 20)))
    for share in (0.5, 0.25, 0.75, *drawn):
        expected = growth.hold_up_efficiency(share)
        vendor = _investment_efficiency({"vendor_part": 1.0, "vendor_share": share})
        buyer = _investment_efficiency({"vendor_part": 0.0, "vendor_share": 1.0 - share})
        points.append(CheckPoint(f"s = {share:g}, vendor invests", expected, vendor, 1e-4))
        points.append(CheckPoint(f"s = {share:g}, buyer invests", expected, buyer, 1e-4))
    for part, share in draws.uniform(0.1, 0.9, (effort.choose(2, 20), 2)).round(3):
        found = _investment_efficiency({"vendor_part": float(part), "vendor_share": float(share)})
        expected = growth.two_sided_efficiency(float(share), float(part))
        points.append(
            CheckPoint(f"both invest, part {part:g}, s = {share:g}", expected, found, 1e-4)
        )
    return points


def refute_hold_up(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T31: another share; an investor of full regard."""
    kind = _investment_efficiency(
        {"vendor_part": 1.0, "vendor_share": 0.5}, vendors={"regard": 1.0}
    )
    return [
        CheckPoint(
            "s = .51 for .5",
            0.75,
            _investment_efficiency({"vendor_part": 1.0, "vendor_share": 0.51}),
            1e-4,
        ),
        CheckPoint("s = .5, full regard", 0.75, kind, 1e-4),
    ]


CHECKS = (
    Check("T28", "relations", "effort that enforces itself, and its collapse", "min{1, δ + √(δ² − 2δs̄)}; none if δ < 2s̄",
          LEVIN, "rules", "a shorter shadow; no outside option", measure_enforced_effort, refute_enforced_effort),
    Check("T29", "relations", "patience that keeps a promise, audited with q", "g/(g + q(V − V_p))",
          "Friedman 1971; Axelrod 1984", "rules", "sure detection; a worse threat", measure_patience, refute_patience),
    Check("T30", "relations", "repeated play with slips", ".5 .875 .8645 .0725", "Nowak & Sigmund 1993; Molander 1985",
          "theory", "strategies exchanged; more noise", measure_noisy_play, refute_noisy_play),
    Check("T31", "relations", "investment under hold-up with share s", "s(2−s)", "Grossman & Hart 1986; Hart & Moore 1990",
          "engine", "another share; full regard", measure_hold_up, refute_hold_up),
)  # fmt: skip
