"""The examples in docstrings do what they show."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parents[2] / "sim"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules_with_examples() -> list[str]:
    """Return the modules of the package whose text holds an example."""
    found = (path for path in sorted(SIM.rglob("*.py")) if ">>> " in path.read_text("utf-8"))
    return [".".join(path.relative_to(SIM.parent).with_suffix("").parts) for path in found]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_do_what_they_show(name: str) -> None:
    tried = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert tried.failed == 0 and tried.attempted > 0


def test_a_wrong_example_fails() -> None:
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(test, out=lambda _: None).failed == 1
