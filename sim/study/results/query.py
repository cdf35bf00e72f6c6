"""Ask a result with SQL: its Parquet tables as DuckDB views. The only place that imports DuckDB.

A question reads these tables and nothing else: the database is in memory, the files are opened here
by their exact names, and DuckDB itself may open, fetch and load nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError, closest_name
from sim.files import check_ordinary
from sim.study.results.owned_folders import MANIFEST, part_files
from sim.study.results.store import open_tables, reason

if TYPE_CHECKING:
    import pandas as pd

WORLDS = "worlds"
ASKS = ("SELECT", "EXPLAIN", "MULTI")  # the last is what DuckDB makes of a pivot
CLOSED = (
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set python_enable_replacements = false",  # else a table may be a variable of this program
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def views(folder: Path) -> dict[str, list[Path]]:
    """Return the files each view reads, by its name: `worlds` is all parts of a study."""
    found = {path.stem: [path] for path in sorted(folder.glob("*.parquet"))}
    parts = part_files(folder)
    return found | ({WORLDS: parts} if parts else {})


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """Return what a question in SQL finds in the tables of a result.

    Every Parquet table is a view by its file's name; `worlds` is every row of a study's parts.
    Raises SimError in one line.
    """
    path = Path(folder)
    _check_manifest(path / MANIFEST)
    known = views(path)
    if not sql.strip():
        raise SimError('sim query: want a question in SQL, as in "select * from worlds limit 5"')
    if not known:
        held = "holds no table" if (path / MANIFEST).is_file() else "holds no result"
        raise SimError(f"{path}: {held}")
    try:
        import duckdb
    except ImportError:
        want = 'want the extra packages of: pip install -e ".[query]"'
        raise SimError(f"sim query: DuckDB is not installed; {want}") from None
    tables = {name: open_tables(files) for name, files in known.items()}
    with (
        tempfile.TemporaryDirectory(prefix="sim-query-") as aside,  # for what memory does not hold
        duckdb.connect(config={"temp_directory": aside}) as connection,
    ):
        for name, table in tables.items():
            connection.register(name, table)
        for line in CLOSED:
            connection.execute(line)
        try:
            _check_asks(connection.extract_statements(sql), sql)
            return connection.execute(sql).df()
        except SimError:
            raise
        except Exception as error:  # of DuckDB, or of a table that turns out to be damaged
            raise SimError(f"{path}: {_said(str(error), list(known))}") from None


def _check_manifest(path: Path) -> None:
    """Raise SimError where a pipe or the like stands for a manifest; there may be none."""
    try:
        check_ordinary(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SimError(f"{path}: cannot read: {reason(error)}") from None


def _check_asks(statements: list[Any], sql: str) -> None:
    """Raise SimError unless every statement is a question."""
    if not statements:  # a comment alone is none
        raise SimError(f"sim query: {sql!r} asks nothing")
    for statement in statements:
        kind = str(statement.type).rpartition(".")[2]
        if kind not in ASKS:
            want = (
                "want a question, as in select, describe or summarize: it reads and changes nothing"
            )
            raise SimError(f"sim query: {kind.lower()}: {want}")


def _said(message: str, known: list[str]) -> str:
    """Return DuckDB's complaint as one line, with the tables there are."""
    first = (message.splitlines() or ["no reason given"])[0]
    words = [w.strip("\"'`") for w in first.split()]
    near = next((n for n in (closest_name(w, known) for w in words) if n and n not in words), "")
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{first}; tables are {', '.join(known)}{hint}"
