"""Words mean one thing: numbers are distinct and dense, and all lists of names agree."""

from enum import IntEnum

import pytest

from sim import words
from sim.records import CAUSE_COLUMNS, EVENT_MEANINGS, TABLES
from sim.scenario import key_kinds as schema
from sim.scenario.parameters.setup_tables import SETUP_TABLES

ENUMS = [
    value
    for value in vars(words).values()
    if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
]
NAMED = {
    words.Protocol: schema.PROTOCOLS,
    words.Level: schema.LEVELS,
    words.Function: schema.FUNCTIONS,
    words.TrustRule: schema.TRUST_RULES,
    words.BlameFear: schema.BLAME_FEARS,
    words.IssueKind: schema.ISSUE_KINDS,
    words.Institution: schema.INSTITUTIONS,
    words.Cause: tuple(column.name for column in CAUSE_COLUMNS),
    words.Event: tuple(EVENT_MEANINGS),
}


def lower(enum):
    return tuple(name.lower() for name in enum.__members__)


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_numbers_are_distinct_and_dense(enum):
    """Equal numbers would make one name an alias of another; streams would share their luck."""
    numbers = [member.value for member in enum.__members__.values()]
    assert numbers == list(range(len(enum.__members__)))
    assert enum.__doc__


def test_equal_numbers_would_be_seen():
    twins = IntEnum("twins", {"A": 0, "B": 0})
    assert [member.value for member in twins.__members__.values()] != list(range(2))


@pytest.mark.parametrize("enum", NAMED, ids=lambda enum: enum.__name__)
def test_enums_and_names_agree(enum):
    """In the same order, so that a name's place is its number."""
    assert lower(enum) == tuple(NAMED[enum])


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_named_once(table):
    table = TABLES[table]
    names = [column.name for column in table]
    assert len(names) == len(set(names))
    assert all(column.unit and column.meaning for column in table)


def test_no_column_hides_behind_an_array_attribute():
    """A field named like an attribute of NumPy's records reads as that attribute when interpreted."""
    import numpy as np

    from sim import records, state

    tables = [
        *records.TABLES.values(), state.NEEDS, state.VENDORS, state.TIE_STATE, state.TRUST,
        state.HIDDEN_PROBLEMS, state.MEMO, state.DESK, SETUP_TABLES, state.OFFER_ROWS,
    ]  # fmt: skip
    hidden = set(dir(np.recarray)) | set(dir(np.record))
    assert not [c.name for table in tables for c in table if c.name in hidden]
