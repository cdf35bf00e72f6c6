"""T11–T13: audits, a shared future and a bank, each of which can make the truth pay."""

from __future__ import annotations

import numpy as np

from sim.theory import honesty
from sim.theory.double_auction import TRUTHFUL, equilibrium, expected_outcome
from sim.theory.repeated import patience_by_planning, patience_needed
from sim.validation.check import Check, CheckPoint, Effort, mean_point
from sim.validation.one_shot import Meetings, run_meetings
from sim.validation.trade import EQUILIBRIUM_KEYS, TRUTHFUL_KEYS, headline_meetings

GRID = 20_001  # bids searched: the gain is then exact to nine digits


def _best_lie_gain(worth: float, k: float) -> float:
    """Return the gain of a buyer's best lie over the truth, searched on a grid of bids.

    The vendor is truthful, with a cost uniform on [0, 1]; `k` is the weight of the bid in the
    price.
    """
    bids = np.linspace(0.0, worth, GRID)
    # Against a truthful vendor U[0, 1] a bid b trades with chance b at k·b + (1 − k)·b/2 on average.
    payoff = bids * (worth - k * bids - (1.0 - k) * bids / 2.0)
    return float(payoff.max() - payoff[-1])


def measure_audits(effort: Effort) -> list[CheckPoint]:
    """Return the points of T11: gains of lying, the fine that deters it, and gains under audits.

    `qF` is the expected fine, probability of an audit times fine. From 1/12 on everybody is
    truthful.
    Source: Chatterjee & Samuelson (1983); Becker (1968).
    """
    draws = effort.draws("T11")
    drawn = [
        (float(v), float(k)) for v, k in draws.uniform(0.1, 0.9, (effort.choose(2, 10), 2)).round(3)
    ]
    points = []
    for v, k in ((0.25, 0.5), (0.5, 0.5), (1.0, 0.5), *drawn):
        expected = float(honesty.gain_of_lying(v, k))
        points.append(
            CheckPoint(
                f"worth {v:g}, k = {k:g}: gain of lying", expected, _best_lie_gain(v, k), 1e-3
            )
        )
    for k in (0.5, *(k for _, k in drawn)):
        found = max(_best_lie_gain(1.0, k), _best_lie_gain(1.0, 1.0 - k))
        points.append(
            CheckPoint(f"k = {k:g}: fine for truth", honesty.fine_for_truth(k), found, 1e-6)
        )
    for fine, expected in zip(
        (0.0, 0.02, 0.04, 0.06, 1 / 12), (1 / 12, 0.0964, 0.1389, 0.1522, 1 / 6), strict=True
    ):
        sample = _audited_gains(effort, fine, 1.0)
        points.append(mean_point(f"qF = {fine:.3g}: gains", expected, sample, 1e-3))
    for fine in (round(float(x), 4) for x in draws.uniform(0.005, 0.08, effort.choose(1, 5))):
        expected = honesty.audited_gains(fine, points=8_000)
        sample = _audited_gains(effort, fine, 1.0)
        points.append(mean_point(f"qF = {fine:g}, drawn: gains", expected, sample, 1e-3))
    return points


