"""What the commands of a study print: its plan, its state, and what was found, as plain text."""

from __future__ import annotations

import math
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import count, some_of, span
from sim.measure.intervals import on_few_worlds
from sim.measure.metrics import BY_NAME
from sim.render.numbers import NONE, decimals, intervals_over, percent, setting, spread, unit_words
from sim.render.text.comparison_text import WIDTH, grid
from sim.render.text.point_lines import points
from sim.render.wording import WHOLES
from sim.strategies.consent import OPTION
from sim.study.run.replicate import Enough

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.design.points import Study
    from sim.study.experiments.verdict import Page
    from sim.study.run.estimate import Estimate
    from sim.study.run.restore import Status
    from sim.study.run.sweep import SweepResult

MOST_SHOWN = 10
BYTES = ("bytes", "kB", "MB", "GB", "TB")
SHAPLEY = "Shapley value"


def planned(study: Study, found: Estimate, workers: int) -> str:
    """Return what a study is and will take."""
    rule = f"{study.worlds:,} a point, seed {study.seed}"
    if study.stop is not None:
        stop = study.stop
        rule = (
            f"{stop.at_least:,} to {stop.at_most:,} a point, a look every {stop.every}, until "
            f"{stop.outcome} is known to within {stop.width:g}; seed {study.seed}"
        )
    most = "at most " if study.stop else ""
    about = "at most about" if study.stop else "about"
    lines = {
        "scenario": f"{study.loaded.name}: {study.loaded.scenario.title}".rstrip(": "),
        "design": f"{study.design}, {_varied(study)}",
        "points": f"{found.points:,}",
        "regimes": ", ".join(study.regimes),
        "worlds": rule,
        "outcomes": ", ".join(study.outcomes),
        "runs": f"{most}{found.runs:,} worlds × regimes in {count(found.chunks, 'chunk')}",
        "work": f"{most}{found.tie_months / 1e6:,.1f} M tie-months, "
        f"{found.pace / 1e6:.2f} M a second and worker (just measured)",
        "time": f"{about} {span(found.seconds)} with {count(workers, 'worker')}",
        "disk": f"{about} {size(found.size)}",
    }
    return "\n".join(f"{name + ':':10}{text}" for name, text in lines.items())


def foretold(study: Study, workers: int) -> str:
    """Return in one line how long a study is going to take."""
    from sim.study.run.estimate import estimate

    found = estimate(study, workers)
    runs = f"{count(found.points, 'point')} × {count(study.worlds, 'world')}"
    if len(study.regimes) > 1:
        runs += f" × {len(study.regimes)} regimes"
    return f"{runs}: about {span(found.seconds)}, {size(found.size)}"


def state(folder: str, found: Status) -> str:
    """Return how far a study is and how to go on."""
    study = found.study
    total = len(study.points)
    share = 100.0 * found.worlds / max(1, found.asked)
    most = "at most " if study.stop else ""
    lines = {
        "study": f"{study.loaded.name}, {study.design}, {_varied(study)}",
        "points": f"{found.complete} of {total} complete, {found.partly} begun, "
        f"{found.missing} not begun, {len(found.failed)} failed",
        "worlds": f"{found.worlds:,} of {most}{found.asked:,} ({share:.0f} %)",
        "work": f"{found.tie_months / 1e6:,.1f} M tie-months in "
        f"{span(found.seconds)} of worker time",
        "sessions": f"{len(found.record['sessions'])}, the first begun {found.record['start']}",
    }
    text = [f"{name + ':':10}{said}" for name, said in lines.items()]
    text += [f"{name} is damaged: it will be made again" for name in found.damaged]
    text += too_wide(study, found.too_wide)
    shown = list(found.failed.items())
    text += [f"{name} failed: {why}" for name, why in shown[:MOST_SHOWN]]
    if len(shown) > MOST_SHOWN:
        text.append(f"… and {len(shown) - MOST_SHOWN} more in {folder}/failed")
    if found.complete < total:
        name = found.record["design"].get("experiment")
        place = shlex.quote(folder)
        again = f"sim sweep {place}"
        if name:
            again = f"sim experiment {shlex.quote(str(name))} --out {place}"
        again += f" {OPTION}" if found.record.get("strategies") else ""
        only = f"; failed points only: {again} --only-failed" if shown and not name else ""
        text.append(f"to go on: {again}{only}")
    return "\n".join(text)


