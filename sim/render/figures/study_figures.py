"""The choice of figures of a study, by its analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sim.render.figures.attribution_figures import (
    FEE,
    GROSS,
    NET,
    TRUSTS,
    draw_interactions,
    draw_shares,
    valued_outcomes,
)
from sim.render.figures.bin_figures import bins_of_points, draw_bins
from sim.render.figures.map_figures import draw_map
from sim.render.figures.sensitivity_figures import draw_heat as draw_index_heat
from sim.render.figures.sensitivity_figures import (
    draw_pairs,
    draw_tornado,
    index_method,
    indexed_names,
    outcome_indices,
)
from sim.render.figures.sweep_figures import (
    draw_dots,
    draw_heat,
    draw_lines,
    draw_scatter,
    factors_to_scatter,
)
from sim.render.figures.worlds_figure import draw_worlds
from sim.render.study_tables import FIXED_WORLDS, StudyTables
from sim.study.design.analysis import LABELS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST_OUTCOMES = 4  # with a figure
# The kind of figure, and the function that draws it; one that draws bins is given them.
Drawing = tuple[str, Callable[..., "Figure"]]


@dataclass(frozen=True)
class Picture:
    """A figure that is planned but not drawn: its kind, outcome, data and drawing function.

    `data` holds the rows it is drawn from, `about` is the difference a caption names, and `beside`
    are other outcomes in the same figure.
    """

    name: str
    kind: str
    outcome: str
    data: pd.DataFrame
    draw: Callable[[], Figure]
    about: str = ""
    beside: tuple[str, ...] = ()


def plan_pictures(study: StudyTables) -> list[Picture]:
    """Return the figures a study can have, the most important first; nothing is drawn yet."""
    planned = list(FIGURES[study.analysis.name](study))
    if len(study.complete) and (study.complete["rule"] != FIXED_WORLDS).any():
        data = study.complete[["point", "worlds", "rule", "width"]]
        planned.append(Picture("worlds", "worlds", "", data, partial(draw_worlds, study)))
    return planned


def outcomes_without_figure(study: StudyTables, pictures: Sequence[Picture]) -> list[str]:
    """Return the labels of outcomes that none of the study's pictures shows."""
    drawn = {o for p in pictures for o in (p.outcome, *p.beside)}
    return [study.label(o) for o in reported_outcomes(study) if o not in drawn]


def reported_outcomes(study: StudyTables) -> list[str]:
    """Return the outcomes a study reports, the most important first."""
    return (
        valued_outcomes(study)
        if study.analysis.of_switches
        else study.outcomes(study.analysis.main)
    )


def _attribution_pictures(study: StudyTables) -> Iterator[Picture]:
    """Yield bars of Shapley values per outcome, then matrices of interactions."""
    found = study.attribution
    if found.empty:
        return
    available = valued_outcomes(study)
    trusts = tuple(o for o in TRUSTS if o in available)
    others = [o for o in available if o not in (GROSS, *trusts)]
    if GROSS in available:
        data = found[found["outcome"].isin((GROSS, FEE, NET))]
        data = data[(data["outcome"] == GROSS) | (data["kind"] == "total")]
        yield Picture("shares", "shares", GROSS, data, partial(draw_shares, study, (GROSS,)))
    if trusts:
        data = found[found["outcome"].isin(trusts)]
        draw = partial(draw_shares, study, trusts)
        yield Picture("shares_trust", "shares", trusts[0], data, draw, beside=trusts[1:])
    for outcome in others[:MOST_OUTCOMES]:
        data = found[found["outcome"] == outcome]
        yield Picture(
            f"shares_{outcome}", "shares", outcome, data, partial(draw_shares, study, (outcome,))
        )
    pairs = study.interactions
    for outcome in (GROSS, *trusts, *others[:1]) if len(pairs) else ():
        data = pairs[pairs["outcome"] == outcome]
        if len(data):
            yield Picture(
                f"interactions_{outcome}", "interactions", outcome, data,
                partial(draw_interactions, study, outcome),
            )  # fmt: skip


