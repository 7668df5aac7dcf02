"""Greedy search where the space has cells: constrained coordinate descent."""

from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import ToyConvolution, ToyPooling, toy_space
from archivolt.values.cells import Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.features import image
from archivolt.values.history import History
from archivolt.values.trial import FINISHED, Trial
from archivolt_searchers import archivolt_mutators
from archivolt_searchers.greedy import Greedy

REDUCTION = BlockChoice(ToyPooling)


def space_of(cells, depth):
    space = toy_space(image(64, 64, 3), depth=depth, searched_recipe=False)
    return evolve(
        space,
        blocks=(BlockChoice(ToyConvolution),),
        cells=cells,
        mutators=tuple((mutator(), 1.0) for mutator in archivolt_mutators()),
    )


def filters(candidate):
    return float(sum(getattr(block, "filters", 0) for block in candidate.architecture))


def search(space, trials=80):
    history, rng = History(), default_rng(0)
    for number in range(trials):
        proposal = Greedy(starts=5, trials_a_level=8).propose(history, space, rng)
        history.record(
            Trial(
                number,
                proposal.candidate,
                seed=0,
                state=FINISHED,
                parent=proposal.parent,
                mutator=proposal.mutator,
                score=filters(proposal.candidate),
            )
        )
    return history


def test_a_reduction_follows_every_so_many_blocks_while_the_network_grows():
    space = space_of(Cells(2, REDUCTION), (1, 6))
    history = search(space)

    depths = set()
    for trial in history:
        blocks = [each for each in trial.candidate.architecture if not each.connector]
        pools = [at for at, each in enumerate(blocks) if isinstance(each, ToyPooling)]
        depth = len(blocks) - len(pools)
        depths.add(depth)
        assert pools == [3 * at + 2 for at in range((depth - 1) // 2)]
    assert depths == {1, 2, 3, 4, 5, 6}


def test_one_cell_is_searched_and_repeated():
    space = space_of(Cells(3, REDUCTION, replicate=True, repeats=3), (1, 6))
    history = search(space)

    sizes = set()
    for trial in history:
        blocks = [each for each in trial.candidate.architecture if not each.connector]
        size = (len(blocks) - 2) // 3
        sizes.add(size)
        cell = blocks[:size]
        assert blocks == [*cell, ToyPooling(), *cell, ToyPooling(), *cell]
    assert sizes == {1, 2, 3}


def test_a_cell_of_one_size_is_only_changed():
    space = space_of(Cells(3, REDUCTION, replicate=True, repeats=2), (3, 3))
    history = search(space, 40)

    assert {len(space.body(trial.candidate.architecture)) for trial in history} == {3}
    assert {trial.mutator for trial in history[5:]} <= {
        "replace", "swap", "change_parameter", "crossover",
    }  # fmt: skip
    assert history.best()[0].score == pytest.approx(2 * 3 * 32)


def test_the_beam_gives_a_second_parent_to_mutators_that_cross():
    history = search(space_of(Cells(2, REDUCTION), (1, 6)))

    assert "crossover" in {trial.mutator for trial in history}
