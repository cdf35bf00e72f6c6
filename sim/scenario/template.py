"""The small commented scenario that `sim new NAME` writes."""

from __future__ import annotations

from sim.errors import is_one_line
from sim.scenario.describe import EDITOR_LINE
from sim.scenario.values import quote


def template(name: str) -> str:
    """Return the text of a valid scenario called `name`, with a comment for each choice."""
    title = quote(name if is_one_line(name) else "a new world")
    return f"{EDITOR_LINE}\n{_TEXT.replace('@TITLE@', title)}"


_TEXT = """\
# Made by `sim new`. Money is per month, in the unit that run.currency names: k€ unless set.
# Every key, with its default, unit and range, is in docs/scenario.md.

title = @TITLE@

[run]
months = 60                    # length of one world
worlds = 100                   # independent replicates of the whole market
seed = 1                       # random seed: the same seed draws the same people and problems

[market]
needs = 10                     # buyers with one need each
vendors = 10                   # as many vendors as needs and one candidate each: fixed pairs
candidates = 1

# What a contract is about: each issue has levels, what they are worth and what they cost.
[[issues]]
name = "scope"
levels = ["none", "basic", "full"]
worth = [0, 40, 60]            # to the buyer; worth 0 and costing 0 is "not included"
worth_spread = 0.2             # buyers differ by up to 20 %
cost = [0, 20, 30]             # to the vendor
cost_spread = 0.2

[[issues]]
name = "duration"
kind = "duration"              # acts after signing: the length of the contract in months
levels = [12, 24]

[buyers]
strategy = "linear"            # or a mixture: { linear = 2, boulware = 1 }
quality_worth = 20             # what full capability is worth over none

[vendors]
strategy = "linear"
capability = 0.7               # mean true capability
capability_spread = 0.2
oversell = 0.3                 # how far claims run ahead of capability

[problems]
rate = 0.1                     # chance of a problem in a month of service
severity = 4                   # harm per month while it stays open

[mediator]
functions = ["broker", "warn"] # what the mediator does in the regime `mediated`
competence = 0.7               # 0 knows nothing, 1 reads exactly

[mediator.fee]
retainer = 0.5                 # per month, half from each side

# One more regime to compare: the same mediator, poorly informed.
[regimes.poor_mediator]
extends = "mediated"
mediator.competence = 0.2
"""
