from __future__ import annotations

import pytest
from numpy.random import default_rng

from archivolt.values.domain import Choices, Range
from archivolt_searchers.scales import Categorical, Continuous, Levels, Ordered, scale_of


@pytest.mark.parametrize(
    ("domain", "count"),
    [
        (Choices(("a", "b", "c")), 3),
        (Range(0.0, 1.0), 5),
        (Range(1e-4, 1e-1, log=True), 5),
        (Range(3, 5), 3),
        (Range(1, 100), 5),
        (Range(0.5, 0.5), 1),
    ],
)
def test_what_is_drawn_from_a_level_lies_in_the_domain_and_in_that_level(domain, count):
    levels, rng = Levels(domain), default_rng(0)

    assert levels.count == count
    for level in range(count):
        for _ in range(50):
            value = levels.draw(level, rng)
            assert value in domain
            assert levels.of(value) == level


def test_the_levels_of_a_range_are_equal_in_size():
    levels = Levels(Range(1e-4, 1.0, log=True), most=4)

    assert [levels.of(value) for value in (1e-4, 5e-4, 5e-3, 5e-2, 0.5, 1.0)] == [0, 0, 1, 2, 3, 3]
    assert [Levels(Range(0, 9), 2).of(value) for value in (0, 4, 5, 9)] == [0, 0, 1, 1]


def test_scales_follow_from_the_values():
    assert scale_of([Choices(("relu", "tanh"))]) == Categorical(("relu", "tanh"))
    assert scale_of([Choices((False, True))]) == Categorical((False, True))
    assert scale_of([Choices((64, 8)), Choices((16, 8))]) == Ordered((8, 16, 64))
    assert scale_of([Range(1e-4, 1.0, log=True)]) == Continuous(1e-4, 1.0, log=True)
    assert scale_of([Choices((3,))]) is None
