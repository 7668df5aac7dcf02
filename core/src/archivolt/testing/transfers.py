"""Conformance of transfer strategies: one small test for each promise.

It runs on toy networks that nothing is trained of, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.components.block import Block
from archivolt.components.strategies import Proposal
from archivolt.components.transfer import Fresh, Place, Start, Stored, Transfer
from archivolt.errors import DataError
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.testing.toy_trials import ended, proposed
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import canonical_json
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.space import SearchSpace
from archivolt.values.trial import Trial

TRIALS = 12
FEATURES = vector(16)


@frozen
class ToyLibrary:
    """What toy trials would have left behind: each weight holds the number of its trial."""

    history: History
    gone: tuple[int, ...] = ()

    def trial(self, number: int) -> Stored:
        if number in self.gone or not self.history[number].scored:
            raise DataError("the weights are gone.", f"trial {number}")
        candidate = self.history[number].candidate
        shapes = toy_weights(candidate.architecture)
        weights = {name: np.full(shape, float(number + 1)) for name, shape in shapes.items()}
        versions = ("toy 1",) * len(candidate.architecture)
        return Stored(f"trial {number}", candidate, FEATURES, versions, weights)

    def best_of(self, run: Path) -> Stored:
        raise DataError("there is no such run.", str(run))


def toy_weights(architecture: Sequence[Block]) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of the weights that a stack of toy blocks for vectors would have."""
    width = FEATURES.channels
    shapes: dict[str, tuple[int, ...]] = {}
    for at, block in enumerate(architecture):
        if isinstance(block, ToyDense):
            shapes[f"block_{at}/dense/kernel"] = (width, block.units)
            shapes[f"block_{at}/dense/bias"] = (block.units,)
            width = block.units
    return {**shapes, "head/logits/kernel": (width, 10), "head/logits/bias": (10,)}


def toy_fresh(candidate: Candidate) -> Fresh:
    """Return a toy network at the start of its training, every weight zero."""
    shapes = toy_weights(candidate.architecture)
    places = {}
    for name in shapes:
        scope, layer, weight = name.split("/")
        block = None if scope == "head" else int(scope.rpartition("_")[2])
        places[name] = Place(block, layer, 0, weight)
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    versions = ("toy 1",) * len(candidate.architecture)
    return Fresh(candidate, FEATURES, versions, weights, places)


class TransferConformance:
    """The promises of a transfer strategy. Override `transfer`."""

    @pytest.fixture
    def transfer(self) -> Transfer:
        raise NotImplementedError("override the fixture `transfer`: return one of yours")

    @pytest.fixture
    def space(self) -> SearchSpace:
        return toy_space(FEATURES)

    @pytest.fixture
    def history(self, space: SearchSpace) -> History:
        rng = default_rng(0)
        proposals = [Proposal(space.sample(rng)) for _ in range(TRIALS)]
        return History(trials=[ended(proposed(n, each), rng) for n, each in enumerate(proposals)])

    @pytest.fixture
    def trial(self, space: SearchSpace, history: History) -> Trial:
        """Return a child of the best trial."""
        best = history.best(1)[0]
        mutation = space.mutate(best.candidate, default_rng(1))
        assert mutation is not None
        proposal = Proposal(mutation.candidate, best.number, mutation.mutator)
        return proposed(len(history), proposal)

    def test_the_class_can_be_registered(self, transfer: Transfer) -> None:
        assert list(faults(type(transfer), KINDS["transfer"])) == []

    def test_without_a_history_there_is_nothing_to_take(
        self, transfer: Transfer, space: SearchSpace
    ) -> None:
        first = proposed(0, Proposal(space.sample(default_rng(0))))
        assert transfer.plan(first, History()).sources == (), (
            "the first trial has nobody to take from."
        )

    def test_only_trials_with_a_score_are_sources(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        running = [evolve(each, score=None, metrics={}, state="running") for each in history]
        half = History(trials=[*running[: TRIALS // 2], *history[TRIALS // 2 :]])
        assert all(half[number].scored for number, _ in transfer.plan(trial, half).sources), (
            "a source without a score has no weights to give: leave those out that are not "
            "`scored`."
        )

    def test_the_plan_is_plain_data_and_a_function_of_its_arguments(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        once, again = (transfer.plan(trial, History(trials=list(history))) for _ in range(2))
        assert canonical_json(once) == canonical_json(again), (
            "two histories of the same trials give two plans: keep nothing between the calls."
        )

    def test_start_values_fit_and_each_tells_whose_it_is(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        fresh, start = toy_fresh(trial.candidate), self._start(transfer, trial, history)
        assert set(start.weights) == set(start.origins), (
            "each start value has an origin, which tells the trial that it comes from."
        )
        for name, value in start.weights.items():
            assert value.shape == fresh.weights[name].shape, (
                "a start value does not fit the weight that it is for: compare the shapes first."
            )

    def test_the_same_plan_gives_the_same_start(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        once, again = (self._start(transfer, trial, history) for _ in range(2))
        assert once.origins == again.origins, (
            "the same plan begins with other values: start() is a function of its arguments."
        )
        for name, value in once.weights.items():
            np.testing.assert_array_equal(value, again.weights[name])

    def test_the_network_that_begins_is_left_as_it_is(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        fresh = toy_fresh(trial.candidate)
        transfer.start(trial, transfer.plan(trial, history), fresh, ToyLibrary(history))
        assert not any(value.any() for value in fresh.weights.values()), (
            "start() writes into the initial values: give new arrays."
        )

    def test_sources_that_are_gone_are_told_or_fail_the_trial(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        plan = transfer.plan(trial, history)
        if plan.teacher is not None:
            return  # what trials teach is read by the evaluator
        library = ToyLibrary(history, gone=tuple(number for number, _ in plan.sources))
        try:
            start = transfer.start(trial, plan, toy_fresh(trial.candidate), library)
        except DataError:
            return
        assert start.notes or not plan.sources, (
            "sources are gone, and nobody is told: write a sentence into `Start.notes`."
        )

    def test_an_extra_loss_is_a_function_of_trial_and_plan(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        plan = transfer.plan(trial, history)
        once, again = (transfer.extra_loss(trial, plan) for _ in range(2))
        assert once == again, "the same trial and plan give another extra loss."

    def test_trials_that_teach_are_sources_so_that_they_are_kept(
        self, transfer: Transfer, trial: Trial, history: History
    ) -> None:
        plan = transfer.plan(trial, history)
        extra = transfer.extra_loss(trial, plan)
        if extra is not None and extra.teacher.ensemble is not None:
            assert set(extra.teacher.ensemble.members) <= {number for number, _ in plan.sources}

    def _start(self, transfer: Transfer, trial: Trial, history: History) -> Start:
        plan = transfer.plan(trial, history)
        return transfer.start(trial, plan, toy_fresh(trial.candidate), ToyLibrary(history))
