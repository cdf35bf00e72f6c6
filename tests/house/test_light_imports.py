"""Loading the package and its command must stay instant: nothing heavy before it is needed."""

import json
import subprocess
import sys
from pathlib import Path

HEAVY = ("numba", "llvmlite", "scipy", "pandas", "matplotlib", "mesa", "solara", "pyarrow")

REPOSITORY = Path(__file__).resolve().parents[2]


def loaded(statement: str) -> set[str]:
    """Return the modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_package_is_light():
    assert loaded("import sim").isdisjoint(HEAVY)


def test_the_command_is_light():
    assert loaded("import sim.cli.app").isdisjoint(HEAVY)


def test_the_package_loads_none_of_its_rooms():
    assert {name for name in loaded("import sim") if name.startswith("sim.")} == set()


def test_heavy_modules_would_be_seen():
    assert "pyarrow" in loaded("import pyarrow")
