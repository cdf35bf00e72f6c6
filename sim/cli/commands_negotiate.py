"""The command `sim negotiate`: two strategies over one of the field's domains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.options import Whole, example
from sim.errors import SimError, nearest
from sim.lab.limits import LARGEST_SEED

if TYPE_CHECKING:
    from sim.outcomes.domains.domain import Domain

MOST_ROUNDS = 1_000_000
FORMATS = (".png", ".svg")
SHIPPED = "domains"  # the folder among the shipped scenarios


@click.command(
    **example(
        "sim negotiate office_supplies --buyer boulware:e=4 --vendor linear",
        "sim negotiate office_supplies --buyer micro --vendor conceder --trace --plot talk.png",
        "sim negotiate mydomain/ --profiles mydomain/a.xml mydomain/b.xml --rounds 200",
        "sim negotiate office_supplies --protocol feedback_text "
        "--buyer hill_climber --vendor annealer",
    )
)
@click.argument("domain", metavar="DOMAIN")
@click.option(
    "--buyer", metavar="STRATEGY", help="As in boulware:e=4,accept=next.  [default: boulware]"
)
@click.option("--vendor", metavar="STRATEGY", help="The other side.  [default: boulware]")
@click.option(
    "--protocol", default="alternating", show_default=True, metavar="P",
    help="alternating, take_it_or_leave_it, sealed, veto_text or feedback_text.",
)  # fmt: skip
@click.option(
    "--rounds", type=Whole(1, MOST_ROUNDS), default=100, show_default=True, help="The deadline."
)
@click.option("--first", default="buyer", show_default=True, metavar="SIDE", help="Who opens.")
@click.option(
    "--profiles", type=click.Path(), nargs=2, metavar="BUYER VENDOR",
    help="Profiles of a domain that comes in several files.",
)  # fmt: skip
@click.option(
    "--seed",
    type=Whole(0, LARGEST_SEED),
    default=1,
    show_default=True,
    help="Of strategies with luck.",
)
@click.option("--trace", is_flag=True, help="Show every offer, and what could be learned from it.")
@click.option("--plot", type=click.Path(), metavar="FILE", help="Draw it, to FILE.png or FILE.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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
    """Let two strategies negotiate over a domain, without money, as the field does it.

    DOMAIN is a shipped domain, a TOML file, or a folder with GENIUS XML (a domain and two profiles)
    or with two JSON profiles of GeniusWeb or NegoLog. Prints the agreement, what it is worth to both,
    and how far it lies from the Pareto frontier and the bargaining solutions.
    """
    target = _target(plot)
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
    """Return a domain by shipped name or by path; raises a one-line SimError."""
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
            near = nearest(text, names)
            hint = f"; did you mean '{near}'?" if near else ""
            want = f"want one of {', '.join(names)}, or a path"
            raise SimError(f"{text!r}: no such domain: {want}{hint}") from None
        raise


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _target(plot: str | None) -> Path | None:
    """Return where to draw to, before anything is computed."""
    if plot is None:
        return None
    path = Path(plot)
    if path.suffix not in FORMATS:
        raise SimError(f"--plot = {plot!r}: want a file ending in {' or '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise SimError(f"--plot = {plot!r}: no such folder")
    return path
