from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.components.strategies import Mutator
from archivolt.testing.toy_space import ToyDense, toy_space
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, Trial
from archivolt_searchers.climbing import climb
from archivolt_searchers.field_mutators import ChangeRecipe
from archivolt_searchers.stack_mutators import Insert


@frozen
class Counted(Insert):
    """Put in a block, so that the child can begin by computing the same."""

    name = "counted"
    preserves = True

    def mutate(self, candidate, space, rng):
        CALLS.append(self.name)
        return super().mutate(candidate, space, rng)


CALLS: list[str] = []


@pytest.fixture
def climbed():
    """Climb by some mutators from a shallow network towards deep ones."""

    def run(*mutators: Mutator):
        space = toy_space(vector(16), depth=(1, 6))
        parent = next(
            each
            for each in (space.sample(default_rng(seed)) for seed in range(100))
            if len(each.architecture) == 1 and isinstance(each.architecture[0], ToyDense)
        )
        history = History(trials=[Trial(0, parent, seed=0, state=FINISHED, score=1.0)])

        def depth(candidates: Sequence) -> np.ndarray:
            return np.array([float(len(each.architecture)) for each in candidates])

        space = evolve(space, mutators=tuple((each, 1.0) for each in mutators))
        return climb(history.best(1), 0, depth, history, space, default_rng(0)), parent

    CALLS.clear()
    return run


def test_all_changes_that_led_to_a_proposal_are_told(climbed):
    proposal, parent = climbed(Insert())

    added = len(proposal.candidate.architecture) - len(parent.architecture)
    assert added == 4  # a child of the parent, and three steps
    assert proposal.mutator == "insert+insert+insert+insert"
    assert proposal.parent == 0


def test_what_keeps_the_parents_function_is_left_out_where_there_is_something_else(climbed):
    proposal, _ = climbed(Insert(), Counted())

    assert CALLS == []
    assert set(proposal.mutator.split("+")) == {"insert"}


def test_what_keeps_the_parents_function_is_used_where_there_is_nothing_else(climbed):
    proposal, _ = climbed(Counted())

    assert set(proposal.mutator.split("+")) == {"counted"}


def test_a_change_of_the_recipe_alone_is_told_as_such(climbed):
    proposal, parent = climbed(ChangeRecipe())

    assert proposal.candidate.architecture == parent.architecture
    assert set(proposal.mutator.split("+")) == {"change_recipe"}
