"""The command, on a market that need not be compiled first."""

from command import here, interpreted, sim, undrawn

__all__ = ["here", "interpreted", "sim", "undrawn"]
