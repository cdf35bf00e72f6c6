"""Options of a study and what they say: a design over a scenario, or a file that has both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import OUTCOMES, REGIMES, Names, Whole, stacked
from sim.lab.limits import MOST_POINTS, MOST_WORLDS
from sim.study.design.analysis import takes_ranges

if TYPE_CHECKING:
    from sim.study.design.study import Study
    from sim.study.run.sweep import How

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
DESIGN = stacked(
    click.option(
        "--vary",
        multiple=True,
        metavar="KEY=A:B:N",
        help="A key and its values: N from A to B, or KEY=one,two; KEY=A:B for sampled designs. Repeatable.",
    ),
    click.option(
        "--design",
        type=Names("NAME", DESIGNS),
        help=f"How points are chosen, of {','.join(DESIGNS)}.  [default: factorial]",
    ),
    click.option(
        "--points", type=Whole(1, MOST_POINTS), help="How many points a sampled design has."
    ),
    click.option(
        "--list", "list_", metavar="FILE.csv", help="Points from a CSV file: a column for each key."
    ),
    REGIMES,
    OUTCOMES,
    click.option(
        "--until",
        metavar="OUTCOME=WIDTH",
        help="Add worlds to each point until the paired interval of OUTCOME is narrower than WIDTH.",
    ),
    click.option(
        "--at-most", type=Whole(1, MOST_WORLDS), help="With --until: the cap.  [default: 1000]"
    ),
)
KEPT = ("points", "regimes", "outcomes", "worlds", "seed", "of")


def study_of(source: str, options: dict[str, Any], design: str = "") -> Study:
    """Return the study a command line asks for; raises ScenarioError with every problem."""
    from sim.lab.studies import ask_study, read_until
    from sim.scenario.load import parse_sets

    named = options.get("design") or ()
    if len(named) > 1:
        raise click.UsageError("--design: want one design")
    chosen = design or (named[0] if named else "")
    return ask_study(
        source,
        design=chosen,
        factors=_factors(options, ranges=takes_ranges(chosen)),
        overrides=parse_sets(options.get("sets", ())),
        csv=options.get("list_"),
        stop=read_until(options.get("until"), options.get("at_most")),
        allow_code=bool(options.get("allow_code")),
        **{name: options.get(name) for name in KEPT},
    )


def _factors(options: dict[str, Any], *, ranges: bool) -> list[Any]:
    from sim.lab.studies import read_vary

    texts: Sequence[str] = options.get("vary") or ()
    where = options.get("where", "--vary")
    if isinstance(where, str):
        return read_vary(texts, where, ranges=ranges)
    pairs = zip(texts, where, strict=True)
    return [f for text, place in pairs for f in read_vary([text], place, ranges=ranges)]


def how_of(options: dict[str, Any]) -> How:
    """Return how a study is to be run."""
    from sim.study.run.sweep import How

    return How(
        workers=options["workers"],
        dask=options.get("dask"),
        chunk=options.get("chunk"),
        only_failed=bool(options.get("only_failed")),
    )
