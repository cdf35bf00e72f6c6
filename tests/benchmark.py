"""The one-shot benchmark as a scenario: price only, both reservation values uniform on [0, 1]."""

from sim.engines.batch import simulate
from sim.scenario.load import load
from sim.scenario.schema import Scenario

ONE_SHOT = {
    "run": {"months": 1, "worlds": 1},
    "market": {"needs": 4000, "vendors": 4000, "candidates": 1},
    "issues": [
        {
            "name": "the good",
            "levels": ["no", "yes"],
            "worth": [0.0, 0.5],
            "worth_spread": 1.0,
            "cost": [0.0, 0.5],
            "cost_spread": 1.0,
        }
    ],
    "negotiation": {"protocol": "sealed_bid", "level": "truthful", "k": 0.5},
    "beliefs": {"fixed_pie": 0.0},
}


def one_shot(**overrides):
    """Return the benchmark with dotted keys changed; `__` stands for the dot."""
    keys = {name.replace("__", "."): value for name, value in overrides.items()}
    return load(Scenario.model_validate(ONE_SHOT), keys)


def gains(loaded, regime="adversarial", worlds=40, seed=1):
    """Return (mean gain per meeting, its standard error, share of trades, buyer's, vendor's part)."""
    regime = loaded.regime(regime)
    rows = simulate(regime, range(worlds), seed, threads=2).periods
    n = worlds * loaded.scenario.market.needs
    per_world = rows["surplus"] / loaded.scenario.market.needs
    error = per_world.std(ddof=1) / worlds**0.5
    return (
        float(per_world.mean()),
        float(error),
        rows["signed"].sum() / n,
        rows["buyer"].sum() / n,
        rows["vendor"].sum() / n,
    )
