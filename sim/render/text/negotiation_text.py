"""What `sim negotiate` prints: the deal in words, what it is worth, how far it is from where."""

from __future__ import annotations

from sim.measure.amounts import digits, fixed
from sim.outcomes.domains.domain import SIDES
from sim.outcomes.table.learned import learned
from sim.outcomes.table.summary import SessionSummary
from sim.outcomes.table.transcript import TEXTS, Session

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
        if played.own is not None and played.own.why_plain:
            lines.append(f"    {played.own.compiled_as()}")
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
    wide = max(len(issue.name) for issue in domain.issues)
    for issue, value in zip(domain.issues, domain.values(session.number), strict=True):
        lines.append(f"  {issue.name:{wide}}  {value}")
    return "\n".join(lines)


def _worth(s: SessionSummary) -> str:
    session = s.session
    discounted = any(profile.discount < 1.0 for profile in session.domain.profiles)
    lines = ["          utility    gain" + ("  after discount" if discounted else "")]
    for k, side in enumerate(SIDES):
        line = f"  {side:6}  {fixed(session.utilities[k], 4):>7}  {fixed(s.gains[k], 4):>6}"
        lines.append(line + (f"  {fixed(session.paid[k], 4):>14}" if discounted else ""))
    if session.agreed:
        where = (
            "Pareto-optimal" if s.optimal else f"{fixed(s.to_frontier, 4)} from the Pareto frontier"
        )
        lines.append(f"  {where}")
    return "\n".join(lines)


def _solutions(s: SessionSummary) -> str:
    if not s.distances:
        return ""
    lines = [f"  {'solution':17}  outcome   buyer  vendor  distance"]
    for d in s.distances:
        line = f"  {d.name:17}  {d.number:7}  {fixed(d.buyer, 4):>6}  {fixed(d.vendor, 4):>6}  {fixed(d.distance, 4):>8}"
        lines.append(line)
    return "\n".join(lines)


def _offers(session: Session) -> str:
    wide = 8 if session.protocol in TEXTS else 6
    lines = [f"  round  {'':{wide}}   buyer  vendor  outcome"]
    for said in session.said:
        words = ", ".join(session.domain.values(said.number))
        words = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
        note = f"  [{said.note}]" if said.note else ""
        lines.append(
            f"  {said.turn + 1:5}  {said.speaker:{wide}}  {fixed(said.buyer, 4):>6}  {fixed(said.vendor, 4):>6}  "
            f"{said.number}: {words}{note}"
        )
    return "\n".join(lines) if session.said else "  nobody said anything"


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
