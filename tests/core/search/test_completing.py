from __future__ import annotations

import numpy as np
import pytest
from attrs import frozen

from archivolt import Transfer
from archivolt.components.source import Dataset, Input
from archivolt.components.transfer import Plan
from archivolt.config.sections import PartConfig, ProblemConfig
from archivolt.errors import DataError
from archivolt.search.completing import are_tasks, complete, told_unlabelled

NUMBERS = np.array([[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0], [np.nan, np.nan]])


def dataset(labels, **more):
    x = np.arange(len(labels), dtype="float32")
    targets = ("a", "b") if np.ndim(labels) == 2 else ("a",)
    return Dataset((Input("x", "numeric"),), {"x": x}, np.asarray(labels), targets, **more)


def rows(found):
    return found.features["x"].tolist()


def test_of_one_task_a_row_needs_every_label():
    found = complete(ProblemConfig(), dataset(NUMBERS, weights=np.arange(4)))

    assert rows(found) == [0, 2]
    assert found.weights.tolist() == [0, 2]
    assert rows(found.unlabelled) == [1, 3]
    assert found.unlabelled.labels is None
    assert "2 rows lack some of the 2 targets" in found.notes[-1]


def test_of_several_tasks_a_row_needs_a_label_of_one():
    for config in (ProblemConfig(task="several"), ProblemConfig(tasks={"a": PartConfig()})):
        found = complete(config, dataset(NUMBERS))

        assert rows(found) == [0, 1, 2]
        assert rows(found.unlabelled) == [3]


def test_text_among_labels_makes_tasks_whatever_is_missing():
    labels = np.array([["u", None], [None, 1.0], [None, None], ["v", 2.0]], dtype=object)

    assert are_tasks(ProblemConfig(), dataset(labels))
    assert rows(complete(ProblemConfig(), dataset(labels))) == [0, 1, 3]


def test_they_come_behind_those_that_had_no_label_from_the_start():
    bare = dataset(np.zeros(2)).without_labels()

    found = complete(ProblemConfig(), dataset(NUMBERS, unlabelled=bare))

    assert rows(found.unlabelled) == [0, 1, 1, 3]


def test_report_rows_without_labels_are_left_out():
    found = complete(ProblemConfig(), dataset(NUMBERS[[0, 2]], test=dataset(NUMBERS)))

    assert rows(found) == [0, 1]
    assert rows(found.test) == [0, 2]
    assert found.unlabelled is None


def test_rows_that_all_lack_a_label_are_told():
    with pytest.raises(DataError, match="none of the 2 rows has all labels"):
        complete(ProblemConfig(), dataset(NUMBERS[[1, 3]]))


@frozen
class Silent(Transfer):
    """Takes nothing."""

    name = "silent"

    def plan(self, trial, history):
        return Plan()


@frozen
class Teaching(Silent):
    """May teach."""

    name = "teaching"

    def extra_loss(self, trial, plan):
        return None


def test_what_becomes_of_rows_without_a_label_is_told():
    assert "learn from there is what a teacher says" in told_unlabelled(7, (Silent(), Teaching()))
    assert told_unlabelled(1, ()).startswith("A row has no label, and nothing is learned")
    assert "set transfer: [distillation]" in told_unlabelled(1234, (Silent(),))
