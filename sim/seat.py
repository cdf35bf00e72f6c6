"""A side at a table as its strategy sees it: its settings, its range, and the offers so far.

Its columns are defined below the strategies: `ask` (`sim/strategies/aspiration.py`) and `takes`
(`sim/strategies/taking.py`) see nothing else but the worths of offers heard. Two tables fill them,
the one over money (`sim/bargain/direct.py`) and the one over outcomes
(`sim/outcomes/sessions/turns.py`).
"""

from __future__ import annotations

from sim.records import Column

SEAT = (
    # settings of its strategy
    Column("family", "i8", "-", "sim.strategies.catalogue.Family"),
    Column("accepting", "i8", "-", "sim.strategies.catalogue.Accept"),
    Column("rule", "i8", "-", "address of a custom strategy's function; 0 for others"),
    Column("window", "i8", "offers", "how many offers are averaged over"),
    Column("e", "f8", "-", "exponent of the curve"),
    Column("start", "f8", "share", "aspiration at the start"),
    Column("slack", "f8", "utility", "by which the ask lies below the curve"),
    Column("share", "f8", "share", "ask of a strategy that never moves"),
    Column("noise", "f8", "share", "largest random step"),
    Column("kindness", "f8", "share", "given on top"),
    Column("scale", "f8", "-", "factor of an offer, under next and combined"),
    Column("shift", "f8", "units", "added to an offer so scaled"),
    Column("after", "f8", "share", "relative time, under time and combined"),
    Column("enough", "f8", "share", "of the range, under constant"),
    # its range of utility
    Column("floor", "f8", "utility", "least it may ask for"),
    Column("opening", "f8", "utility", "most it can hope for"),
    Column("low", "f8", "utility", "of the worst outcome in the domain"),
    Column("reservation", "f8", "utility", "least it may take"),
    Column("unit", "f8", "utility", "what a shift of 1 is worth"),
    # what the table shows it at its turn
    Column("clock", "f8", "share", "of the talk gone by"),
    Column("left", "i8", "rounds", "left, this one among them"),
    Column("heard", "i8", "offers", "received so far"),
    Column("chance", "f8", "share", "a uniform number of this turn"),
    Column("step", "f8", "share", "another one"),
    Column("offer", "f8", "utility", "of the offer it would make now"),
    Column("gap", "f8", "share", "between two neighbours of its list, of the range above `low`"),
    Column("below", "f8", "utility", "the next step down its list; -inf at the end"),
    # its own asks and offers
    Column("asked", "f8", "utility", "its newest ask; its opening before"),
    Column("turns", "i8", "offers", "made so far"),
    Column("sent", "i8", "offers", "of these, that differ"),
    Column("received", "i8", "offers", "heard that differ"),
    Column("wrong", "i8", "0/1", "1 once a custom strategy answered something else than a number"),
)