def found(done: SweepResult) -> str:
    """Return the main table of a study's analysis."""
    study = done.study
    if study.analysis == "attribution" and done.complete:
        return shares(done.table("attribution"), study.switches)
    if study.analysis == "sensitivity":
        return ranks(done.table("sensitivity"), study) if done.complete else ""
    if study.analysis == "map":
        return regions(done.table("map"), study) if len(study.regimes) > 1 else ""
    if study.analysis == "attribution":
        return ""
    return points(done.table(), [name for name, _ in study.labels], study.outcomes[0])


def missed(done: SweepResult) -> list[str]:
    """Return a line for every point of a study that got all its worlds and not the width asked for."""
    if done.study.stop is None:
        return []
    table = done.table("points")
    ends = zip(
        table["point"], table["worlds"], table["rule"].astype(str), table["width"], strict=True
    )
    by = {done.study.points[p].name: Enough(int(n), rule, float(w)) for p, n, rule, w in ends}
    return too_wide(done.study, {name: end for name, end in by.items() if end.is_cut_off})


def too_wide(study: Study, ends: Mapping[str, Enough]) -> list[str]:
    """Return a line for each of these points: how wide its interval is, and what was wanted."""
    if study.stop is None:
        return []
    outcome, wanted = study.stop.outcome, f"{study.stop.width:g}"
    lines = [
        f"{name}: the width wanted was not reached: the interval of {outcome} {_width(end.width)} "
        f"after {count(end.worlds, 'world')}, the most; wanted is narrower than {wanted}"
        for name, end in list(ends.items())[:MOST_SHOWN]
    ]
    if len(ends) > MOST_SHOWN:
        lines.append(f"… and {len(ends) - MOST_SHOWN} more, in points.parquet")
    return lines


def _width(width: float) -> str:
    """Return how wide an interval is, as what follows it; one without width is no narrow one."""
    if math.isnan(width):
        return "has too few values to be known"
    return f"is {width:.4g} wide" if width > 0.0 else "has no width, every world being alike,"


def judged(page: Page, width: int = WIDTH) -> str:
    """Return the verdict of an experiment as plain text."""
    title = page.title.replace("`", "")
    return "\n\n".join([
        f"{title}\n{'-' * len(title)}",
        *(textwrap.fill(text, width) for text in (page.verdict, *page.notes)),
        grid(page.heads, page.cells, width),
        f"{page.again} runs it again.",
    ])  # fmt: skip


def shares(table: pd.DataFrame, switches: Sequence[str], width: int = WIDTH) -> str:
    """Return what every switch is worth, an outcome after the other."""
    parts = []
    for outcome in table["outcome"].astype(str).unique():
        rows = table[table["outcome"].astype(str) == outcome]
        unit = str(rows["unit"].iloc[0])
        by = {(str(r.kind), str(r.player)): r for r in rows.itertuples()}
        places = decimals(unit, *(r.mean for r in by.values()))
        order = sorted(switches, key=lambda s: -_worth(by["shapley", s].mean))
        kinds = ("shapley", "first_in", "last_in")
        body = [[s, *(_cell(by[k, s], unit, places) for k in kinds)] for s in order]
        body += [
            [said, _cell(by[kind, "all"], unit, places), "", ""]
            for kind, said in WHOLES.items()
            if (kind, "all") in by
        ]
        head = _headed(rows["label"].iloc[0], unit_words(unit))
        heads = ["switch", SHAPLEY, "added first", "added last"]
        parts.append("\n".join([head, "-" * len(head), grid(heads, body, width)]))
    worlds = int(table["n"].max())
    kind = intervals_over(worlds, many=True)
    parts.append(f"Means with [{kind} over worlds]; Shapley values add up to all.")
    if "procedure" in set(table["kind"].astype(str)):
        parts.append(
            "The procedure: the same done by a mediator that knows nothing and is free. The mediator: "
            "what this one adds."
        )
    parts += [said] if (said := on_few_worlds(worlds)) else []
    return "\n\n".join(parts)


