"""What the figures of a study show, in words."""

from __future__ import annotations

from sim.measure.amounts import count
from sim.measure.intervals import FEWEST_TO_CONCLUDE
from sim.render.figures.attribution_figures import GROSS, TRUSTS, players
from sim.render.figures.panels import MOST_NUMBERS
from sim.render.figures.sensitivity_figures import MOST_FACTORS, luck, method, names, ranked
from sim.render.figures.study_figures import Picture
from sim.render.figures.sweep_figures import MOST_ROWS, scattered
from sim.render.numbers import intervals_over, percent
from sim.render.study_tables import StudyTables

PAIRED = "Differences are paired, world by world under the same luck."


def title(s: StudyTables, picture: Picture) -> str:
    """Return the title of a figure."""
    label = s.said(picture.outcome) if picture.outcome else ""
    factors = " and ".join(f.name for f in s.varying[:2])
    of = "trust each way" if picture.outcome in TRUSTS else label
    said = {
        "shares": f"What each {players(s)} is worth: {of}",
        "interactions": f"Which {plural(s)} help or replace each other: {label}",
        "tornado": f"What matters: {label}",
        "indices": f"What matters under which regime: {label}",
        "pairs": f"Which factors work through each other: {label}",
        "map": f"Which regime is best where: {label}",
        "lines": f"{label} over {factors}",
        "heat": f"{label} over {factors}",
        "dots": f"{label} by {factors}" if factors else label,
        "rows": f"{label}, row by row",
        "scatter": f"{label} over every factor",
        "worlds": "How many worlds each point took",
    }[picture.kind]
    return said[:1].upper() + said[1:]


def caption(s: StudyTables, picture: Picture) -> str:
    """Return what a figure shows, how its uncertainty is drawn, and what is missing from it."""
    makers = {
        "shares": _shares, "interactions": _interactions, "tornado": _tornado,
        "indices": _indices, "pairs": _pairs, "map": _map, "lines": _lines, "heat": _heat,
        "dots": _dots, "rows": _dots, "scatter": _scatter, "worlds": _worlds,
    }  # fmt: skip
    said = [makers[picture.kind](s, picture), missing(s)]
    text = " ".join(sentence.strip() for sentence in said if sentence)
    return text[:1].upper() + text[1:]


def plural(s: StudyTables) -> str:
    """Return what an attribution values, several of them."""
    return {"function": "functions", "switch": "switches"}[players(s)]


def missing(s: StudyTables) -> str:
    """Return how many points are not there, as a sentence; nothing when all are."""
    lost = len(s.points) - len(s.done)
    if not lost:
        return ""
    verb = "is" if lost == 1 else "are"
    return f"{count(lost, 'point')} of {len(s.points):,} failed or {verb} missing and {verb} not drawn."


def uncertainty(s: StudyTables, what: str) -> str:
    """Return what the drawn intervals are, as a sentence."""
    if s.alone:
        return "One world per point: there are no intervals."
    return f"{what} are {s.intervals} of the mean over {s.worlds_words}."


def _in_units(s: StudyTables, outcome: str, *, difference: bool = False) -> str:
    unit, label = s.unit(outcome, difference=difference), s.said(outcome)
    return f"{label} (in {unit})" if unit and unit != "0 to 1" else label


def _shares(s: StudyTables, picture: Picture) -> str:
    found = s.attribution
    n = int(found[found["outcome"] == picture.outcome]["n"].max())
    spread = f"Lines are {intervals_over(n, many=True)} of the mean over {count(n, 'world')}."
    spread = spread if n > 1 else "One world: there are no intervals."
    fee = ""
    if picture.outcome == GROSS:
        fee = (
            "The parts are of joint surplus before the mediator's fee; the fee is a bar of its own, "
            "and what is left after it is the last bar. "
        )
    unit = s.unit(picture.outcome, difference=True)
    scale = f" (in {unit})" if unit and unit != "0 to 1" else " (from 0 to 1)"
    return (
        f"A bar is the Shapley value{scale}: what a {players(s)} adds, averaged over every order in which "
        "the others could have joined before it; all bars add up to the bar “all together”, "
        "with all less with none. The triangle is what it adds when it joins alone, the "
        "diamond what it adds when it joins last: a diamond left of its triangle says that others do "
        f"part of its work. {fee}{spread}"
    )


def _interactions(s: StudyTables, picture: Picture) -> str:
    return (
        "Shapley interaction index of every pair "
        f"({s.unit(picture.outcome, difference=True) or 'outcome units'}). Above 0 (blue) the two are "
        "worth more together than apart, below 0 (orange) one does part of the other's work. Hatched: "
        f"the 95 % interval over worlds contains 0, or fewer than {FEWEST_TO_CONCLUDE} worlds were run."
    )


