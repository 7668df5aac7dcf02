"""Names of inputs and outputs."""

from __future__ import annotations

import numpy as np
import pytest

from archivolt_export.ports import as_given, identifiers


def test_names_of_columns_become_distinct_identifiers():
    names = ("age", "hours-per-week", "hours per week", "1st", "größe", "_hidden", "age")

    found = identifiers(names)

    assert found[:3] == ("age", "hours_per_week", "hours_per_week_2")
    assert len(set(found)) == len(names)
    assert all(each.isidentifier() and each.isascii() for each in found)
    assert not any(each.startswith("_") for each in found)


@pytest.mark.parametrize(("value", "text"), [("red", "red"), (None, ""), (np.nan, ""), (b"a", "a")])
def test_text_is_given_as_text_and_a_gap_as_none(value, text):
    assert as_given(np.array([value], dtype=object), "string").tolist() == [text]


def test_numbers_are_given_in_the_type_of_the_input():
    assert as_given(np.array([1, 2]), "float32").dtype == np.float32
