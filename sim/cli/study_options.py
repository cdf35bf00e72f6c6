"""Options of a study: a design over a scenario, or a file that has both."""

from __future__ import annotations

import click

from sim.cli.help_groups import SIMULATE, VARY, combine_options, option
from sim.cli.options import REGIMES, NameList, WholeNumber, outcomes_option
from sim.lab.limits import MOST_POINTS, MOST_WORLDS

# Named here as well as in sim.study.design.analysis, so that a help imports nothing of it.
DESIGNS = (
    "factorial",
    "latin_hypercube",
    "sobol",
    "morris",
    "saltelli",
    "map",
    "list",
    "coalitions",
)
DEFAULT_WORLDS = "the scenario's run.worlds; 20 for coalitions, 4 for morris and saltelli"
DESIGN_OPTIONS = combine_options(
    option(
        "--vary",
        multiple=True,
        metavar="KEY=A:B:N",
        group=VARY,
        help="A key and its values: N values from A to B, or KEY=one,two; KEY=A:B for sampled "
        "designs. In the unit of the key. Repeatable.",
        unset="nothing varies",
    ),
    option(
        "--design",
        type=NameList("NAME", DESIGNS),
        group=VARY,
        help=f"How points are chosen, one of {','.join(DESIGNS)}.",
        unset="factorial",
    ),
    option(
        "--points",
        type=WholeNumber(1, MOST_POINTS, "points"),
        group=VARY,
        help="Number of points of a sampled design; for morris trajectories, for saltelli base rows. "
        "A study that is there with fewer is extended.",
        unset="64; 20 for morris",
    ),
    option(
        "--list",
        "csv",
        metavar="FILE.csv",
        group=VARY,
        help="Read the points from a CSV file: a column for each key, a row for each point.",
        unset="no list",
    ),
    REGIMES,
    outcomes_option("the headline measures of the design"),
)
STOP_OPTIONS = combine_options(
    option(
        "--until",
        metavar="OUTCOME=WIDTH",
        group=SIMULATE,
        help="Add worlds to each point until the 95 % interval of the paired difference in OUTCOME "
        "is narrower than WIDTH, in the unit of OUTCOME.",
        unset="a fixed number of worlds",
    ),
    option(
        "--at-most",
        type=WholeNumber(1, MOST_WORLDS, "worlds"),
        group=SIMULATE,
        help="With --until: most worlds at a point.",
        unset="1000; --worlds if it is given",
    ),
)
ONLY_FAILED = option(
    "--only-failed",
    is_flag=True,
    group=VARY,
    help="Run only the points that failed in an earlier session.",
)


def single_design(names: tuple[str, ...] | None) -> str:
    """Return the design that is named, or an empty string if none is. Raises UsageError for several."""
    if names is not None and len(names) > 1:
        raise click.UsageError("--design: want one design")
    return names[0] if names else ""
