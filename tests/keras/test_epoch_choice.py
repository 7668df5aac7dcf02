"""Which epoch of a training is kept."""

from __future__ import annotations

import pytest

from archivolt.values.problem import Metric
from archivolt_keras.epoch_choice import EpochChoice

ACCURACY, RMSE = Metric("accuracy", True), Metric("rmse", False)


def kept(metric, told, rule="one_standard_error", error=0.02):
    """Return the epoch that is kept in the end, and the last that was better than those before."""
    choice, last = EpochChoice(metric, rule), 0
    for epoch, (score, loss) in enumerate(told, 1):
        metrics = {metric.name: score, "loss": loss}
        if error is not None:
            metrics["standard_error"] = error
        if choice.take(epoch, metrics):
            last = epoch
    return last, choice.improved


def test_of_the_epochs_within_one_standard_error_the_lowest_loss_is_kept():
    assert kept(ACCURACY, [(0.80, 0.6), (0.89, 0.3), (0.90, 0.4), (0.895, 0.5)]) == (2, 3)


def test_an_epoch_that_falls_behind_the_best_makes_way():
    assert kept(ACCURACY, [(0.80, 0.1), (0.81, 0.2), (0.85, 0.4)]) == (3, 3)


def test_an_epoch_that_lies_behind_is_not_kept_for_its_loss():
    assert kept(ACCURACY, [(0.90, 0.4), (0.80, 0.1)]) == (1, 1)


def test_a_score_to_be_minimised_is_compared_from_below():
    assert kept(RMSE, [(0.50, 0.25), (0.30, 0.09), (0.31, 0.08), (0.40, 0.01)]) == (3, 3)


@pytest.mark.parametrize(("rule", "error"), [("one_standard_error", None), ("highest_score", 0.02)])
def test_without_an_error_the_best_score_is_kept_and_the_loss_decides_between_equal_ones(
    rule, error
):
    told = [(0.80, 0.1), (0.90, 0.4), (0.90, 0.3), (0.90, 0.5)]
    assert kept(ACCURACY, told, rule, error) == (3, 3)


def test_the_last_is_kept_where_that_is_asked_for():
    assert kept(ACCURACY, [(0.90, 0.1), (0.80, 0.4)], "last") == (2, 1)
