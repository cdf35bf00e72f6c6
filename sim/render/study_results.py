"""The tables of what a study found, for text and for HTML: by point, what switches are worth, what matters.

Text is short of room: with `brief` means stand without intervals, and of several indices the main one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.measure.amounts import DASH
from sim.render.figures.attribution_figures import players
from sim.render.figures.sensitivity_figures import indices, method, names, ranked
from sim.render.numbers import decimals, ends, number, percent, setting
from sim.render.study_tables import StudyTables, shortened
from sim.render.tables import Grid, Head, Item, items
from sim.render.wording import WHOLES

MOST_LINES = 40
MOST_TOLD = 4  # factors that get a column of their own
LONGEST = 44  # letters of a factor in a head
GREEK = {"mu_star": "μ*", "mu": "μ", "sigma": "σ"}


def by_point(s: StudyTables, outcome: str, *, brief: bool = False) -> Grid:
    """Return an outcome by point: means under regimes, then differences, with intervals."""
    whole = {name: s.rows(outcome, name) for name in (*s.regimes, *s.differences)}
    by = {n: {r["point"]: r for r in f.to_dict("records")} for n, f in whole.items()}
    there = sorted({point for rows in by.values() for point in rows})
    named = [f for f in s.factors if f.key == "row"]
    keys = named or s.varying[:MOST_TOLD]
    values = s.points.set_index("point")
    ends_of = {n: (*f["mean"], *f["low"], *f["high"]) for n, f in whole.items()}
    places = {n: _places(s, outcome, v) for n, v in ends_of.items()}
    places |= dict.fromkeys(s.regimes, max((places[n] for n in s.regimes), default=0))
    lines = []
    for point in there[:MOST_LINES]:
        head = [] if named else items(str(point))
        head += [Item(setting(values.loc[point, f.key])) for f in keys]
        cells = [
            _interval(by[n].get(point), places[n], " − " in n, brief=brief and n in s.regimes)
            for n in by
        ]
        lines.append([*head, *cells])
    first = [] if named else [Head("point", left=True)]
    first += [
        Head(shortened(f.name if brief else f.label, LONGEST), left=not f.numeric) for f in keys
    ]
    rest = rest_of(len(there), len(lines), "summary.parquet")
    return Grid([*first, *map(Head, by)], lines, s.axis(outcome), rest)


def worth(s: StudyTables, outcome: str) -> Grid:
    """Return what every player is worth: its Shapley value, alone, and to all others."""
    own = s.attribution[s.attribution["outcome"] == outcome]
    shares = own[own["kind"] == "shapley"].sort_values("mean", ascending=False, kind="stable")
    by = {(r["kind"], r["player"]): r for r in own.to_dict("records")}
    places = _places(s, outcome, own["mean"])
    lines = []
    for player in shares["player"]:
        kinds = ("shapley", "first_in", "last_in")
        cells = [_interval(by.get((kind, player)), places, True) for kind in kinds]
        lines.append([Item(str(player)), *cells])
    lines += [
        [Item(said), _interval(by[kind, "all"], places, True), *items("", "")]
        for kind, said in WHOLES.items()
        if (kind, "all") in by
    ]
    heads = [players(s), "Shapley value", "added first", "added last"]
    return Grid(headed(heads, 1), lines, s.axis(outcome, difference=True))


def influence(s: StudyTables, outcome: str, *, brief: bool = False) -> Grid:
    """Return how much each factor matters, by index and name, the most important first."""
    found = indices(s, outcome)
    told = (method(s).main,) if brief else method(s).told
    by = {(r["name"], r["index"], r["factor"]): r for r in found.to_dict("records")}
    shown_names, order = names(s, outcome), ranked(s, outcome)
    values = found[found["index"].isin(method(s).told)]["value"]
    places = _places(s, outcome, values) if method(s).in_units else decimals("", *values)
    lines = []
    for key in order[:MOST_LINES]:
        cells = [
            _interval(_as_mean(by.get((name, index, key))), places, index == "mu")
            for name in shown_names
            for index in told
        ]
        lines.append([Item(s.factor(key).name), *cells])
    lucks = [by.get((name, "luck", "")) for name in shown_names]
    if any(lucks):
        line = [Item(percent(r["value"]) if r else DASH) for r in lucks]
        pad = items("") * (len(told) - 1)
        lines.append([Item("luck's share of variance"), *(c for one in line for c in (one, *pad))])
    several = [f"{n}: {GREEK.get(i, i)}" for n in shown_names for i in told]
    heads = ["factor", *(shown_names if brief else several)]
    title = s.axis(outcome, difference=True) if method(s).in_units else s.label(outcome)
    rest = rest_of(len(order), len(order[:MOST_LINES]), "sensitivity.parquet")
    return Grid(headed(heads, 1), lines, title, rest)


def headed(names: Sequence[str], left: int | None = None) -> list[Head]:
    """Return heads of which so many line up on the left, else all."""
    return [Head(name, left=left is None or k < left) for k, name in enumerate(names)]


def rest_of(every: int, told: int, where: str) -> str:
    """Return what a table leaves out and where it is; nothing when it has all."""
    if every <= told:
        return ""
    return f"The first {told:,} of {every:,} are shown; all are in {where}."


def _places(s: StudyTables, outcome: str, values: Iterable[float]) -> int:
    """Return the decimals of an outcome's numbers; shares stand in per cent already."""
    if s.unit(outcome) != "%":
        return decimals("", *values)
    return decimals("share", *(value / 100.0 for value in values))


def _interval(
    row: Mapping[str, Any] | None, places: int, signed: bool, *, brief: bool = False
) -> Item:
    if row is None:
        return Item(DASH)
    if brief:
        return Item(number(row["mean"], "", places))
    return Item(*ends(row["mean"], row["low"], row["high"], "", places, signed=signed))


def _as_mean(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if row is None else {**row, "mean": row["value"]}