def refute_audits(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T11: sides that feel half of the fine; another price rule."""
    points = []
    for fine, expected in zip((0.02, 0.04, 0.06), (0.0964, 0.1389, 0.1522), strict=True):
        sample = _audited_gains(effort, fine, 0.5)
        points.append(mean_point(f"qF = {fine:g}, half of it felt", expected, sample, 1e-3))
    return [
        *points,
        CheckPoint("fine for truth, k = 3/4 for 1/2", honesty.fine_for_truth(0.75), 1 / 12, 1e-6),
    ]


def _audited_gains(effort: Effort, fine: float, felt: float) -> np.ndarray:
    """Return gains by meeting if each side takes the better of the truth and its best lie.

    `fine` is the expected fine, `felt` the share of it that sides take into account.
    """
    worth, cost = effort.draws("T11 audit").random((2, effort.choose(500_000, 5_000_000)))
    lie_b, lie_v = worth**2 / 12.0, (1.0 - cost) ** 2 / 12.0
    bids = np.where(lie_b > fine * felt, 2.0 * worth / 3.0, worth)
    asks = np.where(lie_v > fine * felt, 2.0 * cost / 3.0 + 1.0 / 3.0, cost)
    gains: np.ndarray = (worth - cost) * (bids >= asks)
    return gains


def measure_shared_future(effort: Effort) -> list[CheckPoint]:
    """Return the points of T12: the patience at which a shared future makes the truth pay.

    Payoffs per period come from the engine. Source: Athey & Miller (2007); Friedman (1971).
    """
    truth, linear = (
        run_meetings(x, headline_meetings(effort), effort.seed)
        for x in (TRUTHFUL_KEYS, EQUILIBRIUM_KEYS)
    )
    return _patience_points(
        truth, linear, ((1.0, 32 / 37), (0.5, 64 / 69), (0.25, 128 / 133)), effort
    )


def refute_shared_future(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T12: the threat of no trade for that of the equilibrium."""
    truth, linear = (
        run_meetings(x, headline_meetings(effort), effort.seed)
        for x in (TRUTHFUL_KEYS, EQUILIBRIUM_KEYS)
    )
    named = ((1.0, 32 / 37), (0.5, 64 / 69), (0.25, 128 / 133))
    return _patience_points(truth, _without_trade(linear), named, effort)[:3]


def _without_trade(found: Meetings) -> Meetings:
    return Meetings(*[(0.0, 0.0)] * len(found))


def _patience_points(
    truth: Meetings, threat: Meetings, named: tuple[tuple[float, float], ...], effort: Effort
) -> list[CheckPoint]:
    """Return the points of the patience that truth needs.

    It compares the gain of the most tempted type with what its side forgoes if it is found out;
    `named` has pairs of audit probability and expected patience.
    """
    temptation = _best_lie_gain(1.0, 0.5)
    forgone = min(truth.buyer[0] - threat.buyer[0], truth.vendor[0] - threat.vendor[0])
    points = []
    for q, expected in named:
        found = patience_by_planning(temptation, forgone, q)
        points.append(
            CheckPoint(f"audited with {q:g}, back to equilibrium", expected, found, 0.005)
        )
    for q, expected in ((1.0, 1 / 2), (0.5, 2 / 3), (0.25, 4 / 5)):
        found = patience_by_planning(temptation, min(truth.buyer[0], truth.vendor[0]), q)
        points.append(CheckPoint(f"audited with {q:g}, no more trade", expected, found, 0.005))
    # Far from k = ½ one side would rather go back to the equilibrium, and nothing keeps it honest.
    k, q = (round(float(x), 3) for x in effort.draws("T12").uniform((0.47, 0.2), (0.53, 0.9)))
    both, sides = expected_outcome(TRUTHFUL, TRUTHFUL, k), expected_outcome(*equilibrium(k), k)
    needs = [
        patience_by_planning(_best_lie_gain(1.0, own), a - b, q)
        for own, a, b in ((k, both.buyer, sides.buyer), (1 - k, both.vendor, sides.vendor))
    ]
    exact = [
        patience_needed(float(honesty.gain_of_lying(1.0, own)), a - b, q)
        for own, a, b in ((k, both.buyer, sides.buyer), (1 - k, both.vendor, sides.vendor))
    ]
    points.append(CheckPoint(f"audited with {q:g}, k = {k:g}", max(exact), max(needs), 1e-6))
    return points


def measure_bank(effort: Effort) -> list[CheckPoint]:
    """Return the points of T13: a bank that buys at the worth and sells at the cost.

    Truth is then dominant and trade efficient; the bank pays a subsidy of 1/6 per meeting, which
    fees recover.
    Source: Groves (1973); Athey & Miller (2007).
    """
    draws, size = effort.draws("T13"), effort.choose(2_000_000, 10_000_000)
    worth, cost = draws.random((2, size))
    paid_in, paid_out, gains = _bank_flows(worth, cost)
    subsidy, spread = honesty.bank_moments(gains)
    points = [
        mean_point("subsidy before fees", 1 / 6, paid_out - paid_in, 0.001),
        CheckPoint(
            "share of first best", 1.0, float(gains.sum() / np.maximum(0, worth - cost).sum()), 1e-9
        ),
        CheckPoint(
            "sd of the account, one period",
            (1 / 18) ** 0.5,
            spread,
            0.001,
            _sd_standard_error(gains),
        ),
    ]
    periods = 100
    account = (gains - subsidy).reshape(-1, periods).sum(axis=1)
    expected = honesty.bank_moments(gains, periods)[1]
    error = float(account.std() / np.sqrt(2 * len(account)))
    points.append(
        CheckPoint("sd of the account, 100 periods", expected, float(account.std()), 0.05, error)
    )
    a, b = (round(float(x), 2) for x in draws.uniform(0.8, 4.0, 2))
    other = np.maximum(0.0, draws.beta(a, b, size // 10) - draws.beta(b, a, size // 10))
    for what, g in (("uniform", float(gains.mean())), (f"Beta({a:g}, {b:g})", float(other.mean()))):
        # The fee g/2 is due before values are known; who quits forgoes g/2 a period from then on.
        found = _patience_to_stay(g / 2.0, g / 2.0)
        points.append(CheckPoint(f"patience, {what}", honesty.PATIENCE_FOR_BANK, found, 0.005))
    points.append(CheckPoint("most a buyer gains by lying", 0.0, _best_lie_to_bank(effort), 1e-9))
    return points


def refute_bank(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T13: a bank that splits the difference; higher fees."""
    return [
        CheckPoint("most gained by lying to a splitter", 0.0, _best_lie_gain(1.0, 0.5), 1e-9),
        CheckPoint(
            "patience at fees half as large again",
            0.5,
            _patience_to_stay(0.75 / 6.0, 0.5 / 6.0),
            0.005,
        ),
    ]


def _bank_flows(worth: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return by meeting what the bank takes in, what it pays out, and the gains."""
    trade = worth >= cost
    return cost * trade, worth * trade, (worth - cost) * trade


def _sd_standard_error(sample: np.ndarray) -> float:
    """Return the standard error of the standard deviation of a sample."""
    deviation = (sample - sample.mean()) ** 2
    return float(deviation.std() / np.sqrt(len(sample)) / (2.0 * sample.std()))


def _patience_to_stay(fee: float, gain: float) -> float:
    """Return the discount factor at which the gains of all later periods repay a fee now."""
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if middle / (1.0 - middle) * gain < fee else (low, middle)
    return high


def _best_lie_to_bank(effort: Effort) -> float:
    """Return the most that any type gains by a false report, over costs on a grid."""
    costs = (np.arange(2_000) + 0.5) / 2_000
    most = 0.0
    for worth in effort.draws("T13 lies").random(20):
        reports = np.linspace(0.0, 1.0, 401)[:, None]
        payoff = ((worth - costs) * (reports >= costs)).mean(axis=1)
        truth = ((worth - costs) * (worth >= costs)).mean()
        most = max(most, float(payoff.max() - truth))
    return most


AM = "Athey & Miller 2007"
CHECKS = (
    Check("T11", "honesty", "an audit makes the truth pay from qF = 1/12 on", "v²/12; 1/12",
          "Chatterjee & Samuelson 1983; Becker 1968", "theory", "fines half of which are felt", measure_audits,
          refute_audits),
    Check("T12", "honesty", "a shared future makes the truth pay", "δ* = 32/37, 64/69, 128/133",
          "Athey & Miller 2007; Friedman 1971", "engine", "no trade in place of equilibrium", measure_shared_future,
          refute_shared_future),
    Check("T13", "honesty", "a bank buys dear and sells cheap", "subsidy 1/6; sd .2357; δ* = 1/2",
          AM + "; Groves 1973", "theory", "a price in the middle; dearer fees", measure_bank, refute_bank),
)  # fmt: skip
