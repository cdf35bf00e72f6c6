"""The kinds of study: how a design chooses its points, and which analysis is computed from them.

Other rooms ask these records for the properties of a kind instead of testing its name. Whatever a room adds
for each kind (rows, figures, sentences) is one dictionary keyed by the kind's name;
`tests/study/test_kinds.py` checks that every such dictionary has an entry for every kind.
"""

from __future__ import annotations

from dataclasses import dataclass

# Measures that are summarised by default: of any study, of an attribution, and of the analyses that
# print one block for each outcome.
HEADLINE = (
    "surplus", "share_first_best", "three_party", "buyer", "vendor", "mediator",
    "trust_buyer_end", "trust_vendor_end", "impasse_rate", "dispute_rate", "early_report_rate",
    "renewal_rate", "tie_length",
)  # fmt: skip
ATTRIBUTED = ("surplus_gross", "mediator", "surplus", "trust_buyer_end", "trust_vendor_end")
KEY_OUTCOMES = ("surplus", "trust_buyer_end")


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """An analysis of a study's points: the tables it writes and what it needs for them.

    `tables` are written next to the table of points, the main one first. `outcomes` are the measures
    that are summarised by default; those in `needed` are always added. `regimes` and `worlds` are the
    defaults of a study that names none; if they are empty or None, the scenario decides.
    """

    name: str
    computes: str
    tables: tuple[str, ...] = ("summary",)
    outcomes: tuple[str, ...] = HEADLINE
    needed: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    worlds: int | None = None
    # Whether every point must be complete, and have the same number of worlds.
    needs_all_points: bool = False
    # Whether all points run in the same worlds; otherwise each base row of the design has its own.
    paired: bool = True
    # Whether it values the switches of one regime; otherwise it compares regimes.
    of_switches: bool = False
    # The reason why at least two regimes are needed; empty if one is enough.
    why_two_regimes: str = ""
    # Whether an experiment can read its verdict off it.
    judged: bool = True

    @property
    def main(self) -> str:
        """Return the name of the table with the main results."""
        return self.tables[0]


@dataclass(frozen=True, kw_only=True)
class StudyDesign:
    """A design: the rule that chooses a study's points, and the analysis that follows.

    `points` is the default number of points, base rows or trajectories that are sampled, and `fewest`
    the smallest number allowed. It is None if the design is not sampled.
    """

    name: str
    analysis: Analysis
    points: int | None = None
    fewest: int = 1
    powers: bool = False  # the number of points has to be a power of two
    stepwise: bool = False  # moves one factor at a time, by a fixed step
    ranges: bool = True  # accepts a range without a number of values
    listed: bool = False  # every point is a row of a list, so values may repeat
    two_axes: bool = False  # varies exactly two factors
    label: str = ""  # label column, if points have names; otherwise the factors' values label them
    extends: bool = False  # the first points of a longer draw are those of a shorter one
    nested: bool = False  # grows to multiples, by points that depend on the numbers before

    @property
    def drawn(self) -> bool:
        """Whether points are sampled from the unit cube."""
        return self.points is not None

    @property
    def grows(self) -> bool:
        """Whether a study keeps its points if it is given more of them."""
        return self.extends or self.nested

    @property
    def scattered(self) -> bool:
        """Whether points may lie anywhere instead of on a grid."""
        return self.drawn or self.listed


SUMMARY_ANALYSIS = Analysis(name="summary", computes="means and paired differences of every point")
ROWS_ANALYSIS = Analysis(name="rows", computes="means and paired differences of every named row")
MAP_ANALYSIS = Analysis(
    name="map", computes="which regime is best at each point of two keys",
    tables=("summary", "map"), outcomes=KEY_OUTCOMES,
    why_two_regimes="a map says which regime is best where",
)  # fmt: skip
SENSITIVITY_ANALYSIS = Analysis(
    name="sensitivity", computes="how much each factor matters", tables=("sensitivity",),
    outcomes=KEY_OUTCOMES, regimes=("adversarial", "mediated"), worlds=4, needs_all_points=True, paired=False,
    judged=False,
)  # fmt: skip
ATTRIBUTION_ANALYSIS = Analysis(
    name="attribution", computes="what each switch is worth, by Shapley value",
    tables=("attribution", "interactions"), outcomes=ATTRIBUTED, needed=ATTRIBUTED,
    regimes=("mediated",), worlds=20, needs_all_points=True, of_switches=True,
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
        StudyDesign(name="latin_hypercube", analysis=SUMMARY_ANALYSIS, points=64, nested=True),
        StudyDesign(name="sobol", analysis=SUMMARY_ANALYSIS, points=64, powers=True, extends=True),
        StudyDesign(name="list", analysis=SUMMARY_ANALYSIS, ranges=False, listed=True),
        StudyDesign(name="rows", analysis=ROWS_ANALYSIS, label="row"),
        StudyDesign(
            name="morris",
            analysis=SENSITIVITY_ANALYSIS,
            points=20,
            fewest=2,
            stepwise=True,
            extends=True,
        ),
        StudyDesign(
            name="saltelli",
            analysis=SENSITIVITY_ANALYSIS,
            points=64,
            fewest=2,
            powers=True,
            extends=True,
        ),
        COALITIONS,
    )
}
LABELS = tuple(d.label for d in DESIGNS.values() if d.label)
GROWING = tuple(d.name for d in DESIGNS.values() if d.grows)


def takes_ranges(design: str) -> bool:
    """Return whether a design accepts ranges without a number of values.

    An empty name means the factorial design. Unknown names return True: they are refused later, with
    a better message.
    """
    found = FACTORIAL if design == "" else DESIGNS.get(str(design))
    return found is None or found.ranges


def analysis_of(name: str) -> Analysis:
    """Return the analysis of this name, as a manifest records it; the summary if it is unknown."""
    return ANALYSES.get(name, SUMMARY_ANALYSIS)
