"""study.toml: its meaning, the messages about wrong files and their lines, and the copy kept beside a result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tiny_study import SMALL, ask, run

from sim.errors import ScenarioError
from sim.scenario.load import LoadedScenario, load
from sim.scenario.strict_tables import Place
from sim.study.design.plan import plan
from sim.study.design.studyfile import (
    HINTS,
    StudyTable,
    check_study,
    is_study_file,
    read_study,
    study_toml,
)

STUDY = """\
title = "Who pays for what"
scenario = "one_tie"
overrides = { "run.months" = 2, "negotiation.deadline" = 4 }
regimes = ["adversarial", "mediated"]
outcomes = ["surplus", "impasse_rate"]
worlds = 3
seed = 7

[[factors]]
key = "mediator.competence"
name = "what it knows"
low = 0.0
high = 1.0
number = 3

[[factors]]
key = "negotiation.level"
values = ["truthful", "level_1"]
"""
STOP = """
[stop]
outcome = "surplus"
width = 0.5
at_most = 60
"""


def read(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return ask((), source=path, overrides=None, regimes=None)


def test_a_file_says_the_whole_study(tmp_path: Path) -> None:
    study = read(tmp_path, STUDY)
    assert (study.design, study.analysis.name) == ("factorial", "summary")
    assert (len(study.points), study.worlds, study.seed) == (6, 3, 7)
    assert study.regimes == ("adversarial", "mediated")
    assert study.outcomes == ("surplus", "impasse_rate")
    assert study.points[2].labels == (0.5, "truthful")
    assert [f.label for f in study.factors] == ["what it knows", "negotiation.level"]
    assert study.loaded.scenario.run.months == 2


def test_what_is_said_beside_a_file_wins(tmp_path: Path) -> None:
    read(tmp_path, STUDY)
    more = {"overrides": {"run.months": 3}, "regimes": ("planner",), "worlds": 5, "seed": 0}
    study = ask((), source=tmp_path / "study.toml", **more)
    assert (study.worlds, study.seed, study.regimes) == (5, 0, ("planner",))
    assert study.loaded.scenario.run.months == 3
    assert study.loaded.scenario.negotiation.deadline == 4
    with pytest.raises(ScenarioError, match="its factors are those in the file"):
        ask(source=tmp_path / "study.toml")


def test_a_scenario_beside_the_file_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text('extends = "one_tie"\nrun.months = 3\n')
    monkeypatch.chdir("/")
    study = read(
        tmp_path, STUDY.replace('"one_tie"', '"mine.toml"').replace('"run.months" = 2,', "")
    )
    assert study.loaded.scenario.run.months == 3
    assert study.table.scenario == str((tmp_path / "mine.toml").resolve())


def test_a_stopping_rule_brings_its_cap(tmp_path: Path) -> None:
    study = read(tmp_path, STUDY.replace("worlds = 3\n", "") + STOP)
    assert study.stop is not None
    assert (study.stop.at_least, study.stop.every, study.stop.at_most) == (30, 10, 60)
    assert study.worlds == 60
    table, place = read_study(tmp_path / "study.toml")
    assert plan(check_study(table.model_dump(), place), place).points == study.points


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (STUDY, True),
        ("scenario = 3\n", True),
        ('design = "sobol"\n', True),
        ('[[rows]]\nname = "x"\n', True),
        ('extends = "one_tie"\nrun.months = 3\n', False),
        ('title = "mine"\n[regimes.quiet]\nextends = "mediated"\n', False),
        ("scenario = ", False),
    ],
)
def test_a_study_is_told_from_a_scenario(tmp_path: Path, text: str, is_one: bool) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    assert is_study_file(str(path)) is is_one


CHANGES = [
    (('scenario = "one_tie"\n', ""), "toml:1: scenario: missing; want the name or path"),
    (('"one_tie"', '"one_tei"'), 'toml:2: scenario = "one_tei": no such scenario; want one of'),
    (('"one_tie"', "3"), "toml:2: scenario = 3: want the name or path of a scenario"),
    (('"run.months" = 2', '"run.month" = 2'), "toml:3: run.month = 2: no such key"),
    (('"run.months" = 2', '"run.months" = 0'), "toml:3: run.months = 0: want a whole number from"),
    (("worlds = 3", "worlds = 0"), "toml:6: worlds = 0: want a whole number from 1"),
    (("worlds = 3", "worlds = 2.5"), "toml:6: worlds = 2.5: want a whole number from 1"),
    (("worlds = 3", "world = 3"), "toml:6: world: unknown key; .*did you mean 'worlds'\\?"),
    (("seed = 7", "seed = true"), "toml:7: seed = true: want a whole number from 0"),
    (('"impasse_rate"', '"impass_rate"'), "toml:5: outcomes.1 = .*did you mean 'impasse_rate'\\?"),
    (('"mediated"]', '"mediatd"]'), "toml:4: regimes.*did you mean 'mediated'\\?"),
    (
        ("mediator.competence", "mediator.competense"),
        "toml:10: mediator.*did you mean 'competence'",
    ),
    (("low = 0.0", "low = 2.0"), "toml:10: mediator.competence = 2.0 to 1.0: the range runs backw"),
    (("low = 0.0", 'low = "0"'), 'toml:12: factors.0.low = "0": want a number: the lower end'),
    (("high = 1.0", "high = 1.5"), "toml:10: mediator.competence = 1.5: want a number from 0 to 1"),
    (("number = 3", "number = 0"), "toml:14: factors.0.number = 0: want a whole number"),
    (("number = 3", "numbr = 3"), "toml:14: factors.0.numbr: unknown key; .*'number'"),
    (('"level_1"]', '"levle_1"]'), "toml:17: negotiation.level = .*did you mean 'level_1'"),
    (
        ('key = "neg', 'kee = "neg'),
        "toml:1.: factors.1.key: missing; (.|\n)*:17: factors.1.kee: .*'key'",
    ),
    (("seed = 7", 'seed = 7\ndesign = "soboll"'), "toml:8: design = .*did you mean 'sobol'\\?"),
    (("seed = 7", 'design = "sobol"\npoints = 12'), "toml:8: points = 12: want a power of two"),
    (("seed = 7", 'design = "morris"\npoints = 1'), "toml:8: points = 1: want at least 2"),
    (("seed = 7", 'contrast = ["mediated"]'), "toml:7: contrast = .*want two different ones of"),
    (("seed = 7", 'csv = "no.csv"'), "toml:7: list = .*no.csv: cannot be read: no such file"),
    (("seed = 7", "design = "), "toml:7: file: want valid TOML"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=[said for _, said in CHANGES])
def test_what_is_wrong_is_reported_with_file_and_line(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    assert change[0] in STUDY
    with pytest.raises(ScenarioError, match=f"study.{said}") as caught:
        read(tmp_path, STUDY.replace(*change))
    found = str(caught.value).splitlines()
    assert all(f"{tmp_path / 'study.toml'}:" in line for line in found)
    assert len(found) == (2 if "kee" in said else 1), found


def test_a_file_in_which_nothing_varies_is_one_line(tmp_path: Path) -> None:
    text = STUDY.partition("[[factors]]")[0]
    with pytest.raises(
        ScenarioError, match=r"study\.toml:1: nothing is varied: want .*\[\[factors"
    ):
        read(tmp_path, text)
    with pytest.raises(
        ScenarioError, match=r"study\.toml:1: rows: missing; want at least one \[\["
    ):
        read(tmp_path, text.replace("worlds", 'design = "rows"\nworlds'))


def test_regimes_said_twice_are_one_line(tmp_path: Path) -> None:
    text = STUDY + '[[factors]]\nkey = "regime"\nvalues = ["planner"]\n'
    with pytest.raises(ScenarioError, match=r"study\.toml:\d+: regime: regimes are given twice"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("at_least = 10", "toml:21: stop.at_least = 10: want a whole number from 30"),
        ("every = 0", "toml:21: stop.every = 0: want a whole number from 1"),
        ("widht = 1.0", "toml:21: stop.widht: unknown key; .*did you mean 'width'"),
    ],
)
def test_a_wrong_stopping_rule_is_one_line(tmp_path: Path, change: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        read(tmp_path, STUDY + STOP.replace("[stop]", f"[stop]\n{change}"))
    assert "\n" not in str(caught.value)


def test_a_stopping_rule_is_refused_if_points_must_have_the_same_worlds(tmp_path: Path) -> None:
    text = STUDY.replace("seed = 7", 'design = "morris"').replace("number = 3\n", "") + STOP
    with pytest.raises(ScenarioError, match=r"study\.toml:\d+: stop: morris needs the same worlds"):
        read(tmp_path, text)


# --- written again ----------------------------------------------------------------------------

ASKED: list[dict[str, Any]] = [
    {},
    {"vary": ('mediator.functions=[],["broker"]', "issues.scope.worth_spread=0,0.5")},
    {"vary": ("mediator.competence=0.1:0.7", "run.months=3:5"), "design": "sobol", "points": 4},
    {"vary": ("mediator.competence=0,0.1", "run.months=5,5"), "design": "factorial"},
    {"vary": (), "design": "coalitions", "of": ("broker",), "regimes": None},
    {"stop": {"outcome": "surplus", "width": 0.25, "at_most": 100}},
    {"title": 'a "quoted" — one', "outcomes": ("buyer",), "seed": 0, "worlds": 1},
]


@pytest.mark.parametrize("asked", ASKED, ids=[str(n) for n in range(len(ASKED))])
def test_what_is_written_reads_back_as_the_same_study(
    tmp_path: Path, asked: dict[str, Any]
) -> None:
    if asked.get("vary") == ("mediator.competence=0,0.1", "run.months=5,5"):
        path = tmp_path / "points.csv"
        path.write_text("mediator.competence,run.months\n0,5\n0.1,5\n")
        asked = {"vary": (), "csv": str(path)}
    study = ask(**asked)
    again = read(tmp_path, study_toml(study.table))
    assert again.table == study.table
    assert again.points == study.points
    assert (again.stop, again.worlds) == (study.stop, study.worlds)
    assert again.loaded.digest == study.loaded.digest
    assert study_toml(again.table) == study_toml(study.table)


def test_a_scenario_of_python_is_kept_beside_its_study(tiny: LoadedScenario, out: Path) -> None:
    own = load("one_tie", {**SMALL, "buyers.blame": 0.125}).scenario
    study = run(out, ("mediator.competence=1",), source=own, overrides=None, worlds=1).study
    again = ask((), source=out / "study.toml", overrides=None, regimes=None)
    assert again.loaded.digest == study.loaded.digest != load("one_tie", SMALL).digest
    assert again.points == study.points
    assert run(out, study=ask((), source=out, overrides=None, regimes=None)).found == 1
    assert run(out, study=again).found == 1


def test_places_of_options_and_files_are_told() -> None:
    assert Place(option="x").of(("worlds",)) == "x"
    assert Place(Path("a.toml"), "worlds = 1\n[[rows]]\nname = 3\n").of(("rows", 0, "name")) == (
        "a.toml:3"
    )


def test_every_mistake_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    """In the words of the file, of its factors, of its regimes and of the scenario alike."""
    text = (
        'scenario = "one_tie"\n'
        "worlds = 0\n"
        'overrides = { "run.mnths" = 2 }\n'
        'regimes = ["adversarial", "mediatd"]\n'
        'outcomes = ["surplus", "surplsu", "qqq"]\n'
        "speed = 3\n"
        "[[factors]]\n"
        'key = "problems.rate"\n'
        "low = 1\n"
        "high = 0\n"
        "[[factors]]\n"
        'key = "mediator.competence"\n'
        "values = [0.1, 0.1]\n"
        "[stop]\n"
        'outcome = "surplus"\n'
        "width = -1\n"
    )
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, text)
    lines = str(error.value).splitlines()
    places = [line.split(": ")[0].rpartition(":")[2] for line in lines]
    assert places == ["2", "3", "5", "5", "6", "8", "12", "16"]
    assert "want a measure; did you mean 'surplus'?" in lines[2]
    assert "want one of" in lines[3] and "trust_buyer_end" in lines[3]


def test_regimes_are_checked_beside_what_is_wrong(tmp_path: Path) -> None:
    text = 'scenario = "one_tie"\nseed = -1\nregimes = ["mediatd"]\n[[rows]]\nname = "a\\u001b"\n'
    with pytest.raises(ScenarioError) as error:
        read(tmp_path, text)
    said = str(error.value)
    assert "study.toml:2: seed = -1" in said and "did you mean 'mediated'?" in said
    assert "study.toml:5: rows.0.name" in said and "control characters" in said


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u200c", "\u200d"])
def test_spaces_and_joiners_are_no_control_characters(tmp_path: Path, space: str) -> None:
    text = STUDY.replace("Who pays", f"Who{space}pays").replace("what it", f"what{space}it")
    assert read(tmp_path, text).table.title == f"Who{space}pays for what"


def test_usual_words_for_keys_of_a_study() -> None:
    for word, key in HINTS.items():
        assert key in StudyTable.model_fields and word not in StudyTable.model_fields
        with pytest.raises(ScenarioError, match=f"did you mean '{key}'"):
            check_study({"scenario": "one_tie", word: 1}, Place(option="study"))
