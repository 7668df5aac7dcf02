"""Conformance of mutators: one small test for each promise.

It runs in a space of toy blocks that build nothing, so neither Keras nor TensorFlow is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

from archivolt.components.strategies import (
    Mutator,
)
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import KINDS
from archivolt.testing.toy_space import toy_space, without_fields
from archivolt.values.candidate import Candidate
from archivolt.values.encoding import canonical_json
from archivolt.values.footprint import Limits
from archivolt.values.mutation import child_of
from archivolt.values.space import SearchSpace

DRAWS = 50


class MutatorConformance:
    """The promises of a mutator. Override `mutator`; where yours needs another space, `space`.

    One that crosses is given each of the parents with one of the others.
    """

    @pytest.fixture
    def mutator(self) -> Mutator:
        raise NotImplementedError("override the fixture `mutator`: return one of yours")

    def test_the_class_can_be_registered(self, mutator: Mutator) -> None:
        assert list(faults(type(mutator), KINDS["mutator"])) == []

    @pytest.fixture
    def space(self) -> SearchSpace:
        """Return a space in which the mutator has something to change."""
        return toy_space(depth=(1, 5), limits=Limits(parameters=60_000))

    @pytest.fixture
    def parents(self, space: SearchSpace) -> Sequence[Candidate]:
        rng = default_rng(0)
        return [space.sample(rng) for _ in range(DRAWS)]

    @pytest.fixture
    def rng(self) -> Generator:
        return default_rng(1)

    def test_it_applies_to_some_candidate(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        children = [child_of(mutator, parent, parents, space, rng) for parent in parents]
        assert any(child is not None for child in children), (
            "it applies to none of the candidates. Where it needs special ones, override `space`."
        )

    def test_every_child_is_valid_in_the_space(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        for parent in parents:
            child = child_of(mutator, parent, parents, space, rng)
            if child is not None:
                space.check(child)

    def test_a_child_differs_from_its_parent(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        for parent in parents:
            assert child_of(mutator, parent, parents, space, rng) != parent, (
                "a child equals its parent: draw again, or return None where nothing can be "
                "changed."
            )

    def test_the_parent_stays_as_it_is(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        before = [canonical_json(parent) for parent in parents]
        for parent in parents:
            child_of(mutator, parent, parents, space, rng)
        assert [canonical_json(parent) for parent in parents] == before, (
            "mutate() edits its input: make the child by `attrs.evolve`."
        )

    def test_the_same_seed_gives_the_same_child(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace
    ) -> None:
        for parent in parents:
            once, again = (
                child_of(mutator, parent, parents, space, default_rng(7)) for _ in range(2)
            )
            assert once == again, "one seed gives two children: draw from `rng` alone."

    def test_only_a_mutator_that_says_so_makes_the_network_deeper(
        self, mutator: Mutator, parents: Sequence[Candidate], space: SearchSpace, rng: Generator
    ) -> None:
        for parent in parents:
            child = child_of(mutator, parent, parents, space, rng)
            if child is None:
                continue
            added = len(space.body(child.architecture)) - len(space.body(parent.architecture))
            assert added == 1 if mutator.grows else added <= 0

    def test_a_space_of_one_candidate_gives_no_child(
        self, mutator: Mutator, space: SearchSpace, rng: Generator
    ) -> None:
        fixed = toy_space(depth=(1, 1), searched_recipe=False)
        scale = without_fields(fixed)
        connectors = tuple(evolve(choice, fixed={"mean": True}) for choice in fixed.connectors)
        alone = evolve(fixed, blocks=(scale,), connectors=connectors)
        only = alone.sample(default_rng(0))
        assert child_of(mutator, only, [only], alone, rng) is None, (
            "in a space of one candidate it makes a child all the same: return None where the "
            "change does not apply, and check `child in space`."
        )
