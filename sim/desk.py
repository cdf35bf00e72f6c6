"""The mediator's desk: all that a style may know, and what it puts on the table.

Its columns are defined below both the state of a world, which holds one desk, and the styles of
`sim/mediation/styles`, which see nothing else of it.
"""

from __future__ import annotations

from sim.records import MAX_ISSUES, MAX_LEVELS, Column

# Rows have a fixed size, so these are limits of a scenario.
MAX_SETTINGS = 4  # numbers a style of mediator can be given
MAX_STYLES = 6  # styles one mediator can practise, in order
MAX_MANNERS = 8  # lists of styles in one scenario
# Numbers handed to a custom mediator (`sim/mediation/rounds/sheet.py`): single ones, pairs, tables.
SHEET = 64 + 8 * MAX_ISSUES + 4 * MAX_ISSUES * MAX_LEVELS

DESK = (
    Column("moment", "i8", "-", "sim.words.Moment"),
    Column(
        "setting", f"({MAX_SETTINGS},)f8", "-", "numbers of the style at hand, in its own order"
    ),
    Column("stage", "i8", "-", "of a style's round; 0 at the start, set by the style itself"),
    Column("present", "(2,)i8", "0/1", "1 if a side takes part in this round"),
    Column("trust", "(2,)f8", "share", "of each side in the mediator"),
    Column("limit_told", "f8", "share", "of the buyer's budget that the mediator was told"),
    Column("confided", "i8", "bits", "sides that have confided in the mediator in this talk"),
    Column("estimate", f"(2,{MAX_ISSUES},{MAX_LEVELS})f8", "money/month", "of both sides' tables"),
    Column("bases", "(2,)f8", "money/month", "estimated value of a contract before its levels"),
    Column("blank", f"({MAX_ISSUES},)i8", "-", "levels a mediator that knows nothing would write"),
    Column("demand_weight", "(2,)f8", "share", "weight of a side's demand in a deferential draft"),
    Column("demand", f"(2,{MAX_ISSUES})i8", "-", "levels each side demands"),
    Column("question", "i8", "-", "sim.words.Question it asks"),
    Column("topic", "i8", "-", "sim.words.Topic it tells its estimate of"),
    Column("whom", "i8", "bits", "the sides it asks or tells"),
    Column("answer", "(2,)f8", "by question", "what each side answered"),
    Column("stakes", f"(2,{MAX_ISSUES},2)f8", "money/month", "answers issue by issue"),
    Column("told", "(2,)f8", "by topic", "estimate for each side"),
    Column("text", f"({MAX_ISSUES},)i8", "-", "levels of the text on the table"),
    Column("price", "f8", "money/month", "and its price"),
    Column("bound", "i8", "0/1", "1 if both are bound by the prices they named beforehand"),
    Column("current", f"({MAX_ISSUES},)i8", "-", "levels of what has been agreed or kept so far"),
    Column("current_price", "f8", "money/month", "and its price"),
    Column("tried", f"({MAX_ISSUES},{MAX_LEVELS})i8", "times", "a level was tried in a text"),
    Column("failures", "i8", "edits", "in a row that were not kept"),
    Column("pie", "f8", "money/month", "estimated joint surplus of the text"),
    Column("raised", "(2,)f8", "money/month", "what vetoes added to both reservation values"),
    Column("texts", "i8", "texts", "put to the vote in this round"),
    Column("messages", "i8", "messages", "asked of a side or told to one, in this talk"),
    Column("unseen", "i8", "0/1", "1 if offers of this talk are hidden until they are compatible"),
    Column("instead", "i8", "0/1", "1 if the mediator's own price replaces direct offers"),
    Column("yes", "(2,)i8", "0/1", "1 if a side accepted the last text, in private"),
    Column("luck", "(2,)f8", "share", "two uniform numbers of this round"),
    Column(
        "suspicion", "f8", "share", "how far advice to give way is doubted if not from a friend"
    ),
    Column("together", "i8", "0/1", "1 if both sides hear the same estimate, 0 if each its own"),
    Column("attended", "i8", "months", "of this contract in which the mediator was present"),
    Column("readings", "i8", "readings", "independent ones behind an estimate of merits"),
    Column("pressure", "f8", "share", "of a claim that a fully trusting side gives up if told so"),
    Column("payment", "f8", "money", "the mediator adds to a text, half to each side"),
    Column("row", "i8", "-", "number of the style at hand, among those of all mediators"),
    Column("acts", "i8", "acts", "of a custom style, in this round"),
    Column("wrong", "i8", "-", "sim.words.Trouble of a custom style; 0 if none"),
    Column("sheet", f"({SHEET},)f8", "-", "what a custom style is handed, and what it answers"),
)
