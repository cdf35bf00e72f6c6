"""How findings about a strategy or a style are told: a line each, and whether it conforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.outcomes.many.conformance import Finding


def tell_findings(what: object, findings: Sequence[Finding]) -> int:
    """Print what was found about `what`; return how many claims fail."""
    wide = max(len(f.what) for f in findings)
    for f in findings:
        click.echo(f"  {'ok  ' if f.held else 'FAIL'}  {f.what:{wide}}  {f.seen}")
    wrong = sum(not f.held for f in findings)
    click.echo(f"{what}: " + (f"{wrong} of {len(findings)} fail" if wrong else "conforms"))
    return wrong
