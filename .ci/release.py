"""Make a release: version, changelog, wheel and sdist, both installed into empty environments and tested.

`make release VERSION=0.2.0` works on a copy of the last commit. Only if everything passes are the new
version and changelog written to the checkout and the two files put into `dist/`; the last lines say what to
commit and tag.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

REPOSITORY = Path(__file__).resolve().parents[1]
UNRELEASED = re.compile(r"^## \[(?P<version>[^\]]+)\] - Unreleased$", re.M)
EDITED = ("CHANGELOG.md", "CITATION.cff", "pyproject.toml")
TRIES = (
    ("--version",),
    ("scenarios",),
    ("explain", "one_tie"),
    ("compare", "one_tie", "--worlds", "2", "--out", "result"),
)


class ReleaseError(Exception):
    """The reason why no release can be made, in one line."""


def check_version(text: str, current: str) -> str:
    """Return a version in its normal form; raises ReleaseError if it is invalid or older than the current one."""
    try:
        version = Version(text)
    except InvalidVersion:
        raise ReleaseError(f"VERSION: {text!r} is no version; want one such as 0.2.0") from None
    if version < Version(current):
        raise ReleaseError(
            f"VERSION: {version} is older than {current}, the version in pyproject.toml"
        )
    return str(version)


def date_changelog(text: str, version: str, day: date) -> str:
    """Return the changelog with its open section named and dated; raises ReleaseError if there is none or it is empty."""
    found = UNRELEASED.search(text)
    if found is None:
        raise ReleaseError("CHANGELOG.md: no section '## [X] - Unreleased' to release")
    section = text[found.end() :].split("\n## [", 1)[0]
    if not re.search(r"^- ", section, re.M):
        raise ReleaseError("CHANGELOG.md: the section to release lists no change")
    return text[: found.start()] + f"## [{version}] - {day.isoformat()}" + text[found.end() :]


def set_version(text: str, pattern: str, line: str) -> str:
    """Return a file's text with the one line that matches a pattern replaced."""
    changed, count = re.subn(pattern, line, text, count=1, flags=re.M)
    if count != 1:
        raise ReleaseError(f"no line matches {pattern!r}")
    return changed


def edit(folder: Path, version: str, day: date) -> None:
    """Write version and day into a copy of the repository."""
    changelog = folder / "CHANGELOG.md"
    changelog.write_text(date_changelog(changelog.read_text("utf-8"), version, day), "utf-8")
    project = folder / "pyproject.toml"
    project.write_text(
        set_version(project.read_text("utf-8"), r'^version = ".*"$', f'version = "{version}"'),
        "utf-8",
    )
    citation = folder / "CITATION.cff"
    text = set_version(citation.read_text("utf-8"), r"^version: .*$", f"version: {version}")
    text = re.sub(r"^date-released: .*\n", "", text, flags=re.M)
    citation.write_text(
        text.replace(
            f"version: {version}\n", f"version: {version}\ndate-released: {day.isoformat()}\n"
        ),
        "utf-8",
    )


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command; raises ReleaseError with its last lines if it fails."""
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise ReleaseError(f"{' '.join(map(str, words))} failed:\n{last}")
    return done.stdout


def try_installed(built: Path, folder: Path) -> None:
    """Install a wheel or sdist into an empty environment and run a few commands from an empty folder."""
    uv, python = Path(sys.executable).with_name("uv"), folder / "env" / "bin" / "python"
    empty = folder / "empty"
    empty.mkdir(parents=True)
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "env", cwd=folder)
    run(uv, "pip", "install", "--quiet", "--python", python, built, cwd=folder)
    for words in TRIES:
        print(f"{built.name}: sim {' '.join(words)}", flush=True)
        run(python.with_name("sim"), *words, cwd=empty)
    if not (empty / "result" / "manifest.json").is_file():
        raise ReleaseError(f"{built.name}: the installed command left no result")


def release(version: str, day: date) -> list[Path]:
    """Build, test and keep a release; return the files in `dist/`."""
    if changed := run("git", "status", "--porcelain", cwd=REPOSITORY):
        raise ReleaseError(f"the checkout has changes that are not committed:\n{changed.rstrip()}")
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        run("git", "clone", "--quiet", "--no-hardlinks", REPOSITORY, copy, cwd=REPOSITORY)
        edit(copy, version, day)
        uv = Path(sys.executable).with_name("uv")
        run(uv, "build", "--quiet", "--out-dir", Path(temporary) / "dist", copy, cwd=copy)
        built = sorted((Path(temporary) / "dist").glob("*[lz]"))
        if [path.suffix for path in built] != [".whl", ".gz"]:
            raise ReleaseError(f"want a wheel and an sdist, built {[path.name for path in built]}")
        for n, path in enumerate(built):
            try_installed(path, Path(temporary) / f"try{n}")
        (REPOSITORY / "dist").mkdir(exist_ok=True)
        kept = [Path(shutil.copy2(path, REPOSITORY / "dist" / path.name)) for path in built]
        for name in EDITED:
            shutil.copyfile(copy / name, REPOSITORY / name)
    return kept


def main() -> int:
    """Release what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("version", help="version to release, e.g. 0.2.0")
    chosen = parser.parse_args()
    current = re.search(
        r'^version = "(.*)"$', (REPOSITORY / "pyproject.toml").read_text("utf-8"), re.M
    )
    try:
        version = check_version(chosen.version, current[1] if current else "0")
        kept = release(version, datetime.now(UTC).date())
    except ReleaseError as error:
        print(f"no release: {error}", file=sys.stderr)
        return 2
    for path in kept:
        print(f"built   {path.relative_to(REPOSITORY)}")
    print(f"next    git commit -am 'Release {version}' && git tag v{version}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
