"""The HTML page of a study: question, findings, figures with data, design, failures, manifest.

One printable file that needs no network; the same folder gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files import read_bytes, read_text
from sim.measure.amounts import count
from sim.measure.intervals import FEWEST_FOR_BOOTSTRAP, warn_few_worlds
from sim.render.figures.attribution_figures import player_word
from sim.render.figures.figure_style import to_svg
from sim.render.figures.sensitivity_figures import index_method
from sim.render.figures.study_captions import picture_caption, picture_title
from sim.render.figures.study_figures import (
    Picture,
    outcomes_without_figure,
    plan_pictures,
)
from sim.render.numbers import format_number
from sim.render.report.comparison_report import (
    INTERVAL_NOTES,
    compact_json,
    manifest_facts,
)
from sim.render.report.study_findings import study_findings
from sim.render.report.study_grids import (
    csv_download,
    factors_table,
    failures_table,
    figure_data_table,
    named_rows_table,
    outcomes_without_table,
    points_table,
    result_tables,
)
from sim.render.study_tables import FIXED_WORLDS, StudyTables, read_study
from sim.render.templates import render
from sim.study.results.command import TOOL, command_line, resume_command, shell_text
from sim.study.results.owned_folders import MANIFEST

if TYPE_CHECKING:
    from markupsafe import Markup

QUESTION, STUDY, VERDICT, FAILED = "question.md", "study.toml", "verdict.md", "failed"
MOST_LETTERS = 60_000  # of a file quoted on the page, so that the page stays light
MOST_SESSIONS = 12  # listed one by one among the facts
MOST_ROWS = 24  # of a verdict; a longer one is folded
DESIGN_WORDS = {
    "factorial": "every combination of values",
    "map": "every combination of the values of two factors",
    "latin_hypercube": "a Latin hypercube",
    "sobol": "a Sobol sequence",
    "list": "the points of a list",
    "rows": "named rows",
    "morris": "Morris trajectories",
    "saltelli": "Saltelli's scheme for Sobol indices",
    "coalitions": "every coalition of switches",
}


def study_report(
    folder: Path,
    drawings: Mapping[str, str] | None = None,
    study: StudyTables | None = None,
    pictures: Sequence[Picture] | None = None,
) -> str:
    """Return the page of a study's folder as HTML.

    `drawings` gives figures as SVG by name; they are drawn if left out. `study` is what `read_study` read, and
    `pictures` what `plan_pictures` planned, if that has been done. Failed and missing points are reported at the
    top. Raises SimError if the folder holds no study.
    """
    folder = Path(folder)
    study = study or read_study(folder)
    pictures = plan_pictures(study) if pictures is None else pictures
    question = _read_beside(folder / QUESTION)
    tables = result_tables(study)
    page = render(
        "render/report/study_report.html.j2",
        title=_page_title(study, question),
        about=_subtitle(study),
        warnings=list(_warnings(study)),
        question=markdown_to_html(question, skip_title=True),
        verdict=_verdict_parts(folder),
        findings=study_findings(study),
        figures=list(_figure_entries(study, pictures, drawings or {})),
        undrawn=outcomes_without_figure(study, pictures),
        results=tables,
        numbers=_what_numbers_are(study),
        without_table=outcomes_without_table(study, tables),
        factors=factors_table(study),
        rows=named_rows_table(study),
        points=points_table(study) if len(study.points) else None,
        design=list(_design_facts(study)),
        failures=failures_table(study, _failure_reports(folder)),
        notes=list(_reading_notes(study)),
        command=_commands(study),
        study=_read_beside(folder / STUDY),
        facts=list(_study_facts(study)),
        digest=str(study.record.get("scenario_digest", "")),
        scenario=compact_json(study.record.get("scenario", {})),
    )
    return f"{page}\n"


def markdown_to_html(text: str, *, skip_title: bool = False) -> Markup:
    """Return Markdown as HTML, headings one level down; tags are shown as text, images dropped."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(text)
    if skip_title and len(tokens) > 2 and tokens[0].type == "heading_open":
        tokens = tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 1)}"
    return Markup(reader.renderer.render(tokens, reader.options, {}))


def _page_title(study: StudyTables, question: str) -> str:
    """Return the first heading of the question, else the study's title, else its subject."""
    heads = (line.lstrip("# ") for line in question.splitlines() if line.startswith("#"))
    given = next(heads, "") or str(study.definition.get("title") or "")
    if given:
        return given
    scenario = study.record.get("scenario", {}).get("title") or study.record.get(
        "scenario_name", ""
    )
    varied = study.varying or [f for f in study.factors if not len(study.complete)]
    factors = " and ".join(f.name for f in varied)
    if len(varied) > 2:
        factors = count(len(varied), "factor")
    return f"{scenario or 'A study'}: {TITLES[study.analysis.name](study, factors)}"


