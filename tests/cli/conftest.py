"""The command in an empty folder, for the tests of this room."""

from command import here, interpreted, sim, undrawn

__all__ = ["here", "interpreted", "sim", "undrawn"]
