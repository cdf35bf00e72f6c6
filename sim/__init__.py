"""A laboratory for buyer–vendor relationships: adversarial, partnership and mediated.

    import sim
    r = sim.compare("it_outsourcing", regimes=["adversarial", "mediated"], worlds=50)
    r.table()

Each public name is loaded when it is first used; importing the package does no work.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engines.market import NegotiationModel
    from sim.errors import ScenarioError, SimError
    from sim.lab.api import attribute, compare, explain, run, sweep

    __version__: str

__all__ = [
    "NegotiationModel",
    "ScenarioError",
    "SimError",
    "__version__",
    "attribute",
    "compare",
    "explain",
    "run",
    "sweep",
]

_HOMES = {
    "NegotiationModel": "sim.engines.market",
    "ScenarioError": "sim.errors",
    "SimError": "sim.errors",
    "attribute": "sim.lab.api",
    "compare": "sim.lab.api",
    "explain": "sim.lab.api",
    "run": "sim.lab.api",
    "sweep": "sim.lab.api",
}


def __getattr__(name: str) -> Any:
    """Load a public name on its first use, so that `import sim` does not import Numba.

    Raises AttributeError for any other name.
    """
    if name == "__version__":
        value = import_module("sim.study.results.digest").tool_version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
