"""The data dictionary, from the declarations that make the tables: the text of `docs/data.md`."""

from __future__ import annotations

from collections.abc import Sequence

from sim.calibration.identification.answer_tables import FURTHER_COLUMNS, TOLD_COLUMNS
from sim.measure.metrics import PER_MONTH
from sim.records import EVENT_MEANINGS, TABLES, Column
from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.study.experiments import tournament_tables, verdict
from sim.study.results.computed_columns import (
    ALIGNED,
    ATTRIBUTION,
    COALITION,
    INTERACTIONS,
    LEDGER,
    MAP,
    MEASURED,
    POINT,
    POINTS,
    ROW,
    SENSITIVITY,
    SUMMARY,
)
from sim.study.results.store import REGIME
from sim.words import Event

INTRO = f"""# The data

Every result folder holds Parquet tables (zstd) and one `manifest.json`. Unit and meaning of a
column are also stored in the file itself, as metadata of that column. Floats are 64-bit and encoded
`BYTE_STREAM_SPLIT`, which pandas, pyarrow, polars, DuckDB and R's arrow and nanoparquet read; words
are dictionary-coded and arrive in pandas as categories. A measure with nothing to count in a world
(a renewal rate without expiries) is NaN there.

`money` is the unit that the scenario's `run.currency` names; `{PER_MONTH}` is per need and calendar month,
whether or not the need has a contract. World k has the same people and the same luck in every
regime, so tables are joined on `world`.

Row after row, a table has the regimes in turn, each with its worlds in order. Worlds are written as they end, so
that memory does not grow with rows: beyond 128 MB they go to a hidden folder, `.NAME.rows` beside the target, with
one number per world, regime and measure (70 MB for 100,000 worlds and one regime), until the tables are complete.
A month of a world takes about 200 bytes of `periods`, a tie about 110 of `ties`, and twice that until then; without
`--tables`, about 32 and 4 until then. If it will be more than 1 GB, `sim run` and `sim compare` say so first, and which
command resumes it. `--tables` chooses
which of `periods`, `ties`, `events`, `offers` and `need_months` are kept, `--tables none` keeps none (`tables=()` in
Python): text, figures, report, summary and ledger are the same, but `sim report` cannot draw them again, and
`sim query` has no such table.

After Ctrl-C, the worlds complete under every regime are kept. A killed process, or one that met an error such as a
full disk, leaves `.NAME.rows` if rows had gone to disk: the same command with the same `--out` resumes it, also with
more `--worlds`, and ends with the same bytes. About a second of work is lost, since every second or so all rows are
fsynced and a receipt says how far they go and what their checksum is. Damaged rows, and those of another request,
are refused with what differs; `--force` deletes these, and these alone, and starts again. Without `--out` the name of
the target is a time: pass `--out results/SCENARIO/TIME` to resume, or delete `.TIME.rows`. What else a killed process
leaves, `.NAME.partial`, the next run with the same `--out` deletes.

```python
import pandas as pd
periods = pd.read_parquet("results/it_outsourcing/<time>/periods.parquet")
```
"""

TABLE_NOTES = {
    "periods": "`periods.parquet`: one row per regime, world and month; sums over needs.",
    "ties": "`ties.parquet`: one row per regime, world and tie (a need and one of its candidates).",
    "events": "`events.parquet` (with `--tables events`): one row per event.",
    "offers": "`offers.parquet` (with `--tables offers`): one row per offer or draft.",
    "need_months": "`need_months.parquet` (with `--tables need_months`): one row per need and month.",
}

MEETINGS_NOTE = "a tournament: one row per domain, opening side, buyer's and vendor's strategy."
STANDINGS_NOTE = "a tournament: one row per strategy, best first."
LABELS_NOTE = (
    "`point` and the values that vary come first, named by their keys (`row`, `coalition`)."
)
COMPUTED: dict[str, tuple[str, Sequence[Column]]] = {
    "summary": (
        (
            "`summary.parquet`: one row per measure and regime, and per measure and paired difference. "
            f"In a study {LABELS_NOTE}"
        ),
        SUMMARY,
    ),
    "aligned": (
        (
            "`aligned.parquet` of `sim compare --align EVENT`: one row per quantity, month around the "
            "event, and regime or difference."
        ),
        ALIGNED,
    ),
    "parts": (
        (
            "`parts/part-POINT-WORLD.parquet` of a study: one row per regime, point and world, from that point "
            f"and world on. {LABELS_NOTE}"
        ),
        (POINT, ROW, COALITION, *MEASURED),
    ),
    "points": (f"`points.parquet` of a study: one row per point. {LABELS_NOTE}", (POINT, *POINTS)),
    "attribution": (
        "`attribution.parquet` of `sim attribute`: one row per outcome, switch and kind of worth.",
        ATTRIBUTION,
    ),
    "interactions": (
        (
            "`interactions.parquet` of `sim attribute`: one row per outcome and pair of switches, their "
            "Shapley interaction index (Grabisch & Roubens 1999): what they add together beyond what each "
            "adds alone."
        ),
        INTERACTIONS,
    ),
    "sensitivity": (
        (
            "`sensitivity.parquet` of `sim sensitivity`: one row per outcome, regime or difference, "
            "index and key."
        ),
        SENSITIVITY,
    ),
    "map": (
        f"`map.parquet` of `sim map`: one row per cell and outcome. {LABELS_NOTE}",
        (POINT, *MAP),
    ),
    "told": (
        (
            "`told.parquet` of `sim identify`: one row per panel and key, how well the panel tells the key "
            "([docs/identification.md](identification.md))."
        ),
        TOLD_COLUMNS,
    ),
    "further": (
        "`further.parquet` of `sim identify`: one row per key, the further column that adds most to the last panel.",
        FURTHER_COLUMNS,
    ),
    "verdict": (
        "`verdict.parquet` of an experiment: one row per point or switch of its study.",
        verdict.COLUMNS,
    ),
    "meetings": (f"`meetings.parquet` of {MEETINGS_NOTE}", tournament_tables.MEETINGS),
    "standings": (f"`standings.parquet` of {STANDINGS_NOTE}", tournament_tables.STANDINGS),
    "game": (
        "`game.parquet` of a tournament: one row per strategy and opponent.",
        tournament_tables.GAME,
    ),
}

