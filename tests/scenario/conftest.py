import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import ScenarioError

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a scenario to w.toml in the current folder; messages then say "w.toml:LINE"."""
    monkeypatch.chdir(tmp_path)

    def put(text: str, name: str = "w.toml") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return f"./{name}"

    return put


@pytest.fixture
def complaints() -> Callable[..., list[str]]:
    """Return the lines of the ScenarioError that a call raises."""

    def lines(call: Callable, *args: object) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            call(*args)
        return str(caught.value).split("\n")

    return lines
