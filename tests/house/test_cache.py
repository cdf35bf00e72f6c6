"""The folder of compiled code: chosen, not writable, damaged; nothing of it ends a command."""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from counts import only

from sim.cache import VARIABLES, cache_home
from sim.jit import COMPILED_ROOMS, OUTCOME_ROOMS, source_digest

REPOSITORY = Path(__file__).parents[2]
RULE = re.compile(r"^@(rule|hot|inlined|rule_for_signature\(.*\))$", re.MULTILINE)
KINDS = ("a bit", "cut short", "empty", "other")
SAMPLE = "from sim.jit import kernel\n" + "".join(
    f"""
@kernel
def double_{number}(x):
    return 2.0 * x
"""
    for number in range(len(KINDS))
)
CALL = """
import kept_sample
from sim.jit import CACHE_HOME
print(CACHE_HOME)
for number in range(4):
    double = getattr(kept_sample, f"double_{number}")
    print(double(21.0), "found" if double.stats.cache_hits else "made")
"""
MADE, FOUND = ["42.0 made"] * len(KINDS), ["42.0 found"] * len(KINDS)
LINK = """
import numba
from llvmlite import binding

read, parse = [], binding.parse_bitcode
binding.parse_bitcode = lambda code: read.append(code) or parse(code)
import kept_sample

double = kept_sample.double_0
print(double(21.0), sum(double.stats.cache_hits.values()), len(read))
fourfold = numba.njit(lambda x: double(double(x)))
print(fourfold(21.0), len(read))
"""
NOBODY = """
import pwd

def unknown(*_):
    raise KeyError("no such user")

pwd.getpwuid = unknown
"""


def output_of(
    folder: Path, program: str = CALL, **environment: str | None
) -> tuple[list[str], str]:
    """Return the standard output and standard error of a separate process."""
    (folder / "kept_sample.py").write_text(SAMPLE)
    path = os.pathsep.join([str(REPOSITORY), str(folder)])
    around = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder), **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder, check=False,
        env={name: value for name, value in around.items() if value is not None},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines(), done.stderr


def kept_in(place: Path, ending: str) -> list[Path]:
    return sorted(place.rglob(f"kept_sample.double_*.{ending}"))


