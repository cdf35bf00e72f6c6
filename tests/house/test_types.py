"""Every function is annotated, except rules that Numba compiles and whose types it infers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SIM = Path(__file__).resolve().parents[2] / "sim"
COMPILED = {
    "compilable", "hot", "inlined", "intrinsic", "kernel", "kernel_of_rooms", "overload", "rule",
    "rule_for_signature",
}  # fmt: skip


def untyped(tree: ast.AST, inside_compiled: bool = False) -> list[str]:
    """Return the functions that leave out a type of a parameter or of what they return."""
    found = []
    for node in ast.iter_child_nodes(tree):
        compiled = inside_compiled
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = {ast.unparse(one).split("(")[0].split(".")[-1] for one in node.decorator_list}
            compiled = compiled or bool(names & COMPILED)
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            given += [one for one in (node.args.vararg, node.args.kwarg) if one]
            bare = [one.arg for one in given if one.annotation is None]
            unsaid = node.returns is None and node.name != "__init__"
            if not compiled and (set(bare) - {"self", "cls"} or unsaid):
                found.append(f"{node.name}, line {node.lineno}")
        found += untyped(node, compiled)
    return found


@pytest.mark.deep  # the type checker of `make lint` says the same
@pytest.mark.parametrize("room", sorted({path.parent for path in SIM.rglob("*.py")}), ids=str)
def test_functions_that_are_not_compiled_say_their_types(room: Path) -> None:
    found = {path.name: untyped(ast.parse(path.read_text("utf-8"))) for path in room.glob("*.py")}
    assert not {name: functions for name, functions in found.items() if functions}


@pytest.mark.parametrize(
    "text",
    [
        "def f(x) -> int: ...",
        "def f(x: int): ...",
        "class C:\n    def f(self, *more) -> None: ...",
        "@cache\ndef f(x) -> int: ...",
        "def f() -> None:\n    def g(x): ...",
    ],
)
def test_a_function_without_types_is_found(text: str) -> None:
    assert untyped(ast.parse(text))


def test_a_rule_needs_none() -> None:
    text = "@rule\ndef f(params, x): ...\n@kernel_of_rooms('sim/outcomes')\ndef g(x):\n    def h(y): ..."
    assert not untyped(ast.parse(text))
