"""The page for Mesa users matches the code, and its script runs."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

from sim.engines.agents import Buyer, Mediator, Vendor
from sim.engines.collector import TIE_FIELDS
from sim.engines.market import NegotiationModel
from sim.engines.played import Turn
from sim.engines.readings import units
from sim.engines.tie import Tie

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "mesa.md").read_text(encoding="utf-8")
SCRIPT = REPOSITORY / "examples" / "mesa_users.py"


def lines(kind: type) -> list[str]:
    """Return the lines of a table of readings as they should stand on the page."""
    return [f"| `{name}` | {unit} | {meaning} |" for name, (unit, meaning) in units(kind).items()]


@pytest.mark.parametrize("kind", [NegotiationModel, Buyer, Vendor, Mediator, Tie])
def test_every_reading_stands_on_the_page_with_its_unit(kind):
    assert [line for line in lines(kind) if line not in PAGE] == []


def test_every_column_of_ties_argument_and_part_of_a_turn_stands_on_it():
    columns = [f"| `{name}` | {f.unit} | {f.meaning} |" for name, f in TIE_FIELDS.items()]
    assert [line for line in columns if line not in PAGE] == []
    names = [*list(signature(NegotiationModel).parameters)[:-1], *(f.name for f in fields(Turn))]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_what_is_missing_would_be_seen():
    assert "| `price` | money | Price |" not in PAGE and "`patience`" not in PAGE


def test_the_code_on_the_page_runs():
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    scope: dict = {}
    for block in blocks:
        if "SolaraViz" not in block:  # that one is run by tests/engines/test_market.py
            exec(block, scope)
    assert len(blocks) == 3 and scope["model"].buyers[0].strategy == "own"


@pytest.mark.deep
def test_the_script_runs_and_draws(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "identical: True" in done.stdout and "strategy: own" in done.stdout
    assert (tmp_path / "mesa_users.png").stat().st_size > 10_000
    assert SCRIPT.read_text(encoding="utf-8").count("\n# %%") >= 9