TITLES: dict[str, Callable[[StudyTables, str], str]] = {
    "summary": lambda study, factors: f"over {factors}" if factors else "one point",
    "rows": lambda study, factors: "row by row",
    "map": lambda study, factors: f"which regime is best where, over {factors}",
    "sensitivity": lambda study, factors: "what matters",
    "attribution": lambda study, factors: f"what each {player_word(study)} is worth",
}


def _subtitle(study: StudyTables) -> str:
    """Return one line: scenario, design, points, regimes, worlds and seed."""
    parts = [
        str(study.record.get("scenario_name", "")),
        DESIGN_WORDS.get(study.design, study.design),
        count(len(study.points) or int(study.record["design"].get("points") or 0), "point"),
        ", ".join(study.regimes),
        f"{study.worlds_in_words} per point" if len(study.complete) else "",
        f"seed {study.record.get('seed')}",
    ]
    return " · ".join(part for part in parts if part)


def _warnings(study: StudyTables) -> Iterator[str]:
    """Yield what is wrong with the study as a whole; these are the reader's first lines."""
    counts = study.points["status"].value_counts().to_dict()
    failed, missing = int(counts.get("failed", 0)), int(counts.get("missing", 0))
    if not len(study.points):
        yield "Nothing has been computed yet: there is no table of points in this folder."
    if failed or missing:
        parts = [
            f"{failed:,} failed" if failed else "",
            f"{missing:,} not run yet" if missing else "",
        ]
        yield (
            f"Not complete: of {count(len(study.points), 'point')}, "
            f"{' and '.join(p for p in parts if p)}. What is said here is about the "
            f"{len(study.complete):,} that {'is' if len(study.complete) == 1 else 'are'} complete. "
            "The same command resumes the study."
        )
    if len(study.complete) and study.has_one_world:
        yield "One world per point: there are no intervals, and luck may be all there is to see."
    elif (
        len(study.complete)
        and study.analysis.paired
        and (warning := warn_few_worlds(study.fewest_worlds))
    ):
        yield warning


