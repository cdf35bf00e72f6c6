"""Styles of mediators: what each does, one file a style.

A style is a rule that sees its desk (what it was told and made of it, and what sides answered), its own row
and the public parameters, and returns one act of `sim.words.Act`. Who applies the act, charges it and writes
it down is the engine, `sim/mediation/rounds/talk_rounds.py`; no style can reach what only a side knows.
"""
