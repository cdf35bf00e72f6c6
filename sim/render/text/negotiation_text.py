"""What `sim negotiate` prints: the deal in words, what it is worth, how far it is from where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import indent

from sim.measure.amounts import digits, fixed
from sim.outcomes.domains.domain import SIDES
from sim.outcomes.sessions.learned import learned
from sim.outcomes.sessions.summary import SessionSummary
from sim.outcomes.sessions.transcript import TEXTS, Session
from sim.render.tables import GAP, Grid, Head, Item, items, listed, text

LONGEST = 78


def told(s: SessionSummary, trace: bool = False) -> str:
    """Return a session as plain text."""
    parts = [_head(s)]
    if trace:
        parts.append(_offers(s.session))
    parts.append(_deal(s))
    parts.append(_worth(s))
    parts.append(_solutions(s))
    if trace:
        parts.append(_learned(s.session))
    return "\n\n".join(part for part in parts if part)


def _head(s: SessionSummary) -> str:
    session, domain = s.session, s.session.domain
    rounds = "round" if session.rounds == 1 else "rounds"
    issues = "issue" if len(domain.issues) == 1 else "issues"
    front = f"{len(s.solutions.frontier)} of them on the Pareto frontier"
    lines = [
        f"{domain.name}: {len(domain.issues)} {issues}, {domain.count:,} outcomes, {front}",
        f"{session.protocol.replace('_', ' ')}, {session.rounds} {rounds}",
    ]
    for side, profile, played in zip(SIDES, domain.profiles, session.plays, strict=True):
        name = "" if profile.name == side else f" ({profile.name})"
        discount = "" if profile.discount == 1.0 else f", discount {profile.discount:g}"
        reserved = f"reservation value {digits(profile.reservation, 4)}{discount}"
        lines.append(f"  {side}{name}: {played}, {reserved}")
        if played.custom is not None and played.custom.why_plain:
            lines.append(f"    {played.custom.compiled_as()}")
    return "\n".join(lines)


def _deal(s: SessionSummary) -> str:
    session, domain = s.session, s.session.domain
    zone = "" if s.solutions.zone else " The zone of agreement is empty: no outcome is worth"
    zone += "" if s.solutions.zone else " its reservation value to both."
    if not session.agreed:
        return f"No agreement.{zone}"
    by = "at the end, by both" if session.taker == "both" else f"taken by the {session.taker}"
    when = f"round {session.turn + 1} of {session.rounds} (relative time {session.time:.3f})"
    lines = [f"Agreement on outcome {session.number} in {when}, {by}:{zone}"]
    names = [issue.name for issue in domain.issues]
    values = zip(names, domain.values(session.number), strict=True)
    return "\n".join([*lines, listed(list(values))])


def _worth(s: SessionSummary) -> str:
    session = s.session
    heads = [Head("", left=True), Head("utility"), Head("gain")]
    rows = [
        items(side, fixed(session.utilities[k], 4), fixed(s.gains[k], 4))
        for k, side in enumerate(SIDES)
    ]
    if any(profile.discount < 1.0 for profile in session.domain.profiles):
        heads.append(Head("after discount"))
        for k, row in enumerate(rows):
            row.append(Item(fixed(session.paid[k], 4)))
    lines = [_table(heads, rows)]
    if session.agreed:
        where = (
            "Pareto-optimal" if s.optimal else f"{fixed(s.to_frontier, 4)} from the Pareto frontier"
        )
        lines.append(f"  {where}")
    return "\n".join(lines)


def _solutions(s: SessionSummary) -> str:
    if not s.distances:
        return ""
    names = ("outcome", "buyer", "vendor", "distance")
    rows = [
        items(d.name, str(d.number), *(fixed(x, 4) for x in (d.buyer, d.vendor, d.distance)))
        for d in s.distances
    ]
    return _table([Head("solution", left=True), *map(Head, names)], rows)


def _offers(session: Session) -> str:
    if not session.said:
        return "  nobody said anything"
    rows = []
    for said in session.said:
        words = ", ".join(session.domain.values(said.number))
        words = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
        note = f"  [{said.note}]" if said.note else ""
        worth = (fixed(said.buyer, 4), fixed(said.vendor, 4))
        offer = f"{said.number}: {words}{note}"
        rows.append(items(f"{said.turn + 1}", said.speaker, *worth, offer))
    longest = max(map(len, ("mediator",) if session.protocol in TEXTS else SIDES))
    speaker = Head("", left=True, least=longest)
    heads = [Head("round"), speaker, Head("buyer"), Head("vendor"), Head("outcome", left=True)]
    return _table(heads, rows)


def _table(heads: Sequence[Head], rows: Sequence[Sequence[Item]]) -> str:
    """Return a table below a line of its own: set in, and never broken, since an outcome may be long."""
    return indent(text(Grid(heads, rows), math.inf), GAP)


def _learned(session: Session) -> str:
    found = learned(session) if session.protocol not in TEXTS else {}
    lines = [
        f"  the {side} of the other side: "
        + ", ".join(
            f"{model} model {fixed(value, 2, signed=True)}" for model, value in models.items()
        )
        for side, models in found.items()
    ]
    head = "What could be learned from the offers (correlation of estimate and truth):"
    return "\n".join([head, *lines]) if lines else ""
