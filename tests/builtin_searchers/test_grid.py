from __future__ import annotations

from itertools import product
from time import perf_counter

import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.components.block import Block
from archivolt.errors import ExhaustedError, SpaceError
from archivolt.testing.toy_space import ToyDense, ToyFlatten, ToyPooling, ToyScale, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.cells import Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Range
from archivolt.values.features import image, vector
from archivolt.values.footprint import Footprint, Limits
from archivolt.values.history import History
from archivolt.values.trial import Trial
from archivolt.values.tunable import tunable
from archivolt_searchers.grid import Grid, NotEnumerableError

NO_RECIPE = {"searched_recipe": False}


@frozen
class Switched(Block):
    """A block with a field that means nothing beside the other."""

    name = "switched"
    reads = writes = "vector"
    on: bool = tunable(False, choices=(False, True))
    rate: float = tunable(0.1, choices=(0.1, 0.2, 0.3))

    def unused(self):
        return frozenset() if self.on else frozenset({"rate"})

    def footprint(self, x, earlier=()):
        return Footprint(x, 0, 0)


def gone_through(space, searcher=None, seed=0):
    searcher, history = searcher or Grid(), History()
    while True:
        try:
            proposal = searcher.propose(history, space, default_rng(seed))
        except ExhaustedError:
            return [trial.candidate for trial in history]
        history.record(Trial(len(history), proposal.candidate, seed=0, memo=proposal.memo))


def all_of(space):
    """List the candidates of a space of toy blocks for vectors, by brute force."""
    blocks = [*(ToyDense(*each) for each in product((8, 16, 32, 64), ("relu", "tanh"))), ToyScale()]
    bodies = (
        body
        for depth in range(space.depths[0], space.depths[1] + 1)
        for body in product(blocks, repeat=depth)
    )
    return {Candidate(body) for body in bodies if Candidate(body) in space}


@pytest.mark.parametrize("limit", [None, 1000, 250])
def test_every_candidate_comes_once_and_the_shallow_ones_first(limit):
    space = toy_space(vector(4), depth=(1, 3), limits=Limits(parameters=limit), **NO_RECIPE)

    found = gone_through(space)

    assert len(found) == len(set(found))
    assert set(found) == all_of(space)
    depths = [len(candidate.architecture) for candidate in found]
    assert depths == sorted(depths)


def test_connectors_and_recipes_are_gone_through_too():
    space = evolve(
        toy_space(image(4, 4, 3), depth=(1, 2)),
        blocks=(BlockChoice(ToyPooling), BlockChoice(ToyScale)),
        recipe_domains={"optimizer": Choices(("sgd", "adam")), "batch_size": Range(30, 32)},
    )

    found = gone_through(space)

    architectures = {candidate.architecture for candidate in found}
    flat, mean = ToyFlatten(False), ToyFlatten(True)
    pool, scale = ToyPooling(), ToyScale()
    assert architectures == {
        *((pool, each) for each in (flat, mean)),
        *((each, scale) for each in (flat, mean)),
        *((pool, pool, each) for each in (flat, mean)),
        *((pool, each, scale) for each in (flat, mean)),
        *((each, scale, scale) for each in (flat, mean)),
    }
    assert len(found) == len(set(found)) == len(architectures) * 2 * 3


def test_a_connector_that_is_not_in_use_makes_no_twins():
    space = evolve(
        toy_space(vector(4), depth=(1, 1), **NO_RECIPE), connectors=(BlockChoice(ToyFlatten),)
    )

    assert len(gone_through(space)) == 9


def test_a_field_that_means_nothing_makes_no_twins():
    space = evolve(
        toy_space(vector(4), depth=(1, 1)),
        blocks=(BlockChoice(Switched),),
        recipe_domains={
            "schedule": Choices(("constant", "exponential")),
            "decay_rate": Choices((0.5, 0.9)),
        },
    )

    found = gone_through(space)

    assert len(found) == (1 + 3) * (1 + 2)
    assert len({candidate.fingerprint for candidate in found}) == len(found)


@pytest.mark.parametrize(
    ("cells", "bodies"),
    [
        (Cells(1, BlockChoice(ToyPooling)), 5),
        # Two cells of two poolings would need a larger picture, and no cell ends in a vector
        # that the next one could pool.
        (Cells(2, BlockChoice(ToyPooling), replicate=True, repeats=2), 3),
    ],
)
def test_cells_are_laid_out_as_the_space_has_them(cells, bodies):
    space = evolve(
        toy_space(image(8, 8, 3), depth=(1, 2), **NO_RECIPE),
        blocks=(BlockChoice(ToyPooling), BlockChoice(ToyScale)),
        cells=cells,
    )

    found = gone_through(space)

    assert len(found) == len(set(found)) == 2 * bodies
    for candidate in found:
        space.check(candidate)


def test_it_reaches_the_last_candidate_whatever_the_seed(known_space):
    space = evolve(known_space, depth=(3, 3))

    assert len(gone_through(space)) == 8**3
    assert gone_through(space, seed=0) == gone_through(space, seed=1)


def test_a_range_of_whole_numbers_is_a_list_and_a_range_of_others_is_told(known_space):
    space = evolve(
        known_space,
        recipe_domains={"epochs": Range(3, 5), "learning_rate": Range(1e-4, 1e-1, log=True)},
    )

    with pytest.raises(
        NotEnumerableError, match=r"recipe.learning_rate \(a number from 0.0001 to 0.1\)"
    ) as error:
        Grid().propose(History(), space, default_rng(0))

    assert len(error.value.continuous) == 1
    assert isinstance(error.value, SpaceError)  # so that a search ends with its message


def test_a_grid_that_is_too_large_says_how_large(known_space):
    with pytest.raises(NotEnumerableError, match=r"up to 4,096 candidates, and may have 4,095"):
        Grid(most=4095).propose(History(), known_space, default_rng(0))
    with pytest.raises(NotEnumerableError, match=r"'toy_dense' alone can be set in 8 ways"):
        Grid(most=7).propose(History(), known_space, default_rng(0))


def test_it_goes_on_behind_the_newest_and_passes_over_what_came_by_another_way(known_space):
    history, rng = History(), default_rng(0)
    first = Grid().propose(history, known_space, rng)
    history.record(Trial(0, first.candidate, seed=0, memo=first.memo))
    second = Grid().propose(history, known_space, rng)
    history.record(Trial(1, second.candidate, seed=0))  # suggested by a person: no memo

    third = Grid().propose(history, known_space, rng)

    assert third.candidate not in (first.candidate, second.candidate)
    assert third.memo["grid"][0] == 2


def test_what_breaks_a_limit_is_passed_over_with_all_that_stands_on_it():
    # Of 9^6 places all but a few begin with a block that is too large by itself.
    tight = toy_space(vector(200), depth=(6, 6), limits=Limits(parameters=3300), **NO_RECIPE)
    begin = perf_counter()

    proposal = Grid().propose(History(), tight, default_rng(0))

    assert proposal.candidate in tight
    assert perf_counter() - begin < 2.0
