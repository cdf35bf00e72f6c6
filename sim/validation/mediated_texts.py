"""T24–T27: a mediator's single text, and the worth of trading one issue against another."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.theory import packages
from sim.theory import text_votes as text
from sim.validation.check import ABOVE, Check, CheckPoint, Effort, clear_point, mean_point
from sim.validation.talks_in_limits import (
    FEEDBACK,
    VETO,
    independent_issue_shares,
    text_joint_shares,
)

KLEIN = "Klein, Faratin, Sayama & Bar-Yam 2003"
PAIRS = {
    "HH": (0.0, 0.0),
    "HA": (0.0, text.FIRST_TEMPERATURE),
    "AH": (text.FIRST_TEMPERATURE, 0.0),
    "AA": (text.FIRST_TEMPERATURE, text.FIRST_TEMPERATURE),
}
JOINT = {"HH": 0.86, "HA": 0.86, "AH": 0.86, "AA": 0.96}


@cache
def _play_pairs(effort: Effort, issues: int, proposals: int) -> dict[str, text.ScaledUtilities]:
    """Return the utilities of the four pairs of hill-climber (H) and annealer (A), same instances.

    The first letter is the first side. `proposals` texts are put to the vote over `issues` binary
    issues.
    """
    draws = effort.draws(f"T24 {issues}")
    given = text.draw_instances(draws, effort.choose(100, 300), issues)
    scales = text.find_scales(given, draws)
    found = {}
    for name, heats in PAIRS.items():
        _, first, second = text.vote_on_texts(given, draws, proposals, heats)
        found[name] = text.scale_utilities(scales, first, second)
    return found


def measure_single_texts(effort: Effort) -> list[CheckPoint]:
    """Return the points of T24: joint utility of hill-climbers and annealers under a single text.

    Also issues that do not interact, for which the result is known exactly, and the laboratory's
    own text.
    Source: Klein, Faratin, Sayama & Bar-Yam (2003).
    """
    found = _play_pairs(effort, 50, 1_500)
    points = [mean_point(f"{name}: joint", JOINT[name], found[name].joint, 0.02) for name in PAIRS]
    points += [
        mean_point("HA: the hill-climber", 0.99, found["HA"].first, 0.02),
        mean_point("HA: the annealer", 0.52, found["HA"].second, 0.02),
        mean_point("AH: the hill-climber", 0.99, found["AH"].second, 0.02),
    ]
    if effort.deep:
        large = _play_pairs(effort, 100, 10_000)
        for name, joint in {"HH": 0.859, "HA": 0.858, "AH": 0.861, "AA": 0.979}.items():
            points.append(mean_point(f"100 issues, {name}: joint", joint, large[name].joint, 0.02))
    return [*points, *_independent_issue_points(effort)]


def _independent_issue_points(effort: Effort) -> list[CheckPoint]:
    """Return the points of hill-climbers over issues that do not interact, known exactly."""
    draws = effort.draws("T24 alone")
    given = text.draw_instances(draws, effort.choose(300, 2_000), 60, entangled=False)
    _, first, second = text.vote_on_texts(given, draws, 600, PAIRS["HH"])
    found = text.scale_utilities(text.exact_scales(given), first, second)
    talks = independent_issue_shares(30, effort.choose(100, 400), 250, effort.seed)
    return [
        mean_point("60 issues that stand alone, HH: joint", 7 / 8, found.joint, 0.02),
        mean_point("60 issues that stand alone, HH: each", 3 / 4, found.first, 0.02),
        mean_point("the laboratory's text, 30 that stand alone", 7 / 8, talks, 0.02),
    ]


def refute_single_texts(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T24: pairs of strategies exchanged."""
    found = _play_pairs(effort, 50, 1_500)
    return [
        mean_point("hill-climbers for annealers: joint", JOINT["AA"], found["HH"].joint, 0.02),
        mean_point("annealers for hill-climbers: joint", JOINT["HH"], found["AA"].joint, 0.02),
        mean_point("HH for HA: the hill-climber", 0.99, found["HH"].first, 0.02),
    ]