def _tornado(s: StudyTables, picture: Picture) -> str:
    unit = s.unit(picture.outcome, difference=True) or "outcome units"
    said = method(s).caption.format(unit=unit)
    return f"{said}Lines are 95 % bootstrap intervals over the rows of the design. {_luck(s, picture)}{_cut(s, picture)}"


def _luck(s: StudyTables, picture: Picture) -> str:
    shares = [(n, luck(s, picture.outcome, n)) for n in names(s, picture.outcome)]
    told = [f"{percent(share)} for {name}" for name, share in shares if share == share]
    if not told:
        return ""
    return f"Of the variance between rows, luck makes up {', '.join(told)}. "


def _cut(s: StudyTables, picture: Picture) -> str:
    every = len(ranked(s, picture.outcome))
    if every <= MOST_FACTORS:
        return ""
    return f"The {MOST_FACTORS} largest of {every} factors are drawn; all are in the data."


def _indices(s: StudyTables, picture: Picture) -> str:
    return (
        f"{method(s).short}, factor by factor, under every regime and for every paired difference. A factor can "
        "matter for both regimes and not for the difference between them. The intervals are in the "
        f"figure of bars. {_cut(s, picture)}"
    ).strip()


def _pairs(s: StudyTables, picture: Picture) -> str:
    return (
        f"Second-order Sobol index for {picture.about}: the share of variance that two factors have only "
        "together. Hatched: the 95 % interval contains 0."
    )


def _map(s: StudyTables, picture: Picture) -> str:
    outcome = _in_units(s, picture.outcome, difference=True)
    if not s.differences:
        return f"{outcome}. One regime was run, so none can be better."
    return (
        f"Left: paired difference in {outcome}; blue where the regime named first has more, orange where the "
        "second has. The thick line is where the difference is 0; it may lie anywhere between the "
        "broken lines, where an end of the 95 % interval over worlds is 0, and hatched "
        "cells have an interval that contains 0. Right: the regime with the highest mean, hatched where "
        f"its lead over the second is not clear. {uncertainty(s, 'The intervals')}"
    )


def _lines(s: StudyTables, picture: Picture) -> str:
    below = (
        f" Beneath: the differences; above the line of 0 the regime named first has more. {PAIRED}"
    )
    return (
        f"{_in_units(s, picture.outcome)}, mean over worlds at each value of "
        f"{s.varying[0].name}.{below if s.differences else ''} {uncertainty(s, 'Bands')}"
    )


def _heat(s: StudyTables, picture: Picture) -> str:
    outcome = _in_units(s, picture.outcome, difference=bool(s.differences))
    cells = s.varying[0], s.varying[1]
    size = s.done[cells[0].key].nunique() * s.done[cells[1].key].nunique()
    sizes = "" if size <= MOST_NUMBERS else " The numbers are in the data."
    if not s.differences:
        return f"Mean {outcome}, over worlds.{sizes} The intervals are in the data."
    unclear = "" if s.alone else " Hatched: the 95 % interval contains 0."
    return (
        f"Paired difference in {outcome}; blue above 0, where the regime named first has more, orange below."
        f"{unclear}{sizes} {uncertainty(s, 'The intervals in the data')}"
    )


def _dots(s: StudyTables, picture: Picture) -> str:
    right = f" Right: the differences; right of 0 the regime named first has more. {PAIRED}"
    there = len(s.done)
    cut = f" The first {MOST_ROWS} of {there:,} points are drawn." if there > MOST_ROWS else ""
    return (
        f"{_in_units(s, picture.outcome)}, mean over worlds.{right if s.differences else ''}{cut} "
        f"{uncertainty(s, 'Lines')}"
    )


def _scatter(s: StudyTables, picture: Picture) -> str:
    what = f"paired difference {picture.about} in " if picture.about else ""
    several = len(s.varying)
    told = len(scattered(s, picture.outcome, s.varying))
    chosen = f" Of {several} factors, the {told} whose ranks go with it most are drawn."
    cut = chosen if several > told else ""
    return (
        f"Every point of the design: {what}{_in_units(s, picture.outcome, difference=bool(what))}, against "
        f"each factor in turn, whatever the others are.{cut} {uncertainty(s, 'Upright lines')}"
    )


def _worlds(s: StudyTables, _: Picture) -> str:
    stop = s.study.get("stop") or {}
    if not stop:
        return "Worlds were added until the paired interval was narrow enough."
    return (
        f"Worlds were added to each point until the interval of {s.said(str(stop.get('outcome')))} was "
        f"narrower than {s.width_asked}: at least {stop.get('at_least')}, checked every "
        f"{stop.get('every')}, at most {stop.get('at_most')}."
    )
