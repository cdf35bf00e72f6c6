"""`sim negotiate` from the outside: what it prints, draws and refuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.app import main
from sim.cli.commands_negotiate import find_domain
from sim.outcomes.sessions.session import negotiate

HERE = Path(__file__).parent / "domains"


def ran(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["negotiate", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_it_prints_the_deal_and_where_it_lies():
    code, out, _ = ran("office_supplies", "--buyer", "boulware:e=4", "--vendor", "linear")
    s = negotiate(find_domain("office_supplies"), "boulware:e=4", "linear")
    assert code == 0
    assert "4 issues, 180 outcomes, 24 of them on the Pareto frontier" in out
    assert f"Agreement on outcome {s.number} in round {s.turn + 1} of 100" in out
    for value in s.domain.values(s.number):
        assert value in out
    for name in ("Nash", "Kalai–Smorodinsky", "egalitarian", "maximum welfare"):
        assert name in out
    for utility in s.utilities:
        assert f"{utility:.4f}" in out


def test_the_trace_has_every_offer_and_what_it_tells():
    words = ("office_supplies", "--buyer", "micro", "--vendor", "conceder", "--rounds", 30)
    code, out, _ = ran(*words, "--trace")
    s = negotiate(find_domain("office_supplies"), "micro", "conceder", rounds=30)
    lines = [line.split() for line in out.splitlines()]
    said = [line for line in lines if line and line[0].isdigit()]
    assert code == 0 and len(said) == len(s.utterances)
    assert [int(line[4].rstrip(":")) for line in said] == [x.number for x in s.utterances]
    assert "correlation of estimate and truth" in out
    assert "Bayesian model" not in ran(*words)[1]


@pytest.mark.parametrize("name", ["lamps.toml", "genius", "negolog", "geniusweb"])
def test_every_format_ends_alike(name):
    code, out, _ = ran(HERE / name, "--json", "--rounds", 40)
    found = json.loads(out)
    wanted = negotiate(find_domain(str(HERE / "lamps.toml")), "boulware", "boulware", rounds=40)
    assert code == 0 and wanted.agreed
    if name != "geniusweb":  # here the buyer has no reservation value
        assert found["number"] == wanted.number
        assert tuple(found["agreement"].values()) == wanted.domain.values(wanted.number)
        assert found["vendor"]["utility"] == pytest.approx(wanted.utilities[1], abs=1e-12)
    assert found["agreement"] and found["relative_time"] < 1.0


def test_an_empty_zone_is_reported(tmp_path):
    text = (HERE / "lamps.toml").read_text()
    path = tmp_path / "apart.toml"
    path.write_text(text.replace("0.25\n", "0.95\n").replace("0.4\n", "0.95\n"))
    code, out, _ = ran(path)
    assert code == 0 and "No agreement. The zone of agreement is empty" in out
    assert "Nash" not in out


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_picture_is_the_same_every_time(suffix, tmp_path):
    words = ("office_supplies", "--protocol", "feedback_text", "--seed", 3)
    pictures = []
    for name in ("one", "two"):
        code, out, _ = ran(*words, "--plot", tmp_path / f"{name}{suffix}")
        assert code == 0 and "wrote" in out
        pictures.append((tmp_path / f"{name}{suffix}").read_bytes())
    assert pictures[0] == pictures[1] and len(pictures[0]) > 10_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("office_suplies",), "did you mean 'office_supplies'"),
        (("nowhere/domain.toml",), "no such file or folder"),
        (("office_supplies", "--buyer", "boulwar"), "did you mean 'boulware'"),
        (("office_supplies", "--protocol", "sealded"), "did you mean 'sealed'"),
        (("office_supplies", "--plot", "x.gif"), "want a file ending in"),
        (("office_supplies", "--plot", "nowhere/x.png"), "no such folder"),
        (("office_supplies", "--rounds", "0"), "want a whole number from 1"),
        (("office_supplies", "--profiles", "a.xml", "b.xml"), "holds its own profiles"),
        ((".",), "want two, or --profiles"),
    ],
)
def test_it_refuses_in_one_line(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = ran(*words)
    assert (code, out) == (2, "")
    assert said in err and err.count("\n") == 1
