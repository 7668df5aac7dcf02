from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from archivolt.testing.toy_pools import TOY_TASKS
from archivolt.values.ensemble import Ensemble
from archivolt.values.logits import logits_of, predictions_of

TASK = TOY_TASKS["multiclass"]


@pytest.fixture
def predictions():
    return predictions_of(TASK, default_rng(0).normal(size=(2, 20, 3)))


def test_it_predicts_the_weighted_mean(predictions):
    found = Ensemble([4, 7], [0.25, 0.75]).predict(TASK, predictions)

    np.testing.assert_allclose(found, 0.25 * predictions[0] + 0.75 * predictions[1], rtol=1e-6)


def test_a_high_temperature_makes_it_less_certain_of_the_same_classes(predictions):
    cold = Ensemble([4, 7], [0.5, 0.5]).predict(TASK, predictions)
    warm = Ensemble([4, 7], [0.5, 0.5], temperature=3.0).predict(TASK, predictions)

    assert (warm.argmax(axis=1) == cold.argmax(axis=1)).all()
    assert (warm.max(axis=1) < cold.max(axis=1)).all()
    np.testing.assert_allclose(warm.sum(axis=1), 1, rtol=1e-5)


def test_a_kernel_is_a_layer_on_the_logits_side_by_side(predictions):
    kernel = default_rng(1).normal(size=(6, 3))
    found = Ensemble([4, 7], [0.5, 0.5], kernel=kernel, bias=[1, 2, 3]).predict(TASK, predictions)

    beside = np.concatenate(list(logits_of(TASK, predictions)), axis=1)
    np.testing.assert_allclose(found, predictions_of(TASK, beside @ kernel + [1, 2, 3]), rtol=1e-5)


@pytest.mark.parametrize(
    ("members", "weights", "message"),
    [
        ([], [], "at least one member"),
        ([1, 1], [0.5, 0.5], "stands in the ensemble twice"),
        ([1, 2], [1.0], "1 weights for 2 members"),
        ([1, 2], [0.9, 0.9], "sum to 1"),
        ([1, 2], [1.5, -0.5], "0 or more"),
    ],
)
def test_what_is_no_ensemble_is_refused(members, weights, message):
    with pytest.raises(ValueError, match=message):
        Ensemble(members, weights)


@pytest.mark.parametrize("stacked", [False, True])
def test_steps_of_sequences_are_combined_as_rows_are(predictions, stacked):
    kernel = default_rng(1).normal(size=(6, 3)) if stacked else ()
    ensemble = Ensemble((4, 7), (0.25, 0.75), kernel, (0.1, 0.2, 0.3) if stacked else ())
    task, rows = TOY_TASKS["multiclass"], predictions[:2]

    steps = rows.reshape(2, -1, 2, 3)
    found = ensemble.predict(task, steps)

    assert found.shape == steps.shape[1:]
    np.testing.assert_allclose(found.reshape(-1, 3), ensemble.predict(task, rows), rtol=1e-6)
