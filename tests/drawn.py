"""Complete scenarios drawn by Hypothesis over every key of the schema, and helpers to run them."""

from __future__ import annotations

import copy
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.internal import constants_ast
from hypothesis.internal.conjecture import providers
from pydantic import BaseModel
from remembered import kept_on_disk

from sim.engines.batch import RunTables, simulate
from sim.scenario.key_kinds import (
    BLAME_FEARS,
    CEILINGS,
    ENTRANCES,
    FUNCTIONS,
    HIRING,
    LEVELS,
    PARTICIPATION,
    PROTOCOLS,
    RECESSION_CONDUCTS,
    REVIEW_MODES,
    STRATEGIES,
    TRUST_RULES,
)
from sim.scenario.load import LoadedScenario, from_resolved
from sim.scenario.mediator_styles import STYLES
from sim.scenario.schema import Scenario

EVERY_TABLE = ("periods", "ties", "events", "offers", "need_months")
WORLDS = 2


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """A decimal number, evenly spread, both ends included."""
    return st.integers(0, 200).map(lambda n: round(low + (high - low) * n / 200, 9))


def some(high: float) -> st.SearchStrategy[float]:
    """Nothing, or a number up to `high`: every mechanism is also drawn switched off."""
    return st.one_of(st.just(0.0), number(0.0, high), number(0.0, high))


SHARE = st.one_of(st.sampled_from((0.0, 1.0)), number(0.0, 1.0), number(0.0, 1.0))
TYPES = st.one_of(st.just(0), st.integers(0, 3))
RARELY = st.one_of(*[st.just(0.0)] * 4, SHARE)  # what would silence other mechanisms
PLAYED = st.sampled_from(
    (
        *STRATEGIES, "boulware:e=9,start=0.8", "linear:accept=combined,after=0.5",
        "conceder:accept=next,shift=0.1", "averaged_tit_for_tat:window=2",
    )
)  # fmt: skip
MIXTURE = st.one_of(
    PLAYED,
    st.dictionaries(PLAYED, number(0.5, 3.0), min_size=1, max_size=5),
)
DRAFTERS = st.tuples(st.sampled_from((0.0, 1.0)), st.sampled_from((1.0, 0.5, 0.0))).map(
    lambda n: f"drafter:deferential={n[0]},announce={n[1]}"
)
SET = (
    "single_text:issues=2,money=0,tries=2", "evaluative:suspicion=1", "strategic_choice:value=0.2",
    "strategic_choice:value=1,ground=1", "improving_directions:steps=2",
)  # fmt: skip
STYLE = st.one_of(st.just("drafter"), DRAFTERS, st.sampled_from((*STYLES, *SET)))


def styles_in_order(most: int) -> st.SearchStrategy[list[str]]:
    """Lists of styles as a scenario takes them: none twice with the same settings, the drafter once."""
    return st.lists(
        STYLE,
        min_size=1,
        max_size=most,
        unique_by=lambda text: text.partition(":")[0] if text.startswith("drafter") else text,
    )


MANNERS = st.one_of(
    STYLE,
    styles_in_order(4),
    st.dictionaries(
        styles_in_order(3).map(" + ".join),
        number(0.5, 3.0),
        min_size=1,
        max_size=3,
    ),
)
SUBSET = st.lists(st.sampled_from(FUNCTIONS), unique=True)


