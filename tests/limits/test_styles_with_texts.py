"""Mediators that write: the single text, settlement after settlement, the proposal after an impasse."""

from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare
from counts import count

from sim.desk import DESK
from sim.engines.batch import simulate
from sim.jit import plain
from sim.mediation.styles.single_text import edit_text
from sim.mediation.styles.style_catalogue import parse_style
from sim.records import allocate
from sim.words import Act, Event

TABLES = ("periods", "ties", "events", "offers", "need_months")
BROKER = {"mediator.functions": ["broker"], "mediator.style": "drafter"}
FREE = {f"mediator.fee.{name}": 0.0 for name in ("retainer", "success", "case")}
SEER = {
    "mediator.competence": 1.0, "mediator.prior_good": 1e6,
    "buyers.exposure_to_neutral": 0.0, "vendors.exposure_to_neutral": 0.0,
}  # fmt: skip
WORLDS = count(60, 600)


def run(style, regime="mediated", worlds=WORLDS, source="one_tie", **keys):
    """Return the tables of a style in force alone; keys with two underscores for a dot."""
    over = BROKER | FREE | {"mediator.style": style}
    over |= {name.replace("__", "."): value for name, value in keys.items()}
    return simulate(bare(source, over).regime(regime), range(worlds), 1, tables=TABLES, threads=2)


def misfit(out):
    """Return misfit per need and month under a contract."""
    return out.periods["misfit"].sum() / max(1, out.periods["active"].sum())


# --- the single text ------------------------------------------------------------------------------

# A table of five issues with five levels each (points): two that are worth 4,000 to one side and 1,600 to
# the other, one contest over 2,400, two on which both want the same.
RISE = np.arange(5) / 4.0
ONE = np.array([4000 * RISE, 1600 * RISE, 2400 * RISE, 1200 * RISE, 800 * RISE])
OTHER = np.array([1600 * RISE[::-1], 4000 * RISE[::-1], 2400 * RISE[::-1], 1200 * RISE, 800 * RISE])
MOST = 14_400.0


def edited(text, competence=1.0):
    """Return joint points of the text a style ends with, from the middle, and how often it asked."""
    entry, desk = parse_style(text), allocate(DESK, 1)[0]
    s = SimpleNamespace(issues=5, count=[5] * 5, sd=np.zeros((2, 5, 8)))
    mediator = SimpleNamespace(competence_buyer=competence, competence_vendor=competence, bias=0.0)
    tables = (ONE, OTHER)
    desk.setting[:4] = entry.values
    desk.blank[:5] = 2
    for side in range(2):
        desk.estimate[side, :5, :5] = tables[side]
    act_of, asked = plain(edit_text), 0
    while (act := act_of(desk, mediator, s)) == Act.ASK:
        asked += 1
        for side, sign in ((0, -1.0), (1, 1.0)):
            worth = [
                sum(tables[side][k, t[k]] for k in range(5)) for t in (desk.text, desk.current)
            ]
            rise = sign * (desk.price - desk.current_price)
            desk.answer[side] = float(worth[0] + rise > worth[1] + 1e-9)
    assert act == Act.TEXT
    return sum(ONE[k, desk.text[k]] + OTHER[k, desk.text[k]] for k in range(5)), asked


def test_without_money_single_changes_cannot_trade_issues_and_packages_can():
    """From the middle 83.3 % by changes of one issue, for ever; more than 97 % by packages."""
    patient = "single_text:money=0,failures=60,tries=9"
    assert edited(f"{patient},issues=1")[0] == pytest.approx(0.8333 * MOST, rel=1e-3)
    assert edited(f"{patient},issues=2")[0] > 0.97 * MOST


def test_with_a_price_for_each_step_single_changes_are_enough():
    joint, asked = edited("single_text")
    assert joint == MOST
    assert asked <= 25


def test_a_single_text_of_one_who_knows_all_is_the_joint_optimum():
    """To the cent, in every world in which the text was signed; the control knows less and misses it."""
    out = run("single_text", run__months=1, **{k.replace(".", "__"): v for k, v in SEER.items()})
    drafted = out.offers[(out.offers["side"] == 2) & (out.offers["accepted"] == 1)]
    assert len(drafted) > 0.5 * WORLDS
    signed = np.isin(out.need_months["tie"], drafted["tie"])
    worlds = set(drafted["world"])
    rows = out.periods[np.isin(out.periods["world"], list(worlds))]
    assert abs(rows["misfit"]).max() < 1e-9
    assert signed.any()
    weak = run("single_text", run__months=1, mediator__competence=0.3)
    assert misfit(weak) > 0.1


def test_only_what_both_call_better_is_kept_and_nobody_ends_below_its_floor():
    out = run("single_text")
    edits = out.events[out.events["kind"] == Event.EDIT_TRIED]
    assert len(edits) > 100
    assert set(edits["third"]) == {0.0, 1.0, 2.0, 3.0}
    taken = out.offers[(out.offers["side"] == 2) & (out.offers["accepted"] == 1)]
    assert min(taken["buyer_utility"].min(), taken["vendor_utility"].min()) >= -1e-9


