from __future__ import annotations

import pytest
from attrs import evolve, fields_dict, frozen

from archivolt.values.quantities import (
    DURATION,
    SIZE,
    bytes_of,
    duration_field,
    seconds,
    size_field,
    unit_of,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("30s", 30.0),
        ("10m", 600.0),
        ("1h 30m", 5400.0),
        ("1h30m", 5400.0),
        ("1.5 h", 5400.0),
        ("250ms", 0.25),
        ("2 min", 120.0),
        ("45", 45.0),
        (45, 45.0),
    ],
)
def test_a_duration_is_read_as_people_write_it(written, read):
    assert seconds(written) == pytest.approx(read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("4GiB", 4 * 2**30),
        ("200MB", 200_000_000),
        ("200 mb", 200_000_000),
        ("1.5KiB", 1536),
        ("512", 512),
        (512, 512),
    ],
)
def test_a_size_is_read_as_people_write_it(written, read):
    assert bytes_of(written) == read


def test_a_wrong_unit_is_told_with_the_nearest():
    with pytest.raises(ValueError, match=r"'GBi' is not a unit.*'GiB'"):
        bytes_of("4GBi")


@pytest.mark.parametrize("written", ["", "soon", "10m 5", "-3s"])
def test_what_is_no_duration_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match="10m"):
        seconds(written)


@frozen
class Worker:
    time_limit: float | None = duration_field(None)
    memory_limit: int | None = size_field("1GiB")


def test_a_field_converts_its_default_its_argument_and_a_later_change():
    assert Worker().time_limit is None
    assert Worker().memory_limit == 2**30
    assert evolve(Worker(), time_limit="2m").time_limit == 120.0


def test_a_field_tells_its_unit():
    declared = fields_dict(Worker)
    assert unit_of(declared["time_limit"]) == DURATION
    assert unit_of(declared["memory_limit"]) == SIZE
