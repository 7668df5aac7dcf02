from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from archivolt.components.source import CATEGORY, DATE, NUMERIC
from archivolt_tables import roles
from archivolt_tables.roles import recognise

JANUARY_2024 = 19723.0  # days since 1970


def column(*values, name="x"):
    return pd.Series(list(values), name=name)


def test_numbers_are_numbers_and_gaps_are_nan():
    read = recognise(column("1", "2.5", "?", "-3e2", "NA", ""))

    assert read.role == NUMERIC
    np.testing.assert_array_equal(read.values, [1, 2.5, np.nan, -300, np.nan, np.nan])


def test_integer_codes_of_few_values_stay_numbers():
    assert recognise(column(*"0120120")).role == NUMERIC


def test_a_role_that_is_given_wins():
    read = recognise(column(1.0, 2.0, np.nan), CATEGORY)

    assert read.values.tolist() == ["1", "2", ""]


@pytest.mark.parametrize("gap", ["", "?", "NA", "nan", "null", "None", "-", "  "])
def test_every_marker_of_a_gap_is_one(gap):
    assert recognise(column("red", gap, "blue")).values.tolist() == ["red", "", "blue"]


def test_spaces_around_a_value_are_no_part_of_it():
    assert recognise(column(" red", "red ", "blue")).values.tolist() == ["red", "red", "blue"]


def test_truth_values_are_numbers():
    read = recognise(column("True", "FALSE", "true", ""))

    assert read.role == NUMERIC
    np.testing.assert_array_equal(read.values, [1, 0, 1, np.nan])


def test_thousands_separators_are_understood():
    assert recognise(column("1,234", "12", "1,234,567.5")).values.tolist() == [1234, 12, 1234567.5]


def test_decimal_commas_are_understood():
    assert recognise(column("1,5", "2,25", "1.234,5")).values.tolist() == [1.5, 2.25, 1234.5]


def test_a_comma_before_three_digits_is_decimal_where_the_file_suggests_it():
    assert recognise(column("1,234", "2,345"), decimal_comma=True).values.tolist() == [1.234, 2.345]


def test_the_style_of_a_column_is_kept_for_new_rows():
    style = recognise(column("1,5", "2,25")).style

    assert roles.read_as(column("1,234"), NUMERIC, style).values.tolist() == [1.234]


def test_digits_that_begin_with_zeros_are_codes():
    read = recognise(column("00501", "10115", "00501"))

    assert read.role == CATEGORY
    assert "begin with zeros" in read.note


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01", "2024/01/01", "2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "01.01.2024",
        "1 Jan 2024", "01-Jan-2024", "January 1, 2024",
    ],
)  # fmt: skip
def test_common_dates_are_days_since_1970(text):
    other = text.replace("2024", "2023")

    read = recognise(column(text, other, ""))

    assert read.role == DATE
    np.testing.assert_array_equal(read.values, [JANUARY_2024, JANUARY_2024 - 365, np.nan])


def test_a_time_of_day_is_a_part_of_a_day():
    assert recognise(column("2024-01-01 06:00", "2024-01-01 12:00")).values.tolist() == [
        JANUARY_2024 + 0.25,
        JANUARY_2024 + 0.5,
    ]


def test_the_day_may_come_first_where_the_month_cannot():
    read = recognise(column("31/01/2024", "01/01/2024"))

    assert read.values.tolist() == [JANUARY_2024 + 30, JANUARY_2024]
    assert read.note is None


def test_a_date_that_can_be_read_in_two_ways_is_told():
    assert "the other way round" in recognise(column("01/02/2024", "03/04/2024")).note


def test_the_style_of_dates_is_kept_for_new_rows():
    style = recognise(column("31/01/2024", "01/02/2024")).style

    assert roles.read_as(column("02/01/2024"), DATE, style).values.tolist() == [JANUARY_2024 + 1]


def test_native_dates_and_durations_are_days():
    assert recognise(column(*pd.to_datetime(["2024-01-01", "2024-01-03"]))).values.tolist() == [
        JANUARY_2024,
        JANUARY_2024 + 2,
    ]
    assert recognise(column(*pd.to_timedelta(["12h", "36h"]))).values.tolist() == [0.5, 1.5]


def test_dates_of_a_time_zone_are_turned_to_universal_time():
    series = pd.Series(pd.to_datetime(["2024-01-01 01:00+01:00", "2024-01-02 01:00+01:00"]))

    assert recognise(series).values.tolist() == [JANUARY_2024, JANUARY_2024 + 1]


def test_text_of_which_nearly_every_value_is_distinct_is_left_out():
    names = [f"person {index}" for index in range(50)]

    assert recognise(column(*names)).left_out == roles.DISTINCT
    assert recognise(column(*names), CATEGORY).left_out is None


def test_text_of_many_values_that_repeat_is_a_category():
    read = recognise(column(*[f"city {index % 400}" for index in range(1000)]))

    assert read.role == CATEGORY
    assert read.left_out is None


def test_a_column_that_counts_the_rows_is_left_out():
    assert recognise(column(*range(1, 51), name="id")).left_out == roles.ROW_NUMBER
    assert recognise(column(*range(1, 51), name="age")).left_out is None
    assert recognise(column(*range(1, 51), name="id"), NUMERIC).left_out is None


def test_a_column_without_any_value_is_left_out():
    assert recognise(column("", "?", "NA")).left_out == roles.ALL_MISSING
    assert recognise(column(np.nan, np.nan)).left_out == roles.ALL_MISSING


def test_a_constant_is_left_out_unless_it_has_gaps():
    assert recognise(column("7", "7")).left_out == roles.CONSTANT
    assert recognise(column("red", "red")).left_out == roles.CONSTANT
    assert recognise(column("7", "", "7")).left_out is None
    assert recognise(column("red", "", "red")).left_out is None


def test_lists_are_left_out():
    assert recognise(column([1, 2], [3])).left_out == roles.NESTED


def test_a_stray_text_among_many_numbers_is_a_gap():
    read = recognise(column(*map(str, range(199)), "many"))

    assert read.role == NUMERIC
    assert np.flatnonzero(read.wrong).tolist() == [199]


def test_a_column_of_numbers_and_words_is_a_category():
    assert recognise(column("1", "2", "many", "few", "3")).role == CATEGORY
