"""The file of facts: every problem has its line, and the shipped one keeps what it promises."""

import pytest
from small_facts import FACT

from sim.errors import ScenarioError
from sim.field.facts_file import read_facts
from sim.field.statistics import STATISTICS
from sim.scenario.load import load

WRONG = {
    "a statistic": ("impasse_rate", "impass_rate", 4, "statistic", "did you mean 'impasse_rate'?"),
    "a law": ("logit_normal", "logitnormal", 7, "law", "did you mean 'logit_normal'?"),
    "a range": ("high = 0.3", "high = 0.05", 5, "low", "want a number below high"),
    "a scenario": ('["one_tie"]', '["one_ti"]', 14, "scenarios", "did you mean 'one_tie'?"),
    "a grade": ('grade = "C"', 'grade = "D"', 13, "grade", "want one of A, B, C"),
    "a key": ("who =", "whom =", 9, "whom", "did you mean 'who'?"),
    "a regime": (
        'grade = "C"', 'grade = "C"\nregime = "mediatd"', 14, "regime", "did you mean 'mediated'?",
    ),
    "a number": ("low = 0.1", 'low = "0.1"', 5, "low", "want a number"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_has_file_line_key_and_the_nearest_name(what, written):
    right, wrong, line, key, hint = WRONG[what]
    path = written(FACT.replace(right, wrong))
    with pytest.raises(ScenarioError) as raised:
        read_facts(path)
    lines = [text for text in str(raised.value).splitlines() if hint in text]
    assert lines and lines[0].startswith(f"{path}:{line}: facts") and key in lines[0]


def test_a_missing_key_and_a_repeated_name_are_seen(written):
    with pytest.raises(ScenarioError, match="missing; want text: authors"):
        read_facts(written(FACT.replace('source = "Nobody (2000), Nothing"\n', "")))
    with pytest.raises(ScenarioError, match="want a name used once"):
        read_facts(written(FACT + FACT))


@pytest.mark.parametrize(
    ("facts", "correlation", "want"),
    [
        ('["impasse", "other"]', 0.5, "want one of impasse"),
        ('["impasse", "impasse"]', 0.5, "want two different facts"),
        ('["impasse", "impasse"]', 1.5, "a number between"),
    ],
)
def test_overlaps_are_checked(facts, correlation, want, written):
    text = f'[[overlaps]]\nfacts = {facts}\ncorrelation = {correlation}\nreason = "none"\n'
    with pytest.raises(ScenarioError, match=want):
        read_facts(written(FACT + text))


def test_correlations_that_cannot_hold_together_are_refused(written):
    names = ("impasse", "second", "third")
    text = "".join(FACT.replace('"impasse"', f'"{name}"') for name in names)
    for one, other, r in (
        ("impasse", "second", 0.9),
        ("second", "third", 0.9),
        ("third", "impasse", -0.9),
    ):
        text += f'[[overlaps]]\nfacts = ["{one}", "{other}"]\ncorrelation = {r}\nreason = "none"\n'
    with pytest.raises(ScenarioError, match="want correlations that can hold") as raised:
        read_facts(written(text))
    assert len(str(raised.value).splitlines()) == 1
    assert read_facts(written(text.replace("-0.9", "0.9"))).overlaps


def test_a_sign_that_is_checked_says_against_what(written):
    sign = FACT.replace("[[facts]]", "[[signs]]").replace('"impasse"', '"sign"')
    for line in (
        "low = 0.1\n",
        "high = 0.3\n",
        'law = "logit_normal"\n',
        'scenarios = ["one_tie"]\n',
    ):
        sign = sign.replace(line, "")
    with pytest.raises(ScenarioError, match="scenario"):
        read_facts(written(FACT + sign))
    with pytest.raises(ScenarioError, match="wants expected"):
        read_facts(written(FACT + sign + 'scenario = "one_tie"\n'))


def test_a_fact_that_could_not_be_opened_counts_for_nothing(written):
    facts = read_facts(written(FACT.replace("opened = true", "opened = false")))
    assert facts.counting_for("one_tie") == () and len(facts.facts) == 1


def test_facts_about_mediators_are_never_calibrated_on(written):
    about = FACT + 'about_mediators = true\nregime = "mediated"\n'
    facts = read_facts(written(about))
    assert len(facts.counting_for("one_tie", "mediated")) == 1
    assert facts.counting_for("one_tie", "mediated", calibrating=True) == ()
    assert facts.counting_for("one_tie", "adversarial") == ()


def test_the_shipped_file_has_what_it_promises():
    facts = read_facts()
    counting = [fact for fact in facts.facts if fact.opened]
    assert len(counting) >= 25 and sum(fact.grade in "AB" for fact in counting) >= 8
    assert {fact.about_mediators for fact in counting if fact.regime == "mediated"} == {True}
    assert not any(fact.about_mediators for fact in counting if fact.regime == "adversarial")
    assert all(fact.address.startswith("http") for fact in facts.facts)
    assert all(fact.note for fact in facts.facts)  # how its range was read
    assert len({statistic.name for statistic in STATISTICS}) == len(STATISTICS)


def test_the_signs_that_are_checked_can_be_run():
    for sign in read_facts().signs:
        if sign.statistic:
            loaded = load(sign.scenario, dict(sign.change))
            assert loaded.has_regime(sign.regime) and loaded.has_regime(sign.against or sign.regime)