def test_answers_teach_only_who_understands_them():
    """With more failures allowed a mediator that reads tries other changes; one that cannot learns nothing from them."""
    edits = {
        c: run("single_text:failures=9,tries=3", mediator__competence=c, run__months=1).events
        for c in (0.0, 0.6)
    }
    prices = {c: e["second"][e["kind"] == Event.EDIT_TRIED] for c, e in edits.items()}
    assert len(np.unique(prices[0.6])) > len(np.unique(prices[0.0]))


# --- settlement after settlement ------------------------------------------------------------------


def replaced(out):
    """Return the utilities of what was agreed first and of what replaced it: (first, then), by side."""
    firsts, thens = [], []
    settled = out.events[out.events["kind"] == Event.SETTLED_ANEW]
    for event in settled:
        here = out.offers[
            (out.offers["world"] == event["world"]) & (out.offers["tie"] == event["tie"])
            & (out.offers["period"] == event["period"])
        ]  # fmt: skip
        then = here[here["accepted"] == 1][-1]
        first = here[-2]
        firsts.append([first["buyer_utility"], first["vendor_utility"]])
        thens.append([then["buyer_utility"], then["vendor_utility"]])
    return np.array(firsts), np.array(thens)


def test_nobody_loses_by_what_replaces_an_agreement():
    out = run("post_settlement", negotiation__deadline=10)
    firsts, thens = replaced(out)
    assert len(firsts) > 20
    assert (thens > firsts).all()
    accepted = out.offers[out.offers["accepted"] == 1]
    talks = accepted[["world", "tie", "period"]]
    assert len(np.unique(talks)) == len(talks)  # one contract a talk, however often it was bettered


def test_settling_again_gains_at_most_the_misfit_there_was():
    """Per world, what the levels lost before; a mediator that knows and reads nothing gains less."""
    # Without problems: how a text lets them be told is not part of its levels' misfit.
    free = {"run__months": 1, "negotiation__offer_cost": 0.0, "problems__rate": 0.0}
    free |= {"worlds": count(200, 2000)}
    direct = run("drafter", regime="adversarial", **free).periods
    seer = {name.replace(".", "__"): value for name, value in SEER.items()}
    gain = run("post_settlement", **free, **seer).periods["surplus"] - direct["surplus"]
    had = direct["misfit"] + direct["incentives"] + direct["protection"]
    assert (gain <= had + 1e-9).all()
    assert gain.mean() > 3.0 * gain.std() / len(gain) ** 0.5
    blind = run("post_settlement", **free, mediator__competence=0.0).periods["surplus"]
    assert (blind - direct["surplus"]).mean() < 0.5 * gain.mean()


# --- the proposal after an impasse ----------------------------------------------------------------


def test_a_proposal_acts_after_an_impasse_and_nowhere_else():
    """In the first month deals struck anyway are the same to the bit; impasses fall."""
    direct = run("drafter", regime="adversarial", run__months=1, source="it_outsourcing", worlds=10)
    with_one = run("proposal", run__months=1, source="it_outsourcing", worlds=10)
    assert with_one.periods["impasses"].sum() < direct.periods["impasses"].sum()
    taken = direct.offers[direct.offers["accepted"] == 1]
    kept = with_one.offers[(with_one.offers["accepted"] == 1) & (with_one.offers["side"] < 2)]
    both = np.isin(kept["tie"] + 1000 * kept["world"], taken["tie"] + 1000 * taken["world"])
    assert both.all()
    assert np.array_equal(kept["price"], taken["price"])
    drafts = run("drafter", run__months=1, source="it_outsourcing", worlds=10)
    kept = drafts.offers[(drafts.offers["accepted"] == 1) & (drafts.offers["side"] < 2)]
    assert len(kept) < len(taken)  # the control acts before


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["drafter", "single_text", "post_settlement", "proposal"])
def test_without_trust_nobody_takes_part(style):
    """At trust 0 on both sides every act is bit for bit that of direct talks; at trust 2/3 it is not."""
    distrusted = {
        "mediator__participation": "trust", "mediator__prior_good": 0.0, "mediator__prior_bad": 1e6,
    }  # fmt: skip
    where = {"source": "it_outsourcing", "worlds": 4, "run__months": 12}
    direct = run(style, regime="adversarial", **where)
    alone = run(style, **where, **distrusted)
    assert np.array_equal(direct.offers, alone.offers)
    rounds = alone.events["kind"] == Event.STAYED_AWAY  # are written down, and nothing else
    assert rounds.any() or style in ("post_settlement", "proposal")
    assert np.array_equal(direct.events, alone.events[~rounds])
    believed = run(style, **where, mediator__participation="trust")
    assert not np.array_equal(direct.offers, believed.offers)


def test_a_market_holds_mediators_of_several_styles():
    """A mixture is drawn once per mediator, by weight, and does not depend on other mediators."""
    mixture = {"drafter": 1.0, "single_text + post_settlement": 3.0}
    out = run(mixture, worlds=count(300, 3000), run__months=2)
    others = set(out.events["world"][out.events["kind"] == Event.MEDIATOR_ACTS].tolist())
    share = len(others) / count(300, 3000)
    assert share == pytest.approx(0.75, abs=0.08)
    alone = run("single_text + post_settlement", worlds=count(300, 3000), run__months=2)
    one = [out.offers[out.offers["world"] == w] for w in sorted(others)[:20]]
    other = [alone.offers[alone.offers["world"] == w] for w in sorted(others)[:20]]
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
