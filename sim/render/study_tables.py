"""The tables a study left, selected and put in order for figures, captions and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from sim.study.results.store import read_table

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("points", *dict.fromkeys(t for a in ANALYSES.values() for t in a.tables), "verdict")
UNIT_COLUMNS = ("mean", "low", "high", "sd", "lead", "value")  # columns in the outcome's own unit
FIXED_WORLDS = "fixed"
PREFERRED_OUTCOMES = ("surplus", "trust_buyer_end", "trust_vendor_end", "share_first_best")
MOST_IN_STUDY_ORDER = 4  # outcomes above which the usual ones go first
NO_UNIT = ("", "-")


@dataclass(frozen=True)
class FactorLabel:
    """One varied key: what it is called, its unit, whether its values are numbers."""

    key: str
    name: str
    unit: str
    numeric: bool

    @property
    def label(self) -> str:
        """Return the name with the unit, for an axis."""
        return self.name if self.unit in NO_UNIT else f"{self.name} ({self.unit})"


class StudyTables:
    """The tables of one study and the record (`manifest.json`) that says what they are."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], record: Mapping[str, Any]):
        self.tables = {name: _with_plain_text(frame) for name, frame in tables.items()}
        self.record = record
        self.definition: Mapping[str, Any] = record.get("design", {}).get("study", {})
        self.design = str(self.definition.get("design", ""))
        self.kind = DESIGNS.get(self.design, FACTORIAL)
        self.analysis = analysis_of(str(record.get("analysis", self.kind.analysis.name)))

    @cached_property
    def currency(self) -> str:
        """Return what a unit of money is called in this study."""
        return str(self.record.get("scenario", {}).get("run", {}).get("currency", "money"))

    @cached_property
    def points(self) -> pd.DataFrame:
        """Return one row per point, as far as the study wrote them."""
        import pandas as pd

        return self.tables.get("points", pd.DataFrame({"point": [], "status": [], "worlds": []}))

    @cached_property
    def complete(self) -> pd.DataFrame:
        """Return the rows of the points that are complete."""
        return self.points[self.points["status"] == "complete"]

    @cached_property
    def factors(self) -> list[FactorLabel]:
        """Return what was varied, in the order of the study."""
        told = {f["key"]: f for f in self.definition.get("factors", ())}
        columns = [k for k in LABELS if k in self.points.columns]
        return [self._factor(key, told.get(key, {})) for key in [*columns, *told]]

    @cached_property
    def varying(self) -> list[FactorLabel]:
        """Return the factors that have more than one value among the points that are complete."""
        known = [f for f in self.factors if f.key in self.complete.columns]
        return [f for f in known if self.complete[f.key].nunique() > 1]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Return means and paired differences by point and outcome; shares in per cent."""
        return self._percents("summary")

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """Return the value of every player, by outcome; shares in percentage points."""
        return self._percents("attribution")

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """Return the interaction of every pair of players, by outcome; shares in points."""
        return self._percents("interactions")

    @cached_property
    def regimes(self) -> list[str]:
        """Return the regimes that were run, in the study's order."""
        return [str(r) for r in self.record.get("regimes", self.definition.get("regimes", ()))]

    @cached_property
    def differences(self) -> list[str]:
        """Return the names of the paired differences, in the order of the summary."""
        found = self.summary
        return [] if found.empty else list(dict.fromkeys(_difference_rows(found)["name"]))

    @property
    def focus(self) -> str:
        """Return the difference a headline is about: mediation where there is one; else ""."""
        return next((n for n in self.differences if n.startswith("mediated −")), "") or (
            self.differences[-1] if self.differences else ""
        )

    def outcomes(self, table: str = "summary") -> list[str]:
        """Return the outcomes of a table: what the study is about first, then in its order."""
        frame = self.tables.get(table)
        if frame is None or frame.empty:
            return []
        there = list(dict.fromkeys(frame["measure" if table == "summary" else "outcome"]))
        asked = [o for o in self.definition.get("outcomes") or () if o in there] or there
        first = [
            self.definition.get("outcome"),
            *(PREFERRED_OUTCOMES if len(asked) > MOST_IN_STUDY_ORDER else ()),
        ]
        return list(dict.fromkeys([o for o in (*first, *asked) if o in asked]))

    def rows(self, outcome: str, name: str) -> pd.DataFrame:
        """Return the summary of one outcome under a regime, or of a difference, by point."""
        found = self.summary
        return found[(found["measure"] == outcome) & (found["name"] == name)].sort_values("point")

    def label(self, outcome: str) -> str:
        """Return an outcome in words."""
        return self._about(outcome)[0]

    def in_sentence(self, outcome: str) -> str:
        """Return an outcome as it stands within a sentence: "buyer's trust in vendor at the end"."""
        label = self.label(outcome)
        for end, words in {", end": " at the end", ", average": " on average"}.items():
            label = label.replace(end, words)
        return label

    def unit(self, outcome: str, *, difference: bool = False) -> str:
        """Return the unit of an outcome, as it is said."""
        raw = self._about(outcome)[1]
        return unit_in_words(raw, difference=difference) or ("" if raw in NO_UNIT else raw)

    def axis(self, outcome: str, *, difference: bool = False) -> str:
        """Return an outcome with its unit, for an axis."""
        unit = self.unit(outcome, difference=difference)
        return f"{self.label(outcome)} ({unit})" if unit else self.label(outcome)

    @property
    def worlds_in_words(self) -> str:
        """Return how many worlds the complete points rest on: "200 worlds", "30 to 90 worlds"."""
        used = self.complete["worlds"] if len(self.complete) else self.points["worlds"]
        few, many = (int(used.min()), int(used.max())) if len(used) else (0, 0)
        return count(few, "world") if few == many else f"{few:,} to {many:,} worlds"

    @property
    def has_one_world(self) -> bool:
        """Say whether no point has more than one world, so that there are no intervals."""
        return len(self.complete) > 0 and int(self.complete["worlds"].max()) < 2

    @property
    def requested_width(self) -> str:
        """Return the width a stopping rule asks for, with its unit; nothing without a rule."""
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
        """Return what the drawn intervals are."""
        if self.has_one_world:
            return "one world: no intervals"
        return f"{self.intervals_in_words} of the mean over {self.worlds_in_words}"

    @property
    def fewest_worlds(self) -> int:
        """Return the fewest worlds a complete point rests on; 0 where none is complete."""
        return int(self.complete["worlds"].min()) if len(self.complete) else 0

    @property
    def intervals_in_words(self) -> str:
        """Return what intervals over the worlds of this study are called."""
        return interval_name(self.fewest_worlds, many=True)

    def factor(self, key: str) -> FactorLabel:
        """Return how a key is called, factor of this study or not."""
        return next((f for f in self.factors if f.key == key), self._factor(key, {}))

    def _factor(self, key: str, told: Mapping[str, Any]) -> FactorLabel:
        from pandas.api.types import is_bool_dtype, is_numeric_dtype

        unit = str(told.get("unit") or "") or describe_key(key)[0]
        column = self.points[key] if key in self.points.columns else None
        numeric = column is not None and is_numeric_dtype(column) and not is_bool_dtype(column)
        name = str(told.get("name") or key)
        return FactorLabel(key, name, unit.replace("money", self.currency), numeric)

    def _about(self, outcome: str) -> tuple[str, str]:
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

    def _percents(self, table: str) -> pd.DataFrame:
        """Return a table with shares in per cent, empty when the study has none."""
        import pandas as pd

        frame = self.tables.get(table)
        if frame is None or frame.empty or "unit" not in frame.columns:
            return pd.DataFrame() if frame is None else frame
        frame, share = frame.copy(), (frame["unit"] == "share").to_numpy()
        for name in UNIT_COLUMNS:
            if name in frame.columns and share.any():
                frame.loc[share, name] = 100.0 * frame.loc[share, name]
        return frame


def read_study(folder: Path) -> StudyTables:
    """Read the manifest and every table of a study's folder; raises SimError in one line."""
    record = read_manifest(folder)
    if "study" not in record.get("design", {}):
        raise SimError(f"{folder}: holds no study (kind: {record.get('kind')})")
    there = (name for name in TABLES if (folder / f"{name}.parquet").is_file())
    study = record["design"]["study"]
    found = {n: read_table(folder / f"{n}.parquet", columns_kept(n, study)) for n in there}
    return StudyTables(found, record)


def shorten(text: str, most: int = 34) -> str:
    """Return a text of at most `most` letters; the middle gives way, ends tell names apart."""
    if len(text) <= most:
        return text
    front = (most - 1) // 2
    return f"{text[:front]}…{text[len(text) - (most - 1 - front) :]}"


def _difference_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["kind"] == "difference"]


def _with_plain_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its words as plain text, not as categories."""
    words = {c: frame[c].astype(str) for c in frame.columns if hasattr(frame[c], "cat")}
    return frame.assign(**words).reset_index(drop=True)
