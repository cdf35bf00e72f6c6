"""A release names a version, dates the changelog, and writes nothing if anything is wrong."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = date(2030, 1, 31)
CHANGELOG = "# Changelog\n\n## [0.2.0] - Unreleased\n\n### Added\n\n- One thing.\n\n## [0.1.0] - 2029-01-01\n\n- Old.\n"


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", REPOSITORY / ".ci" / "release.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_version_is_one_and_not_older(release: ModuleType) -> None:
    assert release.check_version("0.2.0", "0.1.0") == "0.2.0"
    assert release.check_version("0.1.0", "0.1.0") == "0.1.0"
    for text, current in (("new", "0.1.0"), ("0.0.9", "0.1.0"), ("", "0.1.0")):
        with pytest.raises(release.ReleaseError, match="VERSION"):
            release.check_version(text, current)


def test_the_open_section_is_named_and_dated_and_no_other(release: ModuleType) -> None:
    text = release.date_changelog(CHANGELOG, "0.2.1", DAY)
    assert "## [0.2.1] - 2030-01-31\n" in text and "## [0.1.0] - 2029-01-01\n" in text
    assert "Unreleased" not in text


@pytest.mark.parametrize(
    "text",
    [CHANGELOG.replace(" - Unreleased", " - 2029-12-01"), CHANGELOG.replace("- One thing.\n", "")],
    ids=["no open section", "nothing in it"],
)
def test_a_changelog_without_changes_is_refused(release: ModuleType, text: str) -> None:
    with pytest.raises(release.ReleaseError, match=r"CHANGELOG\.md"):
        release.date_changelog(text, "0.2.0", DAY)


def test_version_and_day_stand_in_every_file_that_names_them(
    release: ModuleType, tmp_path: Path
) -> None:
    for name in release.EDITED:
        (tmp_path / name).write_text((REPOSITORY / name).read_text("utf-8"), "utf-8")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    for _ in range(2):
        release.edit(tmp_path, "9.8.7", DAY)
        (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    assert 'version = "9.8.7"' in (tmp_path / "pyproject.toml").read_text("utf-8")
    citation = (tmp_path / "CITATION.cff").read_text("utf-8")
    assert citation.count("version: 9.8.7\n") == 1
    assert citation.count("date-released: 2030-01-31\n") == 1


def test_a_command_that_fails_is_told_with_its_last_lines(release: ModuleType) -> None:
    with pytest.raises(release.ReleaseError, match="no-such-branch"):
        release.run("git", "rev-parse", "no-such-branch", cwd=REPOSITORY)
