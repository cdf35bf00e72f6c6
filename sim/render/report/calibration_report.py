"""The HTML page of a calibration: findings, tables, figures, the sealed question, and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.calibration.alternatives import BLINDNESS
from sim.render.calibration_tables import (
    alternatives_grid,
    facts_grid,
    finding_lines,
    keys_grid,
    ruled_out_grid,
)
from sim.render.figures.calibration_figures import CalibrationPicture
from sim.render.report.comparison_report import manifest_facts
from sim.render.templates import render
from sim.study.results.command import shell_text

NOTES = (
    "Only the arm without a mediator was simulated: nothing here was chosen by what mediation is worth.",
    ("Ruled out is what lies further from a fact than the fact's own error, the model's discrepancy, luck and the "
     "emulator's error allow together. What is left is not thereby right."),
    ("A parameter set weighs by the chance that a world with the facts' law of error would have published the facts, "
     "given what that set simulated."),
    "Keys of the mediator keep their priors: no fact used here can tell them.",
    "A fact that cannot hold is a finding about the model. It is not a reason to widen a prior afterwards.",
)  # fmt: skip


def calibration_report(
    found: Mapping[str, Any],
    manifest: Mapping[str, Any],
    pictures: Sequence[CalibrationPicture],
    drawings: Mapping[str, str],
) -> str:
    """Return the page of a calibration; `drawings` gives its figures as SVG by name."""
    from markupsafe import Markup

    page = render(
        "render/report/calibration_report.html.j2",
        title=f"{found['title'] or found['scenario']}: what published facts leave possible",
        about=f"{found['scenario']} · question {found['question'][:12]} · seed {manifest.get('seed')}",
        findings=finding_lines(found),
        deviations=list(found.get("deviations", ())),
        blind=BLINDNESS,
        alternatives=alternatives_grid(found),
        tables=[facts_grid(found), keys_grid(found), ruled_out_grid(found)],
        figures=[
            {
                "name": p.name,
                "title": p.title,
                "caption": p.caption,
                "svg": Markup(drawings[p.name]),
            }
            for p in pictures
        ],
        notes=NOTES,
        command=shell_text([str(word) for word in manifest.get("command", ())]),
        facts=list(manifest_facts(manifest)),
        digest=found["question"],
    )
    return f"{page}\n"
