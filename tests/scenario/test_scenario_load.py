import json
from pathlib import Path

import pytest
from worlds import RICH, SMALL

from sim.scenario.key_kinds import BUILT_IN
from sim.scenario.load import from_resolved, load, shipped
from sim.scenario.schema import Scenario


def test_shipped_scenarios_load_by_bare_name_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listed = shipped()
    assert "one_tie" in [name for name, _, _ in listed]
    for name, path, title in listed:
        loaded = load(name)
        assert (loaded.name, loaded.path) == (name, path)
        assert loaded.scenario.title and title
        assert load(path).digest == load(str(path)).digest == loaded.digest


def test_unknown_name_gets_the_nearest(complaints):
    (line,) = complaints(load, "one_tye")
    assert line.startswith('scenario: name = "one_tye": no such scenario; want one of ')
    assert line.endswith("did you mean 'one_tie'?")


def test_scenarios_inside_an_installed_package_are_preferred(tmp_path, monkeypatch):
    inside = tmp_path / "sim" / "_shipped" / "scenarios"
    inside.mkdir(parents=True)
    (inside / "w.toml").write_text(SMALL)
    monkeypatch.setattr("sim.scenario.shipped.__file__", str(tmp_path / "sim/scenario/shipped.py"))
    assert shipped() == [("w", inside / "w.toml", "small")]
    assert load("w").scenario.title == "small"


def test_a_file_here_is_found_by_its_stem_but_never_hides_a_shipped_one(write):
    write(SMALL, "mine.toml")
    write(SMALL, "one_tie.toml")
    Path("one_tie").mkdir()
    assert load("mine").scenario.title == load("./one_tie.toml").scenario.title == "small"
    assert load("one_tie").scenario.title != "small"


def test_schema_line_byte_order_mark_and_windows_line_ends_are_accepted(write):
    source = write("\ufeff#:schema ./scenario.schema.json\n" + SMALL)
    text = Path(source).read_bytes().replace(b"\n", b"\r\n")
    Path(source).write_bytes(text)
    assert load(source).scenario.title == "small"


def test_whole_numbers_will_do_if_numbers_are_wanted(write):
    worth = load(write(SMALL)).scenario.issues[0].worth
    assert worth == [0.0, 40.0] and all(type(value) is float for value in worth)


def test_digest_is_of_what_is_resolved_not_of_how_it_is_written(write):
    one = load(write(SMALL))
    other = load(write("# said otherwise\n" + SMALL.replace("[0, 40]", "[0.0, 4e1]")))
    assert one.digest == other.digest and len(one.digest) == 64
    assert load(write(SMALL + "bias = 0.1")).digest != one.digest
    assert load(write("extends = './w.toml'\n", "child.toml")).digest != one.digest
    write(SMALL)
    assert load(write("extends = './w.toml'\n", "child.toml")).digest == one.digest


def test_a_scenario_object_is_loaded_and_checked(write, complaints):
    loaded = load(write(RICH))
    assert load(loaded.scenario).digest == loaded.digest
    wrong = loaded.scenario.model_copy(
        update={"market": loaded.scenario.market.model_copy(update={"candidates": 9})}
    )
    assert complaints(load, wrong) == [
        "scenario: market.candidates = 9: want at most market.vendors, 5"
    ]


def test_resolved_survives_json(write):
    loaded = load(write(RICH))
    back = from_resolved(json.loads(json.dumps(loaded.resolved())), "again")
    assert (back.scenario, back.digest, back.name, back.path) == (
        loaded.scenario,
        loaded.digest,
        "again",
        None,
    )
    assert "extends" not in loaded.resolved()


def test_resolved_is_checked_when_it_comes_back(write, complaints):
    data = load(write(RICH)).resolved()
    data["run"]["months"] = -1
    assert complaints(from_resolved, data, "manifest.json") == [
        "manifest.json: run.months = -1: want a whole number from 1 to 12_000 (months)"
    ]
    circular: dict = {}
    circular["run"] = circular
    assert complaints(from_resolved, circular, "m") == [
        "m: scenario: want tables nested at most 16 deep"
    ]


def test_every_default_is_itself_valid():
    issue = {"name": "a", "levels": ["x"], "worth": [0.0], "cost": [0.0]}
    assert load(Scenario.model_validate({"issues": [issue]})).scenario.run.months == 60