def ranks(table: pd.DataFrame, study: Study, width: int = WIDTH) -> str:
    """Return which keys matter most, for every regime and difference, an outcome after the other."""
    index = "mu_star" if study.design == "morris" else "ST"
    words = {"mu_star": "mean elementary effect μ*", "ST": "total-order Sobol index"}[index]
    names = list(table["name"].astype(str).unique())
    labels = {f.key: f.label for f in study.factors}
    parts = []
    for outcome in study.outcomes:
        rows = table[table["outcome"].astype(str) == outcome]
        unit = str(rows["unit"].iloc[0]) if index == "mu_star" else ""
        by = {(str(r.index_), str(r.factor), str(r.name)): r for r in _renamed(rows).itertuples()}
        order = sorted(labels, key=lambda k: -_worth(by[index, k, names[-1]].value))
        places = decimals(unit, *(by[index, k, n].value for k in order for n in names))
        places = places if index == "mu_star" else 2
        body = [[labels[k], *(_index(by[index, k, n], unit, places) for n in names)] for k in order]
        lucks = [by["luck", "", n].value for n in names]
        body.append(["(luck's share)", *(NONE if math.isnan(v) else percent(v) for v in lucks)])
        of = f"{unit_words(unit)} over the full range".strip() if index == "mu_star" else ""
        head = _headed(f"{rows['label'].iloc[0]}: {words}", of)
        parts.append("\n".join([head, "-" * len(head), grid(["key", *names], body, width)]))
    return "\n\n".join(parts)


def regions(table: pd.DataFrame, study: Study, width: int = WIDTH) -> str:
    """Return the regime that is best in each cell of a map; small letters where it is not certain."""
    x, y = (f.key for f in study.factors)
    outcome = study.outcomes[0]
    rows = table[table["outcome"].astype(str) == outcome]
    letters = _letters(study.regimes)
    cells = {(r[x], r[y]): _mark(r, letters) for _, r in rows.iterrows()}
    across = list(dict.fromkeys(rows[x]))
    body = [
        [setting(up), *(cells.get((to, up), NONE) for to in across)]
        for up in reversed(list(dict.fromkeys(rows[y])))
    ]
    head = f"Highest {BY_NAME[outcome].label} by {x} (across) and {y} (upwards)"
    legend = ", ".join(f"{letter} {regime}" for regime, letter in letters.items())
    certain = f"{some_of(int(rows['certain'].sum()), len(rows), 'cell')} certain"
    note = f"{legend}; a small letter where the lead's interval holds 0 ({certain})"
    few = on_few_worlds(study.worlds)
    note += f"\n{few}" if few else ""
    return "\n".join([head, "-" * len(head), grid(["", *map(setting, across)], body, width), note])


def size(number_of_bytes: float) -> str:
    """Return an amount of storage as a person says it."""
    power = 0
    while number_of_bytes >= 1000.0 and power < len(BYTES) - 1:
        number_of_bytes, power = number_of_bytes / 1000.0, power + 1
    return f"{number_of_bytes:.{0 if power == 0 else 2 if number_of_bytes < 10 else 0}f} {BYTES[power]}"


def _varied(study: Study) -> str:
    """Return what varies, in a few words."""
    if study.design == "coalitions":
        return f"every coalition of {', '.join(study.switches)}"
    if study.design == "rows":
        return count(len(study.points), "row")
    told = [
        f"{f.key} {f.low:g} to {f.high:g}"
        if f.low is not None and f.high is not None
        else f"{f.key} ({count(len(f.values), 'value')})"
        for f in study.factors
    ]
    return "over " + ", ".join(told)


def _letters(regimes: Sequence[str]) -> dict[str, str]:
    """Return a capital letter of its own for every regime, from its name where there is one left."""
    made: dict[str, str] = {}
    for regime in regimes:
        free = [c for c in regime.upper() + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c.isalpha()]
        made[regime] = next((c for c in free if c not in made.values()), "?")
    return made


def _mark(row: Any, letters: dict[str, str]) -> str:
    letter = letters[str(row["best"])]
    return letter if row["certain"] else letter.lower()


def _renamed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose column `index` can be read as an attribute."""
    return rows.rename(columns={"index": "index_"})


def _worth(value: float) -> float:
    return value if math.isfinite(value) else -math.inf


def _headed(label: Any, unit: str) -> str:
    """Return the head of a table: what it is about, and its unit where it has one."""
    text = str(label)
    return f"{text[:1].upper()}{text[1:]}" + (f", {unit}" if unit else "")


def _cell(row: Any, unit: str, places: int) -> str:
    return spread(row.mean, row.low, row.high, unit, places, signed=True)


def _index(row: Any, unit: str, places: int) -> str:
    return spread(row.value, row.low, row.high, unit, places)
