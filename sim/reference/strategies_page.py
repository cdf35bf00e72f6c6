"""The strategies, from their catalogue: the text of `docs/strategies.md`."""

from __future__ import annotations

from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.strategies.catalogue import (
    ACCEPTANCE_SETTINGS,
    CATALOGUE,
    DEFAULTS,
    Accept,
    Setting,
    Strategy,
    trait_names,
)
from sim.strategies.custom_strategy import StrategyView

INTRO = """# The strategies

Written by `make docs` from the catalogue. Every trait is claimed by the strategy and tested:
`sim strategies check NAME` runs it in drawn talks, over outcomes and over money, and checks its
claims.

| trait | what it promises |
|---|---|
| `monotone` | its ask never rises |
| `looks_back` | it depends on what the other side offered; without it, never |
| `uses_luck` | it depends on luck; without it, never |
| `rational` | it never asks below its reservation value; a strategy that votes on texts never asks |

Time t runs from 0 to 1, best is the utility of the best outcome, floor the larger of the worst
outcome and the reservation value. e is the exponent of t, so that above 1 holds out; Faratin's β and
GENIUS' e are its inverse.
"""

DOMAINS = """## Over domains

For `sim negotiate` and `sim tournament`, and in scenarios too (below), written `name:setting=value,…`, as in `boulware:e=6`.
Unless stated otherwise an offer is taken iff it is worth at least the side's ask.
"""

MONEY = """## In scenarios

`buyers.strategy` and `vendors.strategy` take every strategy above that makes offers, written the same
way, and a custom strategy:

```toml
[buyers]
strategy = "boulware:e=6"

[vendors]
strategy = { linear = 2, "posturing:share=0.4" = 1, "patient.py:Patient" = 1 }   # drawn by weight
```

Utilities are then in money per month over the outside option. The floor is the claimed reservation
value, as `negotiation.level` shades it, and the best is the opening: the most a side can hope for on
its beliefs. The clock is 1 when the last offer is to be answered, so that a side that follows a curve takes
it iff it is worth the floor; other strategies may be given `accept=combined,after=1`. Money has
no list of outcomes: `micro` and `naive_tit_for_tat` go down as many equal steps from opening to floor as
they have turns, and the floor is the worst. `shift` counts in shares of the side's range. `slack` has no
meaning there, and `hill_climber` and `annealer` are refused: they vote on texts and make no offers. In
sealed bids and posted offers nobody concedes, so only the shading below counts.

A relative path starts in the folder of the scenario's file if it is found there, else in the
current folder. The file's digest is kept with every result: a study resumes only with the file it
was started with, and `sim rerun` reports a file that has changed. On a cluster each worker reads the file.

**Such a file is a program, and it runs only with your consent.** You consent by typing its name:
`--set buyers.strategy=patient.py:Patient`, `--vary`, `--buyer`, `--strategies`, `sim strategies check`,
and in Python `overrides` and varied values. A name *inside* a file that somebody may have sent you (a
scenario or what it extends, a study, a CSV list, an experiment, a manifest or the folder of a result)
is refused in one line, and nothing runs, unless the command has `--allow-code` (in Python
`allow_code=True`); then a line says which file runs and who named it. A study is resumed by the command
that named the file; to resume it by its folder alone (`sim sweep DIR`) needs `--allow-code`, as does `sim rerun`.
`sim status`, `sim report` and `sim query` only read results, and run no such file.
"""

SHADING = """## How far the floor is shaded

`negotiation.level` says how a reservation value becomes the claimed one, in every protocol, and in
sealed bids it is the whole strategy. The tables for any distribution are in
`sim/theory/double_auction.py`, level by level and learned in `sim/theory/learned_shading.py`.

| level | bid, worth and cost uniform on [0, 1], price at k | source |
|---|---|---|
| `truthful` | the true value | Myerson & Satterthwaite 1983; level 0 |
| `level_1` | best reply to the truth: buyer v / (1 + k) | Crawford & Iriberri 2007 |
| `equilibrium` | v / (1 + k) + k (1 − k) / (2 (1 + k)); at k = ½ ⅔ v + 1/12 | Chatterjee & Samuelson 1983 |

Level n replies to level n − 1: its slope is that of level 1, its constants climb to those of the
equilibrium. A learner that tries lines and knows only its payoffs finds the equilibrium too: at
k = ½, from the truth, the slopes 0.670 and 0.672 and the constants 0.080 and 0.248; theory says
⅔, 1/12 and ¼. The difference shrinks with the size of its trials; if nobody trades at first, small trials
never find any trade.
"""

