"""One domain in four formats is one domain; GENIUS files mean here what they mean in GENIUS."""

from pathlib import Path

import pytest

from sim.errors import SimError
from sim.outcomes.frontier import frontier
from sim.outcomes.load import load_domain
from sim.outcomes.search import halves, next_worse_kernel

DOMAINS = Path(__file__).parent / "domains"
SHIPPED = Path(__file__).parents[2] / "scenarios" / "domains"
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


def test_utilities_are_cut_off_at_one_where_weights_add_up_to_more():
    """The buyer's weights add up to 1.02: ladders of ash and of oak are both worth 1, not 1.012 and 1.02."""
    domain = load_domain(DOMAINS / "over_one")
    ash, oak = (domain.number(("many", wood)) for wood in ("ash", "oak"))
    assert sum(domain.profiles[0].weights) == pytest.approx(1.02)
    assert domain.utility(0, ash) == domain.utility(0, oak) == domain.profiles[0].best == 1.0
    assert domain.utilities(0).max() == 1.0
    assert domain.utilities(1)[[ash, oak]].tolist() == pytest.approx([0.35, 0.5])
    # What is equal to the buyer, the vendor decides: uncut, the buyer's best would be ash or oak.
    assert ash not in frontier(domain).numbers and oak in frontier(domain).numbers
    assert next_worse_kernel(halves(domain, 0), float("inf"), -1) == (ash, 1.0)
    assert next_worse_kernel(halves(domain, 0), 1.0, ash) == (oak, 1.0)


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
    from sim.outcomes.solutions import solutions

    found = solutions(load_domain(path))
    assert found.zone > 3
    best = found.point("maximum welfare")
    assert best.buyer + best.vendor > 1.2
