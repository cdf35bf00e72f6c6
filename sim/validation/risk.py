"""T32–T34: effort and risk under linear contracts."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from sim.contract import best_share, buyer_incentive, cooperation_gain, vendor_incentive
from sim.engines.batch import simulate
from sim.jit import plain
from sim.scenario.load import LoadedScenario, from_resolved
from sim.theory import incentives
from sim.validation.check import ABOVE, Check, CheckPoint, Effort

HM = "Holmström & Milgrom 1987"
SCOPE = {"name": "scope", "levels": ["none", "all"], "worth": [0, 50], "cost": [0, 10]}
# A pair without frictions: it agrees on the risk shares offered, 12 months.
PAIR: dict[str, Any] = {
    "run": {"months": 12, "worlds": 1},
    "market": {"needs": 1, "vendors": 1, "candidates": 1},
    "beliefs": {"fixed_pie": 0.0, "known": 1.0},
    "negotiation": {"protocol": "take_it_or_leave_it"},
}


def load_contract(shares: tuple[float, ...] = (0.0,), **tables: Any) -> LoadedScenario:
    """Return the pair with these risk shares to agree on, and some keys of some tables changed."""
    data = copy.deepcopy(PAIR)
    data["issues"] = [SCOPE, {"name": "risk share", "kind": "risk_share", "levels": list(shares)}]
    for name, keys in tables.items():
        data[name] = {**data.get(name, {}), **keys}
    return from_resolved(data, "contract")


def _agreed_value(loaded: LoadedScenario) -> tuple[float, float]:
    """Return the buyer's part and the joint surplus in a month of the pair's contract."""
    found = simulate(loaded.regime("adversarial"), [0], 1).periods[-1]
    return float(found["buyer"]), float(found["surplus"])


def _joint_value(s: float, case: tuple[float, float, float, float, float]) -> float:
    """Return the joint value of a risk share s by the engine's contract rules.

    `case` is (κ_v, κ_b, r_b, r_v, σ²): productivity of the vendor's and of the buyer's effort, risk
    aversion of buyer and vendor, variance of measured performance.
    """
    kappa_v, kappa_b, r_b, r_v, variance = case
    total = plain(buyer_incentive)(s, 1.0, kappa_v, r_b, variance)
    total += plain(vendor_incentive)(s, kappa_v, r_v, variance)
    if kappa_b:
        total += plain(cooperation_gain)(0, s, kappa_b) + plain(cooperation_gain)(1, s, kappa_b)
    return float(total)


def _optimal_share(case: tuple[float, float, float, float, float]) -> float:
    """Return the risk share with the highest joint value, by numerical search."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(lambda s: -_joint_value(s, case), bounds=(0.0, 1.0), method="bounded",
                            options={"xatol": 1e-9})  # fmt: skip
    return float(found.x)


CASES = {
    # cost of the vendor's effort, of the buyer's (0: none), r_v, r_b, σ² → share
    "risk-neutral buyer, (2, 1, .5)": ((1.0, 0.0, 2.0, 0.0, 0.5), 0.5),
    "risk-neutral buyer, (4, .5, .25)": ((0.5, 0.0, 4.0, 0.0, 0.25), 2 / 3),
    "both averse, (2, 1, 1, .5)": ((1.0, 0.0, 2.0, 1.0, 0.5), 0.6),
    "both averse, (1, 1, 1, 1)": ((1.0, 0.0, 1.0, 1.0, 1.0), 2 / 3),
    "two-sided effort, equal costs": ((1.0, 1.0, 0.0, 0.0, 0.0), 0.5),
    "two-sided effort, costs 1 : 2": ((1.0, 2.0, 0.0, 0.0, 0.0), 2 / 3),
    "two-sided and averse, (1, 1, 2, 1, .5)": ((1.0, 1.0, 2.0, 1.0, 0.5), 0.428571),
    "two-sided and averse, (2, 1, 1, 3, 1)": ((1.0, 2.0, 1.0, 3.0, 1.0), 0.727273),
}


