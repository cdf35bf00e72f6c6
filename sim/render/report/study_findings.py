"""What a study found, in sentences: chosen by size, sign and interval alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import count
from sim.measure.intervals import ENOUGH_TO_SAY, clear, on_few_worlds
from sim.render.figures.attribution_figures import FEE, GROSS, NET, valued
from sim.render.figures.sensitivity_figures import indices, luck, method, names
from sim.render.figures.study_captions import plural
from sim.render.numbers import percent, setting, spread
from sim.render.study_tables import BARE, StudyTables
from sim.render.wording import PROCEDURE

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 9
MOST_KEYS = 4  # factors a sentence can name
MOST_TOLD = 3  # outcomes that get sentences


def findings(s: StudyTables) -> list[str]:
    """Return what the study found, a few sentences, the most important first."""
    if not len(s.done):
        return ["No point is complete, so there is nothing to say yet."]
    said = [told for told in FINDINGS[s.analysis.name](s) if told]
    if said:
        return said
    if s.analysis.needs_all_points and len(s.done) < len(s.points):
        return [
            "This analysis needs every point, and not all are complete: there is no result yet."
        ]
    return ["No outcome has a value at any point."]


def place(s: StudyTables, row: dict[str, Any]) -> str:
    """Return where a point lies, in words: "competence 0.4, horizon 60 months"."""
    if "row" in row:
        return f"in the row “{row['row']}”"
    if not s.varying or len(s.varying) > MOST_KEYS:
        return f"at point {row['point']}"
    told = [f"{f.name} {setting(row[f.key])} {_counted(f.unit)}".strip() for f in s.varying]
    return f"at {', '.join(told)}"


def _counted(unit: str) -> str:
    """Return a unit as it follows a number: "months", "per month", nothing for a share."""
    return "" if unit in (*BARE, "share") else unit.replace("1/", "per ")


def _points(s: StudyTables) -> Iterator[str]:
    for outcome in s.outcomes()[:MOST_TOLD]:
        for name in [s.focus] if s.focus else s.regimes[:2]:
            yield from _extremes(s, outcome, name)


def _extremes(s: StudyTables, outcome: str, name: str) -> Iterator[str]:
    """Say where an outcome is largest and smallest, and how often a difference is clear."""
    found = s.rows(outcome, name)
    found = found[found["mean"].notna()]
    if found.empty:
        return
    difference = " − " in name
    unit = s.unit(outcome, difference=difference)
    unit = f" {unit}" if unit and unit != "0 to 1" else ""
    what = f"The difference {name} in {s.said(outcome)}" if difference else (
        f"Under {name}, {s.said(outcome)}"
    )  # fmt: skip
    rows = found.sort_values("mean", kind="stable").to_dict("records")
    least, most = rows[0], rows[-1]
    if len(rows) == 1:
        where = f", {place(s, most)}" if s.varying or "row" in most else ""
        yield f"{what} is {_told(most, signed=difference)}{unit}{where}."
        return
    said = (
        f"{what} is largest, {_told(most, signed=difference)}{unit}, {place(s, most)}; it is "
        f"smallest, {_told(least, signed=difference)}{unit}, {place(s, least)}."
    )
    yield f"{said} {_clear(found, s)}{_turn(s, found)}" if difference else said


def _told(row: dict[str, Any], *, signed: bool) -> str:
    return spread(row["mean"], row["low"], row["high"], signed=signed)


def _clear(found: pd.DataFrame, s: StudyTables) -> str:
    every, n = len(found), "rows" if "row" in found.columns else "points"
    if s.alone:
        return f"It is above 0 in {int((found['mean'] > 0).sum())} of {every} {n} (one world each: no intervals)."
    signs = clear(found["low"], found["high"], found["n"])
    if (found["n"] < ENOUGH_TO_SAY).all():
        return on_few_worlds(int(found["n"].max()))
    above, below = int((signs > 0).sum()), int((signs < 0).sum())
    few = (
        ""
        if (found["n"] >= ENOUGH_TO_SAY).all()
        else f", or rests on fewer than {ENOUGH_TO_SAY} worlds,"
    )
    return (
        f"Its 95 % interval lies above 0 in {above} of {every} {n}, below 0 in {below}, and contains "
        f"0{few} in {every - above - below}."
    )


def _turn(s: StudyTables, found: pd.DataFrame) -> str:
    """Say where the one numeric factor turns the sign, when it turns it once."""
    if len(s.varying) != 1 or not s.varying[0].numeric:
        return ""
    key = s.varying[0].key
    rows = found.sort_values(key)
    rows = rows[(rows["low"] > 0) | (rows["high"] < 0)]  # what lies around 0 has no sign
    signs = (rows["mean"] > 0).to_numpy()
    turns = [k for k in range(1, len(signs)) if signs[k] != signs[k - 1]]
    if len(turns) != 1:
        return ""
    before, after = rows[key].iloc[turns[0] - 1], rows[key].iloc[turns[0]]
    return f" The mean changes sign between {s.varying[0].name} {setting(before)} and {setting(after)}."


def _map(s: StudyTables) -> Iterator[str]:
    leads = s.tables.get("map")
    for outcome in s.outcomes()[:2] if leads is not None else ():
        found = leads[(leads["outcome"] == outcome) & leads["lead"].notna()]  # type: ignore[index]
        if found.empty:
            continue
        parts = []
        for regime in s.regimes:
            own = found[found["best"] == regime]
            if len(own):
                sure = int(own["certain"].sum())
                parts.append(
                    f"under {regime} in {len(own)} of {count(len(found), 'cell')} ({sure} of them clearly)"
                )
        yield f"{_upper(s.said(outcome))} is best {', '.join(parts)}. {_where(s, outcome)}"
        yield from _extremes(s, outcome, s.focus)
    if leads is None:
        yield from _points(s)


def _where(s: StudyTables, outcome: str) -> str:
    """Say where the difference in focus is clearly above 0: the range of both keys."""
    found = s.rows(outcome, s.focus)
    sure = found[clear(found["low"], found["high"], found["n"]) > 0]
    if (found["n"] < ENOUGH_TO_SAY).all():
        return ""
    if sure.empty:
        return f"Nowhere is the interval of {s.focus} above 0."
    if len(sure) == len(found):
        return f"The interval of {s.focus} is above 0 everywhere on this map."
    sides = []
    for factor in s.factors[:2]:
        values = sure[factor.key]
        if factor.numeric:
            ends = f"{setting(values.min())} to {setting(values.max())} {_counted(factor.unit)}".strip()
            sides.append(f"{factor.name} from {ends}")
        else:
            sides.append(f"{factor.name} {' or '.join(map(str, dict.fromkeys(values)))}")
    within = sure[s.factors[0].key].nunique() * sure[s.factors[1].key].nunique()
    rest = ", though not every cell in there is one" if within > len(sure) else ""
    return (
        f"The interval of {s.focus} is above 0 in {len(sure)} cells; they lie within "
        f"{' and '.join(sides)}{rest}."
    )


def _attribution(s: StudyTables) -> Iterator[str]:
    found = s.attribution
    for outcome in valued(s):
        shares = found[(found["outcome"] == outcome) & (found["kind"] == "shapley")]
        shares = shares[shares["mean"].notna()].sort_values("mean", ascending=False, kind="stable")
        if shares.empty:
            continue
        unit = s.unit(outcome, difference=True)
        unit = f" {unit}" if unit and unit != "0 to 1" else ""
        first = shares.iloc[0].to_dict()
        size = f"{_told(first, signed=True)}{unit}"
        if len(shares) == 1:
            yield f"{first['player']} alone adds {size} to {s.said(outcome)}."
        else:
            yield (
                f"Of {len(shares)} {plural(s)}, {first['player']} adds most to {s.said(outcome)}: "
                f"{size}, averaged over all orders of joining."
            )
        yield _signs(shares)
        if outcome == GROSS:
            yield _sums(s, unit)
            yield _of_procedure(s, unit)
            yield _pair(s)


def _signs(shares: pd.DataFrame) -> str:
    """Say which players clearly add, clearly take away, or neither."""
    if (shares["n"] < ENOUGH_TO_SAY).all():
        return on_few_worlds(int(shares["n"].max()))
    signs = clear(shares["low"], shares["high"], shares["n"])
    above, below = (shares[signs == sign]["player"].tolist() for sign in (1, -1))
    unclear = [p for p in shares["player"] if p not in (*above, *below)]
    parts = [
        f"{words}: {_listed(players)}"
        for words, players in (
            ("clearly above 0", above), ("clearly below 0", below), ("interval contains 0", unclear),
        )
        if players
    ]  # fmt: skip
    return f"{_upper('; '.join(parts))}." if shares["low"].notna().any() else ""


def _sums(s: StudyTables, unit: str) -> str:
    totals = s.attribution[s.attribution["kind"] == "total"].set_index("outcome")
    rows = {o: totals.loc[o].to_dict() for o in (GROSS, FEE, NET) if o in totals.index}
    said = f"All together add {_told(rows[GROSS], signed=True)}{unit} before the fee"
    if FEE in rows and NET in rows:
        said += (
            f"; the mediator's fee takes {_told(rows[FEE], signed=False)}, "
            f"which leaves {_told(rows[NET], signed=True)}"
        )
    return f"{said}."


def _of_procedure(s: StudyTables, unit: str) -> str:
    """Say what of the sum before the fee the procedure brings by itself, and what the mediator."""
    found = s.attribution[s.attribution["outcome"] == GROSS].set_index("kind")
    if "procedure" not in found.index:
        return ""
    procedure, mediator = (
        _told(found.loc[kind].to_dict(), signed=True) for kind in ("procedure", "mediator")
    )
    return (
        f"Of that, {PROCEDURE} brings {procedure} "
        f"and this mediator, before its fee, {mediator}{unit}."
    )


def _pair(s: StudyTables) -> str:
    """Say which pair has the largest interaction among those that are clear."""
    found = s.interactions
    if found.empty:
        return ""
    found = found[found["outcome"] == GROSS]
    if (found["n"] < ENOUGH_TO_SAY).all():
        return ""
    found = found[clear(found["low"], found["high"], found["n"]) != 0]
    if found.empty:
        return f"No pair of {plural(s)} has an interaction whose interval excludes 0."
    top = found.loc[found["mean"].abs().idxmax()].to_dict()
    how = (
        "are worth more together than apart"
        if top["mean"] > 0.0
        else "do part of each other's work"
    )
    return (
        f"The strongest clear interaction is between {top['player']} and {top['other']}, "
        f"{_told(top, signed=True)}: the two {how}."
    )


def _sensitivity(s: StudyTables) -> Iterator[str]:
    if "sensitivity" not in s.tables:
        return
    for outcome in s.outcomes("sensitivity")[:MOST_TOLD]:
        for name in reversed(names(s, outcome)):
            yield from _strongest(s, outcome, name)


def _strongest(s: StudyTables, outcome: str, name: str) -> Iterator[str]:
    found = indices(s, outcome)
    found = found[found["name"] == name]
    main = found[(found["index"] == method(s).main) & found["value"].notna()]
    if main.empty:
        return
    order = main.sort_values("value", ascending=False, kind="stable").to_dict("records")
    top = order[0]
    size = spread(top["value"], top["low"], top["high"], signed=False)
    where = f"For the difference {name}" if " − " in name else f"Under {name}"
    unit = s.unit(outcome, difference=True) if method(s).in_units else ""
    unit = f" {unit}" if unit and unit != "0 to 1" else ""
    index = method(s).finding.format(size=size, unit=unit)
    said = f"{where}, {s.factor(top['factor']).name} matters most for {s.said(outcome)} ({index})"
    if len(order) > 1:
        said += f", then {_listed([s.factor(r['factor']).name for r in order[1:3]])}"
    share = luck(s, outcome, name)
    yield f"{said}.{f' Luck makes up {percent(share)} of the variance.' if math.isfinite(share) else ''}"


FINDINGS: dict[str, Callable[[StudyTables], Iterator[str]]] = {
    "summary": _points, "rows": _points, "map": _map, "sensitivity": _sensitivity,
    "attribution": _attribution,
}  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    shown_names = list(names[:MOST_NAMED])
    more = len(names) - len(shown_names)
    return ", ".join(shown_names) + (f" and {more} more" if more else "")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
