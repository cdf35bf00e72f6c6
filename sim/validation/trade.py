"""T01–T07: one negotiation over one price, run by the engine, against closed forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.theory import double_auction as auction
from sim.theory import honesty
from sim.validation.check import ABOVE, AT_MOST, BELOW, Check, CheckPoint, Effort
from sim.validation.one_shot import Meetings, gains_by_meeting, run_meetings

MYERSON_SATTERTHWAITE = "Myerson & Satterthwaite 1983"
CHATTERJEE_SAMUELSON = "Chatterjee & Samuelson 1983"
LEVEL, K, PROTOCOL = "negotiation.level", "negotiation.k", "negotiation.protocol"
TRUTHFUL_KEYS: dict[str, Any] = {LEVEL: "truthful"}
EQUILIBRIUM_KEYS: dict[str, Any] = {LEVEL: "equilibrium"}
# Of means over meetings, in addition to their standard error; worths lie in [0, 1].
TOLERANCE = 0.001
COLUMNS = ("gains", "trade", "buyer", "vendor")  # fields of `AuctionOutcome`, in its order


def headline_meetings(effort: Effort) -> int:
    """Return the number of meetings for a headline: two million, or four."""
    return effort.choose(2_000_000, 4_000_000)


def further_meetings(effort: Effort) -> int:
    """Return the number of meetings for every further point."""
    return effort.choose(400_000, 2_000_000)


def points_against(found: Meetings, outcome: auction.AuctionOutcome, what: str) -> list[CheckPoint]:
    """Return the points of all four columns against a closed form."""
    pairs = zip(COLUMNS, outcome, strict=True)
    return [found.point(column, what, expected, TOLERANCE) for column, expected in pairs]


def linear_outcome(k: float) -> auction.AuctionOutcome:
    """Return the outcome of the linear equilibrium of the k-double auction, in closed form.

    Source: Chatterjee & Samuelson (1983).
    """
    return auction.expected_outcome(*auction.equilibrium(k), k)


def draw_price_rules(effort: Effort, name: str, quick: int) -> list[float]:
    """Return random weights k of the bid in the price, `quick` of them or six for a deep run."""
    return [
        float(k) for k in effort.draws(name).uniform(0.02, 0.98, effort.choose(quick, 6)).round(3)
    ]


def measure_truthful(effort: Effort) -> list[CheckPoint]:
    """Return the points of T01: two truthful sides that split the difference reach first best.

    Expected gains are 1/6 of the largest worth, with trade in half of all meetings.
    """
    closed = auction.expected_outcome(auction.TRUTHFUL, auction.TRUTHFUL, 0.5)
    return points_against(
        run_meetings(TRUTHFUL_KEYS, headline_meetings(effort), effort.seed), closed, "both truthful"
    )


def refute_truthful(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T01: both sides in equilibrium instead."""
    closed = auction.expected_outcome(auction.TRUTHFUL, auction.TRUTHFUL, 0.5)
    return points_against(
        run_meetings(EQUILIBRIUM_KEYS, headline_meetings(effort), effort.seed),
        closed,
        "both in equilibrium",
    )


def measure_half_auction(effort: Effort) -> list[CheckPoint]:
    """Return the points of T02: the linear equilibrium of the double auction with k = 1/2.

    Expected gains are 9/64, the second best of Myerson & Satterthwaite (1983).
    """
    return points_against(
        run_meetings(EQUILIBRIUM_KEYS, headline_meetings(effort), effort.seed),
        linear_outcome(0.5),
        "k = 1/2",
    )


