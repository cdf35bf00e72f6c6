"""The one-shot benchmark as a scenario: price only, both reservation values uniform on [0, 1]."""

from sim.engines.batch import simulate
from sim.validation.one_shot import one_shot_scenario as changed


def one_shot(**overrides):
    """Return the benchmark with dotted keys changed; `__` stands for the dot."""
    return changed({name.replace("__", "."): value for name, value in overrides.items()})


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
