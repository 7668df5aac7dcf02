"""Initial values: what a fresh build with another seed would have, without building again.

Keras draws the seed of each initialiser and random layer from Python's generator, in the order in
which they are made. So the seeds of another build follow from its first seed, and each variable is
drawn again by its own initialiser.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from attrs import define, field

if TYPE_CHECKING:
    Tensor = Any
    Variable = Any

_HIGHEST = 10**9  # Keras draws its seeds from 1 to this


@define(eq=False)
class InitialValues:
    """How the variables of a model come by their first values."""

    seed: int  # of the build
    weights: list[_Weight] = field(factory=list)
    generators: list[_Generator] = field(factory=list)
    repeatable: bool = True  # whether `draw` is known to do as a fresh build would

    def bind(self, variables: Sequence[Variable]) -> None:
        """Say which variables are to be drawn again: `model.variables`."""
        made = {id(each.variable): each for each in self.weights}
        states = [v for v in variables if is_seed_state(v)]
        others = [v for v in variables if not is_seed_state(v)]
        self.weights = []
        for variable in others:
            weight = made.get(id(variable)) or _Weight(None, variable)
            weight.settle()
            self.weights.append(weight)
        places = _places(self.seed, 4 * (len(made) + len(states)) + 64)
        self.generators = [
            _Generator(each, int(value[0]), places.get(int(value[0])))
            for each, value in ((state, state.numpy()) for state in states)
        ]
        for weight in self.weights:
            self.repeatable &= weight.find(places)

    def draw(self, seed: int) -> None:
        """Give every variable the value that it has right after a build with `seed`."""
        places = [w.place for w in self.weights] + [g.place for g in self.generators]
        seeds = _seeds(seed, 1 + max((place for place in places if place is not None), default=0))
        for weight in self.weights:
            weight.draw(seeds)
        for generator in self.generators:
            first = generator.first if generator.place is None else seeds[generator.place]
            generator.state.assign(np.array([first, 0]))


@define(eq=False)
class _Weight:
    initializer: Any  # `(shape, dtype) -> tensor`; a Keras Initializer as a rule
    variable: Variable = None
    made: Tensor | None = None  # its value right after it was made
    kept: Tensor | None = None  # set where a value was assigned later: pretrained weights
    place: int | None = None  # of the initialiser's seed among the seeds of a build

    def first(self, shape: Any, dtype: Any = None) -> Tensor:
        self.made = self.initializer(shape, dtype=dtype)
        return self.made

    def settle(self) -> None:
        now = self.variable.numpy()
        # The initialiser may give more digits than the variable holds.
        made = None if self.made is None else np.asarray(self.made).astype(now.dtype)
        if made is None or not np.array_equal(made, now):
            self.kept = now
        self.made = None

    def find(self, places: dict[int, int]) -> bool:
        seed = getattr(self.initializer, "seed", None)
        if self.kept is not None or self.initializer is None:
            return True
        if isinstance(seed, int):
            self.place = places.get(seed)
            # An explicit seed is the block's own wish; any other comes from the build's.
            return self.place is not None or self.initializer.get_config()["seed"] is not None
        if isinstance(self.initializer, keras.initializers.Initializer):
            return seed is None
        # A function may hide a random initialiser; one that gives few values is a constant.
        return len(np.unique(self.variable.numpy())) <= 8

    def draw(self, seeds: Sequence[int]) -> None:
        if self.kept is not None or self.initializer is None:
            self.variable.assign(self.kept)
            return
        initializer = self.initializer
        if self.place is not None:
            initializer = copy.copy(initializer)
            initializer.seed = seeds[self.place]
        self.variable.assign(initializer(self.variable.shape, dtype=self.variable.dtype))


@define(eq=False)
class _Generator:
    state: Variable
    first: int
    place: int | None


@contextmanager
def recorded(seed: int) -> Iterator[InitialValues]:
    """Build a model inside, from `seed`, so that its initial values can be drawn again.

    The caller's own stream of random numbers is left as it was.
    """
    initial = InitialValues(seed)
    add_weight = keras.Layer.add_weight

    def recording(
        layer: keras.Layer, shape: Any = None, initializer: Any = None, *args: Any, **kwargs: Any
    ) -> Variable:
        if initializer is None or isinstance(initializer, (str, dict)):
            dtype = kwargs.get("dtype") or (args[0] if args else None) or layer.variable_dtype
            initializer = keras.initializers.get(
                initializer or ("glorot_uniform" if "float" in str(dtype) else "zeros")
            )
        weight = _Weight(initializer)
        weight.variable = add_weight(layer, shape, weight.first, *args, **kwargs)
        initial.weights.append(weight)
        return weight.variable

    state = random.getstate()
    random.seed(seed)
    keras.Layer.add_weight = recording
    try:
        yield initial
    finally:
        keras.Layer.add_weight = add_weight
        random.setstate(state)


def is_seed_state(variable: Variable) -> bool:
    """Tell whether a variable is the state of a `keras.random.SeedGenerator`."""
    return bool(variable.name == "seed_generator_state" and tuple(variable.shape) == (2,))


def _seeds(seed: int, count: int) -> list[int]:
    stream = random.Random(seed)
    return [stream.randint(1, _HIGHEST) for _ in range(count)]


def _places(seed: int, count: int) -> dict[int, int]:
    return {value: place for place, value in reversed(list(enumerate(_seeds(seed, count))))}
