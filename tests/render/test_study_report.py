"""The page of a study: complete, self-contained, escaped, small, the same bytes; it first says what is missing."""

import base64
import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from counts import count
from known_studies import attribution, kept, sensitivity, sweep

from sim.errors import SimError
from sim.render.report.study_findings import study_findings
from sim.render.report.study_grids import MOST_CSV, MOST_ROWS
from sim.render.report.study_report import markdown_to_html, study_report
from sim.render.study_tables import StudyTables

X, Y = "mediator.competence", "market.specificity"
GRID = np.linspace(0.0, 2.0, 9)
VOID = {"meta", "link", "br", "img", "hr", "input"}
NASTY = '<script>alert("x")</script> & co'
QUESTION = f"""# Does it pay? {NASTY}

**Claim.** It *does*, in `one_tie`. ![picture](http://example.org/a.png)

## Rows, and where it turns

- [here](http://example.org/page) and [there](javascript:alert(1))

| a | b |
| --- | --- |
| 1 | {NASTY} |
"""
VERDICT = """# Does it pay?

**Verdict: the claim holds only where: level.**

Outcome: joint surplus, paired world by world.

| row | verdict |
| --- | --- |
| level | holds |

`sim experiment does_it_pay` runs it again.
"""


class Reader(HTMLParser):
    """Collect tags, ids and what a browser would fetch by itself; complain about tags left open."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.ids, self.fetched, self.links = [], [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        told = dict(attributes)
        self.ids += [told["id"]] if "id" in told else []
        if tag == "a":
            self.links.append((told.get("download"), told["href"]))
        else:
            names = ("src", "href", "xlink:href", "action", "data", "poster")
            self.fetched += [told[n] for n in names if n in told and not told[n].startswith("#")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def words(page):
    """Return the readable text of a page, without figures and tags."""
    text = re.sub(r"<(svg|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    rows = ["level", f"trust {NASTY}", "fee $x_^$"]
    study = sweep({"row": rows}, design="rows", analysis="rows", failed=[2])
    study[1]["kind"] = "experiment"
    study[1]["design"]["experiment"] = "does_it_pay"
    study[1]["design"]["study"]["rows"] = [
        {"name": name, "overrides": {"mediator.competence": k / 2}} for k, name in enumerate(rows)
    ]
    report = {"error": "SimError: no room", "again": f"sim compare one_tie --set 'title={NASTY}'"}
    files = {
        "question.md": QUESTION, "verdict.md": VERDICT,
        "failed/point-00002.json": json.dumps(report), "failed/point-00009.json": "{torn",
    }  # fmt: skip
    return kept(tmp_path_factory.mktemp("studies") / "experiment", study, files)


@pytest.fixture(scope="module")
def page(experiment):
    return study_report(experiment)


def test_the_page_is_well_formed_and_whole(page):
    read = Reader(page)
    assert read.open == [] and len(read.ids) == len(set(read.ids))
    assert read.tags.count("svg") == read.tags.count("figure") == 2
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads == [
        "The question", "What was found", "Figures", "Numbers", "Design", "What failed",
        "How to read this", "How to reproduce it",
    ]  # fmt: skip


def test_what_is_missing_is_said_first(page):
    said = words(page)
    first = said.index("Not complete: of 3 points, 1 failed.")
    assert first < said.index("The question") < said.index("What was found")
    assert "about the 2 that are complete" in said and 'href="#failures"' in page


def test_the_verdict_and_the_findings_stand_together(page):
    said = words(page)
    assert "Verdict: the claim holds only where: level." in said
    assert "Its 95 % interval lies above 0 in 2 of 2 rows" in said
    assert said.index("Verdict: the claim") < said.index("Its 95 % interval")


def test_the_question_is_rendered_one_heading_lower(page):
    assert "<h3>Rows, and where it turns</h3>" in page and page.count("<h1>") == 1
    assert "<strong>Claim.</strong> It <em>does</em>" in page and "<td>1</td>" in page


def test_nothing_is_fetched_and_nothing_runs(page):
    read = Reader(page)
    assert read.fetched == []
    assert not {"script", "img", "link", "iframe", "object", "base"} & set(read.tags)
    targets = [link for _, link in read.links]
    assert all(t.startswith(("#", "data:text/csv", "http://example.org/")) for t in targets)
    assert "@import" not in page and "javascript:alert(1)" not in " ".join(targets)
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_names_and_files_are_escaped(page):
    assert "<script" not in page and "<b>" not in page.replace("<b>Figure", "")
    assert page.count("&lt;script&gt;") >= 5  # title, question, rows, figure, command


def test_a_failure_has_its_cause_and_its_command(page):
    said = words(page)
    assert "SimError: no room &lt;b&gt;left&lt;/b&gt;" in said
    assert "sim compare one_tie --set &#39;title=&lt;script&gt;" in said


def test_a_missing_end_of_markdown_is_no_markup():
    made = str(
        markdown_to_html(
            "# T\n\n<img src=x onerror=alert(1)> **bold\n\n```\n<b>\n", skip_title=True
        )
    )
    assert "<img" not in made and "<b>" not in made and "<h" not in made
    assert markdown_to_html("") == ""


def test_the_same_folder_gives_the_same_bytes(experiment, page):
    assert study_report(experiment) == page
    later = json.loads((experiment / "manifest.json").read_text())
    later["end"] = "2027-01-01T00:00:00Z"  # sealed after the page was drawn
    (experiment / "manifest.json").write_text(json.dumps(later))
    assert study_report(experiment) == page


def test_the_downloads_are_the_data_of_the_figures(tmp_path):
    study = sweep({X: GRID}, outcomes=("surplus",))
    page = study_report(kept(tmp_path / "lines", study))
    ((name, link),) = [pair for pair in Reader(page).links if pair[0]]
    text = base64.b64decode(link.removeprefix("data:text/csv;base64,")).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert name == "lines_surplus.csv" and len(rows) == 27
    found = StudyTables(*study).rows("surplus", "mediated − adversarial")
    told = [float(r["mean"]) for r in rows if r["name"] == "mediated − adversarial"]
    assert told == pytest.approx(found["mean"].tolist())


def test_the_page_says_what_was_typed_and_what_made_it(page):
    said = words(page)
    assert "sim sweep one_tie --vary mediator.competence=0:1:11 sim sweep study.toml" in said
    for fact in ("cdcdcd", "ababab", "efefef", "python 3.11, numpy 2", "scenario = "):
        assert fact in said


@pytest.mark.parametrize("typed", [["/x/pytest/__main__.py", "-q"], ["script.py"], []])
def test_another_program_s_command_line_is_not_shown_as_sims(tmp_path, typed):
    study = sweep({X: [0.1]}, outcomes=("surplus",))
    study[1]["command"] = typed
    page = study_report(kept(tmp_path / "one", study))
    assert "<pre>sim sweep study.toml\nsim rerun manifest.json</pre>" in page
    assert "The first line runs the file beside this page" in page


FOLDERS = {
    "attribution": attribution,
    "attribution without a value": lambda: attribution(empty=True),
    "morris": lambda: sensitivity([X, Y], outcomes=("surplus",)),
    "sobol": lambda: sensitivity([X, Y], "sobol", outcomes=("share_first_best",)),
    "map": lambda: sweep({X: GRID[:4], Y: GRID[:3]}, design="map", analysis="map", missing=[1]),
    "nothing done": lambda: sweep({X: GRID}, failed=[0, 1], missing=range(2, 9)),
    "one world": lambda: sweep({X: GRID}, worlds=1, outcomes=("surplus",)),
    "one regime": lambda: sweep({X: GRID}, regimes=("mediated",), outcomes=("surplus",)),
    "no value": lambda: sweep({X: GRID}, empty=True, outcomes=("surplus",)),
    "one point": lambda: sweep({X: [0.5]}, outcomes=("surplus",)),
    "stopped": lambda: sweep(
        {X: GRID}, outcomes=("surplus",),
        stop={"outcome": "surplus", "width": 0.5, "at_least": 30, "every": 10, "at_most": 180},
    ),
}  # fmt: skip
SAID = {
    "attribution": "Of 9 functions, broker adds most to joint surplus before the fee: +2.40",
    "attribution without a value": "No outcome has a value at any point.",
    "morris": "For the difference mediated − adversarial, mediator.competence matters most",
    "sobol": "Luck makes up 15 % of the variance.",
    "map": "Joint surplus is best under adversarial in",
    "nothing done": "No point is complete, so there is nothing to say yet.",
    "one world": "One world per point: there are no intervals",
    "one regime": "Under mediated, joint surplus is largest",
    "no value": "No outcome has a value at any point.",
    "one point": "in joint surplus is +0.300 [+0.050, +0.550] k€ per need and month.",
    "stopped": "narrower than 0.5 k€ per need and month",
}


@pytest.mark.parametrize("case", FOLDERS)
def test_every_kind_of_study_has_a_page(case, tmp_path):
    study = FOLDERS[case]()
    page = study_report(kept(tmp_path / "study", study), drawings=_none_drawn(study))
    read = Reader(page)
    assert read.open == [] and read.fetched == []
    assert SAID[case] in words(page)
    assert ">nan<" not in page and "NaN" not in page


def _none_drawn(study):
    """Return a stand-in for every figure: they are drawn in test_study_plots.py."""
    from sim.render.figures.study_figures import plan_pictures

    return {p.name: "<svg></svg>" for p in plan_pictures(StudyTables(*study))}


def test_drawings_that_are_given_are_not_drawn_again(tmp_path):
    folder = kept(tmp_path / "one", sweep({X: [0.5]}, outcomes=("surplus",)))
    page = study_report(folder, drawings={"dots_surplus": "<svg><title>mine</title></svg>"})
    assert page.count("<svg") == 1 and "<title>mine</title>" in page


@pytest.mark.deep
def test_the_lists_are_capped_and_say_where_the_rest_is(tmp_path):
    """A thousand points, fifty factors (ten in the quick suite) and every outcome stay under 2 MB."""
    factors = count(10, 50)
    spread = np.random.Generator(np.random.Philox(1)).random((factors, 1000))
    names = [f"table_{k}.a_long_name_of_a_key_{k}" for k in range(factors)]
    outcomes = ("surplus", "trust_buyer_end", "trust_vendor_end", "share_first_best", "mediator")
    values = dict(zip(names, spread, strict=True))
    study = sweep(values, design="sobol", outcomes=outcomes, failed=range(0, 1000, 9))
    page = study_report(kept(tmp_path / "large", study))
    assert len(page.encode()) < 2_000_000
    assert f"The first {MOST_ROWS} of 888 are shown; all are in summary.parquet." in page
    assert f"The first {MOST_ROWS} of 112 are shown; all are in the folder `failed`." in page
    assert "The first 100 of 1,000 are shown; all are in points.parquet." in page
    links = [link for name, link in Reader(page).links if name]
    assert len(links) == 4 and all(len(link) < 1.4 * MOST_CSV for link in links)
    assert re.search(r"is largest, \+1\.\d+ \[[^]]*\] k€ per need and month, at point \d+;", page)
    assert len(re.findall(r"the first [\d,]+ of 888 rows; all are in the tables", page)) == 4


def test_an_analysis_that_waits_for_points_says_so(tmp_path):
    tables, about = attribution()
    tables["points"].loc[3, "status"] = "failed"
    del tables["attribution"], tables["interactions"]
    page = words(study_report(kept(tmp_path / "half", (tables, about))))
    assert "of 8 points, 1 failed" in page
    assert "This analysis needs every point, and not all are complete" in page


def test_a_folder_that_has_only_begun(tmp_path):
    page = words(study_report(kept(tmp_path / "begun", ({}, sweep({X: GRID})[1]))))
    assert "Nothing has been computed yet" in page and "What was varied" in page
    assert "One tie: over mediator.competence" in page and "9 points" in page


def test_other_folders_are_refused_in_one_line(tmp_path):
    with pytest.raises(SimError, match=r"cannot read"):
        study_report(tmp_path)
    about = sweep({X: GRID})[1] | {"kind": "compare", "design": {}}
    with pytest.raises(SimError, match=r"holds no study \(kind: compare\)"):
        study_report(kept(tmp_path / "compared", ({}, about)))
    folder = kept(tmp_path / "torn", sweep({X: GRID}))
    (folder / "summary.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(SimError, match=r"summary\.parquet: not a complete Parquet table"):
        study_report(folder)


def test_findings_say_where_the_sign_turns():
    """The made-up premium is 2 (x − 0.35); at 0.25 the interval contains 0, so that has no sign."""
    said = " ".join(study_findings(StudyTables(*sweep({X: GRID}, outcomes=("surplus",)))))
    assert "The mean changes sign between mediator.competence 0 and 0.5." in said
    assert "largest, +3.30 [+3.05, +3.55] k€ per need and month, at mediator.competence 2" in said
    above = " ".join(study_findings(StudyTables(*sweep({X: [1.0, 2.0]}, outcomes=("surplus",)))))
    assert "changes sign" not in above and "above 0 in 2 of 2 points" in above


def test_findings_of_a_map_say_where_mediation_pays():
    study = sweep({X: GRID, Y: [0.0, 1.0]}, design="map", analysis="map", outcomes=("surplus",))
    said = " ".join(study_findings(StudyTables(*study)))
    found = StudyTables(*study).rows("surplus", "mediated − adversarial")
    clear = found[found["low"] > 0.0]
    assert f"is above 0 in {len(clear)} cells; they lie within mediator.competence from" in said
    assert f"from {clear[X].min():g} to 2 and market.specificity from 0 to 1" in said
