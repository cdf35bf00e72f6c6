"""The colours and dashes of the browser page, chosen so that colour-blind people tell them apart."""

from __future__ import annotations

# Hues of Okabe and Ito, a little darker so that text in them is legible, each with its own
# dash; the same as in the figures of a comparison.
STYLES = {
    "adversarial": ("#c04f00", "8 3"),
    "partnership": ("#0069a6", "9 3 2 3"),
    "mediated": ("#007a59", ""),
    "planner": ("#1b1b1b", "2 3"),
}
OTHER_STYLES = (("#a8447f", "4 2"), ("#8a6100", "12 3"))
GREY = "#6b7280"
# Trust from 0 to 1: lightness falls all the way, so that the order survives grey print.
TRUST_RAMP = ((240, 165, 0), (203, 71, 119), (46, 10, 115))


def line_styles(regimes: tuple[str, str]) -> list[tuple[str, str]]:
    """Return colour and dash of each of two regimes; they differ even if the regimes do not."""
    first, second = (STYLES.get(name, OTHER_STYLES[k]) for k, name in enumerate(regimes))
    return [first, second if second != first else OTHER_STYLES[1]]


def with_colours(regimes: tuple[str, str]) -> list[tuple[str, str]]:
    """Return two regimes by name, each with its colour."""
    return [(name, color) for name, (color, _) in zip(regimes, line_styles(regimes), strict=True)]


def trust_color(trust: float) -> str:
    """Return the colour of a trust from 0 to 1, as #rrggbb."""
    place = min(1.0, max(0.0, trust)) * (len(TRUST_RAMP) - 1)
    at = min(int(place), len(TRUST_RAMP) - 2)
    low, high, part = TRUST_RAMP[at], TRUST_RAMP[at + 1], place - at
    mixed = [f"{round(a + (b - a) * part):02x}" for a, b in zip(low, high, strict=True)]
    return f"#{''.join(mixed)}"
