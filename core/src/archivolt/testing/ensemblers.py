"""Conformance of ensemblers: one small test for each promise.

It runs on toy predictions, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng

from archivolt.components.ensembler import Ensembler, Pool
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_pools import TOY_TASKS, toy_pool
from archivolt.values.ensemble import Ensemble
from archivolt.values.footprint import Limits


class EnsemblerConformance:
    """The promises of an ensembler. Override `ensembler`."""

    @pytest.fixture
    def ensembler(self) -> Ensembler:
        raise NotImplementedError("override the fixture `ensembler`: return one of yours")

    @pytest.fixture(params=sorted(TOY_TASKS))
    def pool(self, request: pytest.FixtureRequest) -> Pool:
        """One for each task; override it to test on another one."""
        return toy_pool(request.param)

    def test_the_class_can_be_registered(self, ensembler: Ensembler) -> None:
        assert list(faults(type(ensembler), KINDS["ensembler"])) == []

    def test_the_members_are_trials_of_the_pool(self, ensembler: Ensembler, pool: Pool) -> None:
        ensemble = ensembler.combine(pool, default_rng(0))
        assert set(ensemble.members) <= {trial.number for trial in pool.trials}, (
            "members are numbers of trials, `pool.trials[position].number`, not positions in the "
            "pool."
        )

    def test_it_predicts_finite_numbers(self, ensembler: Ensembler, pool: Pool) -> None:
        ensemble = ensembler.combine(pool, default_rng(0))
        predicted = _predicted(ensemble, pool)
        assert predicted.shape == pool.predictions.shape[1:], (
            "an ensemble predicts `(rows, outputs)`."
        )
        assert np.isfinite(predicted).all(), (
            "what the ensemble predicts is not finite: mind logarithms of 0."
        )

    def test_it_is_no_worse_than_the_middling_member(
        self, ensembler: Ensembler, pool: Pool
    ) -> None:
        ensemble = ensembler.combine(pool, default_rng(0))
        losses = [pool.score(each)["loss"] for each in pool.predictions]
        assert pool.score(_predicted(ensemble, pool))["loss"] < float(np.median(losses)), (
            "the ensemble is worse than a middling member of it, so it is not worth its price: "
            "`pool.trials` stands in the order of choice, the best first."
        )

    def test_a_pool_of_one_gives_an_ensemble_of_one(self, ensembler: Ensembler, pool: Pool) -> None:
        only = pool.take([0])
        assert ensembler.combine(only, default_rng(0)).members == (only.trials[0].number,), (
            "with one trial in the pool, that one is the ensemble."
        )

    def test_the_same_seed_gives_the_same_ensemble(self, ensembler: Ensembler, pool: Pool) -> None:
        once, again = (ensembler.combine(pool, default_rng(5)) for _ in range(2))
        assert once == again, (
            "the same pool and seed give another ensemble: draw from `rng` alone, and keep nothing."
        )

    def test_the_pool_is_not_changed(self, ensembler: Ensembler, pool: Pool) -> None:
        before = pool.predictions.copy()
        ensembler.combine(pool, default_rng(0))
        np.testing.assert_array_equal(pool.predictions, before)

    def test_the_members_keep_within_the_limits_together(self, ensembler: Ensembler) -> None:
        pool = toy_pool(parameters=1000, limits=Limits(parameters=2500))
        assert len(ensembler.combine(pool, default_rng(0)).members) <= 2, (
            "together the members break the limits: ask `pool.fits(positions)` before you add one."
        )


def _predicted(ensemble: Ensemble, pool: Pool) -> np.ndarray:
    places = {trial.number: position for position, trial in enumerate(pool.trials)}
    taken = pool.take([places[number] for number in ensemble.members])
    return ensemble.predict(pool.task, taken.predictions)
