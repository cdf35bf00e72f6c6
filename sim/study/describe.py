"""The data dictionary, from the declarations that make the tables: the text of `docs/data.md`."""

from __future__ import annotations

from collections.abc import Sequence

from sim.measure.metrics import PER_MONTH
from sim.records import EVENT_MEANINGS, TABLES, Column
from sim.study import tournament, verdict
from sim.study.columns import ALIGNED, LEDGER, MEASURED, POINT, ROW, SUMMARY
from sim.study.store import REGIME
from sim.words import Event

INTRO = f"""# The data

Every result folder holds Parquet tables (zstd) and one `manifest.json`. Unit and meaning of a
column are also stored in the file itself, as metadata of that column. Floats are 64-bit and encoded
`BYTE_STREAM_SPLIT`, which pandas, pyarrow, polars, DuckDB and R's arrow and nanoparquet read; words
are dictionary-coded and arrive in pandas as categories. A measure with nothing to count in a world
(a renewal rate without expiries) is NaN there.

`money` is thousands of the scenario's currency; `{PER_MONTH}` is per need and calendar month,
whether or not the need has a contract. World k has the same people and the same luck in every
regime, so tables are joined on `world`.

```python
import pandas as pd
periods = pd.read_parquet("results/it_outsourcing/<time>/periods.parquet")
```
"""

WHERE = {
    "periods": "`periods.parquet`: one row per regime, world and month; sums over needs.",
    "ties": "`ties.parquet`: one row per regime, world and tie (a need and one of its candidates).",
    "events": "`events.parquet` (with `--tables events`): one row per happening.",
    "offers": "`offers.parquet` (with `--tables offers`): one row per offer or draft.",
    "need_months": "`need_months.parquet` (with `--tables need_months`): one row per need and month.",
}

MET = "a tournament: one row per domain, opening side, buyer's and vendor's strategy."
STOOD = "a tournament: one row per strategy, best first."

MANIFEST_TEXT = """## manifest.json

| key | meaning |
|---|---|
| `schema` | version of this layout |
| `kind` | run, compare, sweep or experiment |
| `tool`, `versions`, `machine` | what it was made with |
| `command` | the command line |
| `start`, `end` | UTC |
| `complete` | false when it was cut short: then only what is counted as done is there |
| `scenario`, `scenario_digest` | every key with its value, and the SHA-256 of that |
| `scenario_name`, `scenario_file`, `overrides` | where these values came from |
| `source_digest` | SHA-256 of the program's own source |
| `regimes`, `seed`, `worlds` | what was simulated; worlds asked for and done, numbered from 0 |
| `tables`, `threads` | what was kept and how it was run; threads change no number |
| `design` | of a sweep: its factors; of an experiment: its rows, contrast and outcome; else `align`, `window` |
| `points`, `sessions` | of a sweep: points asked, done and failed; every start and resumption |
| `files` | SHA-256, bytes and rows of every file |

`sim rerun FOLDER/manifest.json` simulates all of it again and compares every table bit for bit.
"""


def data_reference() -> str:
    """Return `docs/data.md`: every table, column, unit and meaning, and the manifest's keys."""
    parts = [INTRO]
    for name, columns in TABLES.items():
        parts.append(_section(name, WHERE[name], (REGIME, *columns)))
        if name == "events":
            parts.append(_events())
    parts.append(_section("ledger", "`ledger.parquet`: one row per regime and world.", LEDGER))
    parts.append(
        _section(
            "summary",
            "`summary.parquet`: one row per measure and regime, and per measure and paired "
            "difference. In a sweep `point` and the factors come first, in an experiment `row`.",
            SUMMARY,
        )
    )
    parts.append(
        _section(
            "aligned",
            "`aligned.parquet` of `sim compare --align EVENT`: one row per quantity, month around "
            "the event, and regime or difference.",
            ALIGNED,
        )
    )
    parts.append(
        _section(
            "measures",
            "`parts/part-0000.parquet` … of a sweep and `worlds.parquet` of an experiment: one row "
            "per regime and world. A sweep's factors are columns named by their scenario keys.",
            (POINT, ROW, *MEASURED),
        )
    )
    about = "`verdict.parquet` of an experiment: one row per row of the study."
    parts.append(_section("verdict", about, verdict.COLUMNS))
    parts.append(_section("meetings", f"`meetings.parquet` of {MET}", tournament.MEETINGS))
    parts.append(_section("standings", f"`standings.parquet` of {STOOD}", tournament.STANDINGS))
    about = "`game.parquet` of a tournament: one row per strategy and opponent."
    parts.append(_section("game", about, tournament.GAME))
    return "\n".join([*parts, MANIFEST_TEXT])


def _section(name: str, about: str, columns: Sequence[Column]) -> str:
    lines = [f"| `{c.name}` | {c.dtype} | {c.unit} | {_cell(c.meaning)} |" for c in columns]
    head = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {name}", "", about, "", *head, *lines, ""])


def _events() -> str:
    lines = [
        f"| {kind.value} | {kind.name.lower()} | "
        + " | ".join(_cell(word) for word in EVENT_MEANINGS[kind.name.lower()])
        + " |"
        for kind in Event
    ]
    head = ["| kind | what | amount | second | third |", "|---|---|---|---|---|"]
    return "\n".join(["### Kinds of events", "", *head, *lines, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
