"""Panels: which columns are seen, of how many ties and under which regimes; read from a file and checked.

`experiments/panels.toml` has those that are shipped. A panel may add to an earlier one, whose columns it then has
too. A column is a measure under a regime, or a key that is known because a contract or an invoice states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import Field, ValidationError

from sim.errors import Argument, Problem, ScenarioError, closest_name, is_one_line
from sim.measure.metrics import BY_NAME
from sim.scenario.expected_values import nearest_key, node_at
from sim.scenario.shipped import experiments_folder
from sim.scenario.strict_tables import Place, StrictTable, read_toml, schema_problem
from sim.study.design.factors import key_parts

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

PANELS_FILE = "panels.toml"
MOST_TIES = 1_000_000
MOST_NAMED = 12  # names that one message lists
HINTS = {  # keys that users often write, and the key they mean
    "columns": "measures", "regime": "regimes", "measure": "measures", "extends": "adds_to",
    "needs": "ties", "contracts": "ties", "worlds": "ties",
}  # fmt: skip


class Seen(NamedTuple):
    """A column: a measure under a regime, or a key whose value is known; the other two are empty then."""

    measure: str = ""
    regime: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """Return the name that tables have: `dispute_rate (mediated)`, or the key."""
        return self.key or f"{self.measure} ({self.regime})"


class PanelTable(StrictTable):
    """[[panels]]  Which columns somebody has."""

    name: str = Field(min_length=1, description="text: what the panel is called")
    about: str = Field("", description="text: one line that says who has these data")
    adds_to: str = Field("", description="the name of an earlier panel, whose columns it has too")
    regimes: list[str] = Field([], description="a list of regimes in which the measures are seen")
    measures: list[str] = Field([], description="a list of measures")
    keys: list[str] = Field([], description="a list of keys whose values are known exactly")


class PanelsTable(StrictTable):
    """A whole file of panels."""

    title: str = Field("", description="text: one line that says what the panels are about")
    ties: int = Field(
        ge=1, le=MOST_TIES, description=f"a whole number from 1 to {MOST_TIES}: ties that are seen"
    )
    further: list[str] = Field(
        [], description="a list of measures that are offered as a further column"
    )
    panels: list[PanelTable] = Field(min_length=1, description="at least one [[panels]] table")


@dataclass(frozen=True)
class Panel:
    """A panel with the columns it has in all, those of the panels it adds to first."""

    name: str
    about: str
    columns: tuple[Seen, ...]


@dataclass(frozen=True)
class Panels:
    """The panels that lead to the one that is asked about, and what else could be seen.

    `steps` are the panels from the smallest to the one asked about, each with the columns of those before.
    `further` are columns that it has not: those of the other panels of the file and of its list. `ties` is how
    many ties are seen. `path` is the file, and `table` what it says.
    """

    steps: tuple[Panel, ...]
    further: tuple[Seen, ...]
    ties: int
    path: Path
    table: PanelsTable

    @property
    def asked(self) -> Panel:
        """The panel that is asked about."""
        return self.steps[-1]

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes of all columns, in the order of the file."""
        columns = (*self.asked.columns, *self.further)
        named = dict.fromkeys(r for panel in self.table.panels for r in panel.regimes)
        seen = {column.regime for column in columns if column.regime}
        return tuple(regime for regime in named if regime in seen)

    def data(self) -> dict[str, Any]:
        """Return what decides an answer, as the manifest stores it."""
        return {"panel": self.asked.name, "panels": self.table.model_dump(mode="json")}


def panels_path() -> Path:
    """Return the path of the shipped panels."""
    return experiments_folder() / PANELS_FILE


def is_panels_file(text: str) -> bool:
    """Return whether a text names a file of panels, not a panel that is shipped."""
    return text.endswith(".toml") or Path(text).name != text


def find_panels(text: str | None, loaded: LoadedScenario | None = None) -> Panels:
    """Return the panels that a text asks about: a shipped panel by name, or the last panel of a file.

    Without a text it is the last of the shipped file. If `loaded` is given, regimes are checked against that
    scenario. Raises ScenarioError with every problem, each with file, line and key.
    """
    if text is not None and is_panels_file(text):
        return read_panels(Path(text), loaded=loaded)
    table, _ = _read_table(panels_path())
    names = [panel.name for panel in table.panels]
    if text is not None and text not in names:
        want = f"want one of {', '.join(names)}, or the path of a file of panels"
        problem = Problem(
            Argument("arguments"), Argument("panel"), repr(text), want, closest_name(text, names)
        )
        raise ScenarioError([problem])
    return read_panels(panels_path(), text, loaded)


def read_panels(
    path: Path, name: str | None = None, loaded: LoadedScenario | None = None
) -> Panels:
    """Return the panels of a file up to the named one, or to the last; errors are those of `find_panels`."""
    table, place = _read_table(path)
    problems = [*_panel_problems(table, place), *_further_problems(table, place)]
    if loaded is not None:
        problems += _regime_problems(table, place, loaded)
    if problems:
        raise ScenarioError(place.in_order(problems))
    return _panels(table, name or table.panels[-1].name, path)


def panels_of_data(data: Mapping[str, Any], path: Path) -> Panels:
    """Return the panels that a manifest stores, the inverse of `Panels.data`; `path` is the manifest.

    Raises LookupError or ValueError if it is damaged.
    """
    return _panels(PanelsTable.model_validate(data["panels"]), str(data["panel"]), path)