ACCEPTING_INTRO = """## When an offer is taken, and what is learned from it

`accept=` sets when an offer is taken, independently of the ask (after Baarslag et al. 2014); an offer below
the reservation value is never taken.

| accept | an offer is taken iff |
|---|---|
| `own` | it meets the strategy's own condition: its ask, unless its formula says otherwise |
| `next` | scale × it + shift is worth at least the side's next offer |
| `constant` | it is worth floor + enough × (best − floor) |
| `time` | relative time is at least `after` |
| `combined` | as `next`; and after `after`, if it is the best offer of as many rounds as are left |
| `any` | always |

`model=` lets an opponent model choose the offer: of all outcomes worth the ask, the one it ranks
highest for the other side (`sim/outcomes/sessions/trading.py`; a trade-off, Faratin, Sierra & Jennings 2002).
Without a model the offer is the outcome worth least of those, as in NegMAS. Every strategy with an ask may
have a model, in alternating offers over domains; such talks are run turn by turn, about twenty times slower.
The model does not change what the strategy asks and accepts.

| model | what it learns from offers |
|---|---|
| `frequency` | what is offered often is liked, issues seldom changed are important |
| `bayesian` | orders of importance and shapes, weighed by how well they fit a side that concedes |

The first is van Krimpen, Looije & Hajizadeh 2013 (HardHeaded), the second Hindriks & Tykhonov 2008.
`sim negotiate --trace` shows how close each came to the true utilities.
"""

EXAMPLE = '''from dataclasses import dataclass


@dataclass(frozen=True)
class Patient:
    """Holds out, and gives back a share of what the other side gave."""

    share: float = 0.5
    e: float = 4.0

    traits = ("looks_back",)
    source = "our own, for this page"

    def ask(self, seen):
        width = seen.opening - seen.floor
        ask = seen.floor + width * (1.0 - seen.clock**self.e) - self.share * max(0.0, seen.rise)
        return max(seen.floor, ask)
'''

RECIPE = """## A custom strategy, in four steps

1. Write one Python file with a frozen dataclass: its settings with their defaults, the `traits` it
   claims (of `monotone`, `looks_back`, `uses_luck`), a `source`, and one rule `ask(self, seen)` that
   returns the utility it asks for next. The rule depends only on `self` and `seen`; it remembers nothing.

```python
{example}```

2. `sim strategies check patient.py:Patient` checks its claims and says whether it is compiled.
3. `sim negotiate office_supplies --buyer patient.py:Patient:share=0.8 --vendor micro --trace`
   shows it in one talk.
4. `sim tournament office_supplies maintenance --strategies patient.py:Patient,boulware,linear,micro`
   compares it with other strategies, and `sim compare one_tie --set buyers.strategy=patient.py:Patient`
   shows its effect on a relationship.

An answer below the floor or above the opening is replaced by that limit, and an offer is taken iff it is worth the
ask; `accept=` and its settings work as for every strategy. A rule that only computes with numbers is compiled and as
fast as the catalogue's; in it a division by zero gives infinity and no error. A rule that cannot be compiled, that
raises or catches exceptions, or that uses an index runs in plain Python and says so; functions it calls must be
compiled already (`from numba import njit`). Functions of `math` and powers are rounded by this machine's C library, so
the last digits of results may differ on another machine. The file is run as a program, with all your rights on this
machine: do not run files of strangers.

{seen}"""

SEEN_MEANINGS = {
    "clock": "share of the talk gone by, 0 to 1",
    "floor": "least it may ask for",
    "opening": "most it can hope for",
    "last_ask": "what it asked for last; its opening before",
    "offered": "own utility of the newest offer received; NaN if there is none yet",
    "rise": "of that over the offer before; 0 until there are two",
    "turn": "own offers made so far",
    "luck": "a uniform number in [0, 1), another one each turn",
}


def strategies_page() -> str:
    """Return `docs/strategies.md`: formula, names, source, traits and settings of each strategy."""
    rows = [text_items(f"`{name}`", SEEN_MEANINGS[name]) for name in StrategyView._fields]
    seen = to_markdown(Grid([Head("`seen.`"), Head("what it is")], rows))
    recipe = RECIPE.format(example=EXAMPLE, seen=seen)
    entries = [_strategy_section(strategy) for strategy in CATALOGUE]
    return "\n".join(
        [INTRO, DOMAINS, *entries, ACCEPTING_INTRO, _accept_settings(), MONEY, SHADING, recipe]
    )


def _strategy_section(strategy: Strategy) -> str:
    """Return the section of one strategy."""
    taken = (
        ""
        if strategy.accept == Accept.OWN
        else f" Takes offers by `accept={strategy.accept.name.lower()}`."
    )
    lines = [f"### {strategy.name}", "", f"{strategy.formula}.{taken}", ""]
    if strategy.names:
        lines.append(f"- In the literature and elsewhere: {strategy.names}")
    lines.append(f"- Source: {strategy.source}")
    lines.append(
        f"- Traits: {', '.join(f'`{word}`' for word in trait_names(strategy.traits)) or 'none'}"
    )
    own_defaults = dict(strategy.defaults)
    lines += [f"- {_setting_line(setting, own_defaults)}" for setting in strategy.settings]
    return "\n".join([*lines, ""])


def _setting_line(setting: Setting, own_defaults: dict[str, float]) -> str:
    """Return a setting with its range and default, which the `own_defaults` of a strategy may replace."""
    default = (DEFAULTS | own_defaults)[setting.name]
    span = f"{setting.low:g} to {setting.high:g}, default {default:g}"
    return f"`{setting.name}` ({span}): {setting.meaning}"


def _accept_settings() -> str:
    """Return the settings of `accept=`."""
    return "\n".join([*(f"- {_setting_line(setting, {})}" for setting in ACCEPTANCE_SETTINGS), ""])