def damaged(raw: bytes, kind: str) -> bytes:
    if kind == "a bit":
        at = random.Random(3).randrange(len(raw) // 2, len(raw))
        return raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1 :]
    return {"cut short": raw[: len(raw) // 2], "empty": b"", "other": b"\x80\x05garbage" * 9}[kind]


@pytest.mark.deep
def test_bitcode_is_read_only_if_other_code_links_it(tmp_path):
    output_of(tmp_path, SIM_CACHE=str(tmp_path / "kept"))
    found, _ = output_of(tmp_path, LINK, SIM_CACHE=str(tmp_path / "kept"))
    assert found == ["42.0 1 0", "84.0 1"]


@pytest.mark.deep
@pytest.mark.parametrize("ending", only(["nbc"], ["nbi", "nbc"]))
def test_damaged_code_is_recompiled(tmp_path, ending):
    kept = tmp_path / "kept"
    assert output_of(tmp_path, SIM_CACHE=str(kept)) == ([str(kept), *MADE], "")
    for kind, file in zip(KINDS, kept_in(kept, ending), strict=True):
        file.write_bytes(damaged(file.read_bytes(), kind))
    assert output_of(tmp_path, SIM_CACHE=str(kept)) == ([str(kept), *MADE], "")
    assert output_of(tmp_path, SIM_CACHE=str(kept)) == ([str(kept), *FOUND], "")


def home(folder: Path, program: str = "", **environment: str | None) -> tuple[str, str]:
    """Return the folder that is chosen, and the message about it."""
    clean = dict.fromkeys(("SIM_CACHE", "NUMBA_CACHE_DIR"))
    words = f"{program}\nfrom sim.cache import cache_home\nprint(cache_home())"
    (found,), complaint = output_of(folder, words, **{**clean, **environment})
    return found, complaint


def test_the_folder_is_the_one_that_is_named(tmp_path, monkeypatch, capsys):
    me, named, numbas = (str(tmp_path / name) for name in ("me", "named", "numbas"))
    for environment, wanted in (
        ({}, f"{me}/.cache/sim"),
        ({"SIM_CACHE": ""}, f"{me}/.cache/sim"),
        ({"SIM_CACHE": "~/mine"}, f"{me}/mine"),
        ({"SIM_CACHE": named, "NUMBA_CACHE_DIR": numbas}, named),
        ({"SIM_CACHE": "", "NUMBA_CACHE_DIR": numbas}, numbas),
    ):
        with monkeypatch.context() as here:
            for name in VARIABLES:
                here.delenv(name, raising=False)
            for name, value in {"HOME": me, **environment}.items():
                here.setenv(name, value)
            assert cache_home() == Path(wanted)
    assert capsys.readouterr() == ("", "")


@pytest.mark.deep
def test_a_user_without_home_gets_a_temporary_folder_of_its_own(tmp_path):
    own = tmp_path / f"sim-cache-{os.getuid()}"
    assert home(tmp_path, NOBODY, HOME=None) == (str(own), "")
    assert own.stat().st_mode & 0o777 == 0o700
    assert home(tmp_path, NOBODY, HOME=None) == (str(own), "")
    own.chmod(0o777)  # others may have put code there
    found, _ = home(tmp_path, NOBODY, HOME=None)
    assert found != str(own) and found.startswith(str(tmp_path / "sim-cache-"))


def test_a_folder_that_cannot_be_written_to_is_replaced_with_one_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    found, complaint = home(tmp_path, SIM_CACHE=str(blocked / "in"))
    assert found == str(tmp_path / f"sim-cache-{os.getuid()}")
    where = f"SIM_CACHE = '{blocked / 'in'}'"
    assert complaint == f"{where}: not a directory; compiled code is kept in {found}\n"
    found, complaint = home(tmp_path, HOME=str(blocked))
    assert complaint == f"~/.cache/sim: not a directory; compiled code is kept in {found}\n"


@pytest.mark.deep
def test_a_disk_that_takes_nothing_only_keeps_nothing(tmp_path):
    full = (
        "import numba.core.caching as c\n"
        """
def refuse(*_):
    raise OSError(28, "No space left on device")

c.IndexDataCacheFile.save = refuse
"""
    )
    kept = tmp_path / "kept"
    assert output_of(tmp_path, full + CALL, SIM_CACHE=str(kept))[0][1:] == MADE
    assert kept_in(kept, "nbi") == []


def of_rooms(package: Path, rooms: tuple[str, ...]) -> set[Path]:
    """Return the files of a package that belong to some rooms."""
    paths = [path for room in rooms for path in package.glob(f"{room}*")]
    return {f for path in paths for f in ([path] if path.is_file() else path.rglob("*.py"))}


def test_every_file_with_rules_is_in_a_compiled_room():
    """Otherwise an edit there would leave the machine code of its callers in use."""
    package = REPOSITORY / "sim"
    with_rules = {f for f in package.rglob("*.py") if RULE.search(f.read_text(encoding="utf-8"))}
    assert with_rules <= of_rooms(package, COMPILED_ROOMS + OUTCOME_ROOMS)
    rooms = {file.relative_to(package).parts[0] for file in with_rules}
    assert rooms >= {"bargain", "mediation", "relationship", "outcomes", "strategies"}


def test_every_compiled_room_is_there():
    """Else a module that was renamed would drop out of the digest, and stale code would be run."""
    package = REPOSITORY / "sim"
    missing = [room for room in COMPILED_ROOMS + OUTCOME_ROOMS if not of_rooms(package, (room,))]
    assert missing == []


def test_an_edit_of_a_rule_gets_a_cache_of_its_own(tmp_path, monkeypatch):
    package = tmp_path / "sim"
    shutil.copytree(REPOSITORY / "sim", package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("sim.jit.__file__", str(package / "jit.py"))
    digest = source_digest.__wrapped__
    seen = [digest(COMPILED_ROOMS)]
    for name in ("bargain/value.py", "mediation/rounds/texts.py", "relationship/lifecycle.py"):
        with (package / name).open("a", encoding="utf-8") as file:
            file.write("# another line\n")
        seen.append(digest(COMPILED_ROOMS))
    assert len({*seen}) == len(seen)
    (package / "page" / "layout.py").write_text("", encoding="utf-8")
    assert digest(COMPILED_ROOMS) == seen[-1]
