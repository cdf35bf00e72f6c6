"""The page of a study: question, findings, figures with their data, design, failures, manifest.

One file with nothing outside it, light, printable; the same bytes for the same folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files import read_bytes, read_text
from sim.measure.amounts import count
from sim.measure.intervals import on_few_worlds
from sim.render.figures.attribution_figures import players
from sim.render.figures.comparison_figures import svg
from sim.render.figures.study_captions import caption, title
from sim.render.figures.study_figures import left_out, pictures
from sim.render.numbers import number
from sim.render.report.comparison_report import compact_json, facts
from sim.render.report.study_findings import findings
from sim.render.report.study_grids import (
    data,
    download,
    factors,
    failures,
    points,
    results,
    rows_of,
    untold,
)
from sim.render.study_tables import FIXED, StudyTables, read_study
from sim.render.templates import render
from sim.study.results.command import TOOL, command_line, resume_command, shell_text
from sim.study.results.owned_folders import MANIFEST

if TYPE_CHECKING:
    from markupsafe import Markup

QUESTION, STUDY, VERDICT, FAILED = "question.md", "study.toml", "verdict.md", "failed"
MOST_TEXT = 60_000  # letters of a file quoted on the page
MOST_SESSIONS = 12
MOST_ROWS = 24  # of a verdict that stand open
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


def study_report(folder: Path, drawings: Mapping[str, str] | None = None) -> str:
    """Return the page of a study's folder as HTML.

    `drawings` gives figures as SVG by name, drawn here when left out. Points that failed or are
    missing are said first. Raises SimError in one line when the folder holds no study.
    """
    folder = Path(folder)
    s = read_study(folder)
    question = _text(folder / QUESTION)
    told = results(s)
    page = render(
        "render/report/study_report.html.j2",
        title=_title(s, question),
        about=_about(s),
        warnings=list(_warnings(s)),
        question=rendered(question, skip_title=True),
        verdict=_verdict(folder),
        findings=findings(s),
        figures=list(_figures(s, drawings or {})),
        undrawn=left_out(s),
        results=told,
        untold=untold(s, told),
        factors=factors(s),
        rows=rows_of(s),
        points=points(s) if len(s.points) else None,
        design=list(_design(s)),
        failures=failures(s, _reports(folder)),
        notes=list(_notes(s)),
        command=_command(s),
        study=_text(folder / STUDY),
        facts=list(_facts(s)),
        digest=str(s.record.get("scenario_digest", "")),
        scenario=compact_json(s.record.get("scenario", {})),
    )
    return f"{page}\n"


def rendered(text: str, *, skip_title: bool = False) -> Markup:
    """Return Markdown as HTML; tags in it are shown as text, pictures are not fetched."""
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


def _title(s: StudyTables, question: str) -> str:
    """Return the question's first heading, else the study's title, else what it is about."""
    heads = (line.lstrip("# ") for line in question.splitlines() if line.startswith("#"))
    given = next(heads, "") or str(s.study.get("title") or "")
    if given:
        return given
    scenario = s.record.get("scenario", {}).get("title") or s.record.get("scenario_name", "")
    varied = s.varying or [f for f in s.factors if not len(s.done)]
    factors = " and ".join(f.name for f in varied)
    if len(varied) > 2:
        factors = count(len(varied), "factor")
    return f"{scenario or 'A study'}: {TITLES[s.analysis.name](s, factors)}"


TITLES: dict[str, Callable[[StudyTables, str], str]] = {
    "summary": lambda s, factors: f"over {factors}" if factors else "one point",
    "rows": lambda s, factors: "row by row",
    "map": lambda s, factors: f"which regime is best where, over {factors}",
    "sensitivity": lambda s, factors: "what matters",
    "attribution": lambda s, factors: f"what each {players(s)} is worth",
}


def _about(s: StudyTables) -> str:
    """Return one line: which scenario, how large, which luck."""
    parts = [
        str(s.record.get("scenario_name", "")),
        DESIGN_WORDS.get(s.design, s.design),
        count(len(s.points) or int(s.record["design"].get("points") or 0), "point"),
        ", ".join(s.regimes),
        f"{s.worlds_words} per point" if len(s.done) else "",
        f"seed {s.record.get('seed')}",
    ]
    return " · ".join(part for part in parts if part)


def _warnings(s: StudyTables) -> Iterator[str]:
    """Yield what is wrong with the study as a whole, the reader's first lines."""
    state = s.points["status"].value_counts().to_dict()
    failed, missing = int(state.get("failed", 0)), int(state.get("missing", 0))
    if not len(s.points):
        yield "Nothing has been computed yet: there is no table of points in this folder."
    if failed or missing:
        parts = [
            f"{failed:,} failed" if failed else "",
            f"{missing:,} not made yet" if missing else "",
        ]
        yield (
            f"Not complete: of {count(len(s.points), 'point')}, "
            f"{' and '.join(p for p in parts if p)}. What is said here is about the "
            f"{len(s.done):,} that {'is' if len(s.done) == 1 else 'are'} complete. "
            "The same command goes on where it stopped."
        )
    if len(s.done) and s.alone:
        yield "One world per point: there are no intervals, and luck may be all there is to see."
    elif len(s.done) and s.analysis.paired and (said := on_few_worlds(s.fewest)):
        yield said