def measure_best_shares(effort: Effort) -> list[CheckPoint]:
    """Return the points of T32: the best share of measured performance.

    The engine's own share, the optimum of its contract rules, and what a pair signs, against closed
    forms.
    Source: Holmström & Milgrom (1987); Borch (1962); Bhattacharyya & Lafontaine (1995).
    """
    points = []
    draws = effort.draws("T32")
    cases = dict(CASES)
    for nth in range(effort.choose(3, 30)):
        c_v, c_b, r_v, r_b, variance = (float(x) for x in draws.uniform(0.3, 3.0, 5).round(2))
        share = incentives.two_sided_share(1 / c_v, 1 / c_b, r_b, r_v, variance**0.5)
        cases[f"drawn, no. {nth + 1}"] = ((c_v, c_b, r_v, r_b, variance), share)
    for name, ((c_v, c_b, r_v, r_b, variance), share) in cases.items():
        kappa_b = 1.0 / c_b if c_b else 0.0
        found = plain(best_share)(1.0, 1 / c_v, r_b, r_v, variance, (kappa_b, 0.0, 0.0))
        points.append(CheckPoint(f"{name}: the engine's", share, float(found), 1e-4))
        optimum = _optimal_share((1 / c_v, kappa_b, r_b, r_v, variance))
        points.append(CheckPoint(f"{name}: numeric optimum", share, optimum, 1e-4))
    for c_b, part in ((1.0, 0.75), (2.0, 7 / 9), (4.0, 0.84)):
        kappa_v, kappa_b = 12.0, 12.0 / c_b
        share = incentives.two_sided_share(kappa_v, kappa_b)
        loaded = load_contract(
            (0.0, share), buyers={"cooperation": kappa_b}, vendors={"productivity": kappa_v}
        )
        reached = (_agreed_value(loaded)[1] - 40.0) / (0.5 * (kappa_v + kappa_b))
        points.append(
            CheckPoint(f"a pair agrees, costs 1 : {c_b:g}: part of first best", part, reached, 1e-4)
        )
    return [*points, *_risk_sharing_points()]


def _risk_sharing_points() -> list[CheckPoint]:
    """Return the points of pure risk sharing, in inverse proportion to risk aversion."""
    shared = incentives.optimal_share(0.0, 1.0, 1.0, 2.0, 1.0)
    return [
        CheckPoint("pure risk, r = (2, 1): share", 1 / 3, shared, 1e-9),
        CheckPoint(
            "pure risk, r = (2, 1): premium",
            1 / 3,
            -_joint_value(shared, (0.0, 0.0, 1.0, 2.0, 1.0)),
            1e-9,
        ),
    ]


