"""Ask a result with SQL: its Parquet tables as DuckDB views. The only place that imports DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import SimError, nearest
from sim.study.folder import MANIFEST
from sim.study.resume import PARTS

if TYPE_CHECKING:
    import pandas as pd

WORLDS = "worlds"


def views(folder: Path) -> dict[str, str]:
    """Return the files each view reads, by its name: `worlds` is all parts of a study."""
    found = {path.stem: str(path) for path in sorted(folder.glob("*.parquet"))}
    if any((folder / PARTS).glob("part-*.parquet")):
        found[WORLDS] = str(folder / PARTS / "part-*.parquet")
    return found


def query(folder: str | Path, sql: str) -> pd.DataFrame:
    """Return what a question in SQL finds in the tables of a result.

    Every Parquet table is a view by its file's name; `worlds` is every row of a study's parts.
    Raises SimError in one line.
    """
    path = Path(folder)
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
    with duckdb.connect() as connection:
        try:
            for name, files in known.items():
                connection.read_parquet(files).create_view(name)
            found = connection.execute(sql)
            return found.df()
        except AttributeError:  # a comment alone is no question, and DuckDB answers with nothing
            raise SimError(f"sim query: {sql!r} asks nothing") from None
        except duckdb.Error as error:
            raise SimError(f"{path}: {_said(str(error), list(known))}") from None


def _said(message: str, known: list[str]) -> str:
    """Return DuckDB's complaint as one line, with the tables there are."""
    first = message.splitlines()[0]
    words = [w.strip("\"'`") for w in first.split()]
    near = next((n for n in (nearest(w, known) for w in words) if n and n not in words), "")
    hint = f"; did you mean '{near}'?" if near else ""
    return f"{first}; tables are {', '.join(known)}{hint}"
