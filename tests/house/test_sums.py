"""No number of a result is added up by `sum`, which compensates for rounding from Python 3.12 on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parents[2] / "sim"
# These show what is there, or say how long it took.
LEFT_OUT = ("cli", "page", "reference", "render")
EXEMPT = {
    "measure/metrics.py": "arrays, which `sum` adds one after the other",
    "validation/style_claims.py": "arrays, and counts of events",
    "validation/bench.py": "seconds",
    "study/run/estimate.py": "whole numbers, and seconds",
    "study/run/restore.py": "whole numbers, and seconds",
    "study/run/chunks.py": "tie-months, whole numbers",
    "lab/stored_size.py": "bytes",
    "measure/blocks.py": "worlds",
    "study/results/block_store.py": "bytes and worlds",
    "study/results/save.py": "bytes",
    "study/run/cluster.py": "threads",
    "outcomes/domains/domain.py": "sizes, whole numbers",
}


def sums(source: str) -> Iterator[str]:
    """Yield the calls of the built-in `sum` that may add up numbers that are not whole."""
    for node in ast.walk(ast.parse(source)) if "sum(" in source else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
            what = node.args[0]
            added = what.elt if isinstance(what, ast.GeneratorExp | ast.ListComp) else what
            if not is_whole(added):
                yield f"{node.lineno}: {ast.unparse(node)}"


def is_whole(added: ast.AST) -> bool:
    """Say whether an expression is a count for anybody to see: a comparison, a length, bits, 0 or 1."""
    if isinstance(added, ast.Call) and isinstance(added.func, ast.Name):
        return added.func.id in ("int", "len", "ceil")
    if isinstance(added, ast.BinOp):
        return isinstance(added.op, ast.LShift) or (
            isinstance(added.op, ast.Mult) and is_whole(added.left) and is_whole(added.right)
        )
    if isinstance(added, ast.Attribute):
        return added.attr in ("worlds", "months")
    return isinstance(added, ast.Compare | ast.BoolOp | ast.UnaryOp)


def test_results_are_added_up_in_order() -> None:
    found = [
        f"{name}:{line}"
        for path in sorted(SIM.rglob("*.py"))
        if (name := path.relative_to(SIM).as_posix()).split("/")[0] not in LEFT_OUT
        and name not in EXEMPT
        for line in sums(path.read_text("utf-8"))
    ]
    assert found == [], "want ordered_sum of sim/summation.py"


def test_every_exemption_is_needed() -> None:
    assert [name for name in EXEMPT if not list(sums((SIM / name).read_text("utf-8")))] == []


@pytest.mark.parametrize(
    "text", ["sum(weights)", "sum(w * p for w in x)", "sum([a.share for a in b])"]
)
def test_a_sum_of_numbers_is_found(text: str) -> None:
    assert list(sums(text))


@pytest.mark.parametrize(
    "text", ["sum(a > b for a in c)", "sum(1 << k for k in c)", "sum(len(x) for x in y)"]
)
def test_a_count_is_none(text: str) -> None:
    assert not list(sums(text))
