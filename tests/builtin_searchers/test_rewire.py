from __future__ import annotations

from attrs import evolve
from numpy.random import default_rng

from archivolt.testing.toy_space import ToyDense, ToySkip, toy_space
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.features import vector
from archivolt_searchers.rewire import Rewire


def space_of(**fixed):
    space = toy_space(vector(8), depth=(1, 5))
    return evolve(space, blocks=(*space.blocks, BlockChoice(ToySkip, fixed=fixed)))


def children(parent, space, count=100):
    rng = default_rng(0)
    found = (Rewire().mutate(parent, space, rng) for _ in range(count))
    return {child.architecture for child in found if child is not None}


def test_only_what_a_block_reads_changes():
    parent = Candidate((ToyDense(8), ToyDense(16), ToyDense(16), ToySkip(1, scaled=True)))

    assert children(parent, space_of()) == {
        (*parent.architecture[:-1], ToySkip(2, scaled=True)),
        (*parent.architecture[:-1], ToySkip(3, scaled=True)),
    }


def test_a_wire_does_not_lead_to_before_the_input():
    parent = Candidate((ToyDense(8), ToyDense(16), ToySkip(1)))

    assert children(parent, space_of()) == {(*parent.architecture[:-1], ToySkip(2))}


def test_it_does_not_apply_without_a_wire_that_may_move():
    assert children(Candidate((ToyDense(8), ToyDense(16))), space_of()) == set()
    fixed = Candidate((ToyDense(8), ToyDense(16), ToySkip(1)))
    assert children(fixed, space_of(back=1)) == set()
