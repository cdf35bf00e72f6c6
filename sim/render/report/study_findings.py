"""The findings of a study in sentences, chosen by size, sign and interval alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import count
from sim.measure.intervals import FEWEST_TO_CONCLUDE, clear_sign, warn_few_worlds
from sim.render.figures.attribution_figures import FEE, GROSS, NET, valued_outcomes
from sim.render.figures.sensitivity_figures import (
    index_method,
    indexed_names,
    luck_share,
    outcome_indices,
)
from sim.render.figures.study_captions import players_word
from sim.render.numbers import format_interval, format_percent, format_setting
from sim.render.study_tables import NO_UNIT, StudyTables
from sim.render.wording import PROCEDURE, capitalise

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 9  # names listed in a sentence
MOST_KEYS = 4  # factors in the place of a point; with more its number is given
MOST_OUTCOMES = 3  # with sentences


def study_findings(study: StudyTables) -> list[str]:
    """Return the findings of a study in a few sentences, the most important first."""
    if not len(study.complete):
        return ["No point is complete, so there is nothing to say yet."]
    sentences = [sentence for sentence in FINDINGS[study.analysis.name](study) if sentence]
    if sentences:
        return sentences
    if study.analysis.needs_all_points and len(study.complete) < len(study.points):
        return [
            "This analysis needs every point, and not all are complete: there is no result yet."
        ]
    return ["No outcome has a value at any point."]


def place_in_words(study: StudyTables, row: dict[str, Any]) -> str:
    """Return where a point lies: "at competence 0.4, horizon 60 months"."""
    if "row" in row:
        return f"in the row “{row['row']}”"
    if not study.varying or len(study.varying) > MOST_KEYS:
        return f"at point {row['point']}"
    values = [
        f"{f.name} {format_setting(row[f.key])} {_unit_after_number(f.unit)}".strip()
        for f in study.varying
    ]
    return f"at {', '.join(values)}"


def _unit_after_number(unit: str) -> str:
    """Return a unit as it follows a number: "months", "per month"; empty for a share or a factor."""
    return "" if unit in (*NO_UNIT, "share", "factor") else unit.replace("1/", "per ")


def _point_findings(study: StudyTables) -> Iterator[str]:
    """Yield sentences on each outcome under the regimes or difference in focus."""
    for outcome in study.outcomes()[:MOST_OUTCOMES]:
        for name in [study.focus] if study.focus else study.regimes[:2]:
            yield from _extremes_sentence(study, outcome, name)


def _extremes_sentence(study: StudyTables, outcome: str, name: str) -> Iterator[str]:
    """Yield where an outcome is largest and smallest, and where a difference is clear."""
    found = study.rows(outcome, name)
    found = found[found["mean"].notna()]
    if found.empty:
        return
    difference = " − " in name
    unit = study.unit(outcome, difference=difference)
    unit = f" {unit}" if unit and unit != "0 to 1" else ""
    what = f"The difference {name} in {study.in_sentence(outcome)}" if difference else (
        f"Under {name}, {study.in_sentence(outcome)}"
    )  # fmt: skip
    least, most = _ends(found)
    if len(found) == 1:
        where = f", {place_in_words(study, most)}" if study.varying or "row" in most else ""
        yield f"{what} is {_mean_with_interval(most, signed=difference)}{unit}{where}."
        return
    sentence = (
        f"{what} is largest, {_mean_with_interval(most, signed=difference)}{unit}, {place_in_words(study, most)}; it is "
        f"smallest, {_mean_with_interval(least, signed=difference)}{unit}, {place_in_words(study, least)}."
    )
    yield (
        f"{sentence} {_clear_points_sentence(found, study)}{_sign_change_sentence(study, found)}"
        if difference
        else sentence
    )


def _ends(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows with the smallest and the largest mean: of equal ones the first, and the last."""
    means = found["mean"].to_numpy()
    last = len(means) - 1 - int(means[::-1].argmax())
    ends: list[dict[str, Any]] = found.iloc[[int(means.argmin()), last]].to_dict("records")
    return ends


def _mean_with_interval(row: dict[str, Any], *, signed: bool) -> str:
    """Return the mean of a row with its interval."""
    return format_interval(row["mean"], row["low"], row["high"], signed=signed)


def _clear_points_sentence(found: pd.DataFrame, study: StudyTables) -> str:
    """Return in how many points an interval is above, below or around 0."""
    every, n = len(found), "rows" if "row" in found.columns else "points"
    if study.has_one_world:
        return f"It is above 0 in {int((found['mean'] > 0).sum())} of {every} {n} (one world each: no intervals)."
    signs = clear_sign(found["low"], found["high"], found["n"])
    if (found["n"] < FEWEST_TO_CONCLUDE).all():
        return warn_few_worlds(int(found["n"].max()))
    above, below = int((signs > 0).sum()), int((signs < 0).sum())
    few = (
        ""
        if (found["n"] >= FEWEST_TO_CONCLUDE).all()
        else f", or rests on fewer than {FEWEST_TO_CONCLUDE} worlds,"
    )
    return (
        f"Its 95 % interval lies above 0 in {above} of {every} {n}, below 0 in {below}, and contains "
        f"0{few} in {every - above - below}."
    )


