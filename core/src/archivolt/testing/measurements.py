"""Conformance of measurements: one small test for each promise. It needs Keras and TensorFlow."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from archivolt.components.measurement import Measurement, TrainedNetwork
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.values.features import vector
from archivolt.values.objectives import SIZES
from archivolt.values.problem import MULTICLASS, Problem, Task, default_metric, metrics_of

ROWS, WIDTH, CLASSES = 48, 12, ("a", "b", "c")


class MeasurementConformance:
    """The promises of a measurement. Override `measurement`; `network` for other networks."""

    @pytest.fixture
    def measurement(self) -> Measurement:
        raise NotImplementedError("override the fixture `measurement`: return one of yours")

    @pytest.fixture
    def network(self) -> TrainedNetwork:
        """Return a small network of dense layers on vectors."""
        return toy_network()

    def test_the_class_can_be_registered(self, measurement: Measurement) -> None:
        assert list(faults(type(measurement), KINDS["measurement"])) == []

    def test_it_needs_no_configuration(self, measurement: Measurement) -> None:
        try:
            type(measurement)()
        except TypeError as cause:
            pytest.fail(f"`measurements` may name it alone: give every field a default ({cause})")

    def test_it_names_what_no_trial_tells_already(
        self, measurement: Measurement, network: TrainedNetwork
    ) -> None:
        names = measurement.tells(network.problem)
        assert names, "`tells` names nothing."
        assert len(set(names)) == len(names), f"`tells` names one twice: {names}"
        known = {*SIZES, *(metric.name for metric in metrics_of(network.problem.task))}
        assert not known.intersection(names), (
            f"trials tell {', '.join(sorted(known.intersection(names)))} already: begin your names "
            f"with {measurement.name}_."
        )

    def test_it_tells_a_number_by_each_name(
        self, measurement: Measurement, network: TrainedNetwork
    ) -> None:
        numbers = measurement.measure(network)
        assert set(numbers) == set(measurement.tells(network.problem)), (
            "`measure` must give a number by each name of `tells`, and no other."
        )
        odd = {name: value for name, value in numbers.items() if not isfinite(value)}
        assert not odd, f"not finite: {odd}. What cannot be measured is told by an exception."

    def test_it_measures_one_network_after_the_other(
        self, measurement: Measurement, network: TrainedNetwork
    ) -> None:
        once, again = (set(measurement.measure(network)) for _ in range(2))
        assert once == again, "the second time it tells other names."

    def test_it_leaves_the_network_as_it_was(
        self, measurement: Measurement, network: TrainedNetwork
    ) -> None:
        before = said(network)
        measurement.measure(network)
        np.testing.assert_array_equal(
            before, said(network), err_msg="after it, the network says something else."
        )

    def test_it_prints_nothing(
        self,
        measurement: Measurement,
        network: TrainedNetwork,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        capfd.readouterr()
        measurement.measure(network)
        out = capfd.readouterr().out
        assert out == "", (
            f"standard output belongs to the command, which may print JSON: {out[:200]!r}. Send "
            "what your library prints elsewhere."
        )


def toy_network() -> TrainedNetwork:
    """Make a network of dense layers that was trained for no step, and rows to try it on."""
    import keras

    from archivolt.values.logits import predictions_of

    keras.utils.set_random_seed(3)
    features = keras.Input((WIDTH,), name="features")
    x = keras.layers.Dense(16, activation="relu")(features)
    x = keras.layers.BatchNormalization()(x)
    model = keras.Model({"features": features}, keras.layers.Dense(len(CLASSES))(x))
    rng = default_rng(0)
    training, validation = (
        {"features": rng.normal(size=(ROWS, WIDTH)).astype(np.float32)} for _ in range(2)
    )
    labels = rng.integers(len(CLASSES), size=ROWS)
    task = Task(MULTICLASS, CLASSES, ("y",), len(CLASSES))
    problem = Problem(task, default_metric(MULTICLASS), vector(WIDTH))

    def score(logits: Any) -> dict[str, float]:
        predictions = predictions_of(task, np.asarray(logits))
        right = float((predictions.argmax(axis=1) == labels).mean())
        loss = -float(np.log(predictions[np.arange(ROWS), labels] + 1e-7).mean())
        return {problem.metric.name: right, "loss": loss}

    return TrainedNetwork(model, problem, training, validation, score)


def said(network: TrainedNetwork) -> Any:
    """Return the logits of a network on the validation rows."""
    return np.asarray(network.model(dict(network.validation), training=False))
