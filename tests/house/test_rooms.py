"""The marks of the house: no room too large, no folder too full, every name once, no circle of imports.

The last test plants one breach of every kind and demands that it is seen.
"""

import pytest
from rooms import PACKAGE, circles, lines_of_rooms, modules_of_folders, repeated

LARGEST = 0.15  # of all lines
FULLEST = 24  # modules of a folder
# Mesa's agents, their model and its ties know each other: Mesa builds each with the others in hand.
KNOWN_CIRCLES = [["sim.engines.agents", "sim.engines.market", "sim.engines.tie"]]


def test_no_room_is_too_large():
    lines = lines_of_rooms(PACKAGE)
    room, most = next(iter(lines.items()))
    assert most <= LARGEST * sum(lines.values()), room


def test_no_folder_is_too_full():
    folder, most = next(iter(modules_of_folders(PACKAGE).items()))
    assert most <= FULLEST, folder


def test_every_module_and_every_public_class_has_a_name_of_its_own():
    assert repeated(PACKAGE) == {}


def test_no_modules_import_each_other_but_those_of_mesa():
    assert circles(PACKAGE) == KNOWN_CIRCLES


SOUND = {"a/one.py": "class One: ...\n", "b/two.py": "from sim.a.one import One\n"}
PLANTED = {
    "a module twice": ({"b/one.py": ""}, repeated, {"module one": ["a/one.py", "b/one.py"]}),
    "a class twice": ({"b/more.py": "class One: ...\n"}, repeated, {"class One": ["a/one.py", "b/more.py"]}),
    "a circle, late": (
        {"a/one.py": "def f():\n    from sim.b.two import g\n    return g\n"},
        circles, [["sim.a.one", "sim.b.two"]],
    ),
    "a circle, for types": (
        {"a/one.py": "if TYPE_CHECKING:\n    from sim.b.two import g\n"}, circles,
        [["sim.a.one", "sim.b.two"]],
    ),
    "a full folder": (
        {f"a/m{n}.py": "" for n in range(24)}, modules_of_folders, {"sim/a": 25, "sim/b": 1},
    ),
    "a large room": ({"b/more.py": "x = 1\n" * 9}, lines_of_rooms, {"b": 10, "a": 1}),
}  # fmt: skip


def build(root, files):
    package = root / "sim"
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text, encoding="utf-8")
    return package


def test_a_sound_tree_has_nothing_to_be_said_of(tmp_path):
    package = build(tmp_path, SOUND)
    assert repeated(package) == {} and circles(package) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_planted_breaches_are_seen(kind, tmp_path):
    more, look, seen = PLANTED[kind]
    assert look(build(tmp_path, SOUND | more)) == seen
