from __future__ import annotations

from attrs import evolve

from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.trial import FAILED, FINISHED, RUNNING, Trial

TRIAL = Trial(3, Candidate((ToyDense(),)), seed=1)


def test_a_trial_that_begins_counts_the_attempt_and_names_its_worker():
    running = TRIAL.begin("worker-1", now=10.0).begin("worker-2", now=20.0)

    assert (running.state, running.attempts, running.worker) == (RUNNING, 2, "worker-2")
    assert running.started == 20.0
    assert TRIAL.attempts == 0


def test_a_failed_trial_says_why_and_has_no_score():
    failed = evolve(TRIAL, score=0.9).fail("time_limit", "600 s", now=30.0, seconds=600.0)

    assert (failed.state, failed.cause, failed.message) == (FAILED, "time_limit", "600 s")
    assert failed.seconds == 600.0
    assert not failed.scored
    assert not failed.active


def test_a_trial_that_is_trained_further_keeps_its_score():
    assert not evolve(TRIAL, state=RUNNING).scored
    assert evolve(TRIAL, state=RUNNING, score=0.5).scored
    assert not evolve(TRIAL, state=FINISHED).scored
    assert evolve(TRIAL, state=FINISHED, score=0.0).scored
    assert TRIAL.active
