"""Print what a check of a strategy or a style found: a line for each claim, and whether it conforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

FAILS = "FAIL"

if TYPE_CHECKING:
    from sim.outcomes.many.conformance import Finding


def print_findings(what: object, findings: Sequence[Finding]) -> int:
    """Print the findings about `what`, a strategy or a style. Return the number of failed claims."""
    from sim.render.tables import indented_rows

    rows = [("ok" if f.held else FAILS, f.what, f.seen) for f in findings]
    click.echo(indented_rows(rows, least=len(FAILS)))
    wrong = sum(not f.held for f in findings)
    click.echo(f"{what}: " + (f"{wrong} of {len(findings)} fail" if wrong else "conforms"))
    return wrong
