from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from attrs import evolve

from archivolt.errors import DataError
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector
from archivolt.values.problem import Metric, Problem, Task
from archivolt.values.trial import Trial
from archivolt_tabular_benchmarks.blocks import block_classes
from archivolt_tabular_benchmarks.evaluator import TabularEvaluator
from archivolt_tabular_benchmarks.source import BenchmarkTable

POSED = Problem(Task("regression"), Metric("rmse", False), vector(0))


@pytest.fixture
def problem(specify, tmp_path):
    """The prepared problem of the toy table, whose own files are gone."""
    specify()
    source = BenchmarkTable(table="toy", specification=tmp_path / "toy.yaml")
    folder = tmp_path / "problem"
    folder.mkdir()
    prepared = TabularEvaluator().prepare(source.read(), source, POSED, {}, folder)
    shutil.move(tmp_path / "toy.csv", tmp_path / "moved.csv")
    return prepared


@pytest.fixture
def trial(specify):
    (block,) = block_classes(specify().form)
    return Trial(0, Candidate((block("convolution", 32),)), seed=3)


class Reports(list):
    """Collects what is reported, and asks to stop after some epoch."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after

    def __call__(self, epoch, metrics):
        self.append((epoch, metrics))
        return epoch != self.stop_after


def test_the_problem_has_the_metric_of_the_table(problem):
    assert problem.metric == Metric("accuracy", True)
    assert problem.features == vector(1)
    assert "6 rows of 2 seeds, after 4 and 9 epochs" in problem.notes[0]


def test_a_trial_is_looked_up_and_reports_each_fidelity(problem, trial):
    reports = Reports()

    result = TabularEvaluator().evaluate(trial, problem, reports)

    assert result.score in (0.84, 0.86)
    assert [epoch for epoch, _ in reports] == [4, 9]
    assert reports[0][1] == {"accuracy": 0.45}
    assert result.epochs == 9
    assert (result.parameters, result.metrics["latency"]) == (20000, 20.0)
    assert not result.stopped


def test_a_trial_ends_at_the_fidelity_that_is_asked_for_and_goes_on_from_there(problem, trial):
    short = evolve(trial, target_epochs=4)
    result = TabularEvaluator().evaluate(short, problem, Reports())
    assert (result.score, result.epochs) == (0.45, 4)

    reports = Reports()
    result = TabularEvaluator().evaluate(evolve(trial, epochs=4, target_epochs=9), problem, reports)
    assert [epoch for epoch, _ in reports] == [9]
    assert result.epochs == 9


def test_a_trial_that_is_stopped_keeps_what_it_had_shown(problem, trial):
    result = TabularEvaluator().evaluate(trial, problem, Reports(stop_after=4))

    assert (result.score, result.epochs, result.stopped) == (0.45, 4, True)


def test_a_fidelity_that_the_table_lacks_is_told(problem, trial):
    with pytest.raises(DataError, match="results after 4 and 9 epochs, and not after 7"):
        TabularEvaluator().evaluate(evolve(trial, target_epochs=7), problem, Reports())


def test_a_candidate_of_other_blocks_is_told_with_the_space_of_the_table(problem, trial):
    with pytest.raises(DataError, match=r"blocks: \[toy\], depth: \[1, 1\]"):
        TabularEvaluator().evaluate(evolve(trial, candidate=Candidate(())), problem, Reports())


def test_what_is_reported_at_the_end_is_what_the_trial_did_not_see(problem, trial, tmp_path):
    evaluator = TabularEvaluator()
    target = tmp_path / "best"
    target.mkdir()
    score = evaluator.evaluate(trial, problem, Reports()).score

    evaluator.deliver(evolve(trial, score=score), problem, tmp_path, target)

    found = json.loads((target / "row.json").read_text())
    assert found["values"] == {"operation": "convolution", "width": 32}
    assert (found["row"], found["better_rows"]) == (1, 1)
    assert found["mean"] == pytest.approx(0.85)
    (report,) = evaluator.judge(problem, target).values()
    assert report + score == pytest.approx(1.70)
    with pytest.raises(DataError, match="nothing to predict"):
        evaluator.load(target)


def test_another_source_is_refused(tmp_path, specify):
    from archivolt.components.source import Dataset, Input, Source

    class Other(Source):
        name = "other"

    rows = Dataset((Input("x", "numeric"),), {"x": np.zeros(3)}, np.zeros(3))
    with pytest.raises(DataError, match="source: benchmark_table"):
        TabularEvaluator().prepare(rows, Other(), POSED, {}, tmp_path)
