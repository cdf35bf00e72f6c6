"""What a panel tells of keys: known answers on arrays, ranks, further columns, and that nothing is an answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from counts import count

from sim.calibration.identification.seen_panels import Panel, Panels, PanelsTable, PanelTable, Seen
from sim.calibration.identification.told import FEWEST_POINTS, Identification, Observed, identify
from sim.render.identification_tables import (
    NONE_TOLD,
    answer_sentences,
    degree_told,
    further_grid,
    further_sentence,
    told_grid,
)
from sim.render.tables import to_text

POINTS = count(60, 240)
SIGNAL, NOISE = Seen("dispute_rate", "mediated"), Seen("impasse_rate", "mediated")
OTHER, IDLE = Seen("surplus", "mediated"), Seen("coverage", "mediated")
KEY = Seen(key="problems.rate")


def panels(*steps: tuple[Seen, ...], further: tuple[Seen, ...] = ()) -> Panels:
    """Return panels with these columns, named step 0, step 1 …"""
    named = tuple(Panel(f"step {n}", "", columns) for n, columns in enumerate(steps))
    table = PanelsTable(
        title="", ties=1, further=[],
        panels=[PanelTable(name="x", about="", adds_to="", regimes=[], measures=[], keys=[])],
    )  # fmt: skip
    return Panels(named, further, 1, Path("x.toml"), table)


def observed(seed: int = 1) -> Observed:
    """Return two keys, the first half told by SIGNAL and for the rest by OTHER, the second read by nothing."""
    generator = np.random.default_rng(seed)
    parts = generator.normal(size=(POINTS, 2))
    values = np.column_stack([parts.sum(axis=1), generator.normal(size=POINTS)])
    columns = {
        SIGNAL: parts[:, 0],
        OTHER: parts[:, 1],
        NOISE: generator.normal(size=POINTS),
        IDLE: np.ones(POINTS),
        KEY: values[:, 0],
    }
    return Observed(("problems.rate", "mediator.competence"), values, columns)


@cache
def tell(*steps: tuple[Seen, ...], further: tuple[Seen, ...] = ()) -> Identification:
    return identify(observed(), panels(*steps, further=further))


def test_a_key_that_is_a_column_is_known_and_one_that_nothing_reads_is_not() -> None:
    known, unread = tell((KEY, NOISE)).of_panel("step 0")
    assert known.key == "problems.rate" and known.r2 > 0.98 and known.low > 0.95
    assert (known.rank, known.rank_low, known.rank_high) == (1, 1, 1)
    assert unread.key == "mediator.competence" and not unread.is_told
    assert degree_told(known) == "well" and degree_told(unread) == "not at all"
    assert known.spread_left < 0.1 and unread.spread_left > 0.97


def test_each_panel_adds_to_the_one_before() -> None:
    answer = tell((SIGNAL,), (SIGNAL, OTHER))
    half, whole = answer.of_panel("step 0")[0], answer.of_panel("step 1")[0]
    assert 0.2 < half.r2 < 0.6 and whole.r2 > 0.75 and half.high < whole.low
    assert half.low < half.r2 < half.high
    assert degree_told(half) == "in part"


def test_the_further_column_that_completes_the_key_is_found_and_noise_helps_nobody() -> None:
    first, second = tell((SIGNAL,), further=(NOISE, OTHER, IDLE)).further
    assert first.column == OTHER and first.helps and 0.2 < first.added < 0.7
    assert not second.helps
    only_noise = tell((SIGNAL,), further=(NOISE,)).further
    assert not any(one.helps for one in only_noise), "the control"
    assert tell((SIGNAL,), further=(KEY, OTHER)).further[0].column == KEY


def test_nothing_here_tells_is_an_answer() -> None:
    asked = panels((NOISE, IDLE), further=(NOISE,))
    answer = tell((NOISE, IDLE), further=(NOISE,))
    assert not any(one.is_told for one in answer.told)
    said = " ".join(answer_sentences(answer, asked))
    assert said.startswith(NONE_TOLD) and "none" in said
    assert "No single further column" in further_sentence(answer)
    told = panels((SIGNAL,))
    assert NONE_TOLD not in " ".join(answer_sentences(tell((SIGNAL,)), told))


def test_a_panel_that_shows_nothing_leaves_exactly_the_prior() -> None:
    for one in tell((IDLE,)).told:
        assert (one.r2, one.low, one.high) == (0.0, 0.0, 0.0)
        assert one.spread_left == 1.0


def test_tables_name_every_key_once_best_first() -> None:
    asked = panels((NOISE,), (NOISE, SIGNAL), further=(IDLE, OTHER))
    answer = tell((NOISE,), (NOISE, SIGNAL), further=(IDLE, OTHER))
    lines = to_text(told_grid(answer, asked), 1e9).splitlines()
    assert lines[0].split()[:3] == ["key", "step", "0"]
    assert [line.split()[0] for line in lines[1:]] == ["problems.rate", "mediator.competence"]
    (row,) = further_grid(answer, asked).rows
    assert [item.text for item in row[:2]] == ["problems.rate", "joint surplus (mediated)"]
    assert "For 1 key no single further column" in further_sentence(answer)


def test_progress_ends_at_its_end_and_never_runs_back() -> None:
    seen: list[tuple[int, int]] = []
    identify(observed(), panels((SIGNAL,), (SIGNAL, OTHER)), lambda *at: seen.append(at))
    done = [one for one, _ in seen]
    assert done == sorted(done) and {total for _, total in seen} == {seen[0][1]}
    assert 0.5 < done[-1] / seen[0][1] <= 1.0


def test_of_keys_that_nothing_reads_hardly_any_is_said_to_be_told() -> None:
    """An interval of 95 % leaves 2.5 % above 0 by chance; a band of three standard errors is allowed."""
    keys, generator = count(200, 1_000), np.random.default_rng(5)
    signal = generator.normal(size=100)
    values = generator.uniform(size=(100, keys + 1))
    values[:, -1] += signal
    columns = {SIGNAL: signal, NOISE: generator.normal(size=100), OTHER: generator.normal(size=100)}
    named = tuple(map(str, range(keys + 1)))
    answer = identify(Observed(named, values, columns), panels((SIGNAL, NOISE, OTHER)))
    told = {one.key for one in answer.told if one.is_told}
    assert named[-1] in told, "the control"
    assert len(told) - 1 <= keys * 0.025 + 3.0 * np.sqrt(keys * 0.025 * 0.975)


def test_too_few_points_are_refused() -> None:
    few = observed()
    short = Observed(few.keys, few.values[:10], {c: v[:10] for c, v in few.columns.items()})
    with pytest.raises(ValueError, match=f"10 points; want at least {FEWEST_POINTS}"):
        identify(short, panels((SIGNAL,)))