def measure_dilemma(effort: Effort) -> list[CheckPoint]:
    """Return the points of T25: the order of payoffs is that of a prisoner's dilemma.

    Holding out (H) is dominant, yielding together (AA) is best for both.
    """
    found = _play_pairs(effort, 50, 1_500)
    order = (("HA", "AA"), ("AA", "HH"), ("HH", "AH"))
    points = [
        clear_point(f"u({high[0]}, {high[1]}) − u({low[0]}, {low[1]})", 0.0,
                 _first_seat_utility(found, high) - _first_seat_utility(found, low), ABOVE)
        for high, low in order
    ]  # fmt: skip
    joint = found["AA"].joint - np.max([found[n].joint for n in ("HH", "HA", "AH")], axis=0)
    return [*points, clear_point("joint of AA over the best other", 0.0, joint, ABOVE)]


def _first_seat_utility(found: dict[str, text.ScaledUtilities], pair: str) -> np.ndarray:
    """Return the utility of the first of a pair by instance, averaged over both seats."""
    return np.asarray((found[pair].first + found[pair[::-1]].second) / 2.0)


def refute_dilemma(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T25: the order of a game in which yielding is dominant."""
    found = _play_pairs(effort, 50, 1_500)
    return [
        clear_point(
            "u(A, A) − u(H, A)",
            0.0,
            _first_seat_utility(found, "AA") - _first_seat_utility(found, "HA"),
            ABOVE,
        ),
        clear_point(
            "u(A, H) − u(H, H)",
            0.0,
            _first_seat_utility(found, "AH") - _first_seat_utility(found, "HH"),
            ABOVE,
        ),
        clear_point("joint of HH over AA", 0.0, found["HH"].joint - found["AA"].joint, ABOVE),
    ]


def measure_logrolling(effort: Effort) -> list[CheckPoint]:
    """Return the points of T26: joint utility of logrolling over K issues, (3K − 2)/(2K − 1).

    Weights are drawn uniformly. Source: Froman & Cohen (1970); Raiffa (1982).
    """
    draws, size = effort.draws("T26"), effort.choose(400_000, 4_000_000)
    return [
        mean_point(
            f"K = {k}: joint",
            packages.expected_logrolling_payoff(k),
            packages.draw_logrolling_payoffs(draws, k, size),
            0.003,
        )
        for k in (2, 3, 4, 5, 8, int(draws.integers(9, 30)))
    ]


def refute_logrolling(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T26: an even split of every issue; another number of issues."""
    draws, size = effort.draws("T26 control"), 100_000
    return [
        CheckPoint("every issue split: joint", packages.expected_logrolling_payoff(3), 1.0, 0.003),
        mean_point(
            "K = 4 for 3",
            packages.expected_logrolling_payoff(3),
            packages.draw_logrolling_payoffs(draws, 4, size),
            0.003,
        ),
    ]


def measure_edits(effort: Effort) -> list[CheckPoint]:
    """Return the points of T27: single edits of a text cannot logroll, packages of two can.

    Shares of the highest joint payoff, for named and for drawn stakes, and under the laboratory's
    own texts.
    Source: Raiffa (1985); Fatima, Wooldridge & Jennings (2006).
    """
    draws, texts, table = (
        effort.draws("T27"),
        effort.choose(2_000, 20_000),
        packages.five_issue_table(),
    )
    reach = packages.joint_payoff_of_single_edits(table) / packages.highest_joint_payoff(table)
    few, many = _edited_share(draws, texts, 200, 1), _edited_share(draws, texts // 10, 2_000, 1)
    two, long = _edited_share(draws, texts, 200, 2), _edited_share(draws, texts, 1_000, 2)
    return [
        mean_point("single edits, 200 proposals", 5 / 6, few, 0.01),
        mean_point("single edits, 2,000 proposals", 5 / 6, many, 0.01),
        clear_point("packages of two, 200 proposals", 0.97, two, ABOVE),
        mean_point("packages of two, 1,000 proposals", 0.9997, long, 0.01),
        CheckPoint("all that single edits can reach", 5 / 6, reach, 1e-12),
        *_laboratory_text_points(table, effort),
        *[
            p
            for nth in range(effort.choose(2, 10))
            for p in _drawn_stakes_points(draws, texts // 10, nth + 1)
        ],
    ]


def _laboratory_text_points(table: packages.PayoffTable, effort: Effort) -> list[CheckPoint]:
    """Return the points of hill-climbers under the laboratory's own texts, from a random start.

    Opposed issues are linear, so a random start is worth the middle on average.
    """
    size = effort.choose(600, 4_000)
    veto = text_joint_shares(table, VETO, size, 150, effort.seed)
    feedback = text_joint_shares(table, FEEDBACK, size, 200, effort.seed)
    return [
        mean_point(f"the laboratory's {VETO}", 5 / 6, veto, 0.01),
        clear_point(f"the laboratory's {FEEDBACK}", 0.97, feedback, ABOVE),
    ]


def _drawn_stakes_points(draws: np.random.Generator, texts: int, number: int) -> list[CheckPoint]:
    """Return the points of single edits and packages of two for randomly drawn stakes."""
    given = _draw_table(draws)
    best = packages.highest_joint_payoff(given)
    reach = packages.joint_payoff_of_single_edits(given) / best
    single, double = (packages.edit_texts(given, draws, texts, 600, n) / best for n in (1, 2))
    return [
        mean_point(f"stakes drawn, no. {number}: single edits", reach, single, 0.01),
        clear_point(f"stakes drawn, no. {number}: packages of two", reach, double, ABOVE),
    ]


def _edited_share(
    draws: np.random.Generator, texts: int, proposals: int, package: int
) -> np.ndarray:
    """Return for each text the share of the highest joint payoff after so many proposals.

    `package` is the number of issues that one proposal changes.
    """
    table = packages.five_issue_table()
    return packages.edit_texts(
        table, draws, texts, proposals, package
    ) / packages.highest_joint_payoff(table)


def _draw_table(draws: np.random.Generator) -> packages.PayoffTable:
    """Return random stakes: two issues weighted in opposite ways, one opposed, one in agreement."""
    high, low = draws.uniform(3.0, 6.0, 2), draws.uniform(0.5, 1.5, 2)
    first = np.array([high[0], low[0], draws.uniform(1.0, 3.0), draws.uniform(0.5, 2.0)])
    second = np.array([-low[1], -high[1], -draws.uniform(1.0, 3.0), draws.uniform(0.5, 2.0)])
    return packages.linear_payoffs(first, second)


def refute_edits(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T27: packages for single edits; edits that hurt one side."""
    draws, texts = effort.draws("T27 control"), 1_000
    table = packages.five_issue_table()
    loose = packages.edit_texts(
        table, draws, texts, 200, 1, fair=False
    ) / packages.highest_joint_payoff(table)
    single = float(_edited_share(draws, texts, 200, 1).mean())
    return [
        mean_point(
            "packages for single edits", 0.833333, _edited_share(draws, texts, 200, 2), 0.01
        ),
        CheckPoint("single edits for packages", 0.97, single, 0.0, kind=ABOVE),
        mean_point("single edits that may hurt one side", 0.833333, loose, 0.01),
    ]


CHECKS = (
    Check("T24", "texts", "mediated single text: hill-climbers and annealers", "HH .86, HA .86 (.99/.52), AA .96",
          KLEIN, "talks", "pairs exchanged", measure_single_texts, refute_single_texts),
    Check("T25", "texts", "holding out is dominant, yielding together is best", "u(HA) > u(AA) > u(HH) > u(AH)",
          KLEIN, "theory", "the opposite order", measure_dilemma, refute_dilemma),
    Check("T26", "texts", "logrolling over K issues with weights drawn evenly", "(3K−2)/(2K−1)",
          "Froman & Cohen 1970; Raiffa 1982", "theory", "even splits; another K", measure_logrolling, refute_logrolling),
    Check("T27", "texts", "single edits cannot logroll, packages can", "83.3 %; over 97 %",
          "Raiffa 1985; Fatima, Wooldridge & Jennings 2006", "talks",
          "packages for single edits; edits that hurt", measure_edits, refute_edits),
)  # fmt: skip
