"""Files that are not trusted: whatever is in them, one line comes out, soon, and nothing is fetched."""

import json
import os
import socket
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import SimError
from sim.outcomes.domains.domain import Domain
from sim.outcomes.domains.load_domain import load_domain

DOMAINS = Path(__file__).parent / "domains"
PLAIN = DOMAINS / "lamps.toml"
SPACE = "<utility_space>%s</utility_space>"
ISSUE = '<issue index="1" name="x"><item value="a" evaluation="1"/><item value="b" evaluation="2"/>'
PROFILE = SPACE % f'<weight index="1" value="1"/>{ISSUE}</issue>'
DOMAIN = "<negotiation_template>" + SPACE % f"{ISSUE}</issue>" + "</negotiation_template>"
MANY = "".join(
    f"<!ENTITY l{k} '&l{k - 1};&l{k - 1};&l{k - 1};&l{k - 1};&l{k - 1};'>" for k in range(1, 30)
)
LAUGHS = f"<!DOCTYPE a [<!ENTITY l0 'ha'>{MANY}]>"
XML = {
    "entity bomb": LAUGHS + DOMAIN.replace('name="x"', 'name="&l29;"'),
    "entity bomb in text": LAUGHS + DOMAIN.replace("<item", "&l29;<item", 1),
    "quadratic entities": f"<!DOCTYPE a [<!ENTITY b '{'b' * 100_000}'>]><a>{'&b;' * 1000}</a>",
    "external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external over the network": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "external document type": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">' + DOMAIN,
    "parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>' + DOMAIN,
    "harmless document type": "<!DOCTYPE negotiation_template>" + DOMAIN,
    "undefined entity": DOMAIN.replace('name="x"', 'name="&x;"'),
    "truncated": DOMAIN[:-20],
    "empty": "",
    "no XML": "MZ\x01\x02",
    "two roots": DOMAIN + DOMAIN,
    "deep": "<a>" * 100_000,
    "deep and closed": "<a>" * 5_000 + "</a>" * 5_000,
    "another root": "<html/>",
    "no issue": "<negotiation_template/>",
    "no values": DOMAIN.replace('<item value="a" evaluation="1"/>', "").replace(
        '<item value="b" evaluation="2"/>', ""
    ),
    "a value twice": DOMAIN.replace('value="b"', 'value="a"'),
    "a nameless issue": DOMAIN.replace('name="x"', 'name=" "'),
    "a name that rings": DOMAIN.replace('name="x"', 'name="x&#x85;x"'),
    "a long name": DOMAIN.replace('name="x"', f'name="{"x" * 1_000}"'),
    "a real issue": DOMAIN.replace("<issue ", '<issue type="real" '),
    "an integer issue without bounds": DOMAIN.replace("<issue ", '<issue type="integer" '),
    "an endless integer issue": DOMAIN.replace(
        "<issue ", '<issue type="integer" lowerbound="0" upperbound="999999999999" '
    ),
    "bounds that are no numbers": DOMAIN.replace(
        "<issue ", '<issue type="integer" lowerbound="0" upperbound="' + "9" * 9_999 + '" '
    ),
    "an index that is no number": DOMAIN.replace('index="1"', 'index="²"'),
    "an index twice": DOMAIN.replace("</issue>", f"</issue>{ISSUE}</issue>"),
    "nonlinear utilities": DOMAIN.replace("<issue ", "<ufun/><issue "),
    "unknown encoding": '<?xml version="1.0" encoding="klingon"?>' + DOMAIN,
    "wrong encoding": '<?xml version="1.0" encoding="utf-16"?>' + DOMAIN,
    "a null byte": DOMAIN.replace('name="x"', 'name="x\0"'),
}
PROFILES = {
    "no weight": PROFILE.replace('<weight index="1" value="1"/>', '<weight index="2" value="1"/>'),
    "a weight twice": PROFILE.replace("<issue", '<weight index="1" value="1"/><issue'),
    "a negative weight": PROFILE.replace('value="1"/><issue', 'value="-1"/><issue'),
    "a weight that is no number": PROFILE.replace('value="1"/><issue', 'value="nan"/><issue'),
    "weights above 1": PROFILE.replace('value="1"/><issue', 'value="1e308"/><issue'),
    "a negative evaluation": PROFILE.replace('evaluation="1"', 'evaluation="-1"'),
    "an infinite evaluation": PROFILE.replace('evaluation="1"', 'evaluation="inf"'),
    "no evaluation": PROFILE.replace('evaluation="1"', ""),
    "a missing value": PROFILE.replace('value="a"', 'value="c"'),
    "worth nothing": PROFILE.replace('evaluation="1"', 'evaluation="0"').replace(
        'evaluation="2"', 'evaluation="0"'
    ),
    "a reservation above 1": PROFILE.replace("<issue", '<reservation value="2"/><issue'),
    "a reservation in words": PROFILE.replace("<issue", '<reservation value="half"/><issue'),
    "a negative discount": PROFILE.replace("<issue", '<discount_factor value="-1"/><issue'),
}
NEGOLOG = {"issueWeights": {"x": 1.0}, "issues": {"x": {"a": 1.0, "b": 0.5}}}
WEB = {
    "LinearAdditiveUtilitySpace": {
        "issueWeights": {"x": 1},
        "issueUtilities": {"x": {"discreteutils": {"valueUtilities": {"a": 1, "b": 0}}}},
        "domain": {"name": "d", "issuesValues": {"x": {"values": ["a", "b"]}}},
    }
}


