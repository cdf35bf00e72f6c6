"""The titles and captions of the figures of a study."""

from __future__ import annotations

from sim.measure.amounts import count
from sim.measure.intervals import FEWEST_TO_CONCLUDE
from sim.render.figures.attribution_figures import GROSS, TRUSTS, player_word
from sim.render.figures.panels import MOST_NUMBERS
from sim.render.figures.sensitivity_figures import (
    MOST_FACTORS,
    index_method,
    indexed_names,
    luck_share,
    rank_factors,
)
from sim.render.figures.study_figures import Picture
from sim.render.figures.sweep_figures import MOST_ROWS, factors_to_scatter
from sim.render.numbers import format_percent, interval_name
from sim.render.study_tables import StudyTables
from sim.render.wording import capitalise

PAIRED_NOTE = "Differences are paired, world by world under the same luck."


def picture_title(study: StudyTables, picture: Picture) -> str:
    """Return the title of a figure."""
    label = study.in_sentence(picture.outcome) if picture.outcome else ""
    factors = " and ".join(f.name for f in study.varying[:2])
    subject = "trust each way" if picture.outcome in TRUSTS else label
    title = {
        "shares": f"What each {player_word(study)} is worth: {subject}",
        "interactions": f"Which {players_word(study)} help or replace each other: {label}",
        "tornado": f"What matters: {label}",
        "indices": f"What matters under which regime: {label}",
        "pairs": f"Which factors work through each other: {label}",
        "map": f"Which regime is best where: {label}",
        "lines": f"{label} over {factors}",
        "heat": f"{label} over {factors}",
        "dots": f"{label} by {factors}" if factors else label,
        "rows": f"{label}, row by row",
        "scatter": f"{label} over every factor",
        "bins": f"{label} over every factor",
        "worlds": "How many worlds each point took",
    }[picture.kind]
    return capitalise(title)


def picture_caption(study: StudyTables, picture: Picture) -> str:
    """Return the caption of a figure: what it shows, its intervals, and missing points."""
    makers = {
        "shares": _shares_caption,
        "interactions": _interactions_caption,
        "tornado": _tornado_caption,
        "indices": _indices_caption,
        "pairs": _pairs_caption,
        "map": _map_caption,
        "lines": _lines_caption,
        "heat": _heat_caption,
        "dots": _dots_caption,
        "rows": _dots_caption,
        "scatter": _scatter_caption,
        "bins": _bins_caption,
        "worlds": _worlds_caption,
    }
    sentences = [makers[picture.kind](study, picture), missing_points_note(study)]
    text = " ".join(sentence.strip() for sentence in sentences if sentence)
    return capitalise(text)


def players_word(study: StudyTables) -> str:
    """Return the plural of `player_word`."""
    return {"function": "functions", "switch": "switches"}[player_word(study)]


def missing_points_note(study: StudyTables) -> str:
    """Return how many points are failed or missing, as a sentence; empty if none are."""
    lost = len(study.points) - len(study.complete)
    if not lost:
        return ""
    verb = "is" if lost == 1 else "are"
    return f"{count(lost, 'point')} of {len(study.points):,} failed or {verb} missing and {verb} not drawn."


def interval_sentence(study: StudyTables, what: str) -> str:
    """Return a sentence on the kind of interval that `what` (bands, lines) show."""
    if study.has_one_world:
        return "One world per point: there are no intervals."
    return f"{what} are {study.intervals_in_words} of the mean over {study.worlds_in_words}."


def _outcome_in_units(study: StudyTables, outcome: str, *, difference: bool = False) -> str:
    """Return an outcome with its unit in brackets."""
    unit, label = study.unit(outcome, difference=difference), study.in_sentence(outcome)
    return f"{label} (in {unit})" if unit and unit != "0 to 1" else label


def _shares_caption(study: StudyTables, picture: Picture) -> str:
    found = study.attribution
    n = int(found[found["outcome"] == picture.outcome]["n"].max())
    spread = f"Lines are {interval_name(n, many=True)} of the mean over {count(n, 'world')}."
    spread = spread if n > 1 else "One world: there are no intervals."
    fee = ""
    if picture.outcome == GROSS:
        fee = (
            "The parts are of joint surplus before the mediator's fee; the fee is a bar of its own, "
            "and what is left after it is the last bar. "
        )
    unit = study.unit(picture.outcome, difference=True)
    scale = f" (in {unit})" if unit and unit != "0 to 1" else " (from 0 to 1)"
    return (
        f"A bar is the Shapley value{scale}: what a {player_word(study)} adds, averaged over every order in which "
        "the others could have joined before it; all bars add up to the bar “all together”, "
        "with all less with none. The triangle is what it adds when it joins alone, the "
        "diamond what it adds when it joins last: a diamond left of its triangle says that others do "
        f"part of its work. {fee}{spread}"
    )


def _interactions_caption(study: StudyTables, picture: Picture) -> str:
    return (
        "Shapley interaction index of every pair "
        f"({study.unit(picture.outcome, difference=True) or 'outcome units'}). Above 0 (blue) the two are "
        "worth more together than apart, below 0 (orange) one does part of the other's work. Hatched: "
        f"the 95 % interval over worlds contains 0, or fewer than {FEWEST_TO_CONCLUDE} worlds were run."
    )


def _tornado_caption(study: StudyTables, picture: Picture) -> str:
    unit = study.unit(picture.outcome, difference=True) or "outcome units"
    opening = index_method(study).caption.format(unit=unit)
    notes = f"{_luck_note(study, picture)}{_factors_cut_note(study, picture)}"
    return f"{opening}Lines are 95 % bootstrap intervals over the rows of the design. {notes}"


