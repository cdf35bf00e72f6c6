"""The command `sim negotiate`: two strategies negotiate over a domain in a file of the field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.help_groups import NEGOTIATE, OUTPUT, SIMULATE, command, option
from sim.cli.options import STRATEGY_SEED, WholeNumber
from sim.errors import SimError, closest_name

if TYPE_CHECKING:
    from sim.outcomes.domains.domain import Domain

MOST_ROUNDS = 1_000_000
FORMATS = (".png", ".svg")
DEFAULT_STRATEGIES = "boulware; hill_climber under veto_text and feedback_text"
SHIPPED = "domains"  # the folder among the shipped scenarios


@command(
    "sim negotiate office_supplies --buyer boulware:e=4 --vendor linear",
    "sim negotiate office_supplies --buyer micro --vendor conceder --trace --plot talk.png",
    "sim negotiate mydomain/ --profiles mydomain/a.xml mydomain/b.xml --rounds 200",
    "sim negotiate office_supplies --protocol feedback_text --buyer hill_climber --vendor annealer",
)
@click.argument("domain", metavar="DOMAIN")
@option(
    "--buyer",
    metavar="STRATEGY",
    group=NEGOTIATE,
    help="Buyer's strategy, e.g. boulware:e=4,accept=next (see `sim strategies`).",
    unset=DEFAULT_STRATEGIES,
)
@option(
    "--vendor",
    metavar="STRATEGY",
    group=NEGOTIATE,
    help="Vendor's strategy, e.g. tit_for_tat (see `sim strategies`).",
    unset=DEFAULT_STRATEGIES,
)
@option(
    "--protocol",
    default="alternating",
    metavar="NAME",
    group=SIMULATE,
    help="Rules of the talk: alternating, take_it_or_leave_it, sealed, veto_text or feedback_text.",
)
@option(
    "--rounds",
    type=WholeNumber(1, MOST_ROUNDS, "rounds"),
    default=100,
    group=SIMULATE,
    help="Deadline: most rounds of the talk.",
)
@option(
    "--first",
    default="buyer",
    metavar="SIDE",
    group=SIMULATE,
    help="Side that makes the first offer, buyer or vendor.",
)
@option(
    "--profiles",
    type=click.Path(),
    nargs=2,
    metavar="BUYER VENDOR",
    group=SIMULATE,
    help="Files with the buyer's and the vendor's profile, for a domain in several files.",
    unset="the two profiles of the folder",
)
@STRATEGY_SEED
@option(
    "--trace",
    is_flag=True,
    group=OUTPUT,
    help="Show every offer, and what the other side could learn from it.",
)
@option(
    "--plot",
    type=click.Path(),
    metavar="FILE",
    group=OUTPUT,
    help="Draw the talk to FILE, which ends in .png or .svg.",
    unset="no picture",
)
@option("--json", "as_json", is_flag=True, group=OUTPUT, help="Print JSON instead of text.")
def negotiate(
    domain: str,
    buyer: str | None,
    vendor: str | None,
    protocol: str,
    rounds: int,
    first: str,
    profiles: tuple[str, str] | None,
    seed: int,
    trace: bool,
    plot: str | None,
    as_json: bool,
) -> None:
    """Let two strategies negotiate over a domain, without money.

    DOMAIN is a shipped domain, a TOML file, or a folder with GENIUS XML (a domain and two profiles)
    or with two JSON profiles of GeniusWeb or NegoLog. Prints the agreement, what it is worth to both,
    and how far it lies from the Pareto frontier and the bargaining solutions.
    """
    target = _plot_path(plot)
    found = find_domain(domain, profiles)
    from sim.outcomes.sessions.session import negotiate as play_out
    from sim.outcomes.sessions.summary import summarise, summary_record
    from sim.outcomes.sessions.transcript import TEXTS

    default = "hill_climber" if protocol in TEXTS else "boulware"
    session = play_out(found, buyer or default, vendor or default, protocol, rounds, first, seed)
    whole = summarise(session)
    if as_json:
        click.echo(json.dumps(summary_record(whole, trace), indent=2, ensure_ascii=False))
    else:
        from sim.render.text.negotiation_text import session_as_text

        click.echo(session_as_text(whole, trace))
    if target is not None:
        from sim.render.figures.negotiation_figure import negotiation_image

        data = negotiation_image(whole, target.suffix)
        try:
            target.write_bytes(data)
        except OSError as error:
            raise SimError(f"{target}: cannot be written: {error.strerror}") from None
        click.echo(f"wrote {target}", err=as_json)


def find_domain(text: str, profiles: tuple[str, str] | None = None) -> Domain:
    """Return a domain by the name of a shipped one or by path.

    `profiles` are the files of the buyer's and the vendor's profile. Raises SimError if there is no
    such domain or its files cannot be read.
    """
    from sim.outcomes.domains.load_domain import load_domain
    from sim.scenario.shipped import folder

    sides = (Path(profiles[0]), Path(profiles[1])) if profiles else None
    home = folder() / SHIPPED
    if text == Path(text).name and not Path(text).suffix and _is_file(home / f"{text}.toml"):
        return load_domain(home / f"{text}.toml", sides)
    try:
        return load_domain(Path(text), sides)
    except SimError as error:
        names = sorted(path.stem for path in home.glob("*.toml"))
        if "no such file" in str(error) and text == Path(text).name:
            near = closest_name(text, names)
            hint = f"; did you mean '{near}'?" if near else ""
            want = f"want one of {', '.join(names)}, or a path"
            raise SimError(f"{text!r}: no such domain: {want}{hint}") from None
        raise


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _plot_path(plot: str | None) -> Path | None:
    """Return the file to draw to. Raises SimError, before anything is computed, if it cannot be one."""
    if plot is None:
        return None
    path = Path(plot)
    if path.suffix not in FORMATS:
        raise SimError(f"--plot = {plot!r}: want a file ending in {' or '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise SimError(f"--plot = {plot!r}: no such folder")
    return path
