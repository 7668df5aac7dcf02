from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import (
    ToyConvolution,
    ToyDense,
    ToyFlatten,
    ToyPooling,
    ToyScale,
    toy_space,
)
from archivolt.values.candidate import Candidate
from archivolt.values.cells import Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits
from archivolt_searchers.stack_mutators import Delete, Insert, Replace, Swap

A, B, C, D = ToyDense(8), ToyDense(16), ToyDense(32), ToyDense(64)
ALL = [Insert, Replace, Delete, Swap]


@pytest.fixture
def space():
    return toy_space(vector(10), depth=(1, 4))


def children(mutator, parent, space, count=200):
    rng = default_rng(0)
    return [
        child for _ in range(count) if (child := mutator.mutate(parent, space, rng)) is not None
    ]


def test_insert_reaches_every_place_and_keeps_the_others(space):
    parent = Candidate((A, B))

    kept = {
        tuple(at for at, block in enumerate(child.architecture) if block in (A, B))
        for child in children(Insert(), parent, space)
        if len(set(child.architecture) - {A, B}) == 1
    }

    assert kept == {(1, 2), (0, 2), (0, 1)}


def test_insert_does_not_pass_the_greatest_depth(space):
    assert children(Insert(), Candidate((A, B, C, D)), space) == []


def test_replace_changes_one_block_at_any_place(space):
    parent = Candidate((A, B, C))

    changed = [
        [at for at in range(3) if child.architecture[at] != parent.architecture[at]]
        for child in children(Replace(), parent, space)
    ]

    assert all(len(places) == 1 for places in changed)
    assert {places[0] for places in changed} == {0, 1, 2}


def test_delete_takes_any_block_and_stops_at_the_least_depth(space):
    found = {child.architecture for child in children(Delete(), Candidate((A, B, C)), space)}

    assert found == {(B, C), (A, C), (A, B)}
    assert children(Delete(), Candidate((A,)), space) == []


def test_swap_exchanges_two_blocks_that_differ(space):
    found = {child.architecture for child in children(Swap(), Candidate((A, B, A)), space)}

    assert found == {(B, A, A), (A, A, B)}
    assert children(Swap(), Candidate((A, A)), space) == []
    assert children(Swap(), Candidate((A,)), space) == []


def test_swap_leaves_the_kinds_in_order():
    space = toy_space(image(16, 16, 3))
    parent = Candidate(space.assemble((ToyPooling(), A)))

    assert children(Swap(), parent, space) == []


@pytest.mark.parametrize("mutator", ALL)
def test_the_recipe_and_the_connectors_of_the_parent_are_kept(mutator):
    space = toy_space(image(16, 16, 3), depth=(1, 4))
    recipe = space.sample_recipe(default_rng(5))
    body = (ToyConvolution(8, 3), ToyPooling(), A)
    parent = Candidate(space.assemble(body, like=(ToyFlatten(True),)), recipe)

    found = children(mutator(), parent, space, 50)

    assert found
    for child in found:
        assert child.recipe == recipe
        assert [each for each in child.architecture if each.connector] == [ToyFlatten(True)]


@pytest.mark.parametrize("mutator", ALL)
@pytest.mark.parametrize(
    "cells",
    [
        Cells(2, BlockChoice(ToyPooling)),
        Cells(3, BlockChoice(ToyPooling), replicate=True, repeats=2),
    ],
)
def test_cells_stay_cells(mutator, cells):
    space = evolve(toy_space(image(32, 32, 3), depth=(2, 5)), cells=cells)
    rng = default_rng(0)
    applied = 0
    for _ in range(60):
        parent = space.sample(rng)
        child = mutator().mutate(parent, space, rng)
        if child is not None:
            space.check(child)
            applied += 1
    assert applied > 5


@pytest.mark.parametrize("mutator", ALL)
def test_limits_hold(mutator):
    space = toy_space(vector(10), depth=(1, 4), limits=Limits(parameters=400))
    rng = default_rng(0)
    for _ in range(60):
        child = mutator().mutate(space.sample(rng), space, rng)
        if child is not None:
            assert space.footprint(child.architecture).parameters <= 400


def test_replacing_the_only_block_that_there_is_does_not_apply(space):
    single = evolve(space, blocks=(BlockChoice(ToyScale),))

    assert children(Replace(), Candidate((ToyScale(),)), single, 5) == []
