from __future__ import annotations

import pytest
from attrs import frozen

from archivolt.values.domain import Choices, Range
from archivolt.values.tunable import tunable, tunables


@frozen
class Sample:
    width: int = tunable(8, choices=(8, 16))
    rate: float = tunable(0.1, low=0.01, high=1.0, log=True)
    label: str = "plain"


def test_tunable_fields_are_listed_with_their_domains():
    assert tunables(Sample) == {"width": Choices((8, 16)), "rate": Range(0.01, 1.0, log=True)}


def test_a_tunable_field_has_its_default():
    assert Sample() == Sample(8, 0.1, "plain")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "either"),
        ({"choices": (1,), "low": 0, "high": 1}, "either"),
        ({"low": 0}, "together"),
        ({"choices": (2, 3)}, "default 1 is not one of 2, 3"),
        ({"low": 2, "high": 3}, "default 1 is not a whole number from 2 to 3"),
    ],
)
def test_a_domain_that_cannot_be_meant_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        tunable(1, **arguments)