def _sign_change_sentence(study: StudyTables, found: pd.DataFrame) -> str:
    """Return where a single numeric factor changes the sign, if it does so once."""
    if len(study.varying) != 1 or not study.varying[0].numeric:
        return ""
    key = study.varying[0].key
    rows = found.sort_values(key)
    rows = rows[(rows["low"] > 0) | (rows["high"] < 0)]  # an interval around 0 has no sign
    signs = (rows["mean"] > 0).to_numpy()
    turns = [k for k in range(1, len(signs)) if signs[k] != signs[k - 1]]
    if len(turns) != 1:
        return ""
    before, after = rows[key].iloc[turns[0] - 1], rows[key].iloc[turns[0]]
    return f" The mean changes sign between {study.varying[0].name} {format_setting(before)} and {format_setting(after)}."


def _map_findings(study: StudyTables) -> Iterator[str]:
    """Yield how often each regime is best, and where the difference in focus is clear."""
    leads = study.tables.get("map")
    for outcome in study.outcomes()[:2] if leads is not None else ():
        found = leads[(leads["outcome"] == outcome) & leads["lead"].notna()]  # type: ignore[index]
        if found.empty:
            continue
        parts = []
        for regime in study.regimes:
            best_cells = found[found["best"] == regime]
            if len(best_cells):
                sure = int(best_cells["certain"].sum())
                parts.append(
                    f"under {regime} in {len(best_cells)} of {count(len(found), 'cell')} ({sure} of them clearly)"
                )
        yield f"{capitalise(study.in_sentence(outcome))} is best {', '.join(parts)}. {_region_sentence(study, outcome)}"
        yield from _extremes_sentence(study, outcome, study.focus)
    if leads is None:
        yield from _point_findings(study)


def _region_sentence(study: StudyTables, outcome: str) -> str:
    """Return where the difference in focus is clearly above 0: the range of both keys."""
    found = study.rows(outcome, study.focus)
    sure = found[clear_sign(found["low"], found["high"], found["n"]) > 0]
    if (found["n"] < FEWEST_TO_CONCLUDE).all():
        return ""
    if sure.empty:
        return f"Nowhere is the interval of {study.focus} above 0."
    if len(sure) == len(found):
        return f"The interval of {study.focus} is above 0 everywhere on this map."
    sides = []
    for factor in study.factors[:2]:
        values = sure[factor.key]
        if factor.numeric:
            low, high = format_setting(values.min()), format_setting(values.max())
            ends = f"{low} to {high} {_unit_after_number(factor.unit)}".strip()
            sides.append(f"{factor.name} from {ends}")
        else:
            sides.append(f"{factor.name} {' or '.join(map(str, dict.fromkeys(values)))}")
    within = sure[study.factors[0].key].nunique() * sure[study.factors[1].key].nunique()
    rest = ", though not every cell in there is one" if within > len(sure) else ""
    return (
        f"The interval of {study.focus} is above 0 in {len(sure)} cells; they lie within "
        f"{' and '.join(sides)}{rest}."
    )


def _attribution_findings(study: StudyTables) -> Iterator[str]:
    """Yield which player adds most to each outcome, and how the sums split."""
    found = study.attribution
    for outcome in valued_outcomes(study):
        shares = found[(found["outcome"] == outcome) & (found["kind"] == "shapley")]
        shares = shares[shares["mean"].notna()].sort_values("mean", ascending=False, kind="stable")
        if shares.empty:
            continue
        unit = study.unit(outcome, difference=True)
        unit = f" {unit}" if unit and unit != "0 to 1" else ""
        first = shares.iloc[0].to_dict()
        size = f"{_mean_with_interval(first, signed=True)}{unit}"
        if len(shares) == 1:
            yield f"{first['player']} alone adds {size} to {study.in_sentence(outcome)}."
        else:
            yield (
                f"Of {len(shares)} {players_word(study)}, {first['player']} adds most to {study.in_sentence(outcome)}: "
                f"{size}, averaged over all orders of joining."
            )
        yield _signs_sentence(shares)
        if outcome == GROSS:
            yield _sums_sentence(study, unit)
            yield _procedure_sentence(study, unit)
            yield _pair_sentence(study)


