"""A custom mediator sees its sheet: read-only copies of what both sides believe anyway."""

import sys

import numpy as np
import pytest

from sim.engines import batch
from sim.jit import plain
from sim.mediation.rounds.round import gather_confidences
from sim.scenario.code import custom_code_of
from sim.scenario.load import load

FILE = """
from dataclasses import dataclass
from sim.mediation.acts import nothing

SEEN = []


@dataclass(frozen=True)
class Spy:
    def before(self, seen):
        try:
            SEEN.append(seen)
        except ValueError:
            pass
        return nothing()
"""


def spied(tmp_path, monkeypatch, planted=False):
    """Return the sheet of a mediator of competence 0, both sides' beliefs then, and the engine.

    If `planted`, the engine hands over the sides' own tables in place of estimates.
    """
    path, beliefs = tmp_path / "spy.py", []
    path.write_text(FILE)
    written = {
        "run.months": 1, "mediator.functions": ["broker"], "mediator.style": f"{path}:Spy",
        "mediator.competence": 0.0, "mediator.participation": "always",
    }  # fmt: skip
    regime = load("one_tie", written).regime("mediated")
    (spy,) = custom_code_of(regime.scenario)
    noted = sys.modules[type(spy.instance).__module__].SEEN
    noted.clear()

    def laid(talk, s, place, stance, month):
        beliefs.append(np.array(talk.belief))
        plain(gather_confidences)(talk, s, place, stance, month)
        if planted:
            talk.desk.estimate[:, : s.issues] = talk.log.memo.own[:, : s.issues]

    monkeypatch.setattr(batch, "plain", lambda fn: plain(fn, {gather_confidences: laid}))
    engine = batch.OneWorld(regime, 1, 0, compiled=False)
    engine.step()
    return list(noted), beliefs, engine


def believed(seen, beliefs):
    """Say whether estimates are what each side believes of the other, level by level."""
    gaps = []
    for one, belief in zip(seen, beliefs, strict=True):
        for side in range(2):
            for k, count in enumerate(one.levels):
                other = belief[1 - side, k, :count]
                gaps.append(np.abs(one.estimate[side, k, :count] - other).max())
    return len(gaps) > 0 and max(gaps) == 0.0


def test_what_a_mediator_that_knows_nothing_sees_is_what_both_believe(tmp_path, monkeypatch):
    seen, beliefs, _ = spied(tmp_path, monkeypatch)
    assert believed(seen, beliefs)


def test_an_engine_that_hands_over_the_truth_is_found_out(tmp_path, monkeypatch):
    """The negative control: the sides' own tables in place of estimates."""
    seen, beliefs, _ = spied(tmp_path, monkeypatch, planted=True)
    assert len(seen) > 0 and not believed(seen, beliefs)


def test_what_it_sees_are_copies_that_lead_nowhere(tmp_path, monkeypatch):
    seen, _, engine = spied(tmp_path, monkeypatch)
    held = [np.asarray(array) for array in engine.state]
    for value in seen[0]:
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable and value.base is None
            assert not any(np.may_share_memory(value, array) for array in held)
        else:
            assert isinstance(value, int | float)


def test_writing_into_it_is_refused_and_would_change_nothing(tmp_path, monkeypatch):
    seen, _, engine = spied(tmp_path, monkeypatch)
    before = engine.state.desk.tobytes()
    with pytest.raises(ValueError, match="read-only"):
        seen[0].estimate[0, 0, 0] = 1.0
    copy = seen[0].estimate
    copy.setflags(write=True)  # its own memory, which it may spoil
    copy[...] = -7.0
    assert engine.state.desk.tobytes() == before