def _sensitivity_pictures(study: StudyTables) -> Iterator[Picture]:
    """Yield bars, a heat map and a matrix of pairs per outcome."""
    for outcome in study.outcomes("sensitivity")[:MOST_OUTCOMES]:
        found = outcome_indices(study, outcome)
        main = found[~found["index"].isin(("S2",))].drop(columns="other")
        yield Picture(
            f"tornado_{outcome}", "tornado", outcome, main, partial(draw_tornado, study, outcome)
        )
        heat = main[main["index"] == index_method(study).main]
        yield Picture(
            f"indices_{outcome}", "indices", outcome, heat, partial(draw_index_heat, study, outcome)
        )
        pairs = found[found["index"] == "S2"]
        for name in indexed_names(study, outcome)[-1:] if len(pairs) else ():
            yield Picture(
                f"pairs_{outcome}", "pairs", outcome, pairs[pairs["name"] == name],
                partial(draw_pairs, study, outcome, name), name,
            )  # fmt: skip


def _map_pictures(study: StudyTables) -> Iterator[Picture]:
    """Yield a map per outcome; figures of a sweep if the map is not computed yet."""
    found = study.tables.get("map")
    if found is None or found.empty or len(study.factors) < 2:
        yield from _sweep_pictures(study)
        return
    x, y = study.factors[:2]
    available = list(dict.fromkeys(found["outcome"]))
    for outcome in [o for o in study.outcomes() if o in available][:MOST_OUTCOMES]:
        data = found[found["outcome"] == outcome]
        yield Picture(
            f"map_{outcome}", "map", outcome, data, partial(draw_map, study, outcome, x, y)
        )


def _row_pictures(study: StudyTables) -> Iterator[Picture]:
    """Yield dots row by row, per outcome."""
    rows = next((f for f in study.factors if f.key in LABELS), None)
    yield from _point_pictures(
        study, lambda outcome: ("rows", partial(draw_dots, study, outcome, rows))
    )


def _sweep_pictures(study: StudyTables) -> Iterator[Picture]:
    """Yield the figure per outcome that suits its factors."""
    yield from _point_pictures(study, partial(_choose_drawing, study))


def _point_pictures(study: StudyTables, choose: Callable[[str], Drawing]) -> Iterator[Picture]:
    """Yield a figure per outcome; `choose` returns its kind and drawing function."""
    for outcome in study.outcomes()[:MOST_OUTCOMES]:
        kind, draw = choose(outcome)
        if kind == "bins":
            bins = bins_of_points(study, outcome, study.main_name, study.varying)
            yield Picture(f"bins_{outcome}", kind, outcome, bins, partial(draw, bins), study.focus)
            continue
        found = study.summary[study.summary["measure"] == outcome]
        if kind in ("scatter", "heat") and study.focus:
            found = found[found["kind"] == "difference"]
        keys = [f.key for f in study.varying]
        columns = ["point", *keys, "name", "mean", "low", "high", "n"]
        yield Picture(f"{kind}_{outcome}", kind, outcome, found[columns], draw, study.focus)


def _choose_drawing(study: StudyTables, outcome: str) -> Drawing:
    """Return the kind of figure that suits an outcome, by the number and kind of factors."""
    varying = study.varying
    if len(study.complete) < 2 or not varying:
        return "dots", partial(draw_dots, study, outcome, None)
    first = varying[0]
    if len(varying) == 1:
        if first.numeric:
            return "lines", partial(draw_lines, study, outcome, first)
        return "dots", partial(draw_dots, study, outcome, first)
    if len(varying) == 2 and not study.kind.scattered:
        return "heat", partial(draw_heat, study, outcome, first, varying[1])
    if study.is_large:
        factors = factors_to_scatter(study, outcome, varying)
        return "bins", partial(draw_bins, study, outcome, factors)
    return "scatter", partial(draw_scatter, study, outcome, varying)


FIGURES: dict[str, Callable[[StudyTables], Iterator[Picture]]] = {
    "summary": _sweep_pictures, "rows": _row_pictures, "map": _map_pictures, "sensitivity": _sensitivity_pictures,
    "attribution": _attribution_pictures,
}  # fmt: skip