def side(**own: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """One of the tables [buyers] and [vendors]."""
    return st.fixed_dictionaries(
        {
            "strategy": MIXTURE,
            "outside": number(-10.0, 25.0),
            "outside_spread": SHARE,
            "risk_aversion": some(0.05),
            "risk_aversion_spread": SHARE,
            "exposure_sensitivity": SHARE,
            "exposure_to_neutral": number(0.0, 2.0),
            "fear": some(4.0),
            "custom": some(4.0),
            "optimism": SHARE,
            "outside_optimism": some(1.0),
            **own,
        }
    )


TABLES = {
    "run": {
        "months": st.integers(1, 24),
        "worlds": st.just(WORLDS),
        "seed": st.integers(0, 2**63 - 1),
        "currency": st.sampled_from(("k€", "$")),
        "stagger": st.one_of(st.just(0), st.integers(0, 12)),
        "in_force": some(1.0),
    },
    "delivery": {
        "noise": some(10.0),
        "quality_noise": some(0.3),
        "alignment": SHARE,
        "prior_months": number(0.5, 12.0),
        "dimensions": st.integers(0, 4),
        "dimension_spread": SHARE,
    },
    "problems": {
        "rate": some(0.6),
        "severity": some(20.0),
        "fix": SHARE,
        "fault": SHARE,
        "growth": some(0.3),
        "discovery": st.one_of(st.just(1.0), number(0.01, 0.6)),
        "enforcement": SHARE,
        "stake_of_deceit": SHARE,
        "shadow": st.integers(0, 24),
    },
    "protection": {
        "deadweight": some(3.0),
        "exit_fee": some(60.0),
        "break_rate": some(0.2),
    },
    "disputes": {
        "tolerance": some(2.0),
        "decay": number(0.0, 0.99),
        "threshold": some(5.0),
        "cost_buyer": some(1.5),
        "cost_vendor": some(1.5),
        "cost_growth": some(2.0),
    },
    "reviews": {
        "every": st.integers(0, 5),
        "mode": st.sampled_from(REVIEW_MODES),
        "cost": some(1.0),
        "change_cost": some(1.0),
        "learning": SHARE,
        "learning_by_doing": st.one_of(st.just(0.0), SHARE),
        "learning_worth": some(5.0),
    },
    "governance": {"monitoring": st.one_of(st.just(0.0), number(0.0, 4.0)), "least": SHARE},
    "change_requests": {"every": st.integers(0, 3).map(lambda n: max(0, n - 1)), "cost": some(2.0)},
    "termination": {
        "every": st.integers(0, 3).map(lambda n: max(0, n - 1)),
        "notice": st.integers(0, 2),
        "fee": some(0.5),
    },
    "growth": {
        "rate": some(0.6),
        "value": some(8.0),
        "fade": st.one_of(st.just(1.0), number(0.01, 0.5)),
        "notice": SHARE,
        "vendor_part": SHARE,
        "vendor_share": SHARE,
        "holdup": SHARE,
    },
    "turnover": {"buyer": some(0.4), "vendor": some(0.4), "loss": SHARE},
    "recession": {
        "rate": some(0.4),
        "recovery": number(0.1, 1.0),
        "worth": SHARE,
        "budget": SHARE,
        "outside": SHARE,
        "credit": some(1.0),
        "cut": SHARE,
    },
    "drift": {
        "rate": some(0.4),
        "strategy_rate": some(0.2),
        "size": SHARE,
        "notice": st.one_of(st.just(1.0), number(0.05, 0.9)),
        "tenure": some(2.0),
        "external": SHARE,
        "signal": SHARE,
    },
    "downstream": {
        "rate": some(0.5),
        "neutral": SHARE,
        "least": number(0.2, 1.0),
        "most": number(1.0, 3.0),
    },
    "adaptation": {"every": st.integers(0, 6), "intensity": some(5.0), "mutation": SHARE},
    "beliefs": {
        "fixed_pie": SHARE,
        "learning": SHARE,
        "known": st.one_of(st.just(0.0), SHARE),
        "fixed_pie_share": st.one_of(st.just(0.0), SHARE),
    },
}


@st.composite
def markets(draw: st.DrawFn) -> dict[str, Any]:
    vendors = draw(st.integers(1, 6))
    return {
        "needs": draw(st.integers(1, 5)),
        "vendors": vendors,
        "candidates": draw(st.integers(1, min(3, vendors))),
        "trust_weight": draw(SHARE),
        "cooldown": draw(st.integers(1, 4)),
        "needs_per_buyer": draw(st.integers(1, 3)),
        "capacity": draw(st.sampled_from((0, 0, 1, 2))),
        "switching_cost": draw(some(5.0)),
        "referral": draw(SHARE),
    }


@st.composite
def generic(draw: st.DrawFn, name: str, *, tradable: bool) -> dict[str, Any]:
    """A generic issue; a tradable one is worth more than it costs on average."""
    count = draw(st.integers(2 if tradable else 1, 4))
    low, high = (10.0, 80.0) if tradable else (-10.0, 30.0)
    worth = [draw(number(low, high)) for _ in range(count)]
    cost = [draw(number(low / 2, high / 2)) for _ in range(count)]
    if draw(st.booleans()):
        worth[0] = cost[0] = 0.0
    return {
        "name": name,
        "kind": "generic",
        "levels": [f"{name} {level}" for level in range(count)],
        "worth": worth,
        "worth_spread": draw(SHARE),
        "worth_range": draw(some(6.0)),
        "cost": cost,
        "cost_spread": draw(SHARE),
    }


@st.composite
def duration(draw: st.DrawFn) -> dict[str, Any]:
    levels = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=3)))
    issue = {"name": "term", "kind": "duration", "levels": levels}
    for table in ("worth", "cost"):
        if draw(st.booleans()):
            issue[table] = [draw(number(-5.0, 5.0)) for _ in levels]
            issue[f"{table}_spread"] = draw(SHARE)
    return issue | {"worth_range": draw(some(4.0))}


