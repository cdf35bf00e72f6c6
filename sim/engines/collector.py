"""Mesa's DataCollector with records packed into arrays, which keeps memory small."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from mesa.datacollection import DataCollector

if TYPE_CHECKING:
    import pandas as pd


class TieField(NamedTuple):
    """A column of the table of ties: type code of `array`, unit and meaning."""

    code: str
    unit: str
    meaning: str


TIE_FIELDS = {
    "Step": TieField("q", "month", "month run, from 1; `period` of the tables is one less"),
    "tie": TieField("q", "-", "number of the tie"),
    "buyer": TieField("q", "-", "row of the buyer; one row per buyer and month"),
    "vendor": TieField("q", "-", "row of its current or last vendor"),
    "active": TieField("b", "0/1", "1 if the month was served under a contract"),
    "mediated": TieField("b", "0/1", "1 if a mediator accompanies the contract"),
    "price": TieField("d", "money/month", "price of the contract; NaN in a month without one"),
    "trust_buyer": TieField("d", "share", "buyer's trust in the vendor, end of month"),
    "trust_vendor": TieField("d", "share", "vendor's trust in the buyer, end of month"),
    "grievance": TieField("d", "money", "buyer's grievance"),
    "surplus": TieField("d", "money/month", "joint surplus of the month"),
    "buyer_gain": TieField("d", "money/month", "buyer's part of it"),
    "vendor_gain": TieField("d", "money/month", "vendor's part of it"),
}


class PackedRecords:
    """What the agents reported in one step, one array per reporter; iterates as Mesa's tuples.

    A column with the same bits as in the step before shares its array.
    """

    __slots__ = ("columns", "ids", "step")

    def __init__(self, records: Sequence[tuple[Any, ...]], before: PackedRecords | None):
        self.step = records[0][0] if records else 0
        self.ids: Any
        self.columns: list[Any]
        new = [pack_values(values) for values in zip(*records, strict=True)][1:]
        old = (before.ids, *before.columns) if before else ()
        if len(old) == len(new):
            new = [reuse_if_equal(*pair) for pair in zip(new, old, strict=True)]
        self.ids, *self.columns = new or [()]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        lists = (c.tolist() if isinstance(c, np.ndarray) else c for c in (self.ids, *self.columns))
        return zip(repeat(self.step), *lists, strict=False)

    def __len__(self) -> int:
        return len(self.ids)


def pack_values(values: tuple[Any, ...]) -> np.ndarray | tuple[Any, ...]:
    """Return floats or ints as an array that gives them back unchanged; else the values."""
    for kind, wanted in ((float, np.float64), (int, np.int64)):
        if all(type(value) is kind for value in values):
            try:
                return np.array(values, wanted)
            except OverflowError:
                break
    return values


def reuse_if_equal(new: Any, old: Any) -> Any:
    """Return the old column if the new one holds the same bits, else the new one."""
    if isinstance(new, np.ndarray) and isinstance(old, np.ndarray):
        same = new.dtype == old.dtype and new.tobytes() == old.tobytes()
    else:
        same = type(new) is type(old) is tuple and new == old
    return old if same else new


class Collector(DataCollector):  # type: ignore[misc]
    """A DataCollector for months, collected after each step, with an optional table of ties.

    It has the names and data frames of Mesa's. In each frame `Step` k is the state after k months.
    `ties` is a function of the model that returns the rows of the month for the columns of
    `TIE_FIELDS`.
    """

    _agent_records: dict[float, Any]
    _agenttype_records: dict[float, Any]

    def __init__(
        self,
        model_reporters: Mapping[str, Any],
        agent_reporters: Mapping[str, Any],
        agenttype_reporters: Mapping[type, Mapping[str, Any]],
        ties: Callable[[Any], Mapping[str, Any]] | None = None,
    ):
        super().__init__(model_reporters, agent_reporters, agenttype_reporters)
        self._ties = ties
        self._steps: list[int] = []
        self._last: dict[type | None, PackedRecords] = {}
        if ties:
            self.tables["ties"] = {name: array(f.code) for name, f in TIE_FIELDS.items()}

    def collect(self, model: Any) -> None:
        """Collect what the reporters return now.

        Mesa before 3.4.1 looks up records of agents in `batch_run` by the number of the collection,
        as it does those of the model; later versions look them up by time. Keys are chosen
        accordingly.
        """
        agents, types = self._agent_records, self._agenttype_records
        self._agent_records, self._agenttype_records = {}, {}
        super().collect(model)
        for now, records in self._agent_records.items():
            agents[self._place(now)] = self._packed(None, records)
        for now, by_type in self._agenttype_records.items():
            packed = {kind: self._packed(kind, records) for kind, records in by_type.items()}
            types[self._place(now)] = packed
        self._agent_records, self._agenttype_records = agents, types
        if self._ties:
            for name, values in self._ties(model).items():
                self.tables["ties"][name].extend(values)
        self._steps.append(model.steps)

    def _place(self, now: float) -> float:
        """Return the key of this step's records: the time, or before Mesa 3.4.1 the number."""
        return now if hasattr(self, "_collection_steps") else len(self._steps)

    def _packed(self, kind: type | None, records: Sequence[tuple[Any, ...]]) -> PackedRecords:
        """Pack the records of one class of agents, sharing columns with the step before."""
        self._last[kind] = PackedRecords(records, self._last.get(kind))
        return self._last[kind]

    def get_model_vars_dataframe(self) -> pd.DataFrame:
        """Return one row per month, by `Step` from 1, and one column per reporter of the model."""
        import pandas as pd

        frame = super().get_model_vars_dataframe()
        frame.index = pd.Index(self._steps, name="Step")
        return frame

    def get_table_dataframe(self, table_name: str) -> pd.DataFrame:
        """Return a table; "ties" has one row per buyer and month, with its current or last tie."""
        import pandas as pd

        if table_name != "ties" or not self._ties:
            return super().get_table_dataframe(table_name)
        return pd.DataFrame({name: np.array(v) for name, v in self.tables["ties"].items()})
