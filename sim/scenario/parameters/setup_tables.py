"""The population's tables, beside the scalar keys in the one row of parameters that every rule reads.

Tables are [side, issue, level] in money to that side per month; a cost is negative worth.
"""

from __future__ import annotations

from sim.desk import MAX_MANNERS, MAX_SETTINGS, MAX_STYLES
from sim.records import MAX_CONDUCTS, MAX_ISSUES, MAX_LEVELS, Column
from sim.state import TRAITS
from sim.words import Moment

SHADE_POINTS = 65  # grid of the shading tables: 64 even steps over the support
STRATEGY_NUMBERS = (
    "exponent", "start", "share", "noise", "window", "kindness", "scale", "shift", "after", "enough",
)  # fmt: skip
MAX_STRATEGIES = 24  # different ones in one scenario, both sides together
ROWS = MAX_MANNERS * MAX_STYLES  # styles of all mediators together

SETUP_TABLES = (
    Column("issues", "i8", "issues", "how many"),
    Column("kind", f"({MAX_ISSUES},)i8", "-", "sim.words.IssueKind"),
    Column("count", f"({MAX_ISSUES},)i8", "levels", "levels of each issue"),
    Column("value", f"({MAX_ISSUES},{MAX_LEVELS})f8", "by kind", "months, s, g_b, g_v of a level"),
    Column("average", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "population mean"),
    Column("spread", f"(2,{MAX_ISSUES})f8", "share", "population spread"),
    Column("range", f"({MAX_ISSUES},)f8", "money/month", "further spread of a buyer's steps, ±"),
    Column(
        "mirror", "(2,)f8", "factor", "by which a side takes its own table for the other's loss"
    ),
    Column("sd", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "population sd"),
    Column("standard", f"({MAX_ISSUES},)i8", "-", "levels of the standard package"),
    Column("shade", f"(2,{SHADE_POINTS})f8", "share", "shading of the scenario's strategic level"),
    Column(
        "style_shade", f"(2,{SHADE_POINTS})f8", "share", "as `shade`, for the game of its styles"
    ),
    Column("style_shaded", "i8", "0/1", "1 if that game differs from the talk alone"),
    Column("posted", f"(2,{SHADE_POINTS})f8", "share", "margin of a take-it-or-leave-it proposer"),
    Column(
        "halfway", f"({MAX_ISSUES},)i8", "-", "levels the mean pair that sees contests agrees on"
    ),
    Column("halfway_shade", f"(2,{SHADE_POINTS})f8", "share", "as `shade`, for that package"),
    Column("halfway_posted", f"(2,{SHADE_POINTS})f8", "share", "as `posted`, for that package"),
    Column("halfway_range", "(2,)f8", "money/month", "lowest cost and highest worth of it"),
    Column("mixture", f"(2,{MAX_STRATEGIES})f8", "share", "cumulative weights of strategies"),
    Column("conducts", f"(2,{MAX_CONDUCTS},{TRAITS})f8", "-", "traits of each type of conduct"),
    Column("conduct_mix", f"(2,{MAX_CONDUCTS})f8", "share", "cumulative weights of types"),
    Column("family", f"({MAX_STRATEGIES},)i8", "-", "sim.strategies.catalogue.Family of each"),
    Column("accepting", f"({MAX_STRATEGIES},)i8", "-", "sim.strategies.catalogue.Accept of each"),
    Column("rule", f"({MAX_STRATEGIES},)i8", "-", "address of the rule of a custom strategy"),
    *[Column(name, f"({MAX_STRATEGIES},)f8", "-", "of each") for name in STRATEGY_NUMBERS],
    Column("manner", f"({MAX_MANNERS},{MAX_STYLES})i8", "-", "styles in order, by number; -1 ends"),
    Column("manner_mix", f"({MAX_MANNERS},)f8", "share", "cumulative weights of the lists"),
    Column("manner_announce", f"({MAX_MANNERS},)f8", "share", "m of the drafter in each list"),
    Column(
        "manner_deferential", f"({MAX_MANNERS},)f8", "share", "how far that drafter follows demands"
    ),
    Column("style_kind", f"({ROWS},)i8", "-", "sim.words.Style of each"),
    Column("style_moments", f"({ROWS},)i8", "bits", "when each acts"),
    Column("style_both", f"({ROWS},)i8", "0/1", "1 if it needs both sides"),
    Column("style_blind", f"({ROWS},)i8", "0/1", "1 if its texts are answered double blind"),
    Column("style_lucky", f"({ROWS},)i8", "0/1", "1 if it uses luck"),
    Column(
        "style_rule",
        f"({ROWS},{len(Moment)})i8",
        "-",
        "addresses of the rules of a custom one, by moment",
    ),
    Column("style_setting", f"({ROWS},{MAX_SETTINGS})f8", "-", "numbers of each"),
)
