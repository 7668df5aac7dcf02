from __future__ import annotations

import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.components.strategies import Mutator
from archivolt.testing.toy_space import ToyDense, ToyReplace, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.features import vector

PARENT, MATE = Candidate((ToyDense(8), ToyDense(8))), Candidate((ToyDense(64), ToyDense(64)))


@frozen
class TopOfTheOther(Mutator):
    """Take the topmost block from the second parent."""

    name = "top_of_the_other"
    crosses = True

    def mutate(self, candidate, space, rng):
        raise AssertionError("a mutator that crosses is not asked to do it alone")

    def cross(self, candidate, other, space, rng):
        return Candidate((*candidate.architecture[:-1], other.architecture[-1]))


@pytest.fixture
def space():
    return evolve(
        toy_space(vector(4), depth=(2, 2), searched_recipe=False),
        mutators=((TopOfTheOther(), 1.0), (ToyReplace(), 1.0)),
    )


def test_a_mutator_that_crosses_is_given_one_of_the_mates(space):
    made = [space.mutate(PARENT, default_rng(seed), mates=[MATE]) for seed in range(40)]

    crossed = {each.candidate for each in made if each.mutator == "top_of_the_other"}
    assert crossed == {Candidate((ToyDense(8), ToyDense(64)))}
    assert {each.mutator for each in made} == {"top_of_the_other", "toy_replace"}


def test_without_a_mate_the_others_are_left(space):
    made = [space.mutate(PARENT, default_rng(seed)) for seed in range(40)]

    assert {each.mutator for each in made} == {"toy_replace"}


def test_mutators_are_drawn_by_their_weights(space):
    heavy = evolve(space, mutators=((TopOfTheOther(), 9.0), (ToyReplace(), 1.0)))
    made = [heavy.mutate(PARENT, default_rng(seed), mates=[MATE]) for seed in range(200)]

    assert 160 < sum(each.mutator == "top_of_the_other" for each in made) < 195