def changed(data, *path, to):
    """Return JSON with one place of some data changed."""
    copy = json.loads(json.dumps(data))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return json.dumps(copy)


SPACE_KEY = "LinearAdditiveUtilitySpace"
JSON = {
    "truncated": json.dumps(NEGOLOG)[:-3],
    "empty": "",
    "a list": "[1, 2]",
    "a number": "12",
    "deep lists": "[" * 200_000,
    "deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "deep and right": '{"issues": ' + '{"x": ' * 900 + "1" + "}" * 901,
    "a key twice": '{"issueWeights": {"x": 1, "x": 1}, "issues": {"x": {"a": 1}}}',
    "NaN": '{"issueWeights": {"x": NaN}, "issues": {"x": {"a": 1}}}',
    "Infinity": '{"issueWeights": {"x": 1}, "issues": {"x": {"a": Infinity}}}',
    "a huge number": '{"issueWeights": {"x": 1e999}, "issues": {"x": {"a": 1}}}',
    "a huge integer": '{"issueWeights": {"x": %s}, "issues": {"x": {"a": 1}}}' % ("9" * 100_000),
    "a long integer": '{"issueWeights": {"x": %s}, "issues": {"x": {"a": 1}}}' % ("9" * 4_000),
    "an escape": changed(NEGOLOG, "issues", to={"x": {"\x1b[2J": 1.0}}),
    "half a letter": '{"issueWeights": {"\\ud800": 1}, "issues": {"\\ud800": {"a": 1}}}',
    "another kind": '{"HyperRectangleUtilitySpace": {}}',
    "weights of text": changed(NEGOLOG, "issueWeights", "x", to="much"),
    "weights of lists": changed(NEGOLOG, "issueWeights", "x", to=[1]),
    "weights of truth": changed(NEGOLOG, "issueWeights", "x", to=True),
    "no weights": changed(NEGOLOG, "issueWeights", to=None),
    "weights of others": changed(NEGOLOG, "issueWeights", to={"y": 1.0}),
    "weights that add up to 2": changed(NEGOLOG, "issueWeights", "x", to=0.5),
    "no values": changed(NEGOLOG, "issues", "x", to={}),
    "no issues": changed(NEGOLOG, "issues", to={}),
    "issues of text": changed(NEGOLOG, "issues", to="price"),
    "a utility above 1": changed(NEGOLOG, "issues", "x", "a", to=1.5),
    "a reservation in words": json.dumps(NEGOLOG | {"reservationValue": "half"}),
    "no domain": changed(WEB, SPACE_KEY, "domain", to=None),
    "no utilities": changed(WEB, SPACE_KEY, "issueUtilities", to={}),
    "utilities of some values": changed(
        WEB, SPACE_KEY, "issueUtilities", "x", "discreteutils", "valueUtilities", to={"a": 1}
    ),
    "an unknown kind of utilities": changed(WEB, SPACE_KEY, "issueUtilities", "x", to={"curve": 1}),
    "values of numbers": changed(
        WEB, SPACE_KEY, "domain", "issuesValues", "x", "values", to=[1, 2]
    ),
    "an endless range": changed(
        WEB, SPACE_KEY, "domain", "issuesValues", "x", to={"range": ["0", "1e9", "1e-9"]}
    ),
    "a range that falls": changed(
        WEB, SPACE_KEY, "domain", "issuesValues", "x", to={"range": ["1", "0", "0.1"]}
    ),
    "a range without step": changed(
        WEB, SPACE_KEY, "domain", "issuesValues", "x", to={"range": ["0", "1", "0"]}
    ),
    "a reservation bid elsewhere": changed(
        WEB, SPACE_KEY, "reservationBid", to={"issuevalues": {"x": "c"}}
    ),
    "a reservation bid of nothing": changed(WEB, SPACE_KEY, "reservationBid", to={}),
}
GOOD = PLAIN.read_text()
TOML = {
    "truncated": GOOD[:-30],
    "empty": "",
    "deep": "x = " + "[" * 50_000,
    "an unknown key": GOOD + "\nfoo = 1\n",
    "an unknown table": GOOD + "\n[mediator]\n",
    "no vendor": GOOD[: GOOD.index("[vendor]")],
    "too few evaluations": GOOD.replace("[8, 6, 3, 1]", "[8, 6]"),
    "a negative evaluation": GOOD.replace("[8, 6, 3, 1]", "[8, 6, 3, -1]"),
    "an evaluation of text": GOOD.replace("[8, 6, 3, 1]", '[8, 6, 3, "x"]'),
    "an infinite evaluation": GOOD.replace("[8, 6, 3, 1]", "[8, 6, 3, inf]"),
    "no number": GOOD.replace("[8, 6, 3, 1]", "[8, 6, 3, nan]"),
    "weights of nothing": GOOD.replace(
        "price = 0.5, delivery = 0.3, guarantee = 0.2", "price = 0, delivery = 0, guarantee = 0"
    ),
    "values twice": GOOD.replace("[10, 12, 15, 20]", "[10, 10, 15, 20]"),
    "values of truth": GOOD.replace("[10, 12, 15, 20]", "[true, 12, 15, 20]"),
    "an issue twice": GOOD.replace('name = "delivery"', 'name = "price"'),
    "a reservation above 1": GOOD.replace("reservation = 0.25", "reservation = 1.5"),
    "no discount left": GOOD.replace("discount = 0.75", "discount = 0"),
    "a title of numbers": GOOD.replace('"Lamps"', "3"),
    "a title that clears": GOOD.replace('"Lamps"', '"\\u001b[2J"'),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whoever opens a connection fails the test."""

    def refused(*_, **__):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


MOST_BYTES = 50_000_000  # some files would unfold to thousands of times as much


def refused(path: Path, sides=None) -> str:
    """Return the one line with which a path is refused, before much of it has been unfolded."""
    tracemalloc.start()
    try:
        with pytest.raises(SimError) as error:
            load_domain(path, sides)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    line = str(error.value)
    assert most < MOST_BYTES, f"{most} bytes"
    assert line.isprintable() and 10 < len(line) < 600, line
    return line


def folder(tmp_path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogatepass")
    return tmp_path


@pytest.mark.parametrize("kind", XML)
def test_domains_in_xml(kind, tmp_path):
    files = {"domain.xml": XML[kind], "p1.xml": PROFILE, "p2.xml": PROFILE}
    place = folder(tmp_path, files)
    assert "domain.xml" in refused(place / "domain.xml")
    if kind not in ("another root",):
        refused(place)


@pytest.mark.parametrize("kind", PROFILES)
def test_profiles_in_xml(kind, tmp_path):
    files = {"domain.xml": DOMAIN, "p1.xml": PROFILES[kind], "p2.xml": PROFILE}
    place = folder(tmp_path, files)
    assert "p1" in refused(place / "domain.xml", (place / "p1.xml", place / "p2.xml"))


@pytest.mark.parametrize("kind", JSON)
def test_profiles_in_json(kind, tmp_path):
    good = WEB if "LinearAdditive" in JSON[kind] else NEGOLOG
    place = folder(tmp_path, {"p1.json": JSON[kind], "p2.json": json.dumps(good)})
    refused(place / "p1.json", (place / "p1.json", place / "p2.json"))
    refused(place)


@pytest.mark.parametrize("kind", TOML)
def test_domains_in_toml(kind, tmp_path):
    assert "domain.toml" in refused(folder(tmp_path, {"domain.toml": TOML[kind]}) / "domain.toml")


def test_the_unchanged_files_are_fine(tmp_path):
    """Otherwise every test above would pass without testing anything."""
    files = {"domain.xml": DOMAIN, "p1.xml": PROFILE, "p2.xml": PROFILE}
    assert load_domain(folder(tmp_path, files)).count == 2
    for name, data in (("negolog", NEGOLOG), ("web", WEB)):
        place = tmp_path / name
        place.mkdir()
        files = {"p1.json": json.dumps(data), "p2.json": json.dumps(data)}
        assert load_domain(folder(place, files)).count == 2
    assert load_domain(PLAIN).count == 24


def test_paths_that_lead_nowhere(tmp_path):
    (tmp_path / "loop.xml").symlink_to(tmp_path / "loop.xml")
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "dead.json").symlink_to(tmp_path / "nothing")
    for name in ("loop.xml", "folder.toml", "pipe.toml", "dead.json", "none", "a\0b", "x" * 5_000):
        refused(tmp_path / name)
    refused(Path("/dev/zero"))
    refused(tmp_path)
    refused(Path("../../../../../../etc/passwd"))


def test_a_pipe_among_the_profiles_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "p1.json")
    (tmp_path / "p2.json").write_text(json.dumps(NEGOLOG))
    assert "ordinary file" in refused(tmp_path)


def test_large_files_are_not_read(tmp_path):
    with (tmp_path / "large.toml").open("wb") as file:
        file.truncate(40_000_000)
    assert "at most 32,000,000" in refused(tmp_path / "large.toml")


def test_too_many_outcomes_are_counted_and_not_listed(tmp_path):
    issues = {f"i{k}": {f"v{j}": 1.0 for j in range(40)} for k in range(20)}
    data = json.dumps({"issueWeights": dict.fromkeys(issues, 0.05), "issues": issues})
    place = folder(tmp_path, {"p1.json": data, "p2.json": data})
    assert "outcomes, want at most" in refused(place)


def test_profiles_of_different_domains(tmp_path):
    other = changed(NEGOLOG, "issues", to={"x": {"a": 1.0, "c": 0.5}})
    place = folder(tmp_path, {"p1.json": json.dumps(NEGOLOG), "p2.json": other})
    assert "values of 'x' differ" in refused(place)
    other = json.dumps({"issueWeights": {"y": 1.0}, "issues": {"y": {"a": 1.0}}})
    place = folder(tmp_path, {"p2.json": other})
    assert "differ" in refused(place)


SEEDS = [
    (path.suffix, path.read_bytes())
    for path in sorted(DOMAINS.rglob("*"))
    if path.suffix in (".toml", ".xml", ".json")
]
FUZZ = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(data=st.data())
def test_bytes_changed_at_random(data, tmp_path_factory):
    """A domain or one line: no other result, whatever three changes do to a file."""
    suffix, raw = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        gone = data.draw(st.integers(0, 12))
        put = data.draw(
            st.one_of(st.binary(max_size=4), st.sampled_from([b"<", b'"', b"{", b"9e"]))
        )
        raw = raw[:at] + put + raw[at + gone :]
    place = tmp_path_factory.mktemp("fuzz")
    one, two = place / f"a{suffix}", place / f"b{suffix}"
    one.write_bytes(raw)
    two.write_bytes(data.draw(st.sampled_from([r for s, r in SEEDS if s == suffix])))
    sides = None if suffix == ".toml" else (one, two)
    try:
        assert isinstance(load_domain(one, sides), Domain)
    except SimError as error:
        assert str(error).isprintable()