def refute_half_auction(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T02: both sides truthful instead."""
    return points_against(
        run_meetings(TRUTHFUL_KEYS, headline_meetings(effort), effort.seed),
        linear_outcome(0.5),
        "both truthful",
    )


def measure_any_k(effort: Effort) -> list[CheckPoint]:
    """Return the points of T03: gains and parts in the linear equilibrium for any k."""
    points = []
    for k in (0.0, 0.25, 0.75, 1.0, *draw_price_rules(effort, "T03", 2)):
        found = run_meetings({**EQUILIBRIUM_KEYS, K: k}, further_meetings(effort), effort.seed)
        points += points_against(found, linear_outcome(k), f"k = {k:g}")
    return [p for p in points if not p.what.endswith("trade")]


def refute_any_k(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T03: parts at k taken for those at 1 − k."""
    points = []
    for k in (0.0, 0.25, 0.75, 1.0):
        found = run_meetings({**EQUILIBRIUM_KEYS, K: k}, further_meetings(effort), effort.seed)
        points += points_against(found, linear_outcome(1.0 - k), f"k = {k:g} for {1 - k:g}")[2:]
    return points


def measure_deviations(effort: Effort) -> list[CheckPoint]:
    """Return the points of T04: with the engine's shading tables nobody gains by deviating."""
    return _deviation_points(
        "equilibrium", (0.5, 0.25, 0.75, *draw_price_rules(effort, "T04", 2)), effort
    )


def refute_deviations(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T04: shading that is a best reply to the truth."""
    return _deviation_points("level_1", (0.5, 0.25, 0.75), effort)


def _deviation_points(level: str, rules: Sequence[float], effort: Effort) -> list[CheckPoint]:
    """Return for each price rule the most that any type gains by deviating, over a grid of bids.

    `level` names the engine's shading tables, `rules` are the weights k of the bid.
    """
    size = effort.choose(1_000, 2_000)
    types, reports = (np.arange(size) + 0.5) / size, np.linspace(0.0, 1.0, size)
    opponents = (np.arange(20 * size) + 0.5) / (20 * size)
    knots = np.linspace(0.0, 1.0, 65)  # at which the shading tables are given
    points = []
    for k in rules:
        none = np.zeros(0)
        tables = auction.shading_tables(level, k, none, none, 0.0, 1.0, uniform=True)

        def bid(worth: np.ndarray, table: np.ndarray = tables.buyer) -> np.ndarray:
            return np.asarray(worth - np.interp(worth, knots, table))

        def ask(cost: np.ndarray, table: np.ndarray = tables.vendor) -> np.ndarray:
            return np.asarray(cost + np.interp(cost, knots, table))

        gain = auction.deviation_gain(
            k, types, (bid(types), ask(types)), (bid(opponents), ask(opponents)), reports
        )
        points.append(CheckPoint(f"k = {k:g}: most a type gains", 0.0, gain, 5e-4, kind=AT_MOST))
    return points


def measure_posted_prices(effort: Effort) -> list[CheckPoint]:
    """Return the points of T05: take-it-or-leave-it offers, posted and random prices."""
    points = []
    for first in ("buyer", "vendor"):
        k = 1.0 if first == "buyer" else 0.0
        lines = auction.level_1(k)
        closed = auction.expected_outcome(
            lines[0] if k else auction.TRUTHFUL, auction.TRUTHFUL if k else lines[1], k
        )
        changes = {PROTOCOL: "take_it_or_leave_it", "negotiation.first": first}
        points += points_against(
            run_meetings(changes, further_meetings(effort), effort.seed), closed, f"{first}'s offer"
        )
    return [p for p in points if not p.what.endswith("trade")] + _posted_price_points(effort, 0.0)


def refute_posted_prices(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T05: sealed bids instead, and prices that are off by 0.1."""
    found = run_meetings(EQUILIBRIUM_KEYS, headline_meetings(effort), effort.seed)
    return [
        found.point("gains", "sealed bids", 1 / 8, TOLERANCE),
        *_posted_price_points(effort, 0.1),
    ]


def _posted_price_points(effort: Effort, shift: float) -> list[CheckPoint]:
    """Return the points of gains at a posted and at a random price.

    `shift` is added to the price that is posted but not to the one that is expected.
    """
    draws, size = effort.draws("T05"), effort.choose(2_000_000, 10_000_000)
    worth, cost, price = draws.random((3, size))
    drawn = float(draws.uniform(0.2, 0.4))
    points = []
    for p in (0.5, round(drawn, 3)):
        gains = (worth - cost) * (worth >= p + shift) * (cost <= p + shift)
        points.append(
            _gains_point(f"price {p:g} posted: gains", auction.posted_price_gains(p), gains)
        )
    met = (worth >= price) & (cost <= price) if not shift else (worth >= cost)
    points.append(
        _gains_point("random price: gains", auction.random_price_gains(), (worth - cost) * met)
    )
    return points


def _gains_point(what: str, expected: float, sample: np.ndarray) -> CheckPoint:
    """Return the point of the mean of independent gains."""
    return CheckPoint(
        what, expected, float(sample.mean()), TOLERANCE, float(sample.std() / len(sample) ** 0.5)
    )


def measure_level_1(effort: Effort) -> list[CheckPoint]:
    """Return the points of T06: level-1 shading on both sides, or on one against a truthful side.

    A side with full regard for the other does not shade, which makes it truthful.
    Source: Crawford & Iriberri (2007).
    """
    bid, ask = auction.level_1(0.5)
    found = [
        (
            run_meetings(_level_1_changes(), further_meetings(effort), effort.seed),
            (bid, ask),
            "both level 1",
        ),
        (
            run_meetings(_level_1_changes("vendors"), further_meetings(effort), effort.seed),
            (bid, auction.TRUTHFUL),
            "buyer alone",
        ),
        (
            run_meetings(_level_1_changes("buyers"), further_meetings(effort), effort.seed),
            (auction.TRUTHFUL, ask),
            "vendor alone",
        ),
    ]
    points = [
        p
        for f, lines, what in found
        for p in points_against(f, auction.expected_outcome(*lines, 0.5), what)
    ]
    for k in draw_price_rules(effort, "T06", 1):
        both = run_meetings({**_level_1_changes(), K: k}, further_meetings(effort), effort.seed)
        points += points_against(
            both, auction.expected_outcome(*auction.level_1(k), k), f"both level 1, k = {k:g}"
        )
    return [p for p in points if not p.what.endswith("trade")]


def refute_level_1(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T06, which must fail.

    Sides in equilibrium are held against the number for level 1 on both sides, and level 1 on both
    sides against the number for level 1 on one side.
    """
    both = run_meetings(_level_1_changes(), further_meetings(effort), effort.seed)
    return [
        run_meetings(EQUILIBRIUM_KEYS, headline_meetings(effort), effort.seed).point(
            "gains", "equilibrium", 1 / 12, TOLERANCE
        ),
        both.point("gains", "both for one", 4 / 27, TOLERANCE),
    ]


def _level_1_changes(honest: str = "") -> dict[str, Any]:
    """Return the keys of level 1, with one side honest if `honest` is "buyers" or "vendors"."""
    return {LEVEL: "level_1"} | ({f"{honest}.regard": 1.0} if honest else {})


def honest_mix(share: float) -> dict[str, Any]:
    """Return the keys of level 1 with a share of honest types, of full regard, on both sides."""
    types = [
        {"name": f"{name} {side}", "side": side, "weight": weight, "regard": regard}
        for side in ("buyer", "vendor")
        for name, weight, regard in (("honest", share, 1.0), ("strategic", 1.0 - share, 0.0))
        if weight > 0.0
    ]
    return {LEVEL: "level_1", "conducts": types}


def measure_honest_shares(effort: Effort) -> list[CheckPoint]:
    """Return the points of T07: gains rise with the share of honest sides.

    From a share of 11/20 on they exceed the linear equilibrium. Source: Saran (2009).
    """
    points = []
    drawn = round(float(effort.draws("T07").uniform(0.05, 0.95)), 3)
    for h in (0.25, 0.5, 0.75, drawn):
        found = run_meetings(honest_mix(h), further_meetings(effort), effort.seed)
        points.append(
            found.point("gains", f"honest with {h:g}", honesty.gains_at_honesty(h), TOLERANCE)
        )
    crossing = honesty.honesty_needed()
    points.append(CheckPoint("honesty that reaches second best", 11 / 20, crossing, 1e-9))
    return points + _crossing_points(effort, 0.50, 0.60)


def refute_honest_shares(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T07: the wrong share, and the two signs exchanged."""
    found = run_meetings(honest_mix(0.5), further_meetings(effort), effort.seed)
    wrong = found.point("gains", "0.5 for 0.6", honesty.gains_at_honesty(0.6), TOLERANCE)
    return [wrong, *_crossing_points(effort, 0.60, 0.50)]


def _crossing_points(effort: Effort, worse: float, better: float) -> list[CheckPoint]:
    """Return the points of paired gains over the equilibrium at two shares of honest sides.

    Gains should be below the equilibrium's at share `worse` and above it at share `better`.
    """
    size = effort.choose(200_000, 1_000_000)
    base = gains_by_meeting(EQUILIBRIUM_KEYS, size, effort.seed)
    points = []
    for h, kind in ((worse, BELOW), (better, ABOVE)):
        gap = gains_by_meeting(honest_mix(h), size, effort.seed) - base
        error = float(gap.std() / len(gap) ** 0.5)
        what = f"honest with {h:g}, over equilibrium"
        points.append(CheckPoint(what, 0.0, float(gap.mean()), 3.0 * error, error, kind))
    return points


CHECKS = (
    Check("T01", "trade", "truthful sides who split reach first best", "1/6; trade 1/2", MYERSON_SATTERTHWAITE, "engine",
          "both in equilibrium", measure_truthful, refute_truthful),
    Check("T02", "trade", "linear equilibrium of the ½-double auction", "9/64; trade 9/32; 9/128 each",
          CHATTERJEE_SAMUELSON, "engine", "both truthful", measure_half_auction, refute_half_auction),
    Check("T03", "trade", "linear equilibrium of the k-double auction, any k", "closed forms in k", CHATTERJEE_SAMUELSON,
          "engine", "parts at k taken for those at 1 − k", measure_any_k, refute_any_k),
    Check("T04", "trade", "nobody gains by deviating from the linear equilibrium", "0", CHATTERJEE_SAMUELSON, "rules",
          "best replies to the truth", measure_deviations, refute_deviations),
    Check("T05", "trade", "posted price; take it or leave it; random price", "1/8; 1/8; 1/12",
          MYERSON_SATTERTHWAITE, "engine", "sealed bids; another price", measure_posted_prices,
          refute_posted_prices),
    Check("T06", "trade", "level 1 on one side, on both", "4/27; 1/12", "Crawford & Iriberri 2007", "engine",
          "equilibrium; both for one", measure_level_1, refute_level_1),
    Check("T07", "trade", "a share of honest sides; from 11/20 more than second best",
          "h²/6 + 2h(1−h)4/27 + (1−h)²/12", "Saran 2009", "engine", "another share; signs exchanged",
          measure_honest_shares, refute_honest_shares),
)  # fmt: skip
