"""SQL queries on a result: its Parquet tables as DuckDB views. The only module that imports DuckDB.

A query can read these tables and nothing else: the database is in memory, the files are opened here
by their exact names, and DuckDB itself may not open files, use the network or load extensions.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError, closest_name
from sim.files import check_ordinary
from sim.study.results.durable_files import short_reason
from sim.study.results.owned_folders import MANIFEST, part_files
from sim.study.results.store import open_tables

if TYPE_CHECKING:
    import pandas as pd

WORLDS = "worlds"
READING_STATEMENTS = ("SELECT", "EXPLAIN", "MULTI")  # the last is how DuckDB classifies a pivot
LOCKDOWN = (
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set python_enable_replacements = false",  # else SQL could read variables of this program
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def views(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each view by its name: every table, and `worlds`, all parts of a study."""
    found = {path.stem: [path] for path in sorted(folder.glob("*.parquet"))}
    parts = part_files(folder)
    return found | ({WORLDS: parts} if parts else {})


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """Return the rows of an SQL query on the tables of a result.

    Every Parquet table is a view named after its file, and `worlds` has all rows of a study's parts.
    Raises SimError if the folder holds no result, DuckDB is not installed, or the query fails or
    would change something.
    """
    path = Path(folder)
    _check_manifest(path / MANIFEST)
    known = views(path)
    if not sql.strip():
        raise SimError('question: want a question in SQL, as in "select * from worlds limit 5"')
    if not known:
        held = "holds no table" if (path / MANIFEST).is_file() else "holds no result"
        raise SimError(f"{path}: {held}")
    try:
        import duckdb
    except ImportError:
        want = 'want the extra packages of: pip install -e ".[query]"'
        raise SimError(f"query: DuckDB is not installed; {want}") from None
    tables = {name: open_tables(files) for name, files in known.items()}
    with (
        tempfile.TemporaryDirectory(prefix="sim-query-") as spill,  # for queries larger than memory
        duckdb.connect(config={"temp_directory": spill}) as connection,
    ):
        for name, table in tables.items():
            connection.register(name, table)
        for line in LOCKDOWN:
            connection.execute(line)
        try:
            _check_only_reads(connection.extract_statements(sql), sql)
            return connection.execute(sql).df()
        except SimError:
            raise
        except Exception as error:  # from DuckDB, or from a table that turns out to be damaged
            raise SimError(f"{path}: {_error_line(str(error), list(known))}") from None


def _check_manifest(path: Path) -> None:
    """Raise SimError if the manifest is a pipe or the like, which would block; it may be missing."""
    try:
        check_ordinary(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SimError(f"{path}: cannot read: {short_reason(error)}") from None


def _check_only_reads(statements: list[Any], sql: str) -> None:
    """Raise SimError unless there is a statement and all statements only read."""
    if not statements:  # for example, if the query is just a comment
        raise SimError(f"question: {sql!r} asks nothing")
    for statement in statements:
        kind = str(statement.type).rpartition(".")[2]
        if kind not in READING_STATEMENTS:
            want = (
                "want a question, as in select, describe or summarize: it reads and changes nothing"
            )
            raise SimError(f"question: {kind.lower()}: {want}")


def _error_line(message: str, known: list[str]) -> str:
    """Return DuckDB's message as one line, with the names of the tables and a likely correction."""
    first = (message.splitlines() or ["no reason given"])[0]
    words = [w.strip("\"'`") for w in first.split()]
    near = next((n for n in (closest_name(w, known) for w in words) if n and n not in words), "")
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{first}; tables are {', '.join(known)}{hint}"
