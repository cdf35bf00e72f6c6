"""A study from what was typed to a folder with everything in it, for commands and Python alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError
from sim.lab.comparisons import FIGURES, REPORT
from sim.scenario.code import consent_to, own_texts
from sim.strategies.own_files import parts_of
from sim.study.design.factors import Factor, parse_vary, refused
from sim.study.design.ground import read_whole
from sim.study.design.plan import plan
from sim.study.design.points import OnPoint
from sim.study.design.study import Study
from sim.study.design.studyfile import Place, check, is_study
from sim.study.results.folder import MANIFEST
from sim.study.results.store import write_text
from sim.study.run.restore import is_folder, restore
from sim.study.run.sweep import How, OnProgress, SweepResult, run_study

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.strategies.consent import Consent

OPTIONS: dict[str | int, str] = {"csv": "--list", "stop": "--until", "at_most": "--at-most"}
FROM_FILE = "the keys that vary stand in the file"


def ask_study(
    source: str | Path | Scenario,
    *,
    design: str = "",
    factors: Sequence[Factor] = (),
    overrides: Mapping[str, Any] | None = None,
    on_point: OnPoint | None = None,
    place: Place | None = None,
    allow_code: bool = False,
    **asked: Any,
) -> Study:
    """Return a study of a scenario, of a study file, or of the folder of an earlier one.

    `asked` holds further keys of a study file, None where nothing is said of them. What is said wins
    over what a file says. Files of strategies run that `overrides` and `factors` name, with
    `allow_code` those that any file names too.
    Raises ScenarioError with every problem, before anything runs.
    """
    consent = consent_to(overrides, allow_code).also(files_in(factors))
    said = {key: value for key, value in asked.items() if value not in (None, (), [], "")}
    if isinstance(source, str | Path) and is_folder(source):
        return _again(Path(source), {**said, **({"factors": factors} if factors else {})}, consent)
    if isinstance(source, str | Path) and is_study(str(source)):
        if factors or said.get("csv"):
            raise refused(str(source), "", f"is a study: {FROM_FILE}")
        table, place = read_whole(Path(source), overrides, consent)
        data = table.model_dump() | _plain(said)
        return plan(
            check(data, place), place, overrides=overrides, on_point=on_point, consent=consent
        )
    place = place or Place(option="command line")
    data = {"design": design, "factors": [f.data() for f in factors], **_plain(said)}
    loaded = None
    if not isinstance(source, str | Path):
        from sim.scenario.load import load

        loaded = load(source, overrides, consent=consent)
    name = str(source) if loaded is None else loaded.name
    said_by = _Options(place, factors)
    table = check({"scenario": name, **data}, said_by)
    return plan(
        table, said_by, overrides=overrides, loaded=loaded, on_point=on_point, consent=consent
    )


def files_in(factors: Sequence[Factor]) -> set[str]:
    """Return the files of strategies that factors name: who varies a key names its values."""
    pairs = [(f.key, value) for f in factors for value in f.values]
    return {parts_of(text)[0] for text in own_texts({}, pairs)}


class _Options(Place):
    """The places of a command line: each factor was said by an option of its own."""

    def __init__(self, place: Place, factors: Sequence[Factor]):
        super().__init__(option=place.option)
        self.factors = [f.where for f in factors]

    def of(self, keys: tuple[str | int, ...]) -> str:
        """Return the option that said a key."""
        if len(keys) > 1 and keys[0] == "factors":
            return self.factors[int(keys[1])]
        return OPTIONS.get(keys[-1], OPTIONS.get(keys[0], f"--{keys[0]}")) if keys else self.option


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as a study file has them: tuples are lists."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}


def _again(folder: Path, said: Mapping[str, Any], consent: Consent) -> Study:
    """Return the study of a folder; anything said about it would make it another one."""
    from sim.study.results.manifest import read_manifest

    if said:
        raise refused(str(folder), ", ".join(said), "is a study already: it goes on as it is")
    return restore(read_manifest(folder), folder / MANIFEST, consent)


def read_vary(texts: Sequence[str], where: str, *, ranges: bool) -> list[Factor]:
    """Return the factors of all options of a name; raises ScenarioError with every problem."""
    found, problems = [], []
    for text in texts:
        try:
            found.append(parse_vary(text, where, ranges=ranges))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return found


def read_until(text: str | None, at_most: int | None) -> dict[str, Any] | None:
    """Return the stopping rule of `--until OUTCOME=WIDTH`; raises ScenarioError."""
    if text is None:
        return None
    outcome, equals, width = text.partition("=")
    try:
        rule: dict[str, Any] = {"outcome": outcome.strip(), "width": float(width)}
    except ValueError:
        equals = ""
    if not equals:
        want = "want OUTCOME=WIDTH, as in surplus=0.5"
        raise ScenarioError([Problem("--until", "stop", text, want)])
    return rule | ({"at_most": at_most} if at_most is not None else {})


def make_study(
    study: Study,
    out: str | Path | None = None,
    *,
    force: bool = False,
    how: How | None = None,
    drawings: bool = True,
    on_progress: OnProgress | None = None,
) -> SweepResult:
    """Run a study and write its folder: parts, tables, figures and report, manifest."""
    after = draw if drawings else None
    return run_study(study, out=out, force=force, how=how, on_progress=on_progress, after=after)


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
    from sim.study.results.ours import refuse_links, strangers

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
