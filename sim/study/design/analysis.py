"""The kinds of study, one record each: by which design points are chosen, and what is computed from them.

What stands here is all that other rooms may ask of a kind. What they add to it (rows, figures, sentences) is
one table a room, by name; `tests/study/test_kinds.py` holds every table to have every kind.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADLINE = (
    "surplus", "share_first_best", "three_party", "buyer", "vendor", "mediator",
    "trust_buyer_end", "trust_vendor_end", "impasse_rate", "dispute_rate", "early_report_rate",
    "renewal_rate", "tie_length",
)  # fmt: skip
ATTRIBUTED = ("surplus_gross", "mediator", "surplus", "trust_buyer_end", "trust_vendor_end")
KEY_OUTCOMES = ("surplus", "trust_buyer_end")


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What is computed from a study's points, and what that takes.

    `tables` are those it leaves beside that of the points, the main one first; `outcomes` are summarised
    unless others are asked for, `needed` always. `regimes` and `worlds` hold unless a study names its own;
    empty and None leave them to the scenario.
    """

    name: str
    computes: str
    tables: tuple[str, ...] = ("summary",)
    outcomes: tuple[str, ...] = HEADLINE
    needed: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    worlds: int | None = None
    whole: bool = False  # needs every point, each of as many worlds
    paired: bool = (
        True  # all points run in the same worlds; else each base row has worlds of its own
    )
    of_switches: bool = False  # values the switches of one regime; else it compares regimes
    why_two_regimes: str = ""  # why one would be too few, if it would
    judged: bool = True  # can answer the question of an experiment

    @property
    def main(self) -> str:
        """Return the name of the table that holds what was found."""
        return self.tables[0]


@dataclass(frozen=True, kw_only=True)
class StudyDesign:
    """How the points of a study are chosen, and what is computed from them.

    `points` is how many are drawn unless a study says so: points, base rows or trajectories, at least
    `fewest`; None if the design is not drawn.
    """

    name: str
    analysis: Analysis
    points: int | None = None
    fewest: int = 1
    powers: bool = False  # drawn in sets whose number is a power of two
    stepwise: bool = False  # moves one factor at a time, by a fixed step
    ranges: bool = True  # takes a range without a number of values
    listed: bool = False  # every point is a line of a list, so that values repeat
    two_axes: bool = False  # is drawn over two factors
    label: str = ""  # what names its points, if they have names; else the values of the factors do

    @property
    def drawn(self) -> bool:
        """Say whether points are drawn from the unit cube."""
        return self.points is not None

    @property
    def scattered(self) -> bool:
        """Say whether points lie anywhere, not on a grid."""
        return self.drawn or self.listed


SUMMARY_ANALYSIS = Analysis(name="summary", computes="means and paired differences of every point")
ROWS_ANALYSIS = Analysis(name="rows", computes="the same, of every named row")
MAP_ANALYSIS = Analysis(
    name="map", computes="which regime is best at each point of two keys",
    tables=("summary", "map"), outcomes=KEY_OUTCOMES,
    why_two_regimes="a map says which regime is best where",
)  # fmt: skip
SENSITIVITY_ANALYSIS = Analysis(
    name="sensitivity", computes="how much each factor matters", tables=("sensitivity",),
    outcomes=KEY_OUTCOMES, regimes=("adversarial", "mediated"), worlds=4, whole=True, paired=False,
    judged=False,
)  # fmt: skip
ATTRIBUTION_ANALYSIS = Analysis(
    name="attribution", computes="what each switch is worth, by Shapley value",
    tables=("attribution", "interactions"), outcomes=ATTRIBUTED, needed=ATTRIBUTED,
    regimes=("mediated",), worlds=20, whole=True, of_switches=True,
)  # fmt: skip
ANALYSES = {
    a.name: a
    for a in (
        SUMMARY_ANALYSIS,
        ROWS_ANALYSIS,
        MAP_ANALYSIS,
        SENSITIVITY_ANALYSIS,
        ATTRIBUTION_ANALYSIS,
    )
}

FACTORIAL = StudyDesign(name="factorial", analysis=SUMMARY_ANALYSIS, ranges=False)
COALITIONS = StudyDesign(name="coalitions", analysis=ATTRIBUTION_ANALYSIS, label="coalition")
DESIGNS = {
    d.name: d
    for d in (
        FACTORIAL,
        StudyDesign(name="map", analysis=MAP_ANALYSIS, ranges=False, two_axes=True),
        StudyDesign(name="latin_hypercube", analysis=SUMMARY_ANALYSIS, points=64),
        StudyDesign(name="sobol", analysis=SUMMARY_ANALYSIS, points=64, powers=True),
        StudyDesign(name="list", analysis=SUMMARY_ANALYSIS, ranges=False, listed=True),
        StudyDesign(name="rows", analysis=ROWS_ANALYSIS, label="row"),
        StudyDesign(
            name="morris", analysis=SENSITIVITY_ANALYSIS, points=20, fewest=2, stepwise=True
        ),
        StudyDesign(
            name="saltelli", analysis=SENSITIVITY_ANALYSIS, points=64, fewest=2, powers=True
        ),
        COALITIONS,
    )
}
LABELS = tuple(d.label for d in DESIGNS.values() if d.label)


def takes_ranges(design: str) -> bool:
    """Say whether keys may be varied over ranges under a design, if it is known; none is the factorial."""
    found = FACTORIAL if design == "" else DESIGNS.get(str(design))
    return found is None or found.ranges


def analysis_of(name: str) -> Analysis:
    """Return the analysis that a manifest names; the plain summary for an unknown name."""
    return ANALYSES.get(name, SUMMARY_ANALYSIS)
