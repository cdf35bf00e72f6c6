"""The quick suite under every Python we support, and with the lowest versions we declare: `make test-matrix`."""

from __future__ import annotations

from pathlib import Path

import nox

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13")
SUITE = ("python", "-m", "pytest", "-n", "2", "--dist", "worksteal", "-q")

nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True  # a missing Python has not been tested
nox.options.reuse_existing_virtualenvs = True
nox.options.stop_on_first_error = False


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """Run the quick suite with the newest versions of all dependencies."""
    run_suite(session)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """Run the quick suite with the lowest versions that pyproject.toml declares."""
    run_suite(session, "--resolution", "lowest-direct")


def run_suite(session: nox.Session, *resolution: str) -> None:
    """Install the checkout with its test extra and run the quick suite, or the tests named after `--`."""
    session.chdir(REPOSITORY)
    session.install(*resolution, "--editable", ".[test]")
    session.run(*SUITE, *session.posargs)
