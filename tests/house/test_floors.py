"""The layout of the package: imports go down or stay in their room, and heavy libraries have doors.

`breaches` reads source text only; the last tests plant one breach of every kind in a small tree and
demand that it is caught.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "sim"

# Bottom floor first. A room is a folder, or a module that stands alone.
FLOORS = (
    ("errors", "words", "interrupt", "cache", "compile"),
    ("jit",),
    ("arithmetic", "files", "rows", "summation"),
    ("luck", "contract", "records"),
    ("desk", "seat"),
    ("state",),
    ("strategies", "theory"),
    ("bargain", "outcomes"),
    ("mediation",),
    ("relationship",),
    ("scenario",),
    ("engines",),
    ("measure",),
    ("field",),
    ("study", "bridge", "validation"),
    ("calibration",),
    ("render",),
    ("lab",),
    ("reference",),
    ("page",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

# Which files may import a library; a name ending in "/" is a whole room.
DOORS = {
    "numba": ("jit.py", "compile/", "engines/batch.py"),
    "llvmlite": ("jit.py", "compile/"),
    "mesa": ("engines/market.py", "engines/agents.py", "engines/collector.py", "page/"),
    "solara": ("page/",),
    "ipyvue": ("page/",),
    "ipywidgets": ("page/",),
    "starlette": ("page/serve.py",),
    "uvicorn": ("page/serve.py",),
    "pyarrow": ("study/results/store.py", "study/results/row_parts.py"),
    "matplotlib": ("render/figures/",),
    "dask": ("study/run/cluster.py",),
    "distributed": ("study/run/cluster.py",),
    "jinja2": ("render/templates.py",),
    "filelock": ("study/results/lock.py",),
    "duckdb": ("study/results/query.py",),
    "SALib": ("measure/sensitivity.py",),
    "sklearn": ("calibration/emulator.py",),
    "threadpoolctl": ("calibration/emulator.py",),
    "negmas": ("bridge/",),
    "random": ("luck.py", "measure/", "theory/", "validation/"),
}
THEORY_IMPORTS = {"numpy", "scipy"} | sys.stdlib_module_names
LONGEST = 400
NUMPY_RANDOM = ("np.random", "numpy.random")
NO_NAMES = re.compile(r"_?(utils?|utilities|helpers?|common|base|managers?|misc)")


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str, bool]]:
    """Yield every import: its node, the module's name, whether names are taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name, False
        elif isinstance(node, ast.ImportFrom):
            yield node, "." * node.level + (node.module or ""), True
            if node.module == "numpy" and any(alias.name == "random" for alias in node.names):
                yield node, "random", True
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            name = node.args[0]
            if called in ("import_module", "__import__") and isinstance(name, ast.Constant):
                yield node, str(name.value), True
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in NUMPY_RANDOM:
            yield node, "random", True


def may(path: str, allowed: tuple[str, ...]) -> bool:
    """Say whether a file is among the allowed files and rooms."""
    return any(path == door or (door[-1] == "/" and path.startswith(door)) for door in allowed)


def import_breaches(path: str, tree: ast.AST) -> Iterator[str]:
    """Yield the faults of one file's imports, `path` being relative to the package."""
    room = path.split("/")[0].removesuffix(".py")
    for node, target, taken in imports(tree):
        where = f"{path}:{node.lineno}"
        top, _, rest = target.partition(".")
        if target == "numpy.random":
            top = "random"
        if top == "sim":
            below = rest.split(".")[0]
            if not taken or not rest:
                yield f"{where}: want `from sim.room import name`, got {target}"
            elif below not in FLOOR:
                yield f"{where}: {target} is in no room"
            elif room == "theory" and below not in ("theory", "contract", "summation"):
                yield f"{where}: theory may not know {target}"
            elif below != room and FLOOR[below] >= FLOOR[room]:
                yield f"{where}: {room} may not import up or sideways, {target}"
        elif not top:
            yield f"{where}: relative import"
        elif top in DOORS and not may(path, DOORS[top]):
            yield f"{where}: {top} only in {', '.join(DOORS[top])}"
        elif room == "theory" and top not in THEORY_IMPORTS:
            yield f"{where}: theory may not know {target}"


