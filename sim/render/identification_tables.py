"""What an identification found as tables and sentences, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterator

from sim.calibration.identification.seen_panels import Panels, Seen
from sim.calibration.identification.told import Further, Identification, Told
from sim.measure.amounts import count
from sim.measure.metrics import BY_NAME
from sim.render.numbers import format_ends, format_percent
from sim.render.tables import Grid, Head, Item
from sim.study.design.definition import Study

WELL, PARTLY = 0.75, 0.25  # R² from which on a key is called told well, and told in part
PLACES = 2
NONE_TOLD = "Nothing here tells"
DEGREES = ("well", "in part", "barely", "not at all")


def degree_told(one: Told) -> str:
    """Return how well a key is told, in words: one of `DEGREES`."""
    if not one.is_told:
        return DEGREES[3]
    return next(
        (word for word, least in zip(DEGREES, (WELL, PARTLY), strict=False) if one.r2 >= least),
        DEGREES[2],
    )


def some_column_helps(answer: Identification) -> bool:
    """Return whether a single further column adds anything to any key."""
    return any(one.helps for one in answer.further)


def told_grid(answer: Identification, panels: Panels) -> Grid:
    """Return what each panel tells of each key: R² with its interval, and for the last one the rank as well."""
    last = answer.of_panel(panels.asked.name)
    cells = {(one.panel, one.key): one for one in answer.told}
    heads = [
        Head("key", left=True),
        *(Head(panel.name) for panel in panels.steps),
        Head("rank"),
        Head("spread left"),
        Head("told", left=True),
    ]
    rows = [
        [
            Item(one.key),
            *(_share_item(cells[panel.name, one.key]) for panel in panels.steps),
            Item(str(one.rank), str(one.rank_low), str(one.rank_high)),
            Item(format_percent(one.spread_left)),
            Item(degree_told(one)),
        ]
        for one in last
    ]
    return Grid(heads, rows, title="Held-out R² of each key")


def further_grid(answer: Identification, panels: Panels) -> Grid:
    """Return the further column that adds most to what the last panel tells of each key, of those that add anything."""
    heads = [Head("key", left=True), Head("further column", left=True), Head("adds to R²")]
    order = {one.key: one.rank for one in answer.of_panel(panels.asked.name)}
    rows = [
        [
            Item(one.key),
            Item(column_in_words(one.column)),
            _share_item(one, signed=True),
        ]
        for one in sorted(answer.further, key=lambda one: order[one.key])
        if one.helps
    ]
    return Grid(heads, rows, title=f"What would help most beside {panels.asked.name}")


def column_in_words(column: Seen) -> str:
    """Return a column in words: its measure and regime, or its key."""
    if column.key:
        return f"{column.key} itself"
    return f"{BY_NAME[column.measure].label} ({column.regime})"


def answer_sentences(answer: Identification, panels: Panels) -> Iterator[str]:
    """Yield what the last panel tells, in sentences: first how many keys how well."""
    last = answer.of_panel(panels.asked.name)
    told = [one for one in last if one.is_told]
    name, keys = panels.asked.name, count(len(last), "key")
    if not told:
        yield (
            f"{NONE_TOLD}: of {keys}, the panel {name} tells none. No interval of R² is above 0, so that whoever "
            "has these data knows no more of any key than the prior says."
        )
        return
    by_degree = {word: [one.key for one in last if degree_told(one) == word] for word in DEGREES}
    parts = [f"{len(found)} {word}" for word, found in by_degree.items() if found]
    yield f"Of {keys}, the panel {name} tells {', '.join(parts)}."
    best = told[0]
    yield (
        f"Told best is {best.key}: R² {_text(best)}, which leaves {format_percent(best.spread_left)} of its spread "
        "under the prior."
    )


def further_sentence(answer: Identification) -> str:
    """Return the further column that helps most over all keys; a sentence too if none does or there is none."""
    if not answer.further:
        return "Every column of the file is in this panel: there is no further one to ask for."
    helping = [one for one in answer.further if one.helps]
    if not helping:
        return "No single further column of the file adds to what is told of any key."
    best = max(helping, key=lambda one: one.added)
    rest = len(answer.further) - len(helping)
    others = (
        f" For {count(rest, 'key')} no single further column of the file helps." if rest else ""
    )
    return (
        f"The further column that helps most: {column_in_words(best.column)}, which adds {_text(best, signed=True)} "
        f"to R² of {best.key}.{others}"
    )


def sample_sentence(panels: Panels, study: Study, points: int) -> str:
    """Return what each point shows: how many ties over how many months, under which regimes."""
    needs, months = study.loaded.scenario.market.needs, study.loaded.scenario.run.months
    ties = study.worlds * needs
    of_worlds = f"{count(study.worlds, 'world')} of {count(needs, 'need')}"
    seen = dict.fromkeys(c.regime for c in panels.asked.columns if c.regime)
    under = f", {' and '.join(seen)}" if seen else ""
    return (
        f"Each of {count(points, 'point')} shows {count(ties, 'tie')} over {count(months, 'month')} ({of_worlds})"
        f"{under}; no point has a world of another."
    )


READING = (
    (
        "R² is the share of a key's variance under the prior that a regression explains at points and in worlds that "
        "it has not seen: 1 is known exactly, 0 is no better than the prior, below 0 is worse, by chance."
    ),
    "Keys count in ranks under the prior, so that no unit and no skewed prior makes one look better than another.",
    (
        "[ ] is a 95 % bootstrap interval over the points that are predicted. It does not say how much R² would "
        "change with other points to learn from."
    ),
    (
        "A panel with more columns can tell a little less of a key than one with fewer: which of its columns count has "
        "to be learnt from the same points. More points make this smaller."
    ),
    (
        "Spread left is √(1 − R²): how wide the key still is, once the panel is seen, as a share of how wide the "
        "prior is."
    ),
    (
        "What is told here is told by a quadratic regression on ranks of columns. Another method may tell more; "
        "none tells what no column shows."
    ),
    (
        "A further column is chosen as the best of many, so that what it adds is a little flattered. What it would "
        "add only together with others is not seen."
    ),
)


def _share_item(one: Told | Further, *, signed: bool = False) -> Item:
    """Return R², or what is added to it, with its interval as an item."""
    mean = one.r2 if isinstance(one, Told) else one.added
    return Item(*format_ends(mean, one.low, one.high, places=PLACES, signed=signed))


def _text(one: Told | Further, *, signed: bool = False) -> str:
    return _share_item(one, signed=signed).line
