"""The gallery holds every shipped scenario, with a picture, a text about it, and the command."""

import re
from pathlib import Path

import pytest
from comparisons import comparison

from sim.reference import gallery
from sim.scenario.load import load, shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = [name for name, _, _ in shipped()]


@pytest.fixture
def small(monkeypatch):
    """Use comparisons with a known answer instead of simulating anything."""
    monkeypatch.setattr(
        gallery, "compare", lambda loaded, worlds, threads, control: comparison(loaded, worlds)
    )


@pytest.mark.deep
def test_it_takes_whatever_is_shipped(small, tmp_path):
    said = []
    page = gallery.write_gallery(tmp_path, 12, said.append)
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^sim compare (\w+) --worlds 12$", text, re.M) == NAMES
    assert [path.stem for path in sorted((tmp_path / "images").iterdir())] == NAMES
    assert len(said) == len(NAMES)
    once = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    gallery.write_gallery(tmp_path, 12, said.append)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == once


def test_what_is_seen_is_said_from_the_numbers():
    c = comparison(load("one_tie", {"run.months": 24}), 12)
    row = c.row("surplus", "mediated", "adversarial")
    said = gallery.finding_sentence(c)
    assert f"mediated +{row.mean:.2f} [+{row.low:.2f}, +{row.high:.2f}] (12 worlds)." in said
    assert said.startswith("Under adversarial, joint surplus is 22.7 [")


def test_the_picture_of_the_readme_is_drawn_again(small, tmp_path):
    path = gallery.write_readme_picture(tmp_path, 12)
    assert path.read_bytes().startswith(b"\x89PNG")
    shown = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert f"](docs/images/{path.name})" in shown


def test_it_is_modest():
    assert gallery.TIE_MONTHS_EACH // (40 * 120) >= gallery.FEWEST_WORLDS


def test_the_page_in_the_repository_is_complete():
    text = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert re.findall(r"^sim compare (\w+)", text, re.M) == NAMES, "run `make gallery`"
    pictures = re.findall(r"\]\((images/[^)]+)\)", text)
    assert [path for path in pictures if not (DOCS / path).is_file()] == []
