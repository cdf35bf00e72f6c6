"""A mediator of a person's own sees its sheet: copies, closed to writing, of what both believe anyway."""

import sys

import numpy as np
import pytest

from sim.engines import batch
from sim.jit import plain
from sim.mediation.desk import lay_desk
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
            for array in seen[8:]:
                array.setflags(write=True)
                array[...] = 0 * array - 7
        except ValueError:
            raise
        return nothing()
"""


def spied(tmp_path, instead=None, monkeypatch=None, **keys):
    """Return what a mediator saw in its first talks, and the worlds it was in."""
    path = tmp_path / "spy.py"
    path.write_text(FILE.replace("                array.setflags(write=True)\n                array[...] = 0 * array - 7\n",
                                 "                array.flags.writeable\n"))  # fmt: skip
    written = {
        "run.months": 1, "mediator.functions": ["broker"], "mediator.style": f"{path}:Spy",
        "mediator.competence": 0.0, "beliefs.fixed_pie": 0.0, **keys,
    }  # fmt: skip
    written = {k: v for k, v in written.items() if k != "beliefs.fixed_pie"}
    regime = load("one_tie", written).regime("mediated")
    module = next(m for n, m in sys.modules.items() if getattr(m, "__file__", "") == str(path))
    module.SEEN.clear()
    if instead:
        monkeypatch.setattr(batch, "plain", lambda fn: plain(fn, instead))
    engine = batch.OneWorld(regime, 1, 0, compiled=False)
    engine.step()
    return list(module.SEEN), engine


def believed(seen):
    """Say whether a mediator's estimates are the public means, which is what both believe at first."""
    return all(np.allclose(seen.estimate, seen.mean) for seen in seen)


def test_what_a_mediator_that_knows_nothing_sees_is_what_both_believe(tmp_path):
    seen, engine = spied(tmp_path)
    assert seen and believed(seen)
    truth = engine.state.table[0]
    assert not np.allclose(truth, seen[0].mean[0][:, : truth.shape[1]])


def test_an_engine_that_hands_over_the_truth_is_found_out(tmp_path, monkeypatch):
    """The negative control: a planted engine that writes own tables where estimates belong."""

    def planted(talk, s, place, stance, month):
        plain(lay_desk)(talk, s, place, stance, month)
        talk.desk.estimate[:] = talk.log.memo.own

    seen, _ = spied(tmp_path, {lay_desk: planted}, monkeypatch)
    assert seen and not believed(seen)


def test_what_it_sees_are_copies_that_lead_nowhere(tmp_path):
    seen, engine = spied(tmp_path)
    held = [array for array in engine.state if isinstance(array, np.ndarray)]
    for value in seen[0]:
        if isinstance(value, np.ndarray):
            assert not value.flags.writeable and value.base is None
            assert not any(np.shares_memory(value, array) for array in held)
        else:
            assert isinstance(value, int | float)


def test_writing_into_it_changes_nothing_and_is_refused(tmp_path):
    seen, engine = spied(tmp_path)
    before = engine.state.desk.copy()
    with pytest.raises(ValueError, match="read-only"):
        seen[0].estimate[0, 0, 0] = 1.0
    copy = seen[0].estimate
    copy.setflags(write=True)  # its own memory, which it may spoil
    copy[...] = -7.0
    assert (engine.state.desk == before).all()