def eager(tree: ast.Module) -> Iterator[str]:
    """Yield the imports of the package that loading its `__init__` would run."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [target for _, target, _ in imports(node)]
            if any(name.split(".")[0] in ("", "sim", *DOORS) for name in names):
                yield f"__init__.py:{node.lineno}: loaded at once, {', '.join(names)}"
        waiting.extend(ast.iter_child_nodes(node))


def breaches(package: Path) -> list[str]:
    """Return every breach of the layout in a package, one line each."""
    found = []
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
        lines = len(source.splitlines())
        if lines > LONGEST:
            found.append(f"{path}: {lines} lines, want at most {LONGEST}")
        for part in Path(path).with_suffix("").parts:
            if NO_NAMES.fullmatch(part):
                found.append(f"{path}: '{part}' does not say what it is about")
        if path == "__init__.py":
            found.extend(eager(tree))
        elif path.split("/")[0].removesuffix(".py") not in FLOOR:
            found.append(f"{path}: in no room")
        else:
            found.extend(import_breaches(path, tree))
    return found


def test_the_package_keeps_its_layout():
    assert breaches(PACKAGE) == []


def test_the_whole_package_was_read():
    assert {room for room in FLOOR if (PACKAGE / room).is_dir()} >= {
        "strategies",
        "theory",
        "bargain",
        "mediation",
        "relationship",
        "scenario",
        "engines",
        "measure",
        "study",
        "render",
        "lab",
        "page",
        "cli",
    }
    assert sum(1 for _ in PACKAGE.rglob("*.py")) > 40


SOUND = {
    "__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
    "    from sim.study.a import x\n"
    "def __getattr__(name):\n    from sim.cli.app import main\n    return main\n",
    "words.py": "from enum import IntEnum\n",
    "jit.py": "import numba\n",
    "luck.py": "import numpy as np\nfrom sim.jit import rule\nnp.random.Philox(1)\n",
    "contract.py": "from sim.words import Side\n",
    "theory/a.py": "import scipy.stats\nfrom sim.contract import x\nfrom sim.theory.b import y\n",
    "bargain/a.py": "from sim.strategies.a import x\nfrom sim.bargain.b import y\n",
    "engines/batch.py": "from numba import prange\n",
    "cli/app.py": "def main():\n    from sim.study.a import x\n    return x\n",
}

PLANTED = {
    "upwards": ("bargain/a.py", "from sim.relationship.lifecycle import run_month\n"),
    "upwards, late": (
        "words.py",
        "def f():\n    from sim.cli.app import main\n    return main\n",
    ),
    "upwards, by name": (
        "engines/a.py",
        "from importlib import import_module\nimport_module('sim.study.a')\n",
    ),
    "sideways": ("strategies/a.py", "from sim.theory.trust import Moments\n"),
    "sideways below": ("contract.py", "from sim.luck import draw\n"),
    "the package": ("cli/a.py", "import sim\n"),
    "the package's names": ("cli/a.py", "from sim import compare\n"),
    "a whole module": ("cli/a.py", "import sim.words\n"),
    "relative": ("cli/a.py", "from . import cli\n"),
    "relative, named": ("cli/a.py", "from .cli import main\n"),
    "no such room": ("cli/a.py", "from sim.attic import x\n"),
    "a new room": ("attic/a.py", "x = 1\n"),
    "theory on words": ("theory/a.py", "from sim.words import Side\n"),
    "theory on pandas": ("theory/a.py", "import pandas as pd\n"),
    "numba": ("bargain/a.py", "from numba import njit\n"),
    "mesa": ("engines/batch.py", "import mesa\n"),
    "solara": ("cli/app.py", "def f():\n    import solara\n"),
    "uvicorn": ("page/gate.py", "from uvicorn import Config\n"),
    "ipywidgets": ("cli/page.py", "from ipywidgets import Widget\n"),
    "pyarrow": ("study/run/sweep.py", "import pyarrow.parquet as pq\n"),
    "matplotlib": ("render/text/a.py", "from matplotlib import pyplot\n"),
    "negmas": ("outcomes/a.py", "def f():\n    import negmas\n"),
    "filelock": ("study/results/folder.py", "from filelock import FileLock\n"),
    "jinja2": ("page/board.py", "def f():\n    from jinja2 import Template\n    return Template\n"),
    "SALib": ("study/a.py", "def f():\n    from SALib.sample import sobol\n    return sobol\n"),
    "sklearn": ("measure/a.py", "def f():\n    import sklearn\n"),
    "threadpoolctl": ("calibration/a.py", "import threadpoolctl\n"),
    "random": ("relationship/a.py", "import random\n"),
    "np.random": ("engines/batch.py", "import numpy as np\nx = np.random.default_rng(1)\n"),
    "numpy.random": ("study/a.py", "from numpy.random import default_rng\n"),
    "random of numpy": ("study/a.py", "from numpy import random\n"),
    "an eager door": ("__init__.py", "import sim.cli.app\n"),
    "an eager name": ("__init__.py", "try:\n    from sim.study.a import x\nexcept OSError: ...\n"),
    "a long file": ("words.py", "x = 1\n" * 401),
    "a name without meaning": ("study/helpers.py", "x = 1\n"),
    "a room without meaning": ("common/a.py", "x = 1\n"),
}


def build(package: Path, files: dict[str, str]) -> Path:
    for path, source in files.items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(source, encoding="utf-8")
    return package


def test_a_sound_tree_passes(tmp_path):
    assert breaches(build(tmp_path, SOUND)) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_breaches_are_caught(kind, tmp_path):
    path, source = PLANTED[kind]
    found = breaches(build(tmp_path, SOUND | {path: source}))
    assert found and all(line.startswith(path) for line in found)