def _signs_sentence(shares: pd.DataFrame) -> str:
    """Return which players clearly add, clearly take away, or neither."""
    if (shares["n"] < FEWEST_TO_CONCLUDE).all():
        return warn_few_worlds(int(shares["n"].max()))
    signs = clear_sign(shares["low"], shares["high"], shares["n"])
    above, below = (shares[signs == sign]["player"].tolist() for sign in (1, -1))
    unclear = [p for p in shares["player"] if p not in (*above, *below)]
    parts = [
        f"{words}: {_list_names(players)}"
        for words, players in (
            ("clearly above 0", above), ("clearly below 0", below), ("interval contains 0", unclear),
        )
        if players
    ]  # fmt: skip
    return f"{capitalise('; '.join(parts))}." if shares["low"].notna().any() else ""


def _sums_sentence(study: StudyTables, unit: str) -> str:
    """Return the worth of all players together before the fee, the fee, and the rest."""
    totals = study.attribution[study.attribution["kind"] == "total"].set_index("outcome")
    rows = {o: totals.loc[o].to_dict() for o in (GROSS, FEE, NET) if o in totals.index}
    sentence = (
        f"All together add {_mean_with_interval(rows[GROSS], signed=True)}{unit} before the fee"
    )
    if FEE in rows and NET in rows:
        sentence += (
            f"; the mediator's fee takes {_mean_with_interval(rows[FEE], signed=False)}, "
            f"which leaves {_mean_with_interval(rows[NET], signed=True)}"
        )
    return f"{sentence}."


def _procedure_sentence(study: StudyTables, unit: str) -> str:
    """Return how the sum before the fee splits into procedure and mediator."""
    found = study.attribution[study.attribution["outcome"] == GROSS].set_index("kind")
    if "procedure" not in found.index:
        return ""
    procedure, mediator = (
        _mean_with_interval(found.loc[kind].to_dict(), signed=True)
        for kind in ("procedure", "mediator")
    )
    return (
        f"Of that, {PROCEDURE} brings {procedure} "
        f"and this mediator, before its fee, {mediator}{unit}."
    )


def _pair_sentence(study: StudyTables) -> str:
    """Return the pair with the largest interaction among those that are clear."""
    found = study.interactions
    if found.empty:
        return ""
    found = found[found["outcome"] == GROSS]
    if (found["n"] < FEWEST_TO_CONCLUDE).all():
        return ""
    found = found[clear_sign(found["low"], found["high"], found["n"]) != 0]
    if found.empty:
        return f"No pair of {players_word(study)} has an interaction whose interval excludes 0."
    top = found.loc[found["mean"].abs().idxmax()].to_dict()
    relation = (
        "are worth more together than apart"
        if top["mean"] > 0.0
        else "do part of each other's work"
    )
    return (
        f"The strongest clear interaction is between {top['player']} and {top['other']}, "
        f"{_mean_with_interval(top, signed=True)}: the two {relation}."
    )


def _sensitivity_findings(study: StudyTables) -> Iterator[str]:
    """Yield the most important factor of each outcome, for differences first."""
    if "sensitivity" not in study.tables:
        return
    for outcome in study.outcomes("sensitivity")[:MOST_OUTCOMES]:
        for name in reversed(indexed_names(study, outcome)):
            yield from _strongest_factor_sentence(study, outcome, name)


def _strongest_factor_sentence(study: StudyTables, outcome: str, name: str) -> Iterator[str]:
    """Yield the factor that matters most, those that follow, and luck's share."""
    found = outcome_indices(study, outcome)
    found = found[found["name"] == name]
    main = found[(found["index"] == index_method(study).main) & found["value"].notna()]
    if main.empty:
        return
    order = main.sort_values("value", ascending=False, kind="stable").to_dict("records")
    top = order[0]
    size = format_interval(top["value"], top["low"], top["high"], signed=False)
    where = f"For the difference {name}" if " − " in name else f"Under {name}"
    unit = study.unit(outcome, difference=True) if index_method(study).in_units else ""
    unit = f" {unit}" if unit and unit != "0 to 1" else ""
    index = index_method(study).finding.format(size=size, unit=unit)
    sentence = f"{where}, {study.factor(top['factor']).name} matters most for {study.in_sentence(outcome)} ({index})"
    if len(order) > 1:
        sentence += f", then {_list_names([study.factor(r['factor']).name for r in order[1:3]])}"
    share = luck_share(study, outcome, name)
    yield f"{sentence}.{f' Luck makes up {format_percent(share)} of the variance.' if math.isfinite(share) else ''}"


FINDINGS: dict[str, Callable[[StudyTables], Iterator[str]]] = {
    "summary": _point_findings, "rows": _point_findings, "map": _map_findings, "sensitivity": _sensitivity_findings,
    "attribution": _attribution_findings,
}  # fmt: skip


def _list_names(names: Sequence[str]) -> str:
    """Return names separated by commas, at most `MOST_NAMED` of them."""
    shown_names = list(names[:MOST_NAMED])
    more = len(names) - len(shown_names)
    return ", ".join(shown_names) + (f" and {more} more" if more else "")
