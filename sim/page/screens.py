"""The screens of the page, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from sim.page.board import causes, overview
from sim.page.regime_pair import Frame
from sim.page.tie_panel import tie_screen

if TYPE_CHECKING:
    from markupsafe import Markup


class Screen(NamedTuple):
    """The name of a tab, and the function that draws a frame on it."""

    name: str
    draw: Callable[[Frame], Markup]


SCREENS = (
    Screen("Overview", overview),
    Screen("Causes and traits", causes),
    Screen("One tie", tie_screen),
)
TIE_SCREEN = next(number for number, screen in enumerate(SCREENS) if screen.draw is tie_screen)
