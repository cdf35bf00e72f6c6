"""The tables of a study's folder, with labels and units for figures, captions and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.measure.amounts import count
from sim.measure.metrics import BY_NAME
from sim.render.numbers import interval_name, unit_in_words
from sim.study.design.analysis import (
    ANALYSES,
    DESIGNS,
    FACTORIAL,
    LABELS,
    analysis_of,
)
from sim.study.results.computed_columns import columns_kept, describe_key
from sim.study.results.manifest import read_manifest
from sim.study.results.store import read_rows, read_table

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("points", *dict.fromkeys(t for a in ANALYSES.values() for t in a.tables), "verdict")
UNIT_COLUMNS = ("mean", "low", "high", "sd", "lead", "value")  # in the outcome's own unit
FIXED_WORLDS = "fixed"  # the `rule` of a point whose worlds no stopping rule chose
PREFERRED_OUTCOMES = ("surplus", "trust_buyer_end", "trust_vendor_end", "share_first_best")
MOST_IN_STUDY_ORDER = 4  # with more outcomes, `PREFERRED_OUTCOMES` come first
LARGE = 2_000  # points; of more, figures show bins, and rows are read as they are needed
FIRST_POINTS = 100  # of a large study, held for its names and first lines
KEPT_SLICES = 4  # outcomes under a name, of all points
SLICE = ("point", "mean", "low", "high", "n")  # columns of one
NO_UNIT = ("", "-")  # units that are not shown


@dataclass(frozen=True)
class FactorLabel:
    """A varied key as it is shown: its name, its unit, and whether its values are numbers."""

    key: str
    name: str
    unit: str
    numeric: bool

    @property
    def label(self) -> str:
        """The name with the unit, for an axis."""
        return self.name if self.unit in NO_UNIT else f"{self.name} ({self.unit})"


class StudyTables:
    """The tables of one study and its record (`manifest.json`).

    `definition` holds the keys of the study's file. Shares are shown in per cent: the numbers in
    `summary`, `attribution` and `interactions` are already multiplied by 100. Of a study of very many points
    `summary` holds the first alone, and `rows` reads from `whole_summary` what it is asked for.
    """

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], record: Mapping[str, Any],
        whole_summary: Path | None = None,
    ):  # fmt: skip
        self.whole_summary = whole_summary
        self._slices: dict[tuple[str, str], pd.DataFrame] = {}
        self.tables = {name: _with_plain_text(frame) for name, frame in tables.items()}
        self.record = record
        self.definition: Mapping[str, Any] = record.get("design", {}).get("study", {})
        self.design = str(self.definition.get("design", ""))
        self.kind = DESIGNS.get(self.design, FACTORIAL)
        self.analysis = analysis_of(str(record.get("analysis", self.kind.analysis.name)))

    @cached_property
    def currency(self) -> str:
        """The study's unit of money."""
        return str(self.record.get("scenario", {}).get("run", {}).get("currency", "money"))

    @cached_property
    def points(self) -> pd.DataFrame:
        """One row per point, as far as the study wrote them."""
        import pandas as pd

        return self.tables.get("points", pd.DataFrame({"point": [], "status": [], "worlds": []}))

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The rows of `points` that are complete."""
        return self.points[self.points["status"] == "complete"]

    @cached_property
    def factors(self) -> list[FactorLabel]:
        """The varied keys, in the order of the study."""
        declared = {f["key"]: f for f in self.definition.get("factors", ())}
        columns = [k for k in LABELS if k in self.points.columns]
        return [self._factor(key, declared.get(key, {})) for key in [*columns, *declared]]

    @cached_property
    def varying(self) -> list[FactorLabel]:
        """The factors with more than one value among the complete points."""
        known = [f for f in self.factors if f.key in self.complete.columns]
        return [f for f in known if self.complete[f.key].nunique() > 1]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Means and paired differences by point and outcome."""
        return self._in_percent("summary")

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """The worth of every player by outcome, in percentage points if a share."""
        return self._in_percent("attribution")

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """The interaction of every pair of players by outcome."""
        return self._in_percent("interactions")

    @cached_property
    def regimes(self) -> list[str]:
        """The regimes that were run, in the study's order."""
        return [str(r) for r in self.record.get("regimes", self.definition.get("regimes", ()))]

    @cached_property
    def differences(self) -> list[str]:
        """The names of the paired differences, in the order of the summary."""
        found = self.summary
        return [] if found.empty else list(dict.fromkeys(_difference_rows(found)["name"]))

    @property
    def focus(self) -> str:
        """The difference a headline is about: mediation if there is one; else the last, or ""."""
        return next((n for n in self.differences if n.startswith("mediated −")), "") or (
            self.differences[-1] if self.differences else ""
        )

    @property
    def main_name(self) -> str:
        """What a study's points are shown by: the difference in focus, else the first regime."""
        return self.focus or self.regimes[0]

    def outcomes(self, table: str = "summary") -> list[str]:
        """Return the outcomes of a table: the study's main outcome first, then in its order."""
        frame = self.tables.get(table)
        if frame is None or frame.empty:
            return []
        available = list(dict.fromkeys(frame["measure" if table == "summary" else "outcome"]))
        requested = [
            o for o in self.definition.get("outcomes") or () if o in available
        ] or available
        first = [
            self.definition.get("outcome"),
            *(PREFERRED_OUTCOMES if len(requested) > MOST_IN_STUDY_ORDER else ()),
        ]
        return list(dict.fromkeys([o for o in (*first, *requested) if o in requested]))

    def rows(self, outcome: str, name: str) -> pd.DataFrame:
        """Return the summary of one outcome under a regime, or of a difference, by point."""
        if self.whole_summary is None:
            found = self.summary
            return found[(found["measure"] == outcome) & (found["name"] == name)].sort_values(
                "point"
            )
        if (outcome, name) not in self._slices:
            if len(self._slices) == KEPT_SLICES:
                self._slices.pop(next(iter(self._slices)))
            self._slices[outcome, name] = self._from_file(outcome, name)
        return self._slices[outcome, name]

    def _from_file(self, outcome: str, name: str) -> pd.DataFrame:
        """Return the numbers of an outcome from the file, with the values of each point beside them."""
        assert self.whole_summary is not None
        found = read_rows(self.whole_summary, SLICE, measure=outcome, name=name)
        found = found.sort_values("point", ignore_index=True)
        if self._label_and_unit(outcome)[1] == "share":
            for column in ("mean", "low", "high"):
                found[column] *= 100.0
        keys = [f.key for f in self.factors if f.key in self.points.columns]
        places = np.searchsorted(self.points["point"], found["point"])  # points rise
        return found.assign(**{key: self.points[key].to_numpy()[places] for key in keys})

    @property
    def is_large(self) -> bool:
        """Whether it has too many points to show each of them."""
        return self.whole_summary is not None

    def label(self, outcome: str) -> str:
        """Return the label of an outcome: "trust in vendor, end"."""
        return self._label_and_unit(outcome)[0]

    def in_sentence(self, outcome: str) -> str:
        """Return an outcome for use in a sentence: "trust in vendor at the end"."""
        label = self.label(outcome)
        for end, words in {", end": " at the end", ", average": " on average"}.items():
            label = label.replace(end, words)
        return label

    def unit(self, outcome: str, *, difference: bool = False) -> str:
        """Return the unit of an outcome in words; empty for a bare number."""
        raw = self._label_and_unit(outcome)[1]
        return unit_in_words(raw, difference=difference) or ("" if raw in NO_UNIT else raw)

    def axis(self, outcome: str, *, difference: bool = False) -> str:
        """Return an outcome with its unit, for an axis."""
        unit = self.unit(outcome, difference=difference)
        return f"{self.label(outcome)} ({unit})" if unit else self.label(outcome)

    @property
    def worlds_in_words(self) -> str:
        """The number of worlds per complete point: "200 worlds", "30 to 90 worlds"."""
        used = self.complete["worlds"] if len(self.complete) else self.points["worlds"]
        few, many = (int(used.min()), int(used.max())) if len(used) else (0, 0)
        return count(few, "world") if few == many else f"{few:,} to {many:,} worlds"

    @property
    def has_one_world(self) -> bool:
        """Whether no point has more than one world, so that there are no intervals."""
        return len(self.complete) > 0 and int(self.complete["worlds"].max()) < 2

    @property
    def requested_width(self) -> str:
        """The interval width a stopping rule asks for, with its unit; else empty."""
        stop = self.definition.get("stop") or {}
        if "width" not in stop:
            return ""
        unit = self.unit(str(stop["outcome"]), difference=True)
        share = self.unit(str(stop["outcome"])) == "%"
        return f"{float(stop['width']) * (100.0 if share else 1.0):g} {unit}".removesuffix(
            " 0 to 1"
        )

    @property
    def interval_note(self) -> str:
        """A note on the intervals drawn in a figure."""
        if self.has_one_world:
            return "one world: no intervals"
        return f"{self.intervals_in_words} of the mean over {self.worlds_in_words}"

    @property
    def fewest_worlds(self) -> int:
        """The smallest number of worlds of a complete point; 0 if none is complete."""
        return int(self.complete["worlds"].min()) if len(self.complete) else 0

    @property
    def intervals_in_words(self) -> str:
        """The kind of intervals over the worlds of this study, in the plural."""
        return interval_name(self.fewest_worlds, many=True)

    def factor(self, key: str) -> FactorLabel:
        """Return the label of a key, whether or not it is a factor of this study."""
        return next((f for f in self.factors if f.key == key), self._factor(key, {}))

    def _factor(self, key: str, declared: Mapping[str, Any]) -> FactorLabel:
        """Return the label of a key; `declared` is its entry in the study's file."""
        from pandas.api.types import is_bool_dtype, is_numeric_dtype

        unit = str(declared.get("unit") or "") or describe_key(key)[0]
        column = self.points[key] if key in self.points.columns else None
        numeric = column is not None and is_numeric_dtype(column) and not is_bool_dtype(column)
        name = str(declared.get("name") or key)
        return FactorLabel(key, name, unit.replace("money", self.currency), numeric)

    def _label_and_unit(self, outcome: str) -> tuple[str, str]:
        """Return label and unit of an outcome, from the first table that has it."""
        for table, key in (
            ("summary", "measure"), ("attribution", "outcome"), ("sensitivity", "outcome"),
        ):  # fmt: skip
            frame = self.tables.get(table)
            if frame is not None and not frame.empty:
                found = frame[frame[key] == outcome]
                if len(found):
                    return str(found["label"].iloc[0]), str(found["unit"].iloc[0])
        known = BY_NAME.get(outcome)
        unit = known.unit.replace("money", self.currency) if known else ""
        return (known.label, unit) if known else (outcome, unit)

    def _in_percent(self, table: str) -> pd.DataFrame:
        """Return a table with shares in per cent; empty if the study has no such table."""
        import pandas as pd

        frame = self.tables.get(table)
        if frame is None or frame.empty or "unit" not in frame.columns:
            return pd.DataFrame() if frame is None else frame
        return _in_percent(frame)