def refute_best_shares(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T32: risk ignored; the buyer's effort ignored."""
    points = []
    for name in ("risk-neutral buyer, (2, 1, .5)", "both averse, (2, 1, 1, .5)"):
        (c_v, _, _, _, _), share = CASES[name]
        points.append(
            CheckPoint(
                f"{name}: no risk",
                share,
                plain(best_share)(1.0, 1 / c_v, 0.0, 0.0, 0.0, (0.0, 0.0, 0.0)),
                1e-4,
            )
        )
    (c_v, _, r_v, r_b, variance), share = CASES["two-sided and averse, (1, 1, 2, 1, .5)"]
    alone = plain(best_share)(1.0, 1 / c_v, r_b, r_v, variance, (0.0, 0.0, 0.0))
    return [*points, CheckPoint("two-sided: the vendor alone", share, float(alone), 1e-4)]


def _drawn_certainty_equivalent(
    mean: float, sd: float, aversion: float, draws: np.random.Generator, size: int
) -> float:
    """Return the certainty equivalent of normal income under CARA, by stratified draws.

    `size` strata of equal probability, one draw in each.
    """
    from scipy.special import ndtri

    income = mean + sd * ndtri((np.arange(size) + draws.random(size)) / size)
    return float(-np.log(np.mean(np.exp(-aversion * (income - mean)))) / aversion + mean)


def measure_certainty_equivalents(effort: Effort) -> list[CheckPoint]:
    """Return the points of T33: mean − rσ²/2 by draws, and the risk premium the engine books.

    Source: Pratt (1964).
    """
    draws, size = effort.draws("T33"), effort.choose(1_000_000, 8_000_000)
    points = []
    drawn = draws.uniform((0.2, 0.2), (1.5, 1.3), (effort.choose(3, 20), 2)).round(3)
    for r, sd in ((1.5, 1.2), *((float(a), float(b)) for a, b in drawn)):
        expected = incentives.certainty_equivalent(2.0, r, sd)
        points.append(
            CheckPoint(
                f"r = {r:g}, N(2, {sd:g}²)",
                expected,
                _drawn_certainty_equivalent(2.0, sd, r, draws, size),
                0.002,
            )
        )
    for side, r, s, sd in (
        ("vendors", 0.4, 1.0, 2.0),
        ("buyers", 0.5, 0.0, 1.5),
        ("vendors", 0.3, 0.7, 2.0),
    ):
        expected = _drawn_certainty_equivalent(
            0.0, sd * (s if side == "vendors" else 1.0 - s), r, draws, size
        )
        points.append(
            CheckPoint(
                f"booked: {side}, r = {r:g}, s = {s:g}, σ = {sd:g}",
                expected,
                _booked_premium(side, r, s, sd),
                0.002,
            )
        )
    return points


def _booked_premium(side: str, r: float, s: float, sd: float) -> float:
    """Return the effect of one side's risk aversion on booked surplus, a negative number.

    `side` is "buyers" or "vendors", `r` its aversion, `s` the risk share, `sd` that of performance.
    """
    noisy = {"delivery": {"noise": sd}}
    calm = load_contract((s,), **noisy)
    averse = load_contract((s,), **noisy, **{side: {"risk_aversion": r}})
    return _agreed_value(averse)[1] - _agreed_value(calm)[1]


def refute_certainty_equivalents(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T33: twice the premium; a risk that the other side bears."""
    draws, size = effort.draws("T33 control"), 400_000
    return [
        CheckPoint(
            "mean − rσ²",
            2.0 - 1.5 * 1.44,
            _drawn_certainty_equivalent(2.0, 1.2, 1.5, draws, size),
            0.002,
        ),
        CheckPoint(
            "booked: the vendor bears nothing",
            -0.5 * 0.4 * 4.0,
            _booked_premium("vendors", 0.4, 0.0, 2.0),
            0.002,
        ),
    ]


def measure_transfers(effort: Effort) -> list[CheckPoint]:
    """Return the points of T34: who proposes moves the price, but no total.

    Source: Holmström & Milgrom (1987).
    """
    points = []
    draws = effort.draws("T34")
    for nth in range(effort.choose(3, 20)):
        r_v, r_b, sd = (round(float(x), 3) for x in draws.uniform((0.0, 0.0, 0.5), (0.2, 0.2, 2.0)))
        buyer, vendor = (
            _contract_value(first, (0.0, 0.4, 0.8), r_v, r_b, sd) for first in ("buyer", "vendor")
        )
        what = f"drawn, no. {nth + 1}"
        points.append(CheckPoint(f"{what}: joint CE", 0.0, (buyer[1] - vendor[1]) / 40.0, 1e-12))
        points.append(
            CheckPoint(f"{what}: the buyer's part", 1.0, abs(buyer[0] - vendor[0]), 0.0, kind=ABOVE)
        )
    return points


def _contract_value(
    first: str, shares: tuple[float, ...], r_v: float, r_b: float, sd: float
) -> tuple[float, float]:
    """Return the buyer's part and the joint surplus if `first` proposes, "buyer" or "vendor"."""
    loaded = load_contract(shares, delivery={"noise": sd}, negotiation={"first": first},
                      vendors={"risk_aversion": r_v, "productivity": 5.0}, buyers={"risk_aversion": r_b})  # fmt: skip
    return _agreed_value(loaded)


def refute_transfers(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T34: a transfer tied to performance (another risk share)."""
    one, other = (_contract_value("buyer", (s,), 0.1, 0.05, 1.5) for s in (0.2, 0.8))
    return [CheckPoint("risk share .2 for .8: joint CE", 0.0, (one[1] - other[1]) / 40.0, 1e-12)]


CHECKS = (
    Check("T32", "risk", "the best share of performance", "1/(1+rcσ²); both averse; two-sided effort",
          f"{HM}; Borch 1962; Bhattacharyya & Lafontaine 1995", "engine", "risk forgotten; effort forgotten",
          measure_best_shares, refute_best_shares),
    Check("T33", "risk", "the certainty equivalent of normal income", "mean − rσ²/2", "Pratt 1964", "engine",
          "twice the premium; risk that the other bears", measure_certainty_equivalents, refute_certainty_equivalents),
    Check("T34", "risk", "fixed transfers change nobody's behaviour and no total", "0", HM, "engine",
          "a transfer that goes with performance", measure_transfers, refute_transfers),
)  # fmt: skip
