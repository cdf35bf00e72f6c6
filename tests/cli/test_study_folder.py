"""A folder of a study is trusted for what it is: the same points, the same scenario, the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.errors import ScenarioError, SimError
from sim.lab.requested import Request
from sim.lab.studies import resolve_study, rewrite_report, run_and_store_study
from sim.study.results.query import query
from sim.study.run.restore import part_warnings, study_status

pytestmark = pytest.mark.usefixtures("undrawn")

TINY = {"run.months": 3, "run.worlds": 3, "negotiation.deadline": 4}
COMPETENCE, BIAS = {"mediator.competence": (0, 1)}, {"mediator.bias": (0, 1)}


def sweep_into(
    out: Path, *varied: dict[str, Any], force: bool = False, **keys: Any
) -> pd.DataFrame:
    """Run a tiny study without a report and return its worlds."""
    request = Request(
        "sweep", "one_tie", ("adversarial", "mediated"), overrides={**TINY, **keys}, out=out,
        force=force, drawings=False, vary={key: some[key] for some in varied for key in some},
    )  # fmt: skip
    return run_and_store_study(request, resolve_study(request)).worlds()


def test_swapped_factors_are_another_study(tmp_path: Path) -> None:
    sweep_into(tmp_path / "out", COMPETENCE, BIAS)
    with pytest.raises(SimError, match=r"holds another sweep; .*\n.*order"):
        sweep_into(tmp_path / "out", BIAS, COMPETENCE)


def test_another_scenario_in_one_process_is_not_taken_for_the_first(tmp_path: Path) -> None:
    first = sweep_into(tmp_path / "out", COMPETENCE, **{"problems.rate": 0.0})
    other = sweep_into(tmp_path / "out", COMPETENCE, force=True, **{"problems.rate": 1.0})
    alone = sweep_into(tmp_path / "alone", COMPETENCE, **{"problems.rate": 1.0})
    assert not other.equals(first)
    assert other.equals(alone)


def test_a_report_makes_no_damage_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sweep_into(out, COMPETENCE)
    part = out / "parts" / "part-00001-0000000.parquet"
    part.write_bytes(part.read_bytes() + b"junk")
    before = json.loads((out / "manifest.json").read_text())
    rewrite_report(out)
    after = json.loads((out / "manifest.json").read_text())
    name = f"parts/{part.name}"
    assert (after["files"][name], after["end"]) == (before["files"][name], before["end"])
    assert "report.html" in after["files"]
    assert study_status(out).damaged == (part.stem,)


def test_an_effect_of_a_key_of_two_values_is_what_it_does() -> None:
    from sim.study.run.analyses import _per_full_range

    request = Request(
        "sweep", "one_tie", overrides=TINY, design="morris", vary=COMPETENCE, points=2, worlds=2
    )
    study = resolve_study(request)
    row = {"factor": "mediator.competence", "value": 1.5, "low": 1.5, "high": 1.5}
    assert _per_full_range(row, study)["value"] == pytest.approx(1.0)
    assert _per_full_range({**row, "factor": "run.months"}, study)["value"] == 1.5


def test_three_values_have_no_step_of_morris() -> None:
    three = {"negotiation.level": ("truthful", "level_1", "equilibrium")}
    with pytest.raises(ScenarioError, match="over 2 or 4 values"):
        resolve_study(Request("sweep", "one_tie", overrides=TINY, design="morris", vary=three))


def test_whoever_asks_or_shows_is_told_what_is_not_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sweep_into(out, COMPETENCE)
    assert part_warnings(out) == []
    part = out / "parts" / "part-00000-0000000.parquet"
    part.write_bytes(part.read_bytes() + b"junk")
    (out / "parts" / "part-00001-0000000.parquet").unlink()
    first, second = part_warnings(out)
    assert first.startswith("part-00000-0000000 is damaged but still counted; sim sweep ")
    assert second.startswith("part-00001-0000000 is missing; sim sweep ")
    with pytest.raises(SimError, match="want a question in SQL"):
        query(out, " ")


def test_two_pages_never_share_a_port() -> None:
    from sim.page.serve import _listen

    first = _listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    try:
        with pytest.raises(SimError, match=rf"^`port` {port}: cannot be used on 127.0.0.1: "):
            _listen("127.0.0.1", port)
    finally:
        first.close()
