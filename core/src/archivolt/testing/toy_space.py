"""A small search space whose blocks build nothing: strategies are tested without a framework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from archivolt.components.block import Block
from archivolt.components.growth import Lanes, Preserved
from archivolt.components.strategies import Mutator
from archivolt.errors import SpaceError
from archivolt.values.candidate import Candidate
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Range
from archivolt.values.features import Features, image, vector
from archivolt.values.footprint import Footprint, Limits
from archivolt.values.space import SearchSpace
from archivolt.values.tunable import tunable

if TYPE_CHECKING:
    from numpy.random import Generator


@frozen
class ToyDense(Block):
    """A dense layer as far as its cost goes: `(batch, features)` to `(batch, units)`."""

    name = "toy_dense"
    reads = writes = "vector"
    units: int = tunable(32, choices=(8, 16, 32, 64))
    activation: str = tunable("relu", choices=("relu", "tanh"))

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        cost = x.size * self.units
        return Footprint(vector(self.units), cost + self.units, 2 * cost)

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        if not isinstance(before, ToyDense) or before.activation != self.activation:
            return None
        if before.units > self.units:
            return None
        output = Lanes(vector(before.units), vector(self.units), np.arange(before.units))
        return Preserved(output, ())


@frozen
class ToyScale(Block):
    """A learnt factor a feature: the cheapest block."""

    name = "toy_scale"
    reads = writes = "vector"

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        return Footprint(x, x.size, 2 * x.size)

    def preserve(
        self, before: Block | None, x: Lanes, earlier: Sequence[Lanes] = ()
    ) -> Preserved | None:
        return Preserved(x, ())  # every factor begins as 1


@frozen
class ToyConvolution(Block):
    """A convolution as far as its cost goes: `(batch, height, width, channels)`, size kept."""

    name = "toy_convolution"
    reads = writes = "image"
    filters: int = tunable(16, choices=(8, 16, 32))
    kernel_size: int = tunable(3, choices=(1, 3, 5))  # pixels

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        height, width, channels = x.shape
        kernel = self.kernel_size**2 * x.channels * self.filters
        positions = (height or 1) * (width or 1)
        return Footprint(
            image(height, width, self.filters), kernel + self.filters, 2 * positions * kernel
        )


@frozen
class ToyPooling(Block):
    """A pooling that halves height and width, and cannot stand on a single pixel."""

    name = "toy_pooling"
    reads = writes = "image"

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        height, width, channels = x.shape
        if min(height or 2, width or 2) < 2:
            raise SpaceError(f"{self} needs 2 pixels a side, and is given {list(x.shape)}.")
        halved = image(height and height // 2, width and width // 2, x.channels)
        return Footprint(halved, 0, x.size)


@frozen
class ToySkip(Block):
    """A sum with one of the outputs before, `back` steps from the input that it is given."""

    name = "toy_skip"
    reads = writes = "vector"
    looks_back = True
    wires = ("back",)
    back: int = tunable(1, choices=(1, 2, 3))
    scaled: bool = tunable(False, choices=(False, True))  # by a learnt factor a feature

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        if len(earlier) < self.back or earlier[-self.back].kind != x.kind:
            raise SpaceError(f"{self} has no such output before it: there are {len(earlier)}.")
        return Footprint(x, x.size if self.scaled else 0, 2 * x.size)


@frozen
class ToyFlatten(Block):
    """The connector from images to vectors; `mean` averages the pixels of a channel."""

    name = "toy_flatten"
    reads = "image"
    writes = "vector"
    connector = True
    mean: bool = tunable(False, choices=(False, True))

    def footprint(self, x: Features, earlier: Sequence[Features] = ()) -> Footprint:
        return Footprint(vector(x.channels if self.mean else x.size))


@frozen
class ToyAppend(Mutator):
    """Put a new block on top of the stack."""

    name = "toy_append"
    grows = True

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        body = space.body(candidate.architecture)
        block = space.draw_block(body[-1].writes if body else space.features.kind, "vector", rng)
        return None if block is None else _with_body(candidate, (*body, block), space)


@frozen
class ToyReplace(Mutator):
    """Draw the topmost block again."""

    name = "toy_replace"

    def mutate(self, candidate: Candidate, space: SearchSpace, rng: Generator) -> Candidate | None:
        below = space.body(candidate.architecture)[:-1]
        block = space.draw_block(below[-1].writes if below else space.features.kind, "vector", rng)
        return None if block is None else _with_body(candidate, (*below, block), space)


def _with_body(candidate: Candidate, body: Sequence[Block], space: SearchSpace) -> Candidate | None:
    child = space.with_body(candidate, body)
    return None if child == candidate else child


def toy_space(
    features: Features | None = None,
    *,
    depth: tuple[int, int] = (1, 4),
    limits: Limits | None = None,
    searched_recipe: bool = True,
) -> SearchSpace:
    """Make a space of toy blocks: on images unless other features are given."""
    features = features or image(16, 16, 3)
    on_images = (ToyConvolution, ToyPooling) if features.kind == "image" else ()
    return SearchSpace(
        features=features,
        outputs=10,
        blocks=tuple(map(BlockChoice, (*on_images, ToyDense, ToyScale))),
        connectors=(BlockChoice(ToyFlatten),),
        depth=depth,
        recipe_domains={
            "learning_rate": Range(1e-4, 1e-1, log=True),
            "optimizer": Choices(("sgd", "adam")),
        }
        if searched_recipe
        else {},
        limits=limits or Limits(),
        mutators=((ToyAppend(), 1.0), (ToyReplace(), 1.0)),
    )


def without_fields(space: SearchSpace) -> BlockChoice:
    """Return the block for vectors that has nothing to be searched."""
    return next(
        choice for choice in space.blocks if not choice.domains and choice.block.reads == "vector"
    )
