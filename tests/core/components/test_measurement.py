"""What is measured of a trained network, and what becomes of measurements that fail."""

from __future__ import annotations

from math import inf, isnan

import pytest
from attrs import frozen

from archivolt.components.measurement import Measurement, TrainedNetwork, measured
from archivolt.values.features import vector
from archivolt.values.problem import MULTICLASS, Problem, Task, default_metric

TASK = Task(MULTICLASS, ("a", "b"), ("y",), 2)


@frozen
class Weigh(Measurement):
    """Tell what it is told to."""

    name = "weigh"
    said: str = "weight"
    told: str = "weight"
    number: float = 2.0
    fails: str = ""

    def tells(self, problem):
        return (f"{self.said}_of_{problem.metric.name}",)

    def measure(self, network):
        if self.fails:
            raise ValueError(self.fails)
        return {f"{self.told}_of_{network.problem.metric.name}": self.number}


@pytest.fixture
def network():
    problem = Problem(TASK, default_metric(MULTICLASS), vector(3))
    return TrainedNetwork(None, problem, {}, {}, lambda logits: {})


def test_every_measurement_tells_its_numbers(network):
    found, notes = measured([Weigh(), Weigh("height", "height", 3)], network, ("loss",))

    assert found == {"weight_of_accuracy": 2.0, "height_of_accuracy": 3.0}
    assert notes == ()


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (Weigh(fails="the scales are broken."), "the scales are broken."),
        (Weigh(told="height"), "it tells other names than it says"),
        (Weigh(number=inf), "weight_of_accuracy is inf"),
    ],
)
def test_what_fails_is_no_number_and_the_others_are_told(network, broken, why):
    found, (note,) = measured([broken, Weigh("height", "height")], network, ())

    assert isnan(found["weight_of_accuracy"])
    assert found["height_of_accuracy"] == 2.0
    assert note.startswith("weigh could not be measured: ")
    assert why in note


def test_what_a_trial_tells_already_stays_what_it_is(network):
    taken = ("weight_of_accuracy",)

    found, (note,) = measured([Weigh()], network, taken)

    assert found == {}
    assert "trials tell weight_of_accuracy already" in note


def test_the_first_of_two_that_tell_the_same_is_heard(network):
    found, (note,) = measured([Weigh(number=1), Weigh(number=5)], network, ())

    assert found == {"weight_of_accuracy": 1.0}
    assert "trials tell weight_of_accuracy already" in note
