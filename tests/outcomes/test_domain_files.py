"""One domain in four formats is one domain; GENIUS files mean here what they mean in GENIUS."""

from pathlib import Path

import pytest

from sim.errors import SimError
from sim.outcomes.domains.load_domain import load_domain
from sim.outcomes.solving.frontier import find_frontier
from sim.outcomes.solving.search import next_worse_kernel, sort_halves

DOMAINS = Path(__file__).parent / "domains"
SHIPPED = Path(__file__).parents[2] / "scenarios" / "domains"
HALLS, RISING, FALLING = ("small", "round", "large"), (0.25, 0.5, 1.0), (1.0, 0.25, 0.125)
FORMATS = ("lamps.toml", "genius", "negolog", "geniusweb")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_domain_in_every_format(name):
    """Values in the same order, the same utility of every outcome, the same reservation values.

    GeniusWeb has a reservation bid; no outcome is worth just the buyer's 0.25, so it has none.
    """
    wanted, found = load_domain(DOMAINS / "lamps.toml"), load_domain(DOMAINS / name)
    assert found.issues == wanted.issues
    for side in (0, 1):
        assert found.utilities(side).tolist() == pytest.approx(wanted.utilities(side).tolist())
        reserved = (0.0, 0.4) if name == "geniusweb" else (0.25, 0.4)
        assert found.profiles[side].reservation == pytest.approx(reserved[side], abs=1e-12)


def test_discounts_are_of_relative_time():
    """0.75^0.3 at three tenths of the time, as in GENIUS; NegMAS would take 0.75^30 at round 30."""
    domain = load_domain(DOMAINS / "genius")
    assert domain.profiles[0].discount == 1.0
    assert domain.discounted(1, 1.0, 0.3) == pytest.approx(0.917314, abs=1e-6)
    assert domain.discounted(1, 1.0, 0.3) != pytest.approx(0.75**30)


def test_evaluations_are_shares_of_their_issue_and_not_of_all():
    """Were one scale common to all issues, the buyer's guarantee would count half."""
    domain = load_domain(DOMAINS / "genius")
    assert domain.profiles[0].evaluations[2] == (0.25, 1.0)
    assert domain.profiles[0].worth[2].tolist() == [0.05, 0.2]
    assert domain.profiles[0].best == 1.0


def test_utilities_are_cut_off_at_one_if_weights_add_up_to_more():
    """The buyer's weights add up to 1.02: ladders of ash and of oak are both worth 1, not 1.012 and 1.02."""
    domain = load_domain(DOMAINS / "over_one")
    ash, oak = (domain.number(("many", wood)) for wood in ("ash", "oak"))
    assert sum(domain.profiles[0].weights) == pytest.approx(1.02)
    assert domain.utility(0, ash) == domain.utility(0, oak) == domain.profiles[0].best == 1.0
    assert domain.utilities(0).max() == 1.0
    assert domain.utilities(1)[[ash, oak]].tolist() == pytest.approx([0.35, 0.5])
    # Among outcomes equal to the buyer the vendor decides: uncut, the buyer's best would be ash or oak.
    assert ash not in find_frontier(domain).numbers and oak in find_frontier(domain).numbers
    assert next_worse_kernel(sort_halves(domain, 0), float("inf"), -1) == (ash, 1.0)
    assert next_worse_kernel(sort_halves(domain, 0), 1.0, ash) == (oak, 1.0)


def test_profiles_are_told_apart_by_name_or_as_asked():
    folder = DOMAINS / "genius"
    one, two = folder / "profile_1_buyer.xml", folder / "profile_2_vendor.xml"
    usual = load_domain(folder / "lamps_domain.xml")
    turned = load_domain(folder / "lamps_domain.xml", (two, one))
    assert usual.profiles == turned.swapped().profiles
    assert usual.profiles[0].name == "profile_1_buyer"


def test_an_integer_issue_is_a_line_cut_to_the_unit(tmp_path):
    issue = '<issue index="1" type="integer" name="days" lowerbound="3" upperbound="6">'
    line = '<evaluator ftype="linear" offset="-0.1" slope="0.4" />'
    domain = tmp_path / "domain.xml"
    domain.write_text(f"<negotiation_template><o>{issue}</issue></o></negotiation_template>")
    for side in "ab":
        (tmp_path / f"{side}.xml").write_text(
            f'<utility_space><weight index="1" value="1"/>{issue}{line}</issue></utility_space>'
        )
    found = load_domain(domain)
    assert found.issues[0].values == ("3", "4", "5", "6")
    assert found.profiles[0].evaluations[0] == pytest.approx((0.0, 0.3, 0.7, 1.0))


def test_a_range_of_numbers_is_listed(tmp_path):
    text = """{"LinearAdditiveUtilitySpace": {"issueWeights": {"x": 1},
     "issueUtilities": {"x": {"NumberValueSetUtilities":
        {"lowValue": 1, "lowUtility": 1, "highValue": 2, "highUtility": 0}}},
     "domain": {"name": "d", "issuesValues": {"x": {"range": ["1", "2", "0.25"]}}}}}"""
    for side in "ab":
        (tmp_path / f"{side}.json").write_text(text)
    found = load_domain(tmp_path)
    assert found.issues[0].values == ("1", "1.25", "1.5", "1.75", "2")
    assert found.profiles[0].evaluations[0] == pytest.approx((1.0, 0.75, 0.5, 0.25, 0.0))


