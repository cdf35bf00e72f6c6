"""The README's table names every shipped scenario and all of its further regimes, and no other."""

import re
from pathlib import Path

from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.load import load, shipped

README = Path(__file__).resolve().parents[2] / "README.md"


def regimes_in_table(text: str) -> dict[str, set[str]]:
    """Return the regimes that the table of scenarios names, by scenario."""
    table = text.split("## Scenarios\n", 1)[1].split("\n## ", 1)[0]
    found = {}
    for line in table.splitlines():
        cells = [re.findall(r"`(\w+)`", cell) for cell in line.split("|")]
        if len(cells) == 5:
            found |= {name: set(cells[3]) for name in cells[1]}
    return found


def test_the_table_is_true():
    all_of = {name: load(name) for name, _, _ in shipped()}
    own = {name: set(one.regimes()) - set(BUILT_IN) - one.inherited for name, one in all_of.items()}
    assert regimes_in_table(README.read_text(encoding="utf-8")) == own


def test_a_regime_left_out_would_be_seen():
    text = README.read_text(encoding="utf-8")
    assert regimes_in_table(text)["turnover"] == {"memory", "forgetful"}
    assert regimes_in_table(text.replace(", `forgetful`", ""))["turnover"] == {"memory"}
