"""The files of a tournament: tables of meetings, standings and the game between strategies, a manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from sim.measure.standings import Standings
from sim.outcomes.domains.domain import SIDES
from sim.outcomes.many.tournament import Tournament
from sim.records import Column
from sim.study.results.manifest import list_files, write_manifest
from sim.study.results.owned_folders import tool_mark
from sim.study.results.store import write_table

MEETINGS = (
    Column("domain", "str", "-", "name of the domain"),
    Column("buyer", "str", "-", "strategy on the buyer's side"),
    Column("vendor", "str", "-", "strategy on the vendor's side"),
    Column("opener", "str", "-", "the side that makes the first offer"),
    Column("agreed", "bool", "-", "whether there is a deal"),
    Column("outcome", "i8", "-", "number of the outcome agreed on, -1 for none"),
    Column("round", "i8", "round", "in which it was agreed on, from 1; 0 without a deal"),
    Column("taker", "str", "-", "the side that took the other's offer; empty without a deal"),
    Column("utility_buyer", "f8", "share", "before discount; the reservation value without a deal"),
    Column(
        "utility_vendor", "f8", "share", "before discount; the reservation value without a deal"
    ),
    Column("paid_buyer", "f8", "share", "after discount"),
    Column("paid_vendor", "f8", "share", "after discount"),
    Column("to_nash", "f8", "share", "distance from the Nash solution; NaN without a zone"),
    Column("optimal", "bool", "-", "whether the deal is Pareto-optimal"),
)
STANDINGS = (
    Column("strategy", "str", "-", "as the user writes it, with its settings"),
    Column("rank", "i8", "-", "by score, from 1; equal scores share the better rank"),
    Column(
        "rank_low", "i8", "-", "lower end of its 95 % bootstrap interval over domains and sides"
    ),
    Column("rank_high", "i8", "-", "upper end of the same interval"),
    Column("score", "f8", "share", "mean paid against every strategy, including itself"),
    Column("score_low", "f8", "share", "lower end of its 95 % bootstrap interval"),
    Column("score_high", "f8", "share", "upper end of the same interval"),
    Column("self_play", "f8", "share", "mean paid against itself"),
    Column("welfare", "f8", "share", "mean paid to both sides together"),
    Column("agreement", "f8", "share", "meetings that end with a deal"),
    Column("optimal", "f8", "share", "of its deals that are Pareto-optimal"),
    Column("to_nash", "f8", "share", "mean distance of the end from the Nash solution"),
    Column("weight", "f8", "share", "in the symmetric equilibrium of the game between strategies"),
)
GAME = (
    Column("strategy", "str", "-", "who is paid"),
    Column("opponent", "str", "-", "whom it meets"),
    Column("paid", "f8", "share", "mean over domains, sides and who opens"),
)


def write_tournament(folder: Path, tournament: Tournament, standings: Standings) -> None:
    """Write meetings, standings and game into `folder`, and last the manifest with their digests."""
    import pandas as pd

    write_table(folder / "meetings.parquet", pd.DataFrame(_meeting_columns(tournament)), MEETINGS)
    write_table(folder / "standings.parquet", pd.DataFrame(map(asdict, standings.rows)), STANDINGS)
    pairs = [(i, j) for i in range(len(tournament.names)) for j in range(len(tournament.names))]
    game = {
        "strategy": [tournament.names[i] for i, _ in pairs],
        "opponent": [tournament.names[j] for _, j in pairs],
        "paid": standings.payoff.ravel(),
    }
    write_table(folder / "game.parquet", pd.DataFrame(game), GAME)
    write_manifest(
        folder, {**tournament_manifest(tournament, standings), "files": list_files(folder)}
    )


def tournament_manifest(tournament: Tournament, standings: Standings) -> dict[str, Any]:
    """Return the manifest of a tournament, as JSON data without its files."""
    return {
        **tool_mark(),
        "kind": "tournament",
        "domains": [domain.name for domain in tournament.domains],
        "strategies": list(tournament.names),
        "rounds": tournament.rounds,
        "seed": tournament.seed,
        "meetings": len(tournament.meetings),
        "cells": standings.cells,
        "equilibrium": {
            "kind": "symmetric mixture with the highest payoff, by branch and bound over linear programmes",
            "payoff": standings.equilibrium.payoff,
            "regret": standings.equilibrium.regret,
        },
    }


def _meeting_columns(tournament: Tournament) -> dict[str, Any]:
    rows = tournament.meetings
    agreed = rows["outcome"] >= 0
    same = ("outcome", "utility_buyer", "utility_vendor", "paid_buyer", "paid_vendor")
    return {
        "domain": [tournament.domains[k].name for k in rows["domain"]],
        "buyer": [tournament.names[k] for k in rows["buyer"]],
        "vendor": [tournament.names[k] for k in rows["vendor"]],
        "opener": [SIDES[k] for k in rows["opener"]],
        "agreed": agreed,
        "round": (rows["turn"] + 1) * agreed,
        "taker": [SIDES[k] if k >= 0 else "" for k in rows["taker"]],
        **{name: rows[name] for name in same},
        "to_nash": rows["to_nash"],
        "optimal": rows["optimal"],
    }