class TestExtends:
    def test_tables_merge_lists_and_scalars_replace_and_the_later_wins(self, write):
        write(RICH, "base.toml")
        write("extends = 'base.toml'\n[run]\nseed = 9\n[mediator]\nfunctions = ['align']", "m.toml")
        child = load(write("extends = 'm'\n[run]\nmonths = 6\n[mediator]\nfee.case = 1"))
        scenario = child.scenario
        assert (scenario.run.seed, scenario.run.months, scenario.market.vendors) == (9, 6, 5)
        assert scenario.mediator.functions == ["align"]
        assert (scenario.mediator.fee.case, scenario.mediator.fee.retainer) == (1.0, 0.5)
        assert scenario.extends == "" and child.name == "w"
        assert child.regimes()[len(BUILT_IN) :] == ["quiet", "short", "quick"]

    def test_a_mixture_is_one_value(self, write):
        write(RICH, "base.toml")
        child = load(write("extends = 'base.toml'\n[buyers]\nstrategy = { hardliner = 1 }"))
        assert child.scenario.buyers.strategy == {"hardliner": 1.0}

    def test_competence_of_one_side_keeps_the_other(self, write):
        write(SMALL + "competence = 0.9", "base.toml")
        child = load(write("extends = 'base.toml'\n[mediator]\ncompetence = { buyer = 0.1 }"))
        competence = child.scenario.mediator.competence
        assert (competence.buyer, competence.vendor) == (0.1, 0.9)

    def test_a_shipped_scenario_by_name(self, write):
        child = load(write("extends = 'one_tie'\n[run]\nmonths = 7"))
        assert child.scenario.run.months == 7
        assert child.scenario.issues == load("one_tie").scenario.issues

    def test_paths_are_relative_to_the_file(self, write):
        Path("sub").mkdir()
        write(SMALL, "base.toml")
        assert load(write("extends = '../base.toml'", "sub/child.toml")).scenario.title == "small"

    def test_each_problem_is_reported_in_its_own_file(self, write, complaints):
        write(SMALL + "bais = 1\n[market]\nvendors = 2\n[run]\nseed = -1\n", "base.toml")
        source = write(
            "extends = './base.toml'\n[run]\nseed = 3\nmonths = 0\n[market]\ncandidates = 4"
        )
        assert complaints(load, source) == [
            "base.toml:11: mediator.bais = 1: no such key in [mediator]; did you mean 'bias'?",
            "w.toml:4: run.months = 0: want a whole number from 1 to 12_000 (months)",
            "w.toml:6: market.candidates = 4: want at most market.vendors, 2",
        ]

    def test_a_combination_is_reported_where_it_was_written_last(self, write, complaints):
        write(SMALL + "[market]\nvendors = 6\ncandidates = 4\n", "base.toml")
        source = write("extends = './base.toml'\n\n[market]\nvendors = 3")
        assert complaints(load, source) == [
            "w.toml:4: market.vendors = 3: want at least market.candidates, 4"
        ]

    def test_replaced_issues_are_not_mended_by_the_old_ones(self, write, complaints):
        write(SMALL, "base.toml")
        source = write("extends = './base.toml'\n[[issues]]\nlevels = [1]\nworth = [1]\ncost = [1]")
        assert complaints(load, source) == [
            "w.toml:2: issues.0.name: missing; want text, not empty"
        ]

    def test_circles_and_unknown_bases(self, write, complaints):
        write("extends = 'w.toml'", "b.toml")
        assert complaints(load, write("\nextends = 'b.toml'")) == [
            'b.toml:1: extends = "w.toml": want a chain of files that ends, not w → b → w'
        ]
        assert complaints(load, write("extends = './w.toml'")) == [
            'w.toml:1: extends = "./w.toml": want a chain of files that ends, not w → w'
        ]
        (line,) = complaints(load, write("extends = 'one_tye'"))
        assert line.startswith('w.toml:1: extends = "one_tye": no such scenario')
        assert complaints(load, write("extends = 3")) == [
            "w.toml:1: extends = 3: want the name of a shipped scenario, or the path of a file"
        ]
        assert complaints(load, write("extends = '.'"))[0].endswith("this is a folder")

    def test_syntax_error_in_the_base(self, write, complaints):
        write("title = 'x'\nfoo", "b.toml")
        (line,) = complaints(load, write("extends = 'b.toml'"))
        assert line.startswith("b.toml:2: file: want valid TOML")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_regimes(write, name):
    regime = load(write(RICH)).regime(name)
    institution = "mediated" if name == "machine" else name
    assert (regime.name, regime.institution.name.lower()) == (name, institution)
    functions = ["broker", "warn"] if institution == "mediated" else []
    assert regime.scenario.mediator.functions == functions
    assert regime.scenario.regimes == {}


def test_defined_regimes(write):
    loaded = load(write(RICH))
    assert loaded.regimes() == [
        "adversarial",
        "partnership",
        "mediated",
        "machine",
        "planner",
        "quiet",
        "short",
        "quick",
    ]
    quiet, short, quick = (loaded.regime(name) for name in ("quiet", "short", "quick"))
    assert quiet.institution.name == short.institution.name == "MEDIATED"
    assert quiet.scenario.mediator.functions == short.scenario.mediator.functions == ["warn"]
    assert quiet.scenario.negotiation.deadline == 10
    assert short.scenario.negotiation.deadline == quick.scenario.negotiation.deadline == 4
    assert quick.institution.name == "ADVERSARIAL" and quick.scenario.mediator.functions == []
    assert quiet.scenario.market == loaded.scenario.market


def test_unknown_regime_gets_the_nearest(write, complaints):
    assert complaints(load(write(RICH)).regime, "quite") == [
        (
            'w: regime = "quite": want one of adversarial, partnership, mediated, machine, planner, quiet,'
            " short, quick; did you mean 'quiet'?"
        )
    ]
