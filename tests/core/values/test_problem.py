from __future__ import annotations

import pytest

from archivolt.values.features import sequence, vector
from archivolt.values.problem import METRICS, TASKS, Metric, Problem, Task, default_metric


def test_every_task_has_a_default_metric_and_the_loss():
    for kind in TASKS:
        names = [metric.name for metric in METRICS[kind]]
        assert default_metric(kind) == METRICS[kind][0]
        assert "loss" in names
        assert len(set(names)) == len(names)


def test_losses_and_errors_are_made_small():
    minimised = {metric.name for each in METRICS.values() for metric in each if not metric.maximize}

    assert minimised == {"brier", "loss", "rmse", "mae", "mse"}


def test_an_unknown_task_is_refused():
    with pytest.raises(ValueError, match="ranking"):
        Task("ranking")


def test_a_problem_asks_for_as_many_outputs_as_its_task():
    problem = Problem(
        Task("multiclass", ("a", "b", "c"), ("y",), 3), Metric("accuracy", True), vector(4)
    )

    assert problem.output == vector(3)
    assert problem.task.is_classification


def test_a_label_per_step_asks_for_outputs_at_each_step():
    task = Task("multiclass", ("a", "b", "c"), ("y",), 3, per_step=True)

    problem = Problem(task, default_metric("multiclass"), sequence(20, 4))

    assert problem.output == sequence(20, 3)