def test_outcomes_are_numbered_as_products_are_listed():
    domain = load_domain(DOMAINS / "lamps.toml")
    assert domain.values(0) == ("10", "now", "none")
    assert domain.values(1) == ("10", "now", "2 years")
    assert domain.number(("20", "in a month", "2 years")) == domain.count - 1 == 23
    assert [domain.number(domain.values(n)) for n in range(24)] == list(range(24))
    with pytest.raises(SimError, match="did you mean 'in a week'"):
        domain.number(("20", "in a weak", "none"))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_domains_have_a_zone_and_something_to_trade(path):
    from sim.outcomes.solving.solution_concepts import find_solutions

    found = find_solutions(load_domain(path))
    assert found.zone > 3
    best = found.point("maximum welfare")
    assert best.buyer + best.vendor > 1.2


# --- files as the field's tools write them, each a folder of `domains/kinds` --------------------

KINDS = DOMAINS / "kinds"
READ = {  # values of the one issue, evaluations of the buyer, of the vendor
    "integers_listed": (("3", "4", "5", "6"), (0.0, 0.25, 0.75, 1.0), (1.0, 0.75, 0.5, 0.125)),
    "value_evaluated_twice": (HALLS, (0.25, 0.75, 1.0), FALLING),
    "reservation_below_0": (HALLS, RISING, FALLING),
    "ampersand": (("stage & seats", "R&D hall", "large & small"), RISING, (1.0, 0.5, 0.25)),
    "blank_lines_first": (HALLS, RISING, FALLING),
    "latin_1": (("Saal für alle", "Café", "größer"), RISING, (1.0, 0.5, 0.25)),
    "windows_1252": (("10 €", "12 € – late", "15 €"), RISING, (1.0, 0.5, 0.25)),
    "pareto_beside": (HALLS, RISING, FALLING),
    "spaces_and_joiners": (("a\u00a0seat", "a\u3000seat", "a\u200dseat"), RISING, (1.0, 0.5, 0.25)),
    "web_range": (("0", "25", "50", "75", "100"), (0.0, 0.25, 0.5, 0.75, 1.0), (1.0, 0.75, 0.5, 0.25, 0.0)),
    "web_large_range": (
        ("999999999999.5", "1000000000000", "1000000000000.5", "1000000000001"),
        (0.0, 1 / 3, 2 / 3, 1.0), (1.0, 2 / 3, 1 / 3, 0.0),
    ),
}  # fmt: skip
REFUSED = {
    "refused_value_twice": r"domain\.xml: hall: value = 'small': there twice",
    "refused_reservation_above_1": r"p1_buyer\.xml:10: reservation = 1\.25: want a number from -1000 to 1",
    "refused_evaluation_below_0": r"p1_buyer\.xml:4: evaluation = -1: want a number of at least 0",
    "refused_discount": r"p1_buyer\.xml:10: discount_factor = 'none': want a number",
    "refused_text_first": r"1 profiles, want two, .*p1_buyer\.xml:1: want well-formed XML",
}


@pytest.mark.parametrize("kind", READ)
def test_files_of_other_tools_are_read_as_they_are_meant(kind):
    found = load_domain(KINDS / kind)
    values, buyer, vendor = READ[kind]
    assert [issue.values for issue in found.issues] == [values]
    assert found.profiles[0].evaluations[0] == pytest.approx(buyer)
    assert found.profiles[1].evaluations[0] == pytest.approx(vendor)


@pytest.mark.parametrize("kind", REFUSED)
def test_files_that_mean_nothing_are_refused_with_the_reason(kind):
    with pytest.raises(SimError, match=REFUSED[kind]):
        load_domain(KINDS / kind)


def test_every_kind_of_file_is_tried():
    assert {path.name for path in KINDS.iterdir()} == {*READ, *REFUSED}


def test_reservation_values_of_these_files():
    assert load_domain(KINDS / "reservation_below_0").profiles[0].reservation == -0.25
    assert [p.reservation for p in load_domain(KINDS / "web_range").profiles] == [0.5, 0.75]
    large = load_domain(KINDS / "web_large_range").profiles[0].reservation
    assert large == pytest.approx(2 / 3)


def test_no_agreement_may_be_worse_than_every_outcome():
    """Talks go as with a reservation value of 0; the solutions count gains from below 0."""
    from dataclasses import replace

    from sim.outcomes.sessions.session import negotiate
    from sim.outcomes.solving.solution_concepts import find_solutions

    low = load_domain(KINDS / "reservation_below_0")
    none = replace(low, profiles=(replace(low.profiles[0], reservation=0.0), low.profiles[1]))
    for first, second in (("boulware", "linear"), ("micro", "tit_for_tat")):
        talks = [negotiate(d, first, second, "alternating", 9, "buyer", 1) for d in (low, none)]
        assert talks[0].utterances == talks[1].utterances and talks[0].number == talks[1].number
    assert find_solutions(low).zone == find_solutions(none).zone == 3


def test_the_line_of_an_error_is_that_of_the_file(tmp_path):
    place = tmp_path / "domain.xml"
    place.write_text('\n\n<?xml version="1.0"?>\n<negotiation_template>\n<a b=c/>\n')
    with pytest.raises(SimError, match=r"domain\.xml:5: want well-formed XML"):
        load_domain(place, (place, place))
