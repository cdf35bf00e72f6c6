"""Files of priors: distributions, copulas, refusals with file, line and key, and those that are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from counts import only
from scipy import stats
from small import shipped_facts

from sim.calibration.priors import Priors, read_priors
from sim.calibration.sealed_question import ask
from sim.errors import ScenarioError, SimError
from sim.scenario.load import load

SOUND = """\
[[priors]]
key = "buyers.optimism"
distribution = "beta"
low = 0
high = 1
a = 2
b = 5
reason = "no data"

[[priors]]
key = "problems.shadow"
distribution = "uniform"
low = 3
high = 6
reason = "no data"

[[priors]]
key = "problems.rate"
distribution = "normal"
low = 0.0
high = 0.5
mean = 0.1
sd = 0.2
reason = "no data"

[[priors]]
key = "disputes.threshold"
distribution = "loguniform"
low = 5
high = 200
reason = "no data"

[[priors]]
key = "mediator.competence"
distribution = "triangular"
low = 0
mode = 0.7
high = 1
reason = "no data"

[[correlations]]
keys = ["buyers.optimism", "disputes.threshold"]
correlation = -0.6
reason = "no data"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SOUND, encoding="utf-8")
    return path


def drawn(priors: Priors, points: int = 4_000) -> np.ndarray:
    return priors.at(np.random.default_rng(1).random((points, len(priors.keys))))


def test_every_distribution_has_its_quantiles(file: Path):
    priors = read_priors(file)
    u = np.array([0.001, 0.3, 0.5, 0.9])
    found = [priors.only([key]).at(u[:, None])[:, 0] for key in priors.keys]
    exact = [
        stats.beta(2, 5).ppf(u), [3, 4, 5, 6], stats.truncnorm(-0.5, 2.0, 0.1, 0.2).ppf(u),
        stats.loguniform(5, 200).ppf(u), stats.triang(0.7).ppf(u),
    ]  # fmt: skip
    for values, wanted in zip(found, exact, strict=True):
        assert values == pytest.approx(wanted, rel=1e-8)


def test_a_copula_leaves_each_key_its_distribution(file: Path):
    priors = read_priors(file)
    values = drawn(priors)
    rank = stats.spearmanr(values[:, 0], values[:, 3]).statistic
    assert rank == pytest.approx(6 / np.pi * np.arcsin(-0.3), abs=3 / np.sqrt(len(values)))
    assert stats.kstest(values[:, 3], stats.loguniform(5, 200).cdf).pvalue > 0.001
    assert abs(stats.spearmanr(values[:, 0], values[:, 2]).statistic) < 3 / np.sqrt(len(values))


def test_whole_numbers_stay_whole(file: Path):
    priors = read_priors(file)
    values = priors.overrides(drawn(priors, 1)[0].tolist())
    assert type(values["problems.shadow"]) is int and type(values["problems.rate"]) is float
    assert set(drawn(priors)[:, 1]) == {3.0, 4.0, 5.0, 6.0}


SHIPPED = [("one_tie", 6, 0), ("it_outsourcing", 13, 4), ("secret_mediator", 14, 4)]
REFUSED = {
    "an unknown key": ("problems.rate", "problems.rat", 18, "rate"),
    "an unknown distribution": ('"normal"', '"nrmal"', 19, "did you mean 'normal'"),
    "beyond the key": ("high = 0.5", "high = 1.5", 21, "problems.rate: want a number from 0 to 1"),
    "the wrong way round": ("high = 6", "high = 2", 14, "above low"),
    "a number too few": ("b = 5\n", "", 1, "a beta distribution needs it"),
    "a number too many": ("sd = 0.2", "sd = 0.2\nmode = 1", 24, "takes low, high, mean, sd only"),
    "a word for a number": ("low = 5", 'low = "five"', 29, "want a number"),
    "no reason": ('high = 200\nreason = "no data"', "high = 200", 26, "missing"),
    "a key twice": ("problems.rate", "buyers.optimism", 18, "named once"),
    "of the mediator with others": ("disputes.threshold\"]", "mediator.competence\"]", 42, "independently"),
    "a correlation of 1": ("= -0.6", "= -1.0", 43, "from above -1"),
    "a key that is no number": ("problems.rate", "negotiation.protocol", 18, "a key that is a number"),
    "an unknown name": ("mode = 0.7", "moda = 0.7", 37, "did you mean 'mode'"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_wrong_is_refused_with_file_line_and_key(kind: str, file: Path):
    before, after, line, words = REFUSED[kind]
    assert before in SOUND
    file.write_text(SOUND.replace(before, after, 1) if "mediator" not in kind
                    else SOUND.replace(before, after), encoding="utf-8")  # fmt: skip
    with pytest.raises(ScenarioError) as refused:
        read_priors(file)
    lines = str(refused.value).splitlines()
    assert any(found.startswith(f"{file}:{line}: ") and words in found for found in lines), lines


def test_what_a_scenario_refuses_is_refused_before_anything_runs(file: Path):
    file.write_text(
        SOUND.replace("problems.shadow", "negotiation.deadline").replace("low = 3", "low = 1")
    )
    read_priors(file)  # by itself it is sound
    with pytest.raises(ScenarioError, match=rf"{file}:13: priors.1.low = 1: negotiation.deadline"):
        read_priors(file, load("one_tie"))


def test_a_scenario_without_priors_is_one_line():
    with pytest.raises(SimError) as refused:
        read_priors("captive_vendor")
    assert "no priors" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "informed", "of_mediator"),
    only([("one_tie", 6, 0)], SHIPPED),
)
def test_shipped_priors_are_sound_and_say_why(name: str, informed: int, of_mediator: int):
    loaded = load(name)
    priors = read_priors(name, loaded)
    assert len(priors.keys) - len(priors.of_mediator) == informed
    assert len(priors.of_mediator) == of_mediator
    assert all(len(one.reason) > 20 for one in priors.table.priors)
    question = ask(loaded, shipped_facts(), priors, waves=3, seed=1)
    assert len(question.facts) >= 10 and not any(fact.about_mediators for fact in question.facts)
