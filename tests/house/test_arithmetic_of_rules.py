"""The compiled rooms leave no rounding to a C library or to BLAS, so that no processor changes a bit.

`breaches` reads source text only; the last test plants one breach of every kind.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.jit import COMPILED_ROOMS, OUTCOME_ROOMS

PACKAGE = Path(__file__).resolve().parents[2] / "sim"
EXACT = {"sqrt", "floor", "ceil", "trunc", "fabs", "isnan", "isinf", "isfinite", "isqrt", "prod",
         "copysign", "pi", "e", "inf", "nan"}  # fmt: skip
NUMPY_ROUNDS = {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "float_power",
                "hypot", "sin", "cos", "tan", "tanh", "arctan", "cbrt", "dot", "vdot", "inner",
                "matmul", "einsum", "convolve", "correlate"}  # fmt: skip


def files() -> list[Path]:
    """Return every file of the rooms whose code is compiled."""
    paths = {
        path for room in {*COMPILED_ROOMS, *OUTCOME_ROOMS} for path in PACKAGE.glob(f"{room}*")
    }
    found = {f for path in paths for f in ([path] if path.is_file() else path.rglob("*.py"))}
    return sorted(f for f in found if f.suffix == ".py")


def is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.UnaryOp)


def breaches(tree: ast.AST) -> Iterator[str]:
    """Yield every operation that may round differently elsewhere, with its line."""
    for node in ast.walk(tree):
        said = ast.unparse(node) if isinstance(node, ast.expr) else ""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            whole = isinstance(node.right, ast.Constant) and isinstance(node.right.value, int)
            negative = isinstance(node.right, ast.UnaryOp) and isinstance(node.left, ast.Constant)
            if not (is_constant(node.left) and (whole or negative)):
                yield f"{node.lineno}: {said}: want power or whole_power of sim.arithmetic"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield f"{node.lineno}: {said}: BLAS adds in its own order"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "math" and node.attr not in EXACT:
                yield f"{node.lineno}: {said}: want its twin in sim.arithmetic"
            if node.value.id == "np" and node.attr in NUMPY_ROUNDS:
                yield f"{node.lineno}: {said}: want its twin in sim.arithmetic"
        elif isinstance(node, ast.ImportFrom) and node.module == "math":
            for name in sorted({alias.name for alias in node.names} - EXACT):
                yield f"{node.lineno}: from math import {name}"


def test_rules_call_no_library_that_rounds_as_it_likes():
    assert len(files()) > 70
    found = [
        f"{file.relative_to(PACKAGE)}:{line}"
        for file in files()
        for line in breaches(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_the_arithmetic_belongs_to_both_caches():
    """An edit there makes new machine code of the engine and of the talks over outcomes."""
    assert "arithmetic" in COMPILED_ROOMS
    assert "arithmetic" in OUTCOME_ROOMS


@pytest.mark.parametrize(
    "line",
    ["y = math.exp(x)", "y = math.erf(x)", "y = np.log(x)", "y = x ** n", "y = x ** 2.0", "y = 2.0 ** n",
     "y = 3.0 ** 0.5", "y = a @ b", "y = np.dot(a, b)", "from math import log1p", "y = math.hypot(a, b)"],
)  # fmt: skip
def test_every_kind_is_caught(line):
    assert len(list(breaches(ast.parse(line)))) == 1


@pytest.mark.parametrize(
    "line", ["y = 10**12", "y = 2.0**-54", "y = math.sqrt(x)", "y = 2**63 - 1"]
)
def test_what_is_exact_is_not(line):
    assert list(breaches(ast.parse(line))) == []
