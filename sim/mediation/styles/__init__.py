"""Styles of mediators, one file for each.

A style is a rule that sees its desk (what the mediator was told and infers, and what sides answered), the
mediator's row and the public parameters, and returns one act of `sim.words.Act`. The engine,
`sim/mediation/rounds/talk_rounds.py`, applies the act, charges it and logs it. No style can read what only a
side knows.
"""