def read_study(folder: Path) -> StudyTables:
    """Read the manifest and every table of a study's folder.

    Raises SimError if the folder holds no study or a table cannot be read.
    """
    record = read_manifest(folder)
    if "study" not in record.get("design", {}):
        raise SimError(f"{folder}: holds no study (kind: {record.get('kind')})")
    present = (name for name in TABLES if (folder / f"{name}.parquet").is_file())
    study = record["design"]["study"]
    tables: dict[str, pd.DataFrame] = {}
    whole = None
    for name in present:
        path, needs = folder / f"{name}.parquet", columns_kept(name, study)
        if name == "summary" and len(tables["points"]) > LARGE:
            tables[name], whole = read_rows(path, needs, below={"point": FIRST_POINTS}), path
        else:
            tables[name] = read_table(path, needs)
    return StudyTables(tables, record, whole)


def shorten(text: str, most: int = 34) -> str:
    """Return a text of at most `most` letters, cut in the middle, since ends tell names apart.

    Example:
        >>> shorten("vendors.capability.mean", 12)
        'vendo…y.mean'
    """
    if len(text) <= most:
        return text
    front = (most - 1) // 2
    return f"{text[:front]}…{text[len(text) - (most - 1 - front) :]}"


def _difference_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a summary that are paired differences."""
    return frame[frame["kind"] == "difference"]


def _in_percent(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table with shares in per cent."""
    frame, share = frame.copy(), (frame["unit"] == "share").to_numpy()
    for name in UNIT_COLUMNS:
        if name in frame.columns and share.any():
            frame.loc[share, name] = 100.0 * frame.loc[share, name]
    return frame


def _with_plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with text columns instead of categories."""
    words = {c: frame[c].astype(str) for c in frame.columns if hasattr(frame[c], "cat")}
    return frame.assign(**words).reset_index(drop=True)
