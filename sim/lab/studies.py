"""Studies, from a request to a folder with tables, figures and report; for commands and API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError, SimError
from sim.lab.requested import Request
from sim.scenario.code import consent_to, custom_texts
from sim.scenario.load import load
from sim.scenario.strict_tables import Place
from sim.strategies.custom_code import split_path
from sim.study.design.analysis import takes_ranges
from sim.study.design.definition import Drawn, Study
from sim.study.design.factors import Factor, design_error, parse_vary
from sim.study.design.plan import FindDrawn, plan
from sim.study.design.study_base import read_and_check
from sim.study.design.studyfile import StudyTable, check_study, is_study_file
from sim.study.results.command import IDENTIFY
from sim.study.results.durable_files import write_text
from sim.study.results.grown_study import GROWN, table_in_folder
from sim.study.results.manifest import read_manifest, start_manifest
from sim.study.results.owned_folders import FIGURES, MANIFEST, REPORT
from sim.study.results.resume import recorded_drawn
from sim.study.run.restore import is_result_folder, restore_study
from sim.study.run.run_options import RunOptions
from sim.study.run.study_session import OnProgress
from sim.study.run.sweep import (
    SweepResult,
    run_study,
    study_request,
)

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.strategies.code_consent import Consent

# Keys of a study file whose argument has another name, and fields of a request that are such keys.
ARGUMENT_NAMES: dict[str | int, str] = {"stop": "until"}
FILE_KEYS = ("points", "csv", "of", "regimes", "outcomes", "worlds", "seed")
FROM_FILE = "its factors are those in the file"


def resolve_study(request: Request) -> Study:
    """Return the study of a request: of a scenario, a study file, or the folder of an earlier study.

    Arguments take precedence over the keys of a file. Custom code may run if overrides or factors name
    it, or, with `allow_code`, if a file names it. Raises ScenarioError with every problem, before
    anything runs.
    """
    keys = {
        "design": request.design,
        "stop": parse_until(request.until, request.at_most),
        **{name: getattr(request, name) for name in FILE_KEYS},
    }
    consent = consent_to(request.overrides, request.allow_code)
    factors, folder = factors_of(request), _resumed_folder(request)
    return build_study(request.scenario, factors, request.overrides, keys, consent, folder)


def build_study(
    source: str | Path | Scenario,
    factors: Sequence[Factor],
    overrides: Mapping[str, Any],
    keys: Mapping[str, Any],
    consent: Consent,
    folder: Path | None = None,
) -> Study:
    """Return the study of a scenario, a study file, or the folder of an earlier study.

    `keys` are keys of a study file that take precedence over those of the source; None or empty values
    are ignored. `folder` is that of an earlier result if the study is to be resumed there, as it may
    grow in it. Raises ScenarioError with every problem.
    """
    find_drawn = None if folder is None else partial(_drawn_in_folder, folder)
    consent = consent.with_files(custom_files(factors))
    given = {key: value for key, value in keys.items() if value not in (None, (), [], "")}
    design = given.pop("design", "")
    if isinstance(source, str | Path) and is_result_folder(source):
        return _study_of_folder(
            Path(source),
            {**given, **({"factors": factors} if factors else {})},
            consent,
            find_drawn,
        )
    if isinstance(source, str | Path) and is_study_file(str(source)):
        if factors or given.get("csv"):
            raise design_error(str(source), "", f"is a study: {FROM_FILE}")
        table, place = read_and_check(Path(source), overrides, consent)
        data = table.model_dump() | _file_data(given)
        table = _table_to_run(check_study(data, place), folder)
        return plan(table, place, overrides=overrides, consent=consent, find_drawn=find_drawn)
    data = {"design": design, "factors": [f.data() for f in factors], **_file_data(given)}
    loaded = None
    if not isinstance(source, str | Path):
        loaded = load(source, overrides, consent=consent)
    name = str(source) if loaded is None else loaded.name
    place = _ArgumentPlaces(factors)
    table = _table_to_run(check_study({"scenario": name, **data}, place), folder)
    return plan(
        table, place, overrides=overrides, loaded=loaded, consent=consent, find_drawn=find_drawn
    )


def _drawn_in_folder(folder: Path, study: Study) -> Drawn | None:
    """Return what a folder records of the points of a study, if it holds its result; else None."""
    try:
        record = start_manifest(study_request(study, RunOptions()))
    except SimError:
        return (
            None  # a file that a factor names is gone: checking the points says where it was named
        )
    return recorded_drawn(folder, record)


def _table_to_run(table: StudyTable, folder: Path | None) -> StudyTable:
    """Return a study as it is run in a folder that holds a result; anywhere else as it is."""
    return table if folder is None else table_in_folder(table, folder)


def _resumed_folder(request: Request) -> Path | None:
    """Return the folder of the earlier result that a request would resume; None if there is none.

    Without `out` that is the folder the request is about, if it is one.
    """
    source = request.scenario if isinstance(request.scenario, str | Path) else ""
    place = request.out or (source if source and is_result_folder(source) else None)
    if request.force or place is None or not is_result_folder(place):
        return None
    return Path(place)


def factors_of(request: Request) -> list[Factor]:
    """Return the factors that a request varies; raises ScenarioError with every problem."""
    if isinstance(request.vary, Mapping):
        return [Factor(key, tuple(values)) for key, values in request.vary.items()]
    texts, by = request.vary, request.vary_by
    places = map(Argument, by if len(by) == len(texts) else [*by] * len(texts))
    return parse_factors(zip(texts, places, strict=True), ranges=takes_ranges(request.design))


def custom_files(factors: Sequence[Factor]) -> set[str]:
    """Return the files of custom code among the values of factors: the user named them by varying them."""
    pairs = [(f.key, value) for f in factors for value in f.values]
    return {split_path(text)[0] for text in custom_texts({}, pairs)}


class _ArgumentPlaces(Place):
    """The places of a study's keys if they come from arguments; each factor has its own."""

    def __init__(self, factors: Sequence[Factor]):
        super().__init__(option=Argument("arguments"))
        self.factors = [f.where for f in factors]

    def of(self, keys: tuple[str | int, ...]) -> str:
        """Return the argument that set a key."""
        if len(keys) > 1 and keys[0] == "factors":
            return self.factors[int(keys[1])]
        if not keys:
            return self.option
        own = keys[-1] if keys[-1] == "at_most" else keys[0]
        return Argument(ARGUMENT_NAMES.get(own, own))