MANIFEST_TEXT = """## manifest.json

| key | meaning |
|---|---|
| `schema` | version of this layout |
| `kind` | run, compare, sweep or experiment |
| `tool`, `versions`, `machine` | program, libraries and computer that computed it |
| `command` | the command line |
| `start`, `end` | UTC |
| `complete` | false if the run was interrupted: then it has only the worlds counted as done |
| `scenario`, `scenario_digest` | every key with its value, and the SHA-256 of that |
| `scenario_name`, `scenario_file`, `overrides` | where these values came from |
| `source_digest` | SHA-256 of the program's own source |
| `strategies` | SHA-256 of every file of custom strategies, by path |
| `regimes`, `seed`, `worlds` | what was simulated; worlds requested and done, numbered from 0 |
| `tables`, `threads` | tables written, and number of threads, which changes no number |
| `design` | of a study: `study`, its file; `grown`, its sizes before; `experiment`, its name; else `align`, `window` |
| `analysis` | of a study: summary, rows, map, attribution or sensitivity |
| `points`, `sessions` | of a study: points requested, done and failed; every start and resumption |
| `files` | SHA-256, bytes and rows of every file |

Beside it the folder of a study has `study.toml`, from which `sim sweep` runs the same study, and `receipts.jsonl`: one
line (receipt) per part with its `ranges` ([first point, points, first world, worlds], in the order of its rows),
SHA-256, rows, bytes and seconds. A line is added when a
part is complete on disk; a part without a line, or with other bytes than its line states, is recomputed.

`sim rerun FOLDER/manifest.json` recomputes the whole result and compares every table. Tables that rules write
(`periods`, `ties`, `events`, `offers`, `need_months`) must have the same bits on any processor; NaN equals NaN. All
other tables are computed from them by NumPy, SciPy and BLAS, which add in an order that depends on the processor:
the ledger, summaries and designs, a study's parts (one row of sums and means per world) and its tables. In these,
floats must agree within 1e-9 of the larger of the two magnitudes, or of a millionth of the column's largest if that
is more, since a small difference of large sums is mostly rounding; everything else must be the same. A table that
agrees in this sense but not to the bit is named, and the result counts as identical. If a table differs by more, the
number of rows, the largest difference and its place are printed by column, and the exit code is 1. What takes disk
space is written to a hidden folder, `.NAME.rerun` beside the result, as large as the result; it is deleted at the end,
and one that a killed process left by the next rerun of the same result.
"""


COLUMN_HEADS = [Head(name) for name in ("column", "type", "unit", "meaning")]
EVENT_HEADS = [Head(name) for name in ("kind", "what", "amount", "second", "third")]


def data_page() -> str:
    """Return `docs/data.md`: every table, column, unit and meaning, and the manifest's keys."""
    parts = [INTRO]
    for name, columns in TABLES.items():
        parts.append(_table_section(name, TABLE_NOTES[name], (REGIME, *columns)))
        if name == "events":
            parts.append(_event_section())
    parts.append(
        _table_section("ledger", "`ledger.parquet`: one row per regime and world.", LEDGER)
    )
    parts += [_table_section(name, about, columns) for name, (about, columns) in COMPUTED.items()]
    return "\n".join([*parts, MANIFEST_TEXT])


def _table_section(name: str, about: str, columns: Sequence[Column]) -> str:
    """Return the section of one table."""
    rows = [text_items(f"`{c.name}`", c.dtype, c.unit, c.meaning) for c in columns]
    return "\n".join([f"## {name}", "", about, "", to_markdown(Grid(COLUMN_HEADS, rows))])


def _event_section() -> str:
    """Return the table of kinds of events and their numbers."""
    rows = [
        text_items(str(kind.value), kind.name.lower(), *EVENT_MEANINGS[kind.name.lower()])
        for kind in Event
    ]
    return "\n".join(["### Kinds of events", "", to_markdown(Grid(EVENT_HEADS, rows))])
