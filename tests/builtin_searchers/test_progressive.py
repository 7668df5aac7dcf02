from __future__ import annotations

from itertools import pairwise

import pytest
from attrs import evolve, frozen
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyDense, ToyScale, toy_space
from archivolt.testing.toy_trials import proposed, searched
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt.values.history import History
from archivolt.values.trial import FAILED
from archivolt_searchers import archivolt_mutators
from archivolt_searchers.progressive import Progressive
from archivolt_searchers.random_search import Random
from archivolt_searchers.sizes import Sizes

MUTATORS = tuple((mutator(), 1.0) for mutator in archivolt_mutators())


@frozen
class Identity(ToyScale):
    """Nothing in a place."""

    name = "toy_identity"


@pytest.fixture
def space():
    return evolve(toy_space(vector(16), depth=(1, 4), searched_recipe=False), mutators=MUTATORS)


def wide(candidate):
    return sum(getattr(block, "units", 0) for block in candidate.architecture)


def depths(history):
    return [len(trial.candidate.architecture) for trial in history]


def test_it_grows_by_one_block_after_each_beam(space):
    history = searched(Progressive(beam=4), space, wide, 16)

    assert depths(history) == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4
    for trial in history[4:]:
        assert depths(history)[trial.parent] == depths(history)[trial.number] - 1


def test_it_goes_round_again_with_what_is_new(space):
    history = searched(Progressive(beam=4), space, wide, 40)

    assert depths(history)[16:18] == [1, 1]
    assert len({trial.candidate for trial in history}) == 40


def test_it_grows_from_the_level_before_and_not_from_an_earlier_round(space):
    history = searched(Progressive(beam=4), space, wide, 60)

    levels = {}
    for trial in history:
        levels.setdefault(trial.memo["progressive"]["begun"], []).append(trial)
    begun = sorted(levels)
    sizes = [depths(history)[first] for first in begun]
    assert sizes[:8] == [1, 2, 3, 4, 1, 2, 3, 4]
    for before, now in pairwise(begun):
        if depths(history)[now] == depths(history)[before] + 1:
            members = {trial.number for trial in levels[before]}
            assert {trial.parent for trial in levels[now]} <= members


def test_where_none_of_a_level_has_a_score_it_grows_from_the_best_of_that_size(space):
    history = searched(Progressive(beam=4), space, wide, 24)  # the second round: depth 2
    assert depths(history)[20:] == [2] * 4
    failed = History(trials=list(history[:20]))
    for trial in history[20:]:
        failed.record(evolve(trial, state=FAILED, score=None, cause="error"))

    proposal = Progressive(beam=4).propose(failed, space, default_rng(0))

    assert len(proposal.candidate.architecture) == 3
    assert 4 <= proposal.parent < 8


def test_it_finds_the_best_network_in_one_round_where_chance_does_not(space):
    """The optimum is 256: four layers of 64 units. There are some 7,000 networks."""
    grown = [searched(Progressive(beam=8), space, wide, 32, seed).best()[0] for seed in range(3)]
    drawn = [searched(Random(), space, wide, 32, seed).best()[0] for seed in range(3)]

    assert min(trial.score for trial in grown) > max(trial.score for trial in drawn)
    assert max(trial.score for trial in grown) >= 224


def test_a_level_is_widened_while_none_of_it_has_a_score(space):
    history = History()
    for number in range(6):
        proposal = Progressive(beam=4).propose(history, space, default_rng(number))
        history.record(proposed(number, proposal))  # and it does not end

    assert depths(history) == [1] * 6


def test_where_all_are_equally_deep_the_blocks_that_are_not_empty_count(space):
    fixed = evolve(space, depth=(4, 4), blocks=(BlockChoice(Identity), BlockChoice(ToyDense)))

    history = searched(Progressive(beam=3), fixed, wide, 12)

    filled = [sum(isinstance(b, ToyDense) for b in t.candidate.architecture) for t in history]
    assert filled == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3


def test_a_space_of_one_size_is_refused(space):
    fixed = evolve(space, depth=(3, 3))

    with pytest.raises(SpaceError, match=r"are 3 blocks deep, .* identity or none"):
        Progressive().propose(History(), fixed, default_rng(0))


def test_a_space_without_a_mutator_that_grows_is_refused(space):
    stuck = evolve(space, mutators=tuple(each for each in MUTATORS if not each[0].grows))

    with pytest.raises(SpaceError, match="makes networks deeper"):
        Progressive().propose(History(), stuck, default_rng(0))


def test_a_change_to_the_smallest_size_is_found_among_large_networks(space):
    blocks = (BlockChoice(Identity), BlockChoice(ToyDense))
    sizes = Sizes(evolve(space, depth=(4, 4), blocks=blocks), ("identity",))

    drawn = [sizes.draw(1, default_rng(seed)) for seed in range(20)]

    assert all(each is None or sizes.of(each) == 1 for each in drawn)
    assert sum(each is not None for each in drawn) >= 18
