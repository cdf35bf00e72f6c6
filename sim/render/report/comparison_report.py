"""The HTML report of a comparison: one printable page that needs no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import count, first_months
from sim.measure.intervals import FEWEST_FOR_BOOTSTRAP, RESAMPLES
from sim.render.comparison_tables import (
    all_differences_table,
    all_means_table,
    ledger_changes_table,
    ledger_table,
    meanings_table,
)
from sim.render.figures.captions import TITLES, comparison_caption
from sim.render.figures.comparison_figures import comparison_figures
from sim.render.figures.figure_style import to_svg
from sim.render.numbers import interval_name, unit_in_words
from sim.render.tables import Grid
from sim.render.templates import render
from sim.render.wording import headline
from sim.study.results.command import shell_text

if TYPE_CHECKING:
    from sim.measure.compare import Comparison

TEMPLATE = "render/report/comparison_report.html.j2"
INTERVAL_NOTES = {
    True: f"Worlds are resampled, {RESAMPLES:,} times; months never are.",
    False: "So few worlds are not resampled: intervals are Student's t over worlds, never over months.",
}


def comparison_report(
    comparison: Comparison,
    *,
    command: str | Sequence[str],
    manifest: Mapping[str, Any] | None = None,
    drawings: Mapping[str, str] | None = None,
) -> str:
    """Return the report of a comparison as HTML.

    `command` is the command line that runs it again, as text or as words. `manifest` is the record
    of the run, if there is one. `drawings` gives figures as SVG by name; they are drawn if left out.
    The same comparison gives the same bytes, except for times in the manifest.
    """
    from markupsafe import Markup

    drawn = drawings or {
        name: to_svg(figure, name) for name, figure in comparison_figures(comparison).items()
    }
    pictures = [
        {
            "name": n,
            "svg": Markup(text),
            "title": TITLES[n],
            "caption": comparison_caption(comparison, n),
        }
        for n, text in drawn.items()
    ]
    command_line = command if isinstance(command, str) else shell_text(command)
    facts = {"figures": pictures, "command": command_line, "facts": list(manifest_facts(manifest))}
    return f"{render(TEMPLATE, **_facts_of_comparison(comparison), **_tables_of_comparison(comparison), **facts)}\n"


def _facts_of_comparison(comparison: Comparison) -> dict[str, Any]:
    """Return the values of the template that are no tables."""
    words = count(comparison.worlds, "world")
    return {
        "name": comparison.loaded.name,
        "title": comparison.loaded.scenario.title or comparison.loaded.name,
        "size": _size_in_words(comparison),
        "seed": comparison.seed,
        "worlds": comparison.worlds,
        "worlds_words": words,
        "many": comparison.worlds > 1,
        "interval": interval_name(comparison.worlds),
        "how_found": INTERVAL_NOTES[comparison.worlds >= FEWEST_FOR_BOOTSTRAP],
        "interrupted": comparison.interrupted,
        "contestants": comparison.contestants or comparison.regimes,
        "contrasts": comparison.contrasts,
        "headline": headline(comparison),
        "money": unit_in_words(comparison.row("surplus", comparison.regimes[0]).unit),
        "residual": f"{comparison.residual:.1e}",
        "digest": comparison.loaded.digest,
        "scenario": compact_json(comparison.loaded.resolved()),
    }


def _size_in_words(comparison: Comparison) -> str:
    """Return the size of the run: worlds, needs and months."""
    size = f"{count(comparison.worlds, 'world')} of {count(comparison.needs, 'need')}, {count(comparison.months, 'month')}"
    return size + (
        f" (measured without {first_months(comparison.burn_in)})" if comparison.burn_in else ""
    )


def _tables_of_comparison(comparison: Comparison) -> dict[str, Grid]:
    """Return the tables of the template by name."""
    makers = {"measures": all_means_table, "ledger": ledger_table, "meanings": meanings_table}
    makers |= (
        {"differences": all_differences_table, "changes": ledger_changes_table}
        if comparison.contrasts
        else {}
    )
    return {name: make(comparison) for name, make in makers.items()}


def manifest_facts(manifest: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield the entries of a manifest that the report shows, as label and text."""
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
