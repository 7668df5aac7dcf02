from __future__ import annotations

import json

import numpy as np
import pytest
from attrs import asdict

from archivolt.testing.toy_pools import TOY_TASKS
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.logits import predictions_of
from archivolt.values.prior import MEAN, SUM, Prior
from archivolt.values.trial import Trial, told_prior

RNG = np.random.default_rng(0)


def logits(task):
    return RNG.normal(size=(2, 40, task.outputs))


@pytest.mark.parametrize("kind", sorted(TOY_TASKS))
def test_in_the_mean_every_tower_counts_the_same(kind):
    task = TOY_TASKS[kind]
    prior, tower = logits(task)

    found = Prior(3, 10, towers=3, rule=MEAN).join(task, prior, tower)

    expected = 0.75 * predictions_of(task, prior) + 0.25 * predictions_of(task, tower)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("kind", sorted(TOY_TASKS))
def test_the_sum_is_that_of_the_logits(kind):
    task = TOY_TASKS[kind]
    prior, tower = logits(task)

    found = Prior(3, 10, rule=SUM).join(task, prior, tower)

    np.testing.assert_allclose(found, predictions_of(task, prior + tower), rtol=1e-6)


def test_a_trial_tells_its_prior_from_a_stored_memo_and_takes_from_it():
    prior = Prior(3, 10, 2, SUM, 500, 1000)
    memo = json.loads(json.dumps({"prior": asdict(prior)}))

    trial = Trial(7, Candidate((ToyDense(8),)), seed=0, memo=memo)

    assert trial.prior == prior
    assert trial.sources == (3,)
    assert told_prior(trial.memo) == {"trial": 3, "towers": 2, "rule": "sum"}


def test_a_trial_without_one_stands_alone():
    trial = Trial(7, Candidate((ToyDense(8),)), seed=0)

    assert (trial.prior, trial.sources, told_prior(trial.memo)) == (None, (), None)


@pytest.mark.parametrize("fault", [{"rule": "product"}, {"towers": 0}, {"trial": -1}])
def test_what_is_no_prior_is_refused(fault):
    with pytest.raises(ValueError, match=next(iter(fault))):
        Prior(**{"trial": 0, "epochs": 1, **fault})
