"""Nothing a mediator does may help by assumption: what knows nothing, or is not believed, earns nothing."""

import pytest
from benchmark import gains, one_shot
from counts import count, one_in, only
from paired import ALL, KNOWS_NOTHING, UNTRUSTED, gross_gain

from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import load

SECOND_BEST = 9 / 64
A_MILLIONTH = 1e-6  # what years of good news make of a trust of 0 in a mediator that is not trusted


@pytest.mark.parametrize(
    "functions",
    [ALL, ("broker",), ("align",), *[pytest.param((n,), marks=pytest.mark.deep) for n in ALL[2:]]],
    ids="+".join,
)
@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_a_mediator_without_knowledge_or_trust_earns_nothing(functions, handicap):
    overrides = {**handicap, "mediator.functions": list(functions), "run.months": 48}
    gain, error = gross_gain("it_outsourcing", 30, overrides)
    assert gain <= 3 * error + A_MILLIONTH


@pytest.mark.parametrize("name", ["warn", "resolve"])
@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_without_knowledge_or_trust_news_and_verdicts_move_nobody(name, handicap):
    """These two speak only through estimates: at zero nothing at all may change."""
    overrides = {**handicap, "mediator.functions": [name], "run.months": 48}
    gain, _ = gross_gain("it_outsourcing", 10, overrides)
    assert abs(gain) < 1e-3


def test_the_check_above_can_fail():
    """An able, trusted mediator earns more than three standard errors."""
    overrides = {
        "mediator.competence": 1.0,
        "mediator.prior_good": 1e4,
        "mediator.functions": ["broker", "resolve"],
        "run.months": 48,
    }
    gain, error = gross_gain("it_outsourcing", 30, overrides)
    assert gain > 3 * error


@pytest.mark.parametrize("competence", [0.0, pytest.param(0.5, marks=pytest.mark.deep), 1.0])
@pytest.mark.parametrize("bias", only([0.0], [-1.0, 0.0, 1.0]))
@pytest.mark.parametrize(
    "trust",
    [
        pytest.param(UNTRUSTED, id="0"),
        pytest.param({}, id="2/3", marks=pytest.mark.deep),
        pytest.param({"mediator.prior_good": 1e6}, id="1"),
    ],
)
@pytest.mark.parametrize(
    "protocol", ["sealed_bid", pytest.param("alternating_offers", marks=pytest.mark.deep)]
)
def test_one_issue_and_strategic_reports_stay_below_the_second_best(
    competence, bias, trust, protocol
):
    """Myerson & Satterthwaite 1983: on the uniform benchmark nobody may pass 9/64."""
    keys = {name.replace(".", "__"): value for name, value in trust.items()}
    loaded = one_shot(
        negotiation__level="equilibrium",
        negotiation__protocol=protocol,
        mediator__functions=["broker"],
        mediator__competence=competence,
        mediator__bias=bias,
        **keys,
    )
    mean, error, *_ = gains(loaded, "mediated", worlds=20)
    assert mean <= SECOND_BEST + 3 * error


def test_the_ceiling_can_be_broken_by_truthful_reports():
    """The negative control: parties that do not shade exceed 9/64, so the ceiling is not built in."""
    loaded = one_shot(negotiation__level="truthful", mediator__functions=["broker"])
    mean, error, *_ = gains(loaded, "mediated", worlds=20)
    assert mean > SECOND_BEST + 3 * error


HARM = {
    "wrong_estimates": ("wrong_warn", "wrong_align", "wrong_resolve"),
    "wrong_advice": ("wrong_terms", "wrong_metrics"),
    "wrong_memory": ("wrong_continue",),
    "wrong_leads": ("wrong_grow",),
}
SMALL = ("wrong_terms", "wrong_align")  # harms so small that half of the worlds do not show them


@pytest.mark.parametrize(("name", "regime"), one_in(2, [(n, r) for n in HARM for r in HARM[n]]))
def test_a_wrong_estimate_does_harm(name, regime):
    """In the shipped worlds of wrong estimates most functions lower the surplus of the pair."""
    found = load(name).regime(regime).scenario.mediator
    assert found.fee.retainer == 0.0
    assert regime == f"wrong_{found.functions[0]}" and len(found.functions) == 1
    gain, error = gross_gain(name, 600 if regime in SMALL else count(60, 120), {}, regime)
    assert gain < -3 * error


HARMLESS = {"wrong_estimates": ("wrong_broker",), "wrong_advice": ("wrong_review",)}


@pytest.mark.parametrize(("name", "regime"), [(n, r) for n in HARMLESS for r in HARMLESS[n]])
def test_words_about_tables_do_none_however_little_is_read(name, regime):
    """A reading has the weight it deserves, and the listener knows no less than before."""
    gain, error = gross_gain(name, count(60, 120), {}, regime)
    assert gain > -3 * error


def test_every_function_is_tried():
    tried = [regime for worlds in (HARM, HARMLESS) for name in worlds for regime in worlds[name]]
    assert sorted(regime.removeprefix("wrong_") for regime in tried) == sorted(FUNCTIONS)


@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_all_nine_functions_earn_nothing_without_knowledge_or_trust(handicap):
    """In the world in which everything is switched on."""
    gain, error = gross_gain("secret_mediator", 30, {**handicap, "run.months": 48})
    assert gain <= 3 * error
