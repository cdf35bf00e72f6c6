"""The recipe for a custom mediator, from the rules that read it: a section of `docs/mediators.md`."""

from __future__ import annotations

import re

from sim.mediation.rounds.sheet import MediatorView
from sim.render.tables import Grid, Head, text_items, to_markdown

EXAMPLE = '''from dataclasses import dataclass

from sim.mediation.acts import BOTH, Question, ask, best, middle, nothing, text


@dataclass(frozen=True)
class Patient:
    """Asks after an impasse what matters to both, then proposes the package it thinks best."""

    lean: float = 0.0  # money per month added to the price between both
    source = "an example"

    def impasse(self, seen):
        if seen.stage == 0:
            return ask(Question.PRIORITIES, BOTH)
        if seen.stage == 1:
            levels = best(seen)
            return text(levels, middle(seen, levels) + self.lean)
        return nothing()
'''

RECIPE = """## A custom mediator, in four steps

1. Write one Python file with a frozen dataclass: its settings with their defaults, a `source`, and one
   method for each moment at which it acts (`before`, `impasse`, `signed`, `review`, `dispute`, `month`;
   `talk` is not among them). A method is given `seen` and returns an act. The mediator remembers only
   the `stage` of its round, which each act increases by one unless it names the next stage (`stage=`).

```python
{example}```

2. `sim mediators check patient.py:Patient` checks its claims and says whether it is compiled.
3. `sim compare one_tie --worlds 20 --out compared --set mediator.style=patient.py:Patient` shows its effect
   on a relationship.
4. `sim sweep one_tie --worlds 20 --out swept --outcomes surplus --vary mediator.style=proposal,patient.py:Patient`
   compares it with other styles.

The acts are `nothing()`, `ask(question, whom)`, `ask_about(question, levels, price, whom)`,
`tell(topic, whom)` and `text(levels, price)`; there are no others. The engine decides what they cost, who
answers, who votes and what a vote leads to. No act imposes a contract, since nobody has agreed to be bound. A
text that both call better in answer to `ask_about(Question.BETTER, …)` becomes the current one.
`best(seen)` returns the package with the highest estimated joint worth, `worth(seen, side, levels)` the
estimated worth of a package to a side, `middle(seen, levels)` the price that shares the joint worth.
`both = False` in the class lets it act if only one side takes part; with `blind = True` nobody learns from
a no.

Each moment allows only acts that can be applied there; any other act ends the run with one line:

{allowed}
A text beyond `mediator.drafts`, or beyond the offers left before a talk, ends the round. Nobody is asked or
told who takes no part (`seen.takes_part`), and of a side that has not confided in it a mediator says nothing.

An impossible answer (a level that does not exist, one level too many or too few; a price that is not a number or
beyond {price:g}; a question or topic that does not exist; more than {most} acts in a round) also ends the run with
one line. So does a method whose name is nearly one of these: `impass` for `impasse`. A method is compiled if Numba can,
and every index it uses is checked; if Numba cannot, if the method raises or catches exceptions, or
if it takes powers or products of whole numbers, which in machine code wrap around beyond 64 bits, it runs
in plain Python and says so.

A loop that never ends cannot be stopped, so a command that has been in one call of a method, or in the file
itself, for {seconds:g} seconds ends with one line and exit code 2; what a study has finished is kept.
Ctrl-C pressed twice ends it at once. In a notebook, on the browser page and with `--dask` nothing ends such a loop
but the end of its process.

The file is run as a program, with all your rights on this machine. It runs only if you named it yourself or
gave `--allow-code`, so do not run files of strangers.

{seen}"""

SEEN_MEANINGS = {
    "moment": "`sim.words.Moment`: 0 before, 2 impasse, 3 signed, 4 review, 5 dispute, 6 month",
    "stage": "stage of its round; 0 at the start, changed by its own acts",
    "acts": "acts so far in this round",
    "texts": "of these, texts put to the vote",
    "messages": "messages to a side so far in this talk: questions and estimates",
    "price": "price of the text asked about or put last",
    "current_price": "price of the current text",
    "bias": "its bias, from -1 for the vendor to 1 for the buyer",
    "takes_part": "[side] 1 if a side takes part in this round; side 0 is the buyer, 1 the vendor",
    "trust": "[side] trust in the mediator, 0 to 1",
    "bases": "[side] estimated value of a contract before its levels, money per month",
    "answer": "[side] answer to its last question; 0 for a side that was not asked",
    "yes": "[side] 1 if a side accepted the text put last",
    "competence": "[side] its competence about each side, 0 to 1",
    "luck": "two uniform random numbers in [0, 1), drawn for this round",
    "levels": "[issue] number of levels",
    "text": "[issue] levels of the text asked about or put last",
    "current": "[issue] levels of the current text: at first the blank one, or what was agreed",
    "blank": "[issue] levels a mediator that knows nothing would write",
    "stakes": "[side, issue, 2] answers issue by issue",
    "estimate": "[side, issue, level] what it thinks each level is worth, money per month",
    "mean": "[side, issue, level] the mean of the population, which is public",
}


def custom_mediator_recipe() -> str:
    """Return the section: the four steps, the acts, and what a custom mediator sees."""
    from sim.mediation.rounds.custom_calls import MAX_ACTS, MAX_PRICE
    from sim.mediation.rounds.custom_mediator import MOMENTS, acts_allowed_at
    from sim.strategies.code_timeout import MAX_POLLS, POLL_SECONDS

    seen = [text_items(f"`{name}`", SEEN_MEANINGS[name]) for name in MediatorView._fields]
    allowed = [
        text_items(f"`{m.name.lower()}`", _acts_as_code(acts_allowed_at(m))) for m in MOMENTS
    ]
    return RECIPE.format(
        example=EXAMPLE, most=MAX_ACTS, price=MAX_PRICE, seconds=POLL_SECONDS * MAX_POLLS,
        seen=to_markdown(Grid([Head("`seen.`"), Head("what it is")], seen)),
        allowed=to_markdown(Grid([Head("method"), Head("what it may return")], allowed)),
    )  # fmt: skip


def _acts_as_code(words: str) -> str:
    """Return words with every act, and every topic, set as code."""
    return re.sub(r"\w+\([^)]*\)|[A-Z]{2,}", lambda found: f"`{found[0]}`", words)
