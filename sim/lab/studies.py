"""A study from what was typed to a folder with everything in it, for commands and Python alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError
from sim.lab.comparisons import FIGURES, REPORT
from sim.lab.requested import Request
from sim.scenario.code import consent_to, custom_texts
from sim.scenario.load import load
from sim.strategies.custom_code import split_path
from sim.study.design.analysis import takes_ranges
from sim.study.design.definition import Study
from sim.study.design.factors import Factor, parse_vary, refused
from sim.study.design.plan import plan
from sim.study.design.study_base import read_whole
from sim.study.design.studyfile import Place, check, is_study
from sim.study.results.owned_folders import MANIFEST
from sim.study.results.store import write_text
from sim.study.run.restore import is_folder, restore
from sim.study.run.sweep import OnProgress, SweepResult, run_study

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.strategies.code_consent import Consent

ARGUMENTS: dict[str | int, str] = {
    "stop": "until"
}  # keys of a file that are asked for by another name
SAID = ("points", "csv", "of", "regimes", "outcomes", "worlds", "seed")  # as a study file has them
FROM_FILE = "the keys that vary stand in the file"


def ask_study(request: Request) -> Study:
    """Return a study of a scenario, of a study file, or of the folder of an earlier one.

    What is said wins over what a file says. Files of strategies run that overrides and factors name,
    with `allow_code` those that any file names too.
    Raises ScenarioError with every problem, before anything runs.
    """
    said = {
        "design": request.design,
        "stop": read_until(request.until, request.at_most),
        **{name: getattr(request, name) for name in SAID},
    }
    consent = consent_to(request.overrides, request.allow_code)
    return study_of(request.scenario, factors_of(request), request.overrides, said, consent)


def study_of(
    source: str | Path | Scenario,
    factors: Sequence[Factor],
    overrides: Mapping[str, Any],
    told: Mapping[str, Any],
    consent: Consent,
) -> Study:
    """Return a study of a source; `told` has keys of a study file, None where nothing is said of them.

    Raises ScenarioError with every problem.
    """
    consent = consent.also(files_in(factors))
    said = {key: value for key, value in told.items() if value not in (None, (), [], "")}
    design = said.pop("design", "")
    if isinstance(source, str | Path) and is_folder(source):
        return _again(Path(source), {**said, **({"factors": factors} if factors else {})}, consent)
    if isinstance(source, str | Path) and is_study(str(source)):
        if factors or said.get("csv"):
            raise refused(str(source), "", f"is a study: {FROM_FILE}")
        table, place = read_whole(Path(source), overrides, consent)
        data = table.model_dump() | _plain(said)
        return plan(check(data, place), place, overrides=overrides, consent=consent)
    data = {"design": design, "factors": [f.data() for f in factors], **_plain(said)}
    loaded = None
    if not isinstance(source, str | Path):
        loaded = load(source, overrides, consent=consent)
    name = str(source) if loaded is None else loaded.name
    said_by = _Arguments(factors)
    table = check({"scenario": name, **data}, said_by)
    return plan(table, said_by, overrides=overrides, loaded=loaded, consent=consent)


def factors_of(request: Request) -> list[Factor]:
    """Return what a request varies; raises ScenarioError with every problem."""
    if isinstance(request.vary, Mapping):
        return [Factor(key, tuple(values)) for key, values in request.vary.items()]
    texts, by = request.vary, request.vary_by
    places = map(Argument, by if len(by) == len(texts) else [*by] * len(texts))
    return read_vary(zip(texts, places, strict=True), ranges=takes_ranges(request.design))


def files_in(factors: Sequence[Factor]) -> set[str]:
    """Return the files of strategies that factors name: who varies a key names its values."""
    pairs = [(f.key, value) for f in factors for value in f.values]
    return {split_path(text)[0] for text in custom_texts({}, pairs)}


class _Arguments(Place):
    """The places of what was asked for: each factor has a place of its own."""

    def __init__(self, factors: Sequence[Factor]):
        super().__init__(option=Argument("arguments"))
        self.factors = [f.where for f in factors]

    def of(self, keys: tuple[str | int, ...]) -> str:
        """Return the argument that said a key."""
        if len(keys) > 1 and keys[0] == "factors":
            return self.factors[int(keys[1])]
        if not keys:
            return self.option
        own = keys[-1] if keys[-1] == "at_most" else keys[0]
        return Argument(ARGUMENTS.get(own, own))


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a study file has them: tuples are lists."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}


def _again(folder: Path, said: Mapping[str, Any], consent: Consent) -> Study:
    """Return the study of a folder; anything said about it would make it another one."""
    from sim.study.results.manifest import read_manifest

    if said:
        raise refused(str(folder), ", ".join(said), "is a study already: it goes on as it is")
    return restore(read_manifest(folder), folder / MANIFEST, consent)


def read_vary(texts: Iterable[tuple[str, str]], *, ranges: bool) -> list[Factor]:
    """Return the factors of texts, each with what said it; raises ScenarioError with every problem."""
    found, problems = [], []
    for text, where in texts:
        try:
            found.append(parse_vary(text, where, ranges=ranges))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


def read_until(text: str | None, at_most: int | None) -> dict[str, Any] | None:
    """Return the stopping rule of a text `OUTCOME=WIDTH`; raises ScenarioError."""
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


def make_study(
    request: Request, study: Study, on_progress: OnProgress | None = None
) -> SweepResult:
    """Run the study of a request and write its folder: parts, tables, figures and report, manifest.

    The folder of an earlier one goes on where it is, unless another is asked for.
    """
    out, source = request.out, request.scenario
    if out is None and isinstance(source, str | Path) and is_folder(source):
        out = source
    return run_study(
        study, out=out, force=request.force, how=request.how(), on_progress=on_progress,
        after=draw if request.drawings else None,
    )  # fmt: skip


def draw(folder: Path, record: Mapping[str, Any]) -> None:
    """Write figures and report of a study's folder; `record` is its manifest so far."""
    from sim.render.figures.comparison_figures import svg
    from sim.render.figures.study_figures import study_figures
    from sim.render.report.study_report import study_report
    from sim.render.study_tables import read_study

    (folder / FIGURES).mkdir(exist_ok=True)
    made = study_figures(read_study(folder).tables, record)
    drawn = {name: svg(figure, name) for name, figure in made.items()}
    for name, text in drawn.items():
        write_text(folder / FIGURES / f"{name}.svg", text)
    write_text(folder / REPORT, study_report(folder, drawn))


def report_again(folder: str | Path) -> Path:
    """Write figures and report of a folder anew, and return the report's path; raises SimError.

    Nobody else may be writing there. The manifest names the new files and is else as it was.
    """
    from sim.study.results.folder import reserve
    from sim.study.results.manifest import read_manifest, reading, reseal
    from sim.study.results.owned_folders import refuse_links, strangers

    path = Path(folder)
    read_manifest(path)
    refuse_links(path)
    _, lock = reserve(path, path.name)
    try:
        record = read_manifest(path)
        leave = strangers(path)
        with reading(path):
            _draw_again(path, record)
        reseal(path, record, lambda name: name == REPORT or name.startswith(f"{FIGURES}/"), leave)
    finally:
        lock.release()
    return path / REPORT


def _draw_again(path: Path, record: Mapping[str, Any]) -> None:
    if record["kind"] in ("compare", "run"):
        from sim.lab.comparisons import compare_report

        compare_report(path, record)
    else:
        restore(record, path / MANIFEST)
        draw(path, record)
