from __future__ import annotations

from collections import Counter

import pytest
from numpy.random import default_rng

from archivolt.values.domain import Choices, Range


def test_choices_are_drawn_equally_often():
    domain = Choices(("a", "b", "c", "d"))

    counts = Counter(domain.sample(rng) for rng in [default_rng(0)] for _ in range(4000))

    assert set(counts) == {"a", "b", "c", "d"}
    assert all(900 < count < 1100 for count in counts.values())


def test_a_neighbour_among_choices_is_always_another_value():
    domain, rng = Choices((8, 16, 32)), default_rng(0)

    assert {domain.neighbour(16, rng) for _ in range(50)} == {8, 32}
    assert Choices((8,)).neighbour(8, rng) == 8


def test_choices_tell_truth_values_from_numbers_and_take_1_for_1_0():
    assert True not in Choices((0, 1))
    assert 1 not in Choices((False, True))
    assert 1.0 in Choices((0, 1))
    assert "1" not in Choices((0, 1))


def test_choices_need_a_value():
    with pytest.raises(ValueError, match="at least one value"):
        Choices(())


@pytest.mark.parametrize(
    "domain", [Range(0.5, 2.0), Range(1e-4, 1e-1, log=True), Range(1, 6), Range(1, 1000, log=True)]
)
def test_every_draw_and_every_neighbour_lies_in_the_range(domain):
    rng = default_rng(0)
    value = domain.sample(rng)
    for _ in range(500):
        other = domain.neighbour(value, rng)
        assert other in domain
        assert domain.sample(rng) in domain
        assert other != value
        value = other


def test_whole_ends_give_whole_numbers_with_equal_chances():
    domain, rng = Range(1, 4), default_rng(0)

    counts = Counter(domain.sample(rng) for _ in range(4000))

    assert set(counts) == {1, 2, 3, 4}
    assert all(type(value) is int for value in counts)
    assert all(900 < count < 1100 for count in counts.values())
    assert 2.5 not in domain


def test_a_logarithmic_range_gives_each_decade_its_share():
    domain, rng = Range(1e-4, 1e-1, log=True), default_rng(0)

    counts = Counter(f"{domain.sample(rng):.0e}"[-3:] for _ in range(3000))

    assert all(counts[decade] > 800 for decade in ("-04", "-03", "-02"))


def test_neighbours_in_a_range_are_near():
    domain, rng = Range(0.0, 1.0), default_rng(0)

    steps = [abs(domain.neighbour(0.5, rng) - 0.5) for _ in range(1000)]

    assert sum(step < 0.2 for step in steps) > 600


def test_a_range_of_one_value_stays_there():
    assert Range(3, 3).neighbour(3, default_rng(0)) == 3
    assert Range(0.1, 0.1, log=True).neighbour(0.1, default_rng(0)) == 0.1


@pytest.mark.parametrize(
    ("low", "high", "log", "message"),
    [(2.0, 1.0, False, "low 2.0 is above high 1.0"), (0.0, 1.0, True, "low above 0")],
)
def test_ends_that_make_no_range_are_refused(low, high, log, message):
    with pytest.raises(ValueError, match=message):
        Range(low, high, log)


def test_a_truth_value_is_no_number_of_a_range():
    assert True not in Range(0, 1)


def test_domains_say_what_they_hold():
    assert str(Choices((1, 2))) == "one of 1, 2"
    assert str(Range(1, 4)) == "a whole number from 1 to 4"
    assert str(Range(0.0, 1.0)) == "a number from 0.0 to 1.0"
