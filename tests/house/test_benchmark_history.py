"""The history of the benchmarks is read, and its page is up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))

import history  # noqa: E402 - not in a package


def measured(folder: Path, version: str, ratio: float) -> None:
    """Write a version's file with one ratio and one speed."""
    rows = [
        {"name": "a over b", "unit": "ratio", "values": [ratio, ratio + 1], "median": ratio},
        {"name": "speed", "unit": "1/s", "values": [], "median": None},
    ]
    (folder / f"{version}.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")


def test_versions_are_in_order_and_the_newest_is_the_mark(tmp_path: Path) -> None:
    for version, ratio in (("0.10.0", 3.0), ("0.9.0", 2.0)):
        measured(tmp_path, version, ratio)
    assert history.versions(tmp_path) == ["0.9.0", "0.10.0"]
    assert history.medians(tmp_path) == {"a over b": 3.0}
    points = history.ratios_over_time(tmp_path)["a over b"]
    assert points == [("0.9.0", 2.0, 2.0, 3.0), ("0.10.0", 3.0, 3.0, 4.0)]


def test_without_a_history_there_is_no_mark(tmp_path: Path) -> None:
    assert history.medians(tmp_path) == {}


def test_the_page_is_up_to_date() -> None:
    assert history.PAGE.read_text("utf-8") == history.page(), "run: make bench-history"


@pytest.mark.parametrize("version", history.versions())
def test_no_two_rows_of_a_version_have_one_name(version: str) -> None:
    names = [row["name"] for row in history.read(version)["rows"]]
    assert len(names) == len(set(names))
