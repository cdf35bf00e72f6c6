"""The documents say what is there: paths exist, versions agree, every dependency has its reason."""

import re
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/model.md", "docs/design.md")
FOLDERS = ("sim", "tests", "docs", "benchmarks", "scenarios", "experiments")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s]*|[A-Z]+\.(?:md|cff))`")
CFF_KEYS = ("cff-version", "message", "title", "authors", "version", "license", "type")


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


def missing(text: str) -> list[str]:
    """Return the paths of the repository that a document names and that are not there."""
    return [path for path in PATH.findall(text) if not (REPOSITORY / path).exists()]


def cff(text: str) -> dict[str, str]:
    """Return the top-level scalars of a citation file, quotes taken off; '' for a block."""
    found = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[a-z-]+", name):
            assert name not in found, f"{name} is there twice"
            found[name] = value.strip().strip('"')
    return found


def bare(requirement: str) -> str:
    """Return the name of a requirement without extras and versions."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def unexplained(text: str) -> set[str]:
    """Return the dependencies that a text does not name in backquotes."""
    extras = project()["optional-dependencies"].values()
    wanted = {bare(name) for names in (project()["dependencies"], *extras) for name in names}
    named = {bare(name) for name in re.findall(r"`([^`]+)`", text)}
    return wanted - {project()["name"]} - named


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_named_is_there(name):
    assert missing(read(name)) == []


def test_a_wrong_path_would_be_seen():
    assert missing("see `sim/nowhere.py`, `sim/words.py` and `sim`") == ["sim/nowhere.py"]


def test_the_documents_do_name_paths():
    assert all(len(PATH.findall(read(name))) > 20 for name in ("CONTRIBUTING.md", "docs/model.md"))


def test_every_dependency_has_its_reason():
    assert unexplained(read("CONTRIBUTING.md")) == set()


def test_a_dependency_without_reason_would_be_seen():
    assert "numba" in unexplained(read("CONTRIBUTING.md").replace("`numba`", "it"))


def test_versions_agree():
    version = project()["version"]
    newest = re.search(r"^## \[(\d[^\]]*)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == version
    assert cff(read("CITATION.cff"))["version"] == version


def test_the_citation_is_whole():
    text = read("CITATION.cff")
    found = cff(text)
    assert set(CFF_KEYS) <= set(found)
    assert found["cff-version"] == "1.2.0"
    assert found["title"] == project()["name"]
    assert found["license"] == project()["license"]
    assert "\t" not in text
    names = re.findall(r'^  - name: "([^"]+)"$', text, re.MULTILINE)
    assert names == [author["name"] for author in project()["authors"]]