def _panels(table: PanelsTable, name: str, path: Path) -> Panels:
    """Return the panels of a checked file up to the named one, and the columns that this one has not."""
    steps = _steps(table, name)
    had = set(steps[-1].columns)
    named = tuple(dict.fromkeys(r for panel in table.panels for r in panel.regimes))
    others = [column for panel in table.panels for column in _own_columns(panel)]
    others += [Seen(measure, regime) for measure in table.further for regime in named]
    further = tuple(column for column in dict.fromkeys(others) if column not in had)
    return Panels(steps, further, table.ties, path, table)


def _steps(table: PanelsTable, name: str) -> tuple[Panel, ...]:
    """Return the panels that lead to the named one, each with the columns of those before."""
    by_name = {panel.name: panel for panel in table.panels}
    chain = [by_name[name]]
    while chain[0].adds_to:
        chain.insert(0, by_name[chain[0].adds_to])
    columns: list[Seen] = []
    steps = []
    for panel in chain:
        columns = list(dict.fromkeys([*columns, *_own_columns(panel)]))
        steps.append(Panel(panel.name, panel.about, tuple(columns)))
    return tuple(steps)


def _own_columns(panel: PanelTable) -> Iterator[Seen]:
    """Yield the columns that a panel has beside those of the panel it adds to."""
    yield from (Seen(measure, regime) for regime in panel.regimes for measure in panel.measures)
    yield from (Seen(key=key) for key in panel.keys)


def _read_table(path: Path) -> tuple[PanelsTable, Place]:
    """Return a file of panels checked by its schema, and the places of its keys."""
    data, place = read_toml(path)
    try:
        return PanelsTable.model_validate(data), place
    except ValidationError as error:
        wrong = [_schema_problem(found, place) for found in error.errors()]
        raise ScenarioError(place.in_order(wrong)) from None


def _schema_problem(error: Any, place: Place) -> Problem:
    """Return a problem that pydantic found with a key of the file or of one of its panels."""
    inner = len(error["loc"]) > 1 and error["loc"][0] == "panels"
    return schema_problem(error, PanelTable if inner else PanelsTable, place, HINTS)


def _panel_problems(table: PanelsTable, place: Place) -> Iterator[Problem]:
    """Yield what is wrong with each panel, apart from the scenario it is used for."""
    before: list[str] = []
    for nth, panel in enumerate(table.panels):
        at = ("panels", nth)
        for name in ("name", "about"):
            text = getattr(panel, name)
            if not is_one_line(text):
                yield place.problem((*at, name), text, "want text without line breaks")
        if panel.name in before:
            yield place.problem((*at, "name"), panel.name, "want a name used once")
        if panel.adds_to and panel.adds_to not in before:
            want = (
                f"want an earlier panel: one of {', '.join(before) or 'none, as this is the first'}"
            )
            near = closest_name(panel.adds_to, before)
            yield place.problem((*at, "adds_to"), panel.adds_to, want, near)
        before.append(panel.name)
        yield from _measure_problems(panel.measures, (*at, "measures"), place)
        if panel.measures and not panel.regimes:
            yield place.problem((*at, "regimes"), None, "missing; want the regimes of the measures")
        if panel.regimes and not panel.measures:
            yield place.problem((*at, "measures"), None, "missing; want what is seen in them")
        if not panel.measures and not panel.keys:
            yield place.problem((*at, "measures"), None, "missing; want at least one column")
        yield from _key_problems(panel.keys, (*at, "keys"), place)
        yield from _repeats(panel.regimes, (*at, "regimes"), place)


def _further_problems(table: PanelsTable, place: Place) -> Iterator[Problem]:
    yield from _measure_problems(table.further, ("further",), place)


def _measure_problems(
    names: Sequence[str], keys: tuple[str | int, ...], place: Place
) -> Iterator[Problem]:
    """Yield a problem for every name that is no measure, or is there twice."""
    known = list(BY_NAME)
    for nth, name in enumerate(names):
        if name not in BY_NAME:
            near = closest_name(name, known)
            some = f"want one of {', '.join(known[:MOST_NAMED])} and {len(known) - MOST_NAMED} more"
            want = "want a measure" if near else f"{some} (docs/data.md)"
            yield place.problem((*keys, nth), name, want, near)
    yield from _repeats(names, keys, place)


def _key_problems(
    names: Sequence[str], keys: tuple[str | int, ...], place: Place
) -> Iterator[Problem]:
    """Yield a problem for every name that is no key of a scenario, or is there twice."""
    for nth, name in enumerate(names):
        if node_at(key_parts(name)) is None:
            near = nearest_key(key_parts(name))
            yield place.problem((*keys, nth), name, "want a key of a scenario", near)
    yield from _repeats(names, keys, place)


def _repeats(names: Sequence[str], keys: tuple[str | int, ...], place: Place) -> Iterator[Problem]:
    """Yield a problem for every name that is there twice."""
    for nth, name in enumerate(names):
        if name in names[:nth]:
            yield place.problem((*keys, nth), name, "want a name used once")


def _regime_problems(table: PanelsTable, place: Place, loaded: LoadedScenario) -> Iterator[Problem]:
    """Yield a problem for every regime that a scenario does not have."""
    for nth, panel in enumerate(table.panels):
        for at, name in enumerate(panel.regimes):
            try:
                loaded.regime(name)
            except ScenarioError as error:
                first = error.problems[0]
                yield place.problem(
                    ("panels", nth, "regimes", at), name, first.wanted, first.nearest
                )
