"""What an identification found, as text for a terminal."""

from __future__ import annotations

from sim.calibration.identification.seen_panels import Panels
from sim.calibration.identification.told import Identification
from sim.render.identification_tables import (
    answer_sentences,
    further_grid,
    further_sentence,
    sample_sentence,
    some_column_helps,
    told_grid,
)
from sim.render.tables import to_text
from sim.render.text.comparison_text import wrap_line
from sim.study.design.definition import Study


def identification_as_text(answer: Identification, panels: Panels, study: Study) -> str:
    """Return the tables of an identification with what they say, the sample first."""
    sample = sample_sentence(panels, study, answer.points)
    told = told_grid(answer, panels)
    parts = [
        wrap_line(sample),
        f"{told.title}, with its [95 % interval]\n{to_text(told)}",
        "\n".join(wrap_line(line) for line in answer_sentences(answer, panels)),
    ]
    if some_column_helps(answer):
        further = further_grid(answer, panels)
        parts.append(f"{further.title}\n{to_text(further)}")
    parts.append(wrap_line(further_sentence(answer)))
    return "\n\n".join(parts)