def _luck_note(study: StudyTables, picture: Picture) -> str:
    """Return the share of luck under each name, as a sentence."""
    shares = [
        (n, luck_share(study, picture.outcome, n)) for n in indexed_names(study, picture.outcome)
    ]
    parts = [f"{format_percent(share)} for {name}" for name, share in shares if share == share]
    if not parts:
        return ""
    return f"Of the variance between rows, luck makes up {', '.join(parts)}. "


def _factors_cut_note(study: StudyTables, picture: Picture) -> str:
    """Return how many factors are drawn, if not all are."""
    every = len(rank_factors(study, picture.outcome))
    if every <= MOST_FACTORS:
        return ""
    return f"The {MOST_FACTORS} largest of {every} factors are drawn; all are in the data."


def _indices_caption(study: StudyTables, picture: Picture) -> str:
    return (
        f"{index_method(study).short}, factor by factor, under every regime and for every paired difference. A factor can "
        "matter for both regimes and not for the difference between them. The intervals are in the "
        f"figure of bars. {_factors_cut_note(study, picture)}"
    ).strip()


def _pairs_caption(study: StudyTables, picture: Picture) -> str:
    return (
        f"Second-order Sobol index for {picture.about}: the share of variance that two factors have only "
        "together. Hatched: the 95 % interval contains 0. It is estimated as a difference of shares: a pair with a "
        "factor whose total order is 0 shows sampling error alone."
    )


def _map_caption(study: StudyTables, picture: Picture) -> str:
    outcome = _outcome_in_units(study, picture.outcome, difference=True)
    if not study.differences:
        return f"{outcome}. One regime was run, so none can be better."
    return (
        f"Left: paired difference in {outcome}; blue where the regime named first has more, orange where the "
        "second has. The thick line is where the difference is 0; it may lie anywhere between the "
        "broken lines, where an end of the 95 % interval over worlds is 0, and hatched "
        "cells have an interval that contains 0. Right: the regime with the highest mean, hatched where "
        f"its lead over the second is not clear. {interval_sentence(study, 'The intervals')}"
    )


def _lines_caption(study: StudyTables, picture: Picture) -> str:
    below = f" Beneath: the differences; above the line of 0 the regime named first has more. {PAIRED_NOTE}"
    return (
        f"{_outcome_in_units(study, picture.outcome)}, mean over worlds at each value of "
        f"{study.varying[0].name}.{below if study.differences else ''} {interval_sentence(study, 'Bands')}"
    )


def _heat_caption(study: StudyTables, picture: Picture) -> str:
    outcome = _outcome_in_units(study, picture.outcome, difference=bool(study.differences))
    cells = study.varying[0], study.varying[1]
    size = study.complete[cells[0].key].nunique() * study.complete[cells[1].key].nunique()
    sizes = "" if size <= MOST_NUMBERS else " The numbers are in the data."
    if not study.differences:
        return f"Mean {outcome}, over worlds.{sizes} The intervals are in the data."
    unclear = "" if study.has_one_world else " Hatched: the 95 % interval contains 0."
    return (
        f"Paired difference in {outcome}; blue above 0, where the regime named first has more, orange below."
        f"{unclear}{sizes} {interval_sentence(study, 'The intervals in the data')}"
    )


def _dots_caption(study: StudyTables, picture: Picture) -> str:
    right = f" Right: the differences; right of 0 the regime named first has more. {PAIRED_NOTE}"
    complete = len(study.complete)
    cut = (
        f" The first {MOST_ROWS} of {complete:,} points are drawn." if complete > MOST_ROWS else ""
    )
    return (
        f"{_outcome_in_units(study, picture.outcome)}, mean over worlds.{right if study.differences else ''}{cut} "
        f"{interval_sentence(study, 'Lines')}"
    )


def _bins_caption(study: StudyTables, picture: Picture) -> str:
    what = _outcome_in_units(study, picture.outcome, difference=bool(picture.about))
    shown = f"the difference {picture.about} in {what}" if picture.about else what
    return (
        f"Of {count(len(study.complete), 'point')}, {shown}: a line is the mean of the points of a bin of the factor, "
        f"each point being the mean over {study.worlds_in_words}, and a band the middle 90 % of those points. "
        "A band shows what the other factors and luck do, not how sure the line is."
    )


def _scatter_caption(study: StudyTables, picture: Picture) -> str:
    what = f"paired difference {picture.about} in " if picture.about else ""
    several = len(study.varying)
    drawn = len(factors_to_scatter(study, picture.outcome, study.varying))
    chosen = f" Of {several} factors, the {drawn} whose ranks go with it most are drawn."
    cut = chosen if several > drawn else ""
    return (
        f"Every point of the design: {what}{_outcome_in_units(study, picture.outcome, difference=bool(what))}, against "
        f"each factor in turn, whatever the others are.{cut} {interval_sentence(study, 'Upright lines')}"
    )


def _worlds_caption(study: StudyTables, _: Picture) -> str:
    stop = study.definition.get("stop") or {}
    if not stop:
        return "Worlds were added until the paired interval was narrow enough."
    return (
        f"Worlds were added to each point until the interval of {study.in_sentence(str(stop.get('outcome')))} was "
        f"narrower than {study.requested_width}: at least {stop.get('at_least')}, checked every "
        f"{stop.get('every')}, at most {stop.get('at_most')}."
    )
