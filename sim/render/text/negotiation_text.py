"""A negotiation session as text: the setting, the deal, utilities, and solutions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import indent

from sim.measure.amounts import format_digits, format_fixed
from sim.outcomes.domains.domain import SIDES
from sim.outcomes.sessions.learned import learning_accuracy
from sim.outcomes.sessions.summary import SessionSummary
from sim.outcomes.sessions.transcript import TEXTS, Session
from sim.render.tables import GAP, Grid, Head, Item, indented_rows, text_items, to_text

LONGEST_OUTCOME = 78  # letters of an outcome in a list of offers


def session_as_text(summary: SessionSummary, trace: bool = False) -> str:
    """Return a session as plain text; `trace` adds every offer and the opponent models."""
    parts = [_setting_as_text(summary)]
    if trace:
        parts.append(_offers_as_text(summary.session))
    parts.append(_deal_as_text(summary))
    parts.append(_utilities_as_text(summary))
    parts.append(_solutions_as_text(summary))
    if trace:
        parts.append(_models_as_text(summary.session))
    return "\n\n".join(part for part in parts if part)


def _setting_as_text(summary: SessionSummary) -> str:
    """Return the domain, the protocol, and both sides with their strategies."""
    session, domain = summary.session, summary.session.domain
    rounds = "round" if session.rounds == 1 else "rounds"
    issues = "issue" if len(domain.issues) == 1 else "issues"
    on_frontier = f"{len(summary.solutions.frontier)} of them on the Pareto frontier"
    lines = [
        f"{domain.name}: {len(domain.issues)} {issues}, {domain.count:,} outcomes, {on_frontier}",
        f"{session.protocol.replace('_', ' ')}, {session.rounds} {rounds}",
    ]
    for side, profile, played in zip(SIDES, domain.profiles, session.plays, strict=True):
        name = "" if profile.name == side else f" ({profile.name})"
        discount = "" if profile.discount == 1.0 else f", discount {profile.discount:g}"
        reserved = f"reservation value {format_digits(profile.reservation, 4)}{discount}"
        lines.append(f"  {side}{name}: {played}, {reserved}")
        if played.custom is not None and played.custom.why_plain:
            lines.append(f"    {played.custom.compiled_as()}")
    return "\n".join(lines)


def _deal_as_text(summary: SessionSummary) -> str:
    """Return the agreement with its values, or that there is none."""
    session, domain = summary.session, summary.session.domain
    zone = "" if summary.solutions.zone else " The zone of agreement is empty: no outcome is worth"
    zone += "" if summary.solutions.zone else " its reservation value to both."
    if not session.agreed:
        return f"No agreement.{zone}"
    taken_by = "at the end, by both" if session.taker == "both" else f"taken by the {session.taker}"
    when = f"round {session.turn + 1} of {session.rounds} (relative time {session.time:.3f})"
    lines = [f"Agreement on outcome {session.number} in {when}, {taken_by}:{zone}"]
    names = [issue.name for issue in domain.issues]
    values = zip(names, domain.values(session.number), strict=True)
    return "\n".join([*lines, indented_rows(list(values))])


def _utilities_as_text(summary: SessionSummary) -> str:
    """Return utilities and gains of both sides, and the distance to the Pareto frontier."""
    session = summary.session
    heads = [Head("", left=True), Head("utility"), Head("gain")]
    rows = [
        text_items(side, format_fixed(session.utilities[k], 4), format_fixed(summary.gains[k], 4))
        for k, side in enumerate(SIDES)
    ]
    if any(profile.discount < 1.0 for profile in session.domain.profiles):
        heads.append(Head("after discount"))
        for k, row in enumerate(rows):
            row.append(Item(format_fixed(session.paid[k], 4)))
    lines = [_indented_table(heads, rows)]
    if session.agreed:
        distance = (
            "Pareto-optimal"
            if summary.optimal
            else f"{format_fixed(summary.to_frontier, 4)} from the Pareto frontier"
        )
        lines.append(f"  {distance}")
    return "\n".join(lines)


def _solutions_as_text(summary: SessionSummary) -> str:
    """Return the distance of the deal from each solution concept."""
    if not summary.distances:
        return ""
    names = ("outcome", "buyer", "vendor", "distance")
    rows = [
        text_items(
            d.name, str(d.number), *(format_fixed(x, 4) for x in (d.buyer, d.vendor, d.distance))
        )
        for d in summary.distances
    ]
    return _indented_table([Head("solution", left=True), *map(Head, names)], rows)


def _offers_as_text(session: Session) -> str:
    """Return every offer or text, in order."""
    if not session.utterances:
        return "  nobody said anything"
    rows = []
    for utterance in session.utterances:
        words = ", ".join(session.domain.values(utterance.number))
        words = words if len(words) <= LONGEST_OUTCOME else words[: LONGEST_OUTCOME - 1] + "…"
        note = f"  [{utterance.note}]" if utterance.note else ""
        worth = (format_fixed(utterance.buyer, 4), format_fixed(utterance.vendor, 4))
        description = f"{utterance.number}: {words}{note}"
        rows.append(text_items(f"{utterance.turn + 1}", utterance.speaker, *worth, description))
    longest = max(map(len, ("mediator",) if session.protocol in TEXTS else SIDES))
    speaker = Head("", left=True, least=longest)
    heads = [Head("round"), speaker, Head("buyer"), Head("vendor"), Head("outcome", left=True)]
    return _indented_table(heads, rows)


def _indented_table(heads: Sequence[Head], rows: Sequence[Sequence[Item]]) -> str:
    """Return an indented table that is never broken, since an outcome may be long."""
    return indent(to_text(Grid(heads, rows), math.inf), GAP)


def _models_as_text(session: Session) -> str:
    """Return how well opponent models would have learned from the offers."""
    found = learning_accuracy(session) if session.protocol not in TEXTS else {}
    lines = [
        f"  the {side} of the other side: "
        + ", ".join(
            f"{model} model {format_fixed(value, 2, signed=True)}"
            for model, value in models.items()
        )
        for side, models in found.items()
    ]
    head = "What could be learned from the offers (correlation of estimate and truth):"
    return "\n".join([head, *lines]) if lines else ""