def _file_data(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys and values as in a study file, with lists instead of tuples."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in given.items()}


def _study_of_folder(
    folder: Path, given: Mapping[str, Any], consent: Consent, find_drawn: FindDrawn | None
) -> Study:
    """Return the study of a folder, with more points if `points` is given.

    Raises ScenarioError if any other key is given, as it may not be changed.
    """
    points = given.get("points")
    other = [key for key in given if key != "points"]
    if other:
        want = "is a study already: it is resumed as it is, or with more `points`"
        raise design_error(str(folder), ", ".join(other), want)
    return restore_study(read_manifest(folder), folder / MANIFEST, consent, points, find_drawn)


def parse_factors(texts: Iterable[tuple[str, str]], *, ranges: bool) -> list[Factor]:
    """Return the factors of (text, place) pairs; raises ScenarioError with every problem."""
    found, problems = [], []
    for text, where in texts:
        try:
            found.append(parse_vary(text, where, ranges=ranges))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


def parse_until(text: str | None, at_most: int | None) -> dict[str, Any] | None:
    """Return the [stop] table of a text `OUTCOME=WIDTH`, None for None; raises ScenarioError."""
    if text is None:
        return None
    outcome, equals, width = text.partition("=")
    try:
        rule: dict[str, Any] = {"outcome": outcome.strip(), "width": float(width)}
    except ValueError:
        equals = ""
    if not equals:
        want = "want OUTCOME=WIDTH, as in surplus=0.5"
        raise ScenarioError([Problem(Argument("until"), "stop", text, want)])
    return rule | ({"at_most": at_most} if at_most is not None else {})


def run_and_store_study(
    request: Request, study: Study, on_progress: OnProgress | None = None
) -> SweepResult:
    """Run a study and write its folder: parts, tables, figures, report and manifest.

    If the request's source is the folder of an earlier study, that folder is resumed, unless `out`
    names another. Raises SimError.
    """
    out, source, options = request.out, request.scenario, request.run_options()
    if out is None and isinstance(source, str | Path) and is_result_folder(source):
        out = source
    grown = _sizes_before(study, _resumed_folder(request))
    return run_study(
        study, out=out, force=request.force, options=options, on_progress=on_progress,
        request=study_request(study, options, **grown),
        before_seal=draw_study if request.drawings else None,
    )  # fmt: skip


def _sizes_before(study: Study, folder: Path | None) -> dict[str, Any]:
    """Return what the manifest of a study that grows in a folder says of its sizes before; else {}.

    The last of them is made of the study's own first points, so that it is the size of the folder's
    study only if that has the same points.
    """
    if folder is None or not study.kind.grows:
        return {}
    design = read_manifest(folder)["design"]
    there, count = (design.get("study") or {}).get("points"), design.get("points")
    if not there or not count or count >= len(study.points):
        return {}
    fewer = study_request(replace(study, points=study.points[:count]), RunOptions()).design
    return {GROWN: [*design.get(GROWN, ()), {"points": there, "drawn": fewer["drawn"]}]}


def draw_study(folder: Path, record: Mapping[str, Any]) -> None:
    """Write figures and report into a study's folder; `record` is its manifest so far."""
    from sim.render.figures.figure_style import to_svg
    from sim.render.figures.study_figures import plan_pictures
    from sim.render.report.study_report import study_report
    from sim.render.study_tables import read_study

    (folder / FIGURES).mkdir(exist_ok=True)
    study = read_study(folder)
    pictures = plan_pictures(study)
    drawn = {picture.name: to_svg(picture.draw(), picture.name) for picture in pictures}
    for name, text in drawn.items():
        write_text(folder / FIGURES / f"{name}.svg", text)
    write_text(folder / REPORT, study_report(folder, drawn, study, pictures))


def rewrite_report(folder: str | Path) -> Path:
    """Rewrite figures and report of a result's folder, and return the report's path.

    The manifest gets the digests of the new files and is otherwise unchanged. Raises SimError if the
    folder holds no result, or if another process is writing to it.
    """
    from sim.study.results.folder import reserve
    from sim.study.results.manifest import damage_errors, reseal
    from sim.study.results.owned_folders import check_no_links, foreign_entries

    path = Path(folder)
    read_manifest(path)
    check_no_links(path)
    _, lock = reserve(path, path.name)
    try:
        record = read_manifest(path)
        leave = foreign_entries(path)
        with damage_errors(path):
            _redraw(path, record)
        reseal(path, record, lambda name: name == REPORT or name.startswith(f"{FIGURES}/"), leave)
    finally:
        lock.release()
    return path / REPORT


def _redraw(path: Path, record: Mapping[str, Any]) -> None:
    """Rewrite figures and report of a run, a comparison or a study."""
    if record["kind"] in ("compare", "run"):
        from sim.lab.comparisons import rewrite_comparison

        rewrite_comparison(path, record)
    elif record["kind"] == IDENTIFY:
        from sim.lab.drawn_identification import draw_identification

        draw_identification(path, record)
    elif record["kind"] == "calibrate":
        from sim.lab.calibrations import redraw_calibration

        redraw_calibration(path)
    else:
        restore_study(record, path / MANIFEST)
        draw_study(path, record)
