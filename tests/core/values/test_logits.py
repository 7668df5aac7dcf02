from __future__ import annotations

import numpy as np
import pytest

from archivolt.testing.toy_pools import TOY_TASKS
from archivolt.values.logits import logits_of, predictions_of
from archivolt.values.problem import Part, Task


@pytest.mark.parametrize("kind", sorted(TOY_TASKS))
def test_the_logits_of_predictions_give_them_back(kind):
    task = TOY_TASKS[kind]
    predictions = predictions_of(task, np.random.default_rng(0).normal(size=(2, 50, task.outputs)))

    again = predictions_of(task, logits_of(task, predictions))

    np.testing.assert_allclose(again, predictions, rtol=1e-5)


def test_the_probabilities_of_classes_sum_to_one():
    found = predictions_of(TOY_TASKS["multiclass"], np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))

    np.testing.assert_allclose(found, [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]], atol=1e-6)


def test_a_certain_probability_has_a_finite_logit():
    for kind in ("binary", "multiclass", "multilabel"):
        assert np.isfinite(logits_of(TOY_TASKS[kind], np.array([[0.0, 1.0, 0.5]]))).all()


def test_each_of_several_tasks_has_logits_of_its_own_kind():
    parts = (Part("p", "multiclass", ("a", "b", "c"), 3), Part("q", "regression"))
    task = Task("several", (), ("p", "q"), 4, parts=parts)
    logits = np.array([[1.0, 2.0, 3.0, 7.5], [0.0, 0.0, 0.0, -2.0]])

    predictions = predictions_of(task, logits)

    np.testing.assert_allclose(predictions[:, :3].sum(axis=1), 1, rtol=1e-6)
    assert predictions[:, 3].tolist() == [7.5, -2.0]
    np.testing.assert_allclose(
        predictions_of(task, logits_of(task, predictions)), predictions, rtol=1e-5
    )
