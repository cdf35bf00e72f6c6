"""Damage on disk to parts, receipts or the manifest: it is reported, and damaged data are not used."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from counts import one_in
from faults import contents, goes_on, refused, sim
from sweep_process import WORDS

from sim.scenario.load import LoadedScenario
from sim.study.run.restore import study_status
from sim.study.run.sweep import SweepResult


@pytest.fixture(autouse=True)
def no_pages(tiny: LoadedScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run interpreted, and draw no figures."""
    monkeypatch.setattr("sim.lab.studies.draw_study", lambda *_: None)


@pytest.fixture
def mine(whole: Path, out: Path) -> Path:
    """Return a copy of the whole study, to be damaged."""
    shutil.copytree(whole, out)
    return out


def flipped(data: bytes, luck: random.Random) -> bytes:
    """Return data with one bit of it the other way round."""
    at = luck.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << luck.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, luck: random.Random) -> bytes:
    return data[: luck.randrange(len(data))]


def junk(data: bytes, luck: random.Random) -> bytes:
    return data + luck.randbytes(40)


def torn(data: bytes, luck: random.Random) -> bytes:
    """Return data without the end of its last line."""
    return data[: -luck.randrange(2, 200)]


def damaged_and_mended(
    mine: Path, whole: Path, name: str, spoil: Callable[..., bytes], seed: int
) -> SweepResult:
    path = mine / name
    path.write_bytes(spoil(path.read_bytes(), random.Random(seed)))
    damaged = int(name.startswith("parts"))
    assert len(study_status(mine).damaged) == damaged
    return goes_on(mine, whole, damaged, chunk=1)


@pytest.mark.parametrize("spoil", [flipped, cut, junk])
def test_a_damaged_part_is_reported_and_recomputed(
    mine: Path, whole: Path, spoil: Callable[..., bytes]
) -> None:
    result = damaged_and_mended(mine, whole, "parts/part-00001-0000000.parquet", spoil, 1)
    assert result.found == 2
    assert result.notes == ("part-00001-0000000: damaged on disk, recomputed",)


@pytest.mark.parametrize(("spoil", "found"), [(torn, 2), (flipped, 2), (junk, 3), (cut, None)])
def test_a_part_without_a_sound_receipt_is_recomputed(
    mine: Path, whole: Path, spoil: Callable[..., bytes], found: int | None
) -> None:
    result = damaged_and_mended(mine, whole, "receipts.jsonl", spoil, 5)
    assert found in (None, result.found)


@pytest.mark.deep
@pytest.mark.parametrize("seed", one_in(5, range(10)))
@pytest.mark.parametrize("spoil", [flipped, cut, torn, junk])
def test_receipts_may_be_damaged_anywhere(
    mine: Path, whole: Path, spoil: Callable[..., bytes], seed: int
) -> None:
    damaged_and_mended(mine, whole, "receipts.jsonl", spoil, seed)


def test_a_receipt_that_says_more_than_its_part_holds_is_not_believed(
    mine: Path, whole: Path
) -> None:
    path = mine / "receipts.jsonl"
    path.write_text(path.read_text().replace("[[0, 1, 0, 3]]", "[[0, 1, 0, 9]]", 1))
    assert study_status(mine).complete == 2
    assert goes_on(mine, whole).found == 2


SPOILT = {
    "cut": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "another kind": lambda _: "[1, 2]",
    "a key less": lambda text: text.replace('"sessions"', '"sesions"', 1),
    "no study": lambda text: text.replace('"study"', '"studi"', 1),
    "more worlds": lambda text: text.replace(
        '"asked": 3,\n    "done": 3', '"asked": 30,\n    "done": 3'
    ),
    "another seed": lambda text: text.replace('"seed": 1', '"seed": 7'),
    "another value": lambda text: text.replace('"blame": ', '"blame": 0.0625', 1),
    "another point": lambda text: text.replace("0.5,\n", "0.75,\n", 1),
}


@pytest.mark.parametrize("kind", one_in(3, SPOILT))
def test_a_manifest_that_is_damaged_is_one_line_and_nothing_is_touched(
    mine: Path, kind: str
) -> None:
    path = mine / "manifest.json"
    text = path.read_text(encoding="utf-8")
    spoilt = SPOILT[kind](text)
    assert spoilt != text
    path.write_text(spoilt, encoding="utf-8")
    before = contents(mine)
    for words in (("sweep", str(mine)), (*WORDS, "--out", str(mine)), ("status", str(mine))):
        found = sim(*words)
        refused(found.exit_code, found.stderr, "manifest")
        assert str(path) in found.stderr
    assert contents(mine) == before


def test_instead_of_a_damaged_manifest_the_sweep_can_begin_again(mine: Path, whole: Path) -> None:
    (mine / "manifest.json").write_text("{")
    assert sim(*WORDS, "--out", str(mine), "--force").exit_code == 0
    assert goes_on(mine, whole).found == 3
