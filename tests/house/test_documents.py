"""The documents match the repository: paths exist, versions agree, every dependency has its reason."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from command import context_of

from sim.cli.app import main
from sim.words import Event, Function, Stream

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/model.md", "docs/design.md", "docs/mesa.md",
    "docs/negotiate.md",
)  # fmt: skip
FOLDERS = ("sim", "tests", "docs", "benchmarks", "scenarios", "experiments", "examples")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s]*|[A-Z]+\.(?:md|cff))`")
NAMED_IN = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[^`\s:]*)?::(\w+)`")
CFF_KEYS = ("cff-version", "message", "title", "authors", "version", "license", "type")


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


def missing(text: str) -> list[str]:
    """Return the paths that a document names and that do not exist."""
    paths = [path.partition("::")[0] for path in PATH.findall(text)]
    return [path for path in paths if not (REPOSITORY / path).exists()]


def unknown(text: str) -> list[str]:
    """Return the functions that a document names and that do not exist.

    `file::function`, and then `::function` for another one of the same file.
    """
    found, file = [], ""
    for path, name in NAMED_IN.findall(text):
        file = path or file
        code = read(file) if (REPOSITORY / file).is_file() else ""
        if not re.search(rf"^def {name}\(", code, re.MULTILINE):
            found.append(f"{file}::{name}")
    return found


def cff(text: str) -> dict[str, str]:
    """Return the top-level scalars of a citation file, quotes taken off; '' for a block."""
    found = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[a-z-]+", name):
            assert name not in found, f"{name} is there twice"
            found[name] = value.strip().strip('"')
    return found


def package_name(requirement: str) -> str:
    """Return the name of a requirement without extras and versions."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def unexplained(text: str) -> set[str]:
    """Return the dependencies that a text does not name in backquotes."""
    extras = project()["optional-dependencies"].values()
    wanted = {
        package_name(name) for names in (project()["dependencies"], *extras) for name in names
    }
    named = {package_name(name) for name in re.findall(r"`([^`]+)`", text)}
    return wanted - {project()["name"]} - named


def images(text: str) -> list[str]:
    """Return the files that a document shows as pictures."""
    return re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)


def commands(text: str) -> list[str]:
    """Return the lines that run `sim` in the fenced blocks of a document."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("sim ")]


def misuse(line: str) -> str:
    """Return the fault of a command line, '' if command and options exist."""
    name, *words = shlex.split(line, comments=True)[1:]
    command = main.commands.get(name)
    if command is None:
        return f"no command {name}"
    try:
        _, over, _ = command.make_parser(context_of(command)).parse_args(words)
    except click.UsageError as error:
        return error.format_message()
    return f"too much: {over}" if over else ""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_named_is_there(name):
    assert missing(read(name)) == []


def test_a_wrong_path_would_be_seen():
    assert missing("see `sim/nowhere.py`, `sim/words.py` and `sim`") == ["sim/nowhere.py"]
    assert missing("`tests/nowhere.py::test_it`, `sim/luck.py::normal`") == ["tests/nowhere.py"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_function_named_is_there(name):
    assert unknown(read(name)) == []


def test_a_wrong_function_would_be_seen():
    text = "`sim/luck.py::uniforms`, `::normal`, `::abnormal` and `sim/jit.py::uniforms`"
    assert unknown(text) == ["sim/luck.py::abnormal", "sim/jit.py::uniforms"]
    assert len(NAMED_IN.findall(read("docs/model.md"))) > 100


def test_the_documents_do_name_paths():
    assert all(len(PATH.findall(read(name))) > 20 for name in ("CONTRIBUTING.md", "docs/model.md"))


def undescribed(text: str) -> set[str]:
    """Return the events, functions and streams of luck that a text does not name in backquotes."""
    words = {name.lower() for enum in (Event, Function, Stream) for name in enum.__members__}
    return words - set(re.findall(r"`(\w+)`", text))


def test_the_model_describes_every_event_function_and_stream():
    assert undescribed(read("docs/model.md")) == set()


def test_an_event_left_out_would_be_seen():
    text = read("docs/model.md").replace("`held_up`", "it").replace("`macro`", "it")
    assert undescribed(text) == {"held_up", "macro"}


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


def test_the_readme_has_no_gaps():
    assert "@@" not in read("README.md")


def test_every_picture_is_there():
    shown = images(read("README.md"))
    assert shown
    assert [path for path in shown if not (REPOSITORY / path).is_file()] == []


def test_every_command_of_the_readme_can_be_run():
    lines = commands(read("README.md"))
    assert len(lines) > 5
    assert {line: misuse(line) for line in lines if misuse(line)} == {}


@pytest.mark.parametrize(
    "line", ["sim compere one_tie", "sim run one_tie --regimen mediated", "sim scenarios all"]
)
def test_a_wrong_command_would_be_seen(line):
    assert commands(f"```\n{line}  # why\n```\n") == [f"{line}  # why"]
    assert misuse(line)
