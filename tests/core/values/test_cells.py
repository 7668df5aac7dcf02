from __future__ import annotations

import pytest
from attrs import evolve
from numpy.random import default_rng

from archivolt.errors import SpaceError
from archivolt.testing.toy_space import ToyConvolution, ToyDense, ToyFlatten, ToyPooling, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.cells import Cells
from archivolt.values.choice import BlockChoice
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits

REDUCTION = BlockChoice(ToyPooling)
A, B, C = ToyConvolution(8, 3), ToyConvolution(16, 1), ToyConvolution(32, 5)
POOL, DENSE, FLATTEN = ToyPooling(), ToyDense(16), ToyFlatten()


def space_of(cells, depth=(1, 6), features=None):
    return evolve(toy_space(features or image(32, 32, 3), depth=depth), cells=cells)


def test_a_reduction_stands_after_every_size_blocks_and_not_at_the_end():
    space = space_of(Cells(2, REDUCTION))

    assert space.assemble((A, B, C, A)) == (A, B, POOL, C, A, FLATTEN)
    assert space.assemble((A, B, C)) == (A, B, POOL, C, FLATTEN)


def test_no_reduction_stands_where_its_kind_is_over():
    space = space_of(Cells(1, REDUCTION))

    assert space.assemble((A, DENSE, DENSE)) == (A, POOL, FLATTEN, DENSE, DENSE)
    assert space_of(Cells(1, REDUCTION), features=vector(4)).assemble((DENSE, DENSE)) == (
        DENSE,
        DENSE,
    )


def test_one_cell_is_repeated_with_reductions_between():
    space = space_of(Cells(2, REDUCTION, replicate=True, repeats=3), depth=(2, 2))

    assert space.assemble((A, B)) == (A, B, POOL, A, B, POOL, A, B, FLATTEN)


def test_a_repeated_cell_holds_no_more_than_its_size():
    space = space_of(Cells(2, replicate=True), depth=(1, 6))

    assert space.depths == (1, 2)
    with pytest.raises(SpaceError, match="3 blocks deep, not 1 to 2"):
        space.check(Candidate(space.assemble((A, B, C))))


@pytest.mark.parametrize(
    "cells",
    [
        Cells(1, REDUCTION),
        Cells(3, REDUCTION),
        Cells(2),
        Cells(3, REDUCTION, replicate=True, repeats=2),
        Cells(2, replicate=True, repeats=4),
    ],
)
@pytest.mark.parametrize("features", [image(32, 32, 3), vector(16)])
def test_every_sample_is_valid_and_its_body_assembles_to_it(cells, features):
    space = evolve(space_of(cells, features=features), limits=Limits(parameters=30_000))
    rng = default_rng(0)
    for _ in range(100):
        candidate = space.sample(rng)
        space.check(candidate)
        body = space.body(candidate.architecture)
        assert space.assemble(body, like=candidate.architecture) == candidate.architecture


def test_a_searched_block_equal_to_the_reduction_stays_a_searched_block():
    space = space_of(Cells(2, REDUCTION))
    body = (POOL, POOL, POOL)

    assert space.assemble(body) == (POOL, POOL, POOL, POOL, FLATTEN)
    assert space.body(space.assemble(body)) == body


def test_a_cell_has_a_block_at_least():
    with pytest.raises(ValueError, match="size"):
        Cells(0)
