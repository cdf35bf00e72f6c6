"""Hypothesis profiles: `quick` is a fixed subset, `deep` the large counts."""

import os

from hypothesis import settings

settings.register_profile("quick", derandomize=True, deadline=None, max_examples=100)
settings.register_profile("deep", deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_report_header() -> str:
    """Say which counts are run."""
    if os.environ.get("HYPOTHESIS_PROFILE") == "deep":
        return "the deep suite: large counts, newly drawn each time"
    return "the quick suite: a fixed subset; `make test-deep` runs the large counts"