@st.composite
def acting(draw: st.DrawFn, kind: str, high: float) -> dict[str, Any]:
    levels = st.one_of(st.just(0.0), number(0.0, high))
    return {
        "name": kind.replace("_", " "),
        "kind": kind,
        "levels": sorted(draw(st.sets(levels, min_size=1, max_size=4))),
    }


@st.composite
def issues(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One tradable issue, up to two more generic ones, and any of the kinds that act."""
    found = [draw(generic("scope", tradable=True))]
    found += [draw(generic(f"extra {n}", tradable=False)) for n in range(draw(st.integers(0, 2)))]
    kinds = {"risk_share": 1.0, "penalty": 2.0, "liability": 1.0}
    found += [draw(acting(kind, high)) for kind, high in kinds.items() if draw(st.booleans())]
    if draw(st.booleans()):
        found.append(draw(duration()))
    return draw(st.permutations(found))


@st.composite
def relationships(draw: st.DrawFn) -> dict[str, Any]:
    rise, fall = sorted((draw(SHARE), draw(SHARE)))
    keys: dict[str, st.SearchStrategy[Any]] = {
        "trust_rule": st.sampled_from(TRUST_RULES),
        "ceiling": st.sampled_from(CEILINGS),
        "memory": SHARE,
        "prior_good": number(0.25, 4.0),
        "prior_bad": number(0.25, 4.0),
        "weight_routine": some(1.0),
        "routine_wear": some(1.0),
        "weight_candour": some(2.0),
        "weight_conflict": some(3.0),
        "negativity": some(4.0),
        "deceit_cut": SHARE,
        "ceiling_recovery": some(0.2),
        "damage_rise": SHARE,
        "damage_decay": some(0.2),
        "discount": st.one_of(number(0.0, 0.995), number(0.9, 0.995)),
    }
    return {"rise": rise, "fall": fall} | draw(st.fixed_dictionaries(keys))


def talks(protocols: tuple[str, ...] = PROTOCOLS) -> dict[str, st.SearchStrategy[Any]]:
    """The keys of [negotiation]."""
    return {
        "protocol": st.sampled_from(protocols),
        "level": st.sampled_from(LEVELS),
        "deadline": st.integers(1, 10),
        "offer_cost": some(1.0),
        "softening": SHARE,
        "k": SHARE,
        "duration": st.integers(1, 8),
        "first": st.sampled_from(("buyer", "vendor", "random")),
    }


def mediators(deadline: int) -> st.SearchStrategy[dict[str, Any]]:
    both = st.fixed_dictionaries({"buyer": SHARE, "vendor": SHARE})
    fee = {"retainer": some(1.0), "success": some(4.0), "case": some(3.0)}
    return st.fixed_dictionaries(
        {
            "functions": st.one_of(SUBSET, *[st.just(list(FUNCTIONS))] * 2),
            "competence": st.one_of(SHARE, both, both, both),
            "bias": number(-1.0, 1.0),
            "discretion": SHARE,
            "drafts": st.integers(1, deadline),
            "veto_step": SHARE,
            "hearing": SHARE,
            "prior_good": some(6.0),
            "prior_bad": number(0.25, 3.0),
            "count": st.integers(1, 3),
            "competence_spread": SHARE,
            "bias_spread": SHARE,
            "hiring": st.sampled_from(HIRING),
            "enters": st.sampled_from((*ENTRANCES, "selection")),
            "style": MANNERS,
            "participation": st.sampled_from(PARTICIPATION),
            "toughness": number(0.05, 0.9),
            "leak_discovery": SHARE,
            "signal_noise": some(2.0),
            "cost": some(1.0),
            "fee": st.fixed_dictionaries(fee),
        }
    )


@st.composite
def conducts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """No types, or up to three of either side."""
    found = []
    for side_of, count in (("buyer", draw(TYPES)), ("vendor", draw(TYPES))):
        for number_of in range(count):
            keys = {name: draw(some(1.0)) for name in ("goodwill", "push")} | {
                "regard": draw(RARELY)
            }
            keys |= {"exposure_sensitivity": draw(SHARE), "oversell": draw(SHARE)}
            keys |= {
                "refusal": draw(some(0.4)),
                "blame": draw(some(2.0)),
                "weight": draw(number(0.5, 3.0)),
            }
            conduct = {
                "recession": draw(st.sampled_from((*RECESSION_CONDUCTS, "squeeze", "give_to_get")))
            }
            name = f"{side_of} {number_of}"
            found.append({"name": name, "side": side_of, **keys, **conduct})
    return found


@st.composite
def scenarios(draw: st.DrawFn) -> LoadedScenario:
    """A scenario that loads, every key of the schema drawn; some define a further regime."""
    data: dict[str, Any] = {
        name: draw(st.fixed_dictionaries(keys)) for name, keys in TABLES.items()
    }
    data["title"] = "drawn"
    burn_in = st.integers(0, data["run"]["months"] - 1)
    data["run"]["burn_in"] = draw(st.one_of(st.just(0), burn_in))
    data["market"], data["issues"] = draw(markets()), draw(issues())
    blame = {"blame": some(2.0), "quality_worth": some(30.0), "quality_worth_spread": SHARE}
    blame |= {
        "budget": st.one_of(st.just(0.0), st.just(0.0), number(60.0, 200.0)),
        "budget_spread": SHARE,
        "cooperation": some(20.0),
    }
    blame |= {"cooperation_spread": SHARE, "attention": SHARE, "regard": RARELY}
    blame |= {"recession": st.sampled_from((*RECESSION_CONDUCTS, "squeeze", "give_to_get"))}
    data["buyers"] = draw(side(**blame))
    skill = {"productivity": some(30.0), "productivity_spread": SHARE}
    skill |= {"capability": SHARE, "capability_spread": SHARE, "oversell": SHARE}
    skill |= {"goodwill": some(1.0), "regard": RARELY, "push": some(1.0), "refusal": some(0.4)}
    skill |= {"blame_fear": st.sampled_from(BLAME_FEARS), "first_fear": number(0.1, 10.0)}
    skill |= {"fear_memory": some(8.0)}
    data["vendors"] = draw(side(**skill))
    data["relationship"] = draw(relationships())
    data["negotiation"] = draw(st.fixed_dictionaries(talks()))
    data["mediator"] = draw(mediators(data["negotiation"]["deadline"]))
    data["conducts"] = draw(conducts())
    if data["relationship"]["trust_rule"] == "beta":
        data["market"]["reputation"] = draw(SHARE)
    data["regimes"] = {}
    if draw(st.booleans()):
        base = draw(st.sampled_from(("adversarial", "partnership", "mediated")))
        table: dict[str, Any] = {"extends": base, "negotiation": {"k": draw(SHARE)}}
        table["negotiation"]["offer_cost"] = draw(some(1.0))
        if base == "mediated":
            table["mediator"] = {"functions": draw(SUBSET), "fee": {"success": draw(some(4.0))}}
        data["regimes"]["own"] = table
    return from_resolved(data, "drawn")


def fixed(count: int) -> settings:
    """The same examples at every run: the quick subset."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def fresh(count: int) -> settings:
    """New examples at every run: the deep counts."""
    return settings(fixed(count), derandomize=False, print_blob=True)


@cache
def subset(count: int) -> tuple[LoadedScenario, ...]:
    """Return the first drawn scenarios, the same at every run."""
    return kept_on_disk(f"drawn-{count}", partial(draw_subset, count), Path(__file__))


def draw_subset(count: int) -> tuple[LoadedScenario, ...]:
    """Draw the first scenarios, most of what it takes to check a hundred of them."""
    found: list[LoadedScenario] = []

    @fixed(count)
    @given(scenarios())
    def collect(loaded: LoadedScenario) -> None:
        found.append(loaded)

    # Hypothesis also draws numbers that it reads in modules, which would make the first scenarios
    # others in every order of tests: here it gets none.
    none = constants_ast.Constants()
    with mock.patch.object(providers, "_get_local_constants", lambda: none):
        collect()
    return tuple(found)


def few() -> tuple[LoadedScenario, ...]:
    """Return fifteen drawn scenarios, for tests that need some and not every branch."""
    return subset(15)


def run(loaded: LoadedScenario, regime: str, **how: Any) -> RunTables:
    """Run two worlds of a regime, every table."""
    scenario = loaded.scenario.run
    how = {"tables": EVERY_TABLE} | how
    worlds = how.pop("worlds", range(WORLDS))
    return simulate(loaded.regime(regime), worlds, scenario.seed, **how)


def bits(outcome: RunTables) -> dict[str, bytes]:
    """Return every column of every table as bytes."""
    return {
        f"{table}.{name}": np.ascontiguousarray(rows[name]).tobytes()
        for table, rows in outcome._asdict().items()
        for name in rows.dtype.names
    }


def unlike(left: RunTables, right: RunTables) -> list[str]:
    """Return the columns in which two outcomes differ by a bit."""
    a, b = bits(left), bits(right)
    return [name for name in a if a[name] != b[name]]


def tables_of(model: type[BaseModel] = Scenario) -> dict[str, type[BaseModel]]:
    """Return the fields of a model that are tables (or lists of tables), with their class."""
    found = {}
    for name, field in model.model_fields.items():
        inside = [field.annotation, *getattr(field.annotation, "__args__", ())]
        for part in inside:
            if isinstance(part, type) and issubclass(part, BaseModel) and part.model_fields:
                found[name] = part
    return found


def money_power(model: type[BaseModel], name: str) -> int:
    """Return the power of money with which a key scales."""
    extra = model.model_fields[name].json_schema_extra
    return int(extra.get("money", 0)) if isinstance(extra, dict) else 0


def times(value: Any, factor: float) -> Any:
    """Multiply a number, or every number of a list."""
    return [times(v, factor) for v in value] if isinstance(value, list) else value * factor


def in_other_money(loaded: LoadedScenario, factor: float, but: str = "") -> LoadedScenario:
    """Return the scenario with all money multiplied by `factor`, apart from the key `but`."""
    data = copy.deepcopy(loaded.resolved())

    def convert(table: dict[str, Any], model: type[BaseModel], path: str) -> None:
        inner = tables_of(model)
        for name, value in table.items():
            here = f"{path}{name}"
            if name in inner and isinstance(value, dict) and name != "regimes":
                convert(value, inner[name], f"{here}.")
            elif name in inner and isinstance(value, list):
                for item in value:
                    convert(item, inner[name], f"{here}.")
            elif name in model.model_fields and here != but and value is not None:
                power = money_power(model, name)
                if power:
                    table[name] = times(value, factor**power)

    convert(data, Scenario, "")
    for regime in data["regimes"].values():
        convert(regime, Scenario, "")
    return from_resolved(data, loaded.name)
