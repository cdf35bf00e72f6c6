"""Stretches of time as people say them."""

from __future__ import annotations


def span(seconds: float) -> str:
    """Return a duration as a person says it."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
