"""Hypothesis profiles, compiling before the tests start, and results that are computed only once.

`quick` is a fixed subset, `deep` the large counts.
"""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from compiled import mark
from hypothesis import HealthCheck, settings
from remembered import laid_out_when_asked, remembered_files

# No deadline and no complaint of slow drawing: how fast the machine is decides nothing.
PATIENT = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("quick", derandomize=True, max_examples=50, **PATIENT)
settings.register_profile("deep", max_examples=5_000, **PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# A job started in the background ignores Ctrl-C, and so would every process that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Name the counts that are run."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "deep":
        return "the deep suite: large counts, newly drawn each time"
    return "the quick suite: a fixed subset; `make test-deep` runs the large counts"


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile before workers start, since each would compile the same; without workers, do nothing.

    A run of one file may need nothing compiled; there the first test that does waits for it.
    """
    option = session.config.option
    if hasattr(session.config, "workerinput") or not getattr(option, "numprocesses", None):
        return
    if option.collectonly or mark().exists():
        return
    print("compiling the rules before the tests start, once for this version: about a minute")
    sys.stdout.flush()
    # In a separate process, so that no worker inherits the memory of compiling; a failure here fails there too.
    subprocess.run([sys.executable, str(Path(__file__).with_name("compiled.py"))], check=False)


def pytest_collection_finish() -> None:
    """Leave what was imported to itself: the collector would go through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)  # and would run after every few hundred objects of a figure


@pytest.fixture(scope="session", autouse=True)
def worked_out_once() -> Iterator[None]:
    """Remember shipped files, which hundreds of tests ask for."""
    with remembered_files(), laid_out_when_asked():
        yield
