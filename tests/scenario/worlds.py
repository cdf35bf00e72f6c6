"""Small scenario texts the tests of this room share."""

SMALL = """\
title = "small"

[[issues]]
name = "scope"
levels = ["none", "full"]
worth = [0, 40]
cost = [0, 20]

[mediator]
functions = ["broker"]
"""

RICH = """\
title = "rich"
extends = ""
[run]
months = 24
seed = 0
[market]
needs = 3
vendors = 5
candidates = 2
[[issues]]
name = "scope"
levels = ["none", "full"]
worth = [0, 40.5]
worth_spread = 0.2
cost = [0, 20]
[[issues]]
name = "s"
kind = "risk_share"
levels = [
  0.0,   # none
  0.5,
]
[[issues]]
name = "term"
kind = "duration"
levels = [12, 24]
[buyers]
strategy = { linear = 2, boulware = 1.5 }
[relationship]
trust_rule = "ewma"
[negotiation]
deadline = 10
[mediator]
functions = ["broker", "warn"]
competence = { buyer = 0.9, vendor = 0.4 }
fee.retainer = 0.5
[regimes.quiet]
mediator.functions = ["warn"]
[regimes.short]
extends = "quiet"
negotiation.deadline = 4
[regimes.quick]
extends = "adversarial"
negotiation.deadline = 4
"""
