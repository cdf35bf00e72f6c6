"""The page of practitioners' claims, from their declaration: the text of `docs/claims.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.measure.amounts import DASH
from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.scenario.values import toml
from sim.study.experiments.claims import CLAIMS_FILE, Claim, Claims, read_claims

SIGNS = {"more": "↑", "less": "↓", "same": "="}

INTRO = f"""# What practitioners say, as contrasts that can fail

People who buy and sell for a living make strong claims about relationships, and nobody can test them on
the job. Each is put here as a contrast: two or more arms, the same people with the same luck under other
institutions or conduct; what is measured; and *where it should turn*, the world in which the claim
should stop holding. The claim speaks of the last arm, against the first. This page was decided before any
run and is written from `experiments/{CLAIMS_FILE}`; it says what is asked, not what is found.

**Reading a measure.** ↑ the claim expects more of it in the last arm than in the first, ↓ less, = no difference. A
name is a measure of `sim.measure.metrics`, else a column of `periods` (per need and month), or `ties.COLUMN`
(mean over ties that had a contract); [data.md](data.md) has them all.

**Running one by hand.** Each arm is one run, `sim run SCENARIO --regime REGIME` with the keys shown; at the turning
point, the keys of that point are added. `sim.study.experiments.claims.run_claim` runs all arms of a claim, and
`weigh` pairs the last with the first world by world.
"""


HEADS = [
    Head(name) for name in ("#", "source", "claim", "scenario", "measured", "should turn where")
]
ARM_HEADS = [Head(name) for name in ("arm", "regime", "keys")]


def claims_page() -> str:
    """Return `docs/claims.md`: the legend, all claims in one table, then each with its keys."""
    return "\n".join(_page_lines(read_claims()))


def _page_lines(claims: Claims) -> Iterator[str]:
    """Yield the lines of the page."""
    yield INTRO
    yield "**Sources.** " + "; ".join(f"{k} = {v}" for k, v in claims.sources.items()) + ".\n"
    yield "## All of them\n"
    rows = [
        text_items(
            f"[{claim.number}](#claim-{claim.number})", ", ".join(claim.source), claim.claim,
            f"`{claim.scenario}`", _measures_in_words(claim), claim.turns.text,
        )
        for claim in claims.claims
    ]  # fmt: skip
    yield to_markdown(Grid(HEADS, rows))
    for claim in claims.claims:
        yield from _claim_lines(claim)


def _claim_lines(claim: Claim) -> Iterator[str]:
    """Yield the lines of one claim: its measures, arms and turning point."""
    yield f'<a id="claim-{claim.number}"></a>\n'
    yield f"## {claim.number}. {claim.claim} ({', '.join(claim.source)})\n"
    yield f"Scenario `{claim.scenario}`. Measured: {_measures_in_words(claim)}."
    if claim.how:
        yield f"Looked at as well: {claim.how.removeprefix('also ')}."
    rows = [
        text_items(arm.name, f"`{arm.regime}`", _keys_as_typed({**claim.set, **arm.set}))
        for arm in claim.arms
    ]
    turn = text_items(
        f"*should turn:* {claim.turns.text}", "as each arm", _keys_as_typed(claim.turns.set)
    )
    yield "\n" + to_markdown(Grid(ARM_HEADS, [*rows, turn]))


def _measures_in_words(claim: Claim) -> str:
    """Return the measures of a claim with the sign each should have."""
    baselines = {name: f" than `{other}` of the first" for name, other in claim.against.items()}
    return ", ".join(f"`{n}` {SIGNS[w]}{baselines.get(n, '')}" for n, w in claim.measures.items())


def _keys_as_typed(keys: Mapping[str, Any]) -> str:
    """Return keys as options of the command line."""
    typed = [f"`--set '{key}={toml(value)}'`" for key, value in keys.items()]
    return " ".join(typed) or DASH
