"""Custom strategies and mediators that fail, or take too long, while a world is run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from sim.errors import SimError
from sim.scenario.mediator_styles import custom_mediators
from sim.state import World
from sim.strategies import code_timeout

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime
    from sim.strategies.custom_code import CustomCode


def raise_if_custom_code_failed(
    custom: Sequence[CustomCode], regime: ResolvedRegime, world: World
) -> None:
    """Raise a one-line SimError if a custom strategy or a custom mediator failed in this world."""
    for strategy in custom:
        strategy.raise_trouble()
    desk = world.desk[0]
    if desk.wrong:
        mediator = custom_mediators(regime.scenario.mediator.style)[int(desk.row)]
        assert mediator is not None
        mediator.raise_answer_trouble(int(desk.wrong), desk)
    if world.memo[0].wrong:
        for strategy in custom:
            strategy.raise_last_trouble()
        raise SimError(
            f"{', '.join(map(str, custom))}: answered nan: want a utility in money per month"
        )


def watch_custom_mediators(
    custom: Sequence[CustomCode], regime: ResolvedRegime, world: World
) -> AbstractContextManager[None]:
    """Return a context that watches how long custom mediators take, if there are any."""
    if not custom:
        return nullcontext()
    desk = world.desk[0]

    def doing() -> tuple[str, float] | None:  # called by the thread of the watch
        mediators = custom_mediators(regime.scenario.mediator.style)
        asked = mediators[int(desk.row)] if int(desk.row) < len(mediators) else None
        return None if asked is None else asked.current_call(desk)

    return code_timeout.watch(doing)