def _figures(s: StudyTables, drawings: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    from markupsafe import Markup

    for picture in pictures(s):
        drawn = drawings.get(picture.name) or svg(picture.draw(), picture.name)
        yield {
            "name": picture.name,
            "svg": Markup(drawn),
            "title": title(s, picture),
            "caption": caption(s, picture),
            "unit": s.unit(picture.outcome) if picture.outcome else "",
            "data": data(picture.data),
            "download": download(picture.name, picture.data),
        }


def _verdict(folder: Path) -> dict[str, Any] | None:
    """Return the verdict of an experiment: its sentence, and what stands around its table."""
    parts = _text(folder / VERDICT).split("\n\n")
    if len(parts) < 3:
        return None
    rest = "\n\n".join(parts[2:-1])
    long = rest.count("\n|") > MOST_ROWS
    return {"sentence": rendered(parts[1]), "rest": rendered(rest), "long": long}


def _design(s: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield the facts of the design, as label and text."""
    study, state = s.study, s.points["status"].value_counts().to_dict()
    told = {
        "scenario": str(study.get("scenario", s.record.get("scenario_name", ""))),
        "design": DESIGN_WORDS.get(s.design, s.design),
        "overrides": ", ".join(f"{k} = {v}" for k, v in (study.get("overrides") or {}).items()),
        "switches": ", ".join(study.get("of") or ()),
        "points": ", ".join(f"{n:,} {name}" for name, n in sorted(state.items())),
        "regimes": ", ".join(s.regimes),
        "outcomes": ", ".join(s.label(o) for o in study.get("outcomes") or s.outcomes()),
        "worlds": f"{s.worlds_words} per point" if len(s.done) else "",
        "seed": str(s.record.get("seed", "")),
    }
    yield from ((name, text) for name, text in told.items() if text)
    yield from _stopping(s)


def _stopping(s: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield why each point has the worlds it has, and how wide its interval became."""
    stop = s.study.get("stop")
    if not stop:
        yield "rule", "a number of worlds fixed before the run"
        return
    yield (
        "rule",
        (
            f"worlds were added until the 95 % interval of {s.said(stop['outcome'])} was narrower than "
            f"{s.width_asked}; first look at {stop['at_least']} worlds, then every {stop['every']}, at most "
            f"{stop['at_most']}"
        ),
    )
    for rule, rows in s.done[s.done["rule"] != FIXED].groupby("rule", sort=True):
        least, most = (number(v, "") for v in (rows["width"].min(), rows["width"].max()))
        worlds = f"{int(rows['worlds'].min()):,} to {int(rows['worlds'].max()):,} worlds"
        yield f"{rule}", f"{count(len(rows), 'point')}, {worlds}, width {least} to {most}"


def _notes(s: StudyTables) -> Iterator[str]:
    """Yield how to read this page, what is said for every study first."""
    yield (
        "Every point and every regime runs in the same worlds: the same people, problems and luck. So "
        "differences are taken world by world, and their intervals are narrower than those of the two "
        "means suggest."
        if s.analysis.paired
        else "The points of one base row or trajectory run in the same worlds, so that a factor that does "
        "nothing has an index of exactly 0; luck is a share of the variance of its own."
    )
    yield (
        "An interval says how well the worlds that were run pin down a mean; it is not the spread of single "
        "worlds. Worlds are resampled, 2,000 times; months never are."
        if s.analysis.paired
        else "An interval of an index says how well the rows of the design pin it down. It may reach below 0: "
        "that is sampling error, and it is shown as it is."
    )
    yield (
        "There are many numbers here, and about one in twenty 95 % intervals misses by chance: what was not "
        "asked beforehand is a hint, not a finding."
    )
    yield from READING[s.analysis.name]
    yield (
        "Joint surplus is what both sides gain over their outside options, risk taken into account, after paying the "
        "mediator."
    )
    yield "What this says holds for this scenario within the ranges given above; change them and run again."


READING: dict[str, tuple[str, ...]] = {  # what else a reader has to know
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


def _command(s: StudyTables) -> list[str]:
    """Return what a person types to get the study again, and to check this folder."""
    first = _typed(s.record.get("command") or ())
    name = s.record.get("design", {}).get("experiment")
    if name and not first:
        first = command_line("experiment", str(name))
    brings = bool(s.record.get("strategies"))
    again = [
        resume_command(STUDY, allow_code=brings),
        command_line("rerun", MANIFEST, allow_code=brings),
    ]
    return [*([first] if first else ()), *again]


def _typed(words: Sequence[Any]) -> str:
    """Return a command line as a person types it; nothing where it was not this command."""
    first, *rest = [str(word) for word in words] or [""]
    path = Path(first)
    ours = path.name == "sim" or (path.name, path.parent.name) == ("__main__.py", "sim")
    return shell_text([TOOL, *rest]) if ours else ""


def _facts(s: StudyTables) -> Iterator[tuple[str, str]]:
    """Yield the facts of the manifest; its end is left out, since the page is written before it."""
    yield from facts({**s.record, "end": None})
    yield from ((k, str(v)) for k, v in (("design digest", s.record["design"].get("digest")),) if v)
    sessions: Sequence[Mapping[str, Any]] = s.record.get("sessions") or ()
    for nth, one in enumerate(sessions[:MOST_SESSIONS], start=1):
        told = _typed(one.get("command") or ())
        workers = count(int(one["threads"]), "worker") if one.get("threads") else ""
        text = ", ".join(p for p in (str(one.get("start", "")), workers, told) if p)
        yield f"session {nth}", text
    if len(sessions) > MOST_SESSIONS:
        yield "more sessions", str(len(sessions) - MOST_SESSIONS)


def _reports(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what is written down of failed points, by name; what cannot be read is left out."""
    found = {}
    for path in sorted((folder / FAILED).glob("*.json")):
        try:
            read = json.loads(read_text(path))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(read, dict):
            found[path.stem] = read
    return found


def _text(path: Path) -> str:
    """Return a text file beside the page, its end cut off where it is very long; else nothing."""
    try:
        text = read_bytes(path).decode("utf-8", "replace")
    except OSError:
        return ""
    return (
        text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n… cut off here: see {path.name}\n"
    )
