"""The report of a comparison: one HTML page that needs no network, light, printable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import count, first_months
from sim.measure.intervals import ENOUGH_TO_DRAW, RESAMPLES
from sim.render.comparison_tables import all_differences, all_means, changes, ledger, meanings
from sim.render.figures.captions import TITLES, caption
from sim.render.figures.comparison_figures import figures, svg
from sim.render.numbers import intervals_over, unit_words
from sim.render.tables import Grid
from sim.render.templates import render
from sim.render.wording import headline
from sim.study.results.command import shell_text

if TYPE_CHECKING:
    from sim.measure.compare import Comparison

TEMPLATE = "render/report/comparison_report.html.j2"
HOW_FOUND = {
    True: f"Worlds are resampled, {RESAMPLES:,} times; months never are.",
    False: "So few worlds are not resampled: intervals are Student's t over worlds, never over months.",
}


def report(
    c: Comparison,
    *,
    command: str | Sequence[str],
    manifest: Mapping[str, Any] | None = None,
    drawings: Mapping[str, str] | None = None,
) -> str:
    """Return the report of a comparison as HTML.

    `command` is what a person types to get it again; `manifest` is the record of the run, where
    there is one; `drawings` gives figures as SVG by name, drawn here when left out. The same
    comparison gives the same bytes, but for the times in the manifest.
    """
    from markupsafe import Markup

    drawn = drawings or {name: svg(figure, name) for name, figure in figures(c).items()}
    pictures = [
        {"name": n, "svg": Markup(text), "title": TITLES[n], "caption": caption(c, n)}
        for n, text in drawn.items()
    ]
    again = command if isinstance(command, str) else shell_text(command)
    told = {"figures": pictures, "command": again, "facts": list(facts(manifest))}
    return f"{render(TEMPLATE, **_about(c), **_tables(c), **told)}\n"


def _about(c: Comparison) -> dict[str, Any]:
    words = count(c.worlds, "world")
    return {
        "name": c.loaded.name,
        "title": c.loaded.scenario.title or c.loaded.name,
        "size": _size(c),
        "seed": c.seed,
        "worlds": c.worlds,
        "worlds_words": words,
        "many": c.worlds > 1,
        "interval": intervals_over(c.worlds),
        "how_found": HOW_FOUND[c.worlds >= ENOUGH_TO_DRAW],
        "interrupted": c.interrupted,
        "contestants": c.contestants or c.regimes,
        "contrasts": c.contrasts,
        "headline": headline(c),
        "money": unit_words(c.row("surplus", c.regimes[0]).unit),
        "residual": f"{c.residual:.1e}",
        "digest": c.loaded.digest,
        "scenario": compact_json(c.loaded.resolved()),
    }


def _size(c: Comparison) -> str:
    said = f"{count(c.worlds, 'world')} of {count(c.needs, 'need')}, {count(c.months, 'month')}"
    return said + (f" (measured without {first_months(c.burn_in)})" if c.burn_in else "")


def _tables(c: Comparison) -> dict[str, Grid]:
    made = {"measures": all_means, "ledger": ledger, "meanings": meanings}
    made |= {"differences": all_differences, "changes": changes} if c.contrasts else {}
    return {name: make(c) for name, make in made.items()}


def facts(manifest: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield the facts of a manifest worth a line, as label and text."""
    if not manifest:
        return
    tool, machine = manifest.get("tool", {}), manifest.get("machine", {})
    versions = manifest.get("versions", {})
    lines = {
        "tool": " ".join(str(part) for part in tool.values()),
        "source digest": manifest.get("source_digest"),
        "scenario digest": manifest.get("scenario_digest"),
        "overrides": json.dumps(manifest.get("overrides") or {}, ensure_ascii=False),
        "regimes": ", ".join(manifest.get("regimes", ())),
        "seed": manifest.get("seed"),
        "versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
        "machine": ", ".join(f"{name} {value}" for name, value in machine.items()),
        "started": manifest.get("start"),
        "ended": manifest.get("end"),
    }
    for label, value in lines.items():
        if value not in (None, "", "{}"):
            yield label, str(value)


def compact_json(data: Any, margin: str = "") -> str:
    """Return data as indented JSON, with lists of plain values on one line."""
    inner = margin + "  "
    if isinstance(data, dict) and data:
        parts = [f"{json.dumps(str(k))}: {compact_json(v, inner)}" for k, v in data.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}}}"
    if isinstance(data, list) and any(isinstance(item, dict | list) for item in data):
        parts = [compact_json(item, inner) for item in data]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}]"
    return json.dumps(data, ensure_ascii=False)