def _figure_entries(
    study: StudyTables, pictures: Sequence[Picture], drawings: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield each figure with its title, caption, data and download, for the template."""
    from markupsafe import Markup

    for picture in pictures:
        drawn = drawings.get(picture.name) or to_svg(picture.draw(), picture.name)
        yield {
            "name": picture.name,
            "svg": Markup(drawn),
            "title": picture_title(study, picture),
            "caption": picture_caption(study, picture),
            "unit": _unit_of_data(study, picture),
            "data": figure_data_table(picture.data),
            "download": csv_download(picture.name, picture.data),
        }


def _unit_of_data(study: StudyTables, picture: Picture) -> str:
    """Return the unit of the numbers that a figure is drawn from; empty if they have several."""
    if picture.kind in ("tornado", "indices", "pairs") and not index_method(study).in_units:
        return "shares of variance"
    return study.unit(picture.outcome) if picture.outcome else ""


def _verdict_parts(folder: Path) -> dict[str, Any] | None:
    """Return the verdict of an experiment: its sentence, and the notes and table after it."""
    parts = _read_beside(folder / VERDICT).split("\n\n")
    if len(parts) < 3:
        return None
    rest = "\n\n".join(parts[2:-1])
    long = rest.count("\n|") > MOST_ROWS
    return {"sentence": markdown_to_html(parts[1]), "rest": markdown_to_html(rest), "long": long}


def _design_facts(study: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield the facts of the design, as label and text."""
    declared = study.definition
    state = study.points["status"].value_counts().to_dict()
    facts = {
        "scenario": str(declared.get("scenario", study.record.get("scenario_name", ""))),
        "design": DESIGN_WORDS.get(study.design, study.design),
        "overrides": ", ".join(f"{k} = {v}" for k, v in (declared.get("overrides") or {}).items()),
        "switches": ", ".join(declared.get("of") or ()),
        "points": ", ".join(f"{n:,} {name}" for name, n in sorted(state.items())),
        "regimes": ", ".join(study.regimes),
        "outcomes": ", ".join(study.label(o) for o in declared.get("outcomes") or study.outcomes()),
        "worlds": f"{study.worlds_in_words} per point" if len(study.complete) else "",
        "seed": str(study.record.get("seed", "")),
    }
    yield from ((name, text) for name, text in facts.items() if text)
    yield from _stopping_facts(study)


def _stopping_facts(study: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield the rule that fixed the number of worlds, and the widths it reached."""
    stop = study.definition.get("stop")
    if not stop:
        yield "rule", "a number of worlds fixed before the run"
        return
    yield (
        "rule",
        (
            f"worlds were added until the 95 % interval of {study.in_sentence(stop['outcome'])} was narrower than "
            f"{study.requested_width}; first look at {stop['at_least']} worlds, then every {stop['every']}, at most "
            f"{stop['at_most']}"
        ),
    )
    for rule, rows in study.complete[study.complete["rule"] != FIXED_WORLDS].groupby(
        "rule", sort=True
    ):
        least, most = (format_number(v, "") for v in (rows["width"].min(), rows["width"].max()))
        worlds = f"{int(rows['worlds'].min()):,} to {int(rows['worlds'].max()):,} worlds"
        yield f"{rule}", f"{count(len(rows), 'point')}, {worlds}, width {least} to {most}"


def _reading_notes(study: StudyTables) -> Iterator[str]:
    """Yield notes on how to read the page, those for every study first."""
    where = (
        "Every regime of a point runs in the same worlds, which no other point has"
        if study.definition.get("own_worlds")
        else "Every point and every regime runs in the same worlds"
    )
    yield (
        f"{where}: the same people, problems and luck. So differences are taken world by world, and their "
        "intervals are narrower than those of the two means suggest."
        if study.analysis.paired
        else "The points of one base row or trajectory run in the same worlds, so that a factor that does "
        "nothing has an index of exactly 0; luck is a share of the variance of its own."
    )
    yield (
        "An interval says how well the worlds that were run pin down a mean; it is not the spread of single "
        f"worlds. {INTERVAL_NOTES[study.fewest_worlds >= FEWEST_FOR_BOOTSTRAP]}"
        if study.analysis.paired
        else "An interval of an index says how well the rows of the design pin it down. It may reach below 0: "
        "that is sampling error, and it is shown as it is."
    )
    yield (
        "There are many numbers here, and about one in twenty 95 % intervals misses by chance: what was not "
        "asked beforehand is a hint, not a finding."
    )
    yield from READING[study.analysis.name]
    yield (
        "Joint surplus is what both sides gain over their outside options, risk taken into account, after paying the "
        "mediator."
    )
    yield "What this says holds for this scenario within the ranges given above; change them and run again."


def _what_numbers_are(study: StudyTables) -> str:
    """Return what stands in the tables of results, without a full stop."""
    if study.analysis.name == "sensitivity":
        return "Index, and under it its 95 % bootstrap interval over rows of the design"
    if study.is_large:
        return "Mean of the points of a bin, and under it the middle 90 % of these points"
    return f"Mean over worlds, and under it the 95 % interval{' if there is one' if study.has_one_world else ''}"


READING: dict[str, tuple[str, ...]] = {  # further notes by analysis
    "summary": (),
    "rows": (),
    "map": (),
    "sensitivity": (),
    "attribution": (
        (
            "The Shapley value of a function is what it adds, averaged over every order in which all could have "
            "joined. The values add up exactly to the difference between all functions and none. They are gross of "
            "the mediator's fee, which depends on what it does and is a line of its own."
        ),
    ),
}


def _commands(study: StudyTables) -> list[str]:
    """Return the commands that run the study again and check this folder."""
    first = _command_as_typed(study.record.get("command") or ())
    name = study.record.get("design", {}).get("experiment")
    if name and not first:
        first = command_line("experiment", str(name))
    has_custom_code = bool(study.record.get("strategies"))
    rerun = [
        resume_command(STUDY, allow_code=has_custom_code),
        command_line("rerun", MANIFEST, allow_code=has_custom_code),
    ]
    return [*([first] if first else ()), *rerun]


def _command_as_typed(words: Sequence[Any]) -> str:
    """Return a command line as the user typed it; empty if it was another program."""
    first, *rest = [str(word) for word in words] or [""]
    path = Path(first)
    is_own = path.name == "sim" or (path.name, path.parent.name) == ("__main__.py", "sim")
    return shell_text([TOOL, *rest]) if is_own else ""


def _study_facts(study: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield the facts of the manifest, without its end: the page is written before that."""
    yield from manifest_facts({**study.record, "end": None})
    yield from (
        (k, str(v)) for k, v in (("design digest", study.record["design"].get("digest")),) if v
    )
    sessions: Sequence[Mapping[str, Any]] = study.record.get("sessions") or ()
    for number, session in enumerate(sessions[:MOST_SESSIONS], start=1):
        command = _command_as_typed(session.get("command") or ())
        workers = count(int(session["threads"]), "worker") if session.get("threads") else ""
        text = ", ".join(p for p in (str(session.get("start", "")), workers, command) if p)
        yield f"session {number}", text
    if len(sessions) > MOST_SESSIONS:
        yield "more sessions", str(len(sessions) - MOST_SESSIONS)


def _failure_reports(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the reports of failed points by name; unreadable ones are left out."""
    reports = {}
    for path in sorted((folder / FAILED).glob("*.json")):
        try:
            read = json.loads(read_text(path))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(read, dict):
            reports[path.stem] = read
    return reports


def _read_beside(path: Path) -> str:
    """Return a text file of the folder, cut at `MOST_LETTERS`; empty if it is missing."""
    try:
        text = read_bytes(path).decode("utf-8", "replace")
    except OSError:
        return ""
    return (
        text
        if len(text) <= MOST_LETTERS
        else f"{text[:MOST_LETTERS]}\n… cut off here: see {path.name}\n"
    )
