"""Networks: the Keras model of an architecture, with weights that have stable names."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
from attrs import define, field
from keras import layers
from numpy.typing import NDArray

from archivolt.components.measuring import as_read, count_flops, symbolic
from archivolt.errors import TrialFailure
from archivolt.values.features import Features
from archivolt_keras.auxiliary import AUXILIARY, auxiliary_logits, inner_position
from archivolt_keras.dropout import Rate, VariableDropout
from archivolt_keras.forward import Forward

if TYPE_CHECKING:
    from archivolt.components.block import Block
    from archivolt.values.problem import Part

HEAD = "head"
LOGITS = "logits"  # of the head: its last layer, or layers, by task
NETWORK = "network"  # the name of the model, inside what is delivered too


@define(eq=False)
class Network:
    """A Keras model of an architecture: from feature parts, by their names, to logits."""

    model: keras.Model  # takes a mapping by `FrontEnd.part_names`, gives logits
    keys: tuple[str, ...]  # stable names of `model.weights`, in their order
    parameters: int  # every stored weight, trained or not
    flops: int  # forward, one example
    forward: Forward  # the model at inference, compiled
    dropout: Rate | None = None  # the rate between blocks, where it may change
    trained: keras.Model = field(init=False)  # with the logits of an auxiliary head, where asked

    @trained.default
    def _without_auxiliary(self) -> keras.Model:
        return self.model

    def auxiliary(self) -> dict[str, Any]:
        """Return the weights that are trained and not delivered, by their stable names."""
        own = {id(weight) for weight in self.model.weights}
        more = [weight for weight in self.trained.weights if id(weight) not in own]
        return dict(zip(stable_keys([each.path for each in more]), more, strict=True))

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return every stored weight by its stable name."""
        return {
            key: weight.numpy() for key, weight in zip(self.keys, self.model.weights, strict=True)
        }

    def assign(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Set every weight.

        Raises:
            TrialFailure: `weights` are those of another architecture.
        """
        if set(weights) != set(self.keys):
            odd = sorted(set(weights) ^ set(self.keys))
            raise TrialFailure("error", f"stored weights do not fit the network: {', '.join(odd)}")
        for key, weight in zip(self.keys, self.model.weights, strict=True):
            weight.assign(weights[key])


def build_network(
    architecture: Sequence[Block],
    features: Features,
    outputs: int,
    *,
    seed: int = 0,
    dropout: float = 0.0,
    precision: str = "float32",
    for_training: bool = False,
    parts: Sequence[Part] = (),
    auxiliary: bool = False,
) -> Network:
    """Stack blocks on features and put the head on top.

    The same arguments give the same weights, whatever was built in the process before.

    Args:
        architecture: The blocks, each built on the one before.
        features: What the first block reads.
        outputs: Units of the head, a dense layer on a vector, or on each step of a sequence.
        seed: Draws the initial weights and seeds the layers that are random in training.
        dropout: Rate between blocks; 0 puts no layer there.
        precision: Dtype policy of the layers; the logits are float32 in any case.
        for_training: Let the rate of the dropout between blocks be a variable. Such a model is
            not made of plain Keras layers alone, so it is trained, not delivered.
        parts: Several tasks, whose heads stand side by side and together give `outputs`.
        auxiliary: Let `Network.trained` have a second head on an inner block, where there is one.
    """
    rate = Rate(dropout) if for_training and dropout > 0 else None
    with _seeded(seed), _policy(precision):
        inputs, x = _inputs(features)
        earlier: list[Any] = []
        for index, block in enumerate(architecture):
            with keras.name_scope(f"block_{index}"):
                output = block.build(x, tuple(earlier))
                if dropout > 0:
                    layer = VariableDropout(rate) if rate else layers.Dropout(dropout)
                    output = layer(output)
            earlier.append(x)
            x = output
        with keras.name_scope(HEAD):
            logits = _logits(x, outputs, parts)
        model = keras.Model(inputs, logits, name=NETWORK)
        network = network_of(model, rate)
        position = inner_position(architecture) if auxiliary else None
        if position is not None:
            # Made last, so that all else begins as it does without.
            with keras.name_scope(AUXILIARY):
                below, per_step = architecture[position - 1], len(logits.shape) == 3
                second = auxiliary_logits(earlier[position], below, outputs, per_step)
            network.trained = keras.Model(inputs, [logits, second], name=NETWORK)
    return network


def network_of(model: keras.Model, rate: Rate | None = None) -> Network:
    """Count and name what is in a model from feature parts to logits."""
    keys = stable_keys([each.path for each in model.weights])
    return Network(model, keys, model.count_params(), count_flops(model), Forward(model), rate)


def _logits(x: Any, outputs: int, parts: Sequence[Part]) -> Any:
    if not any(part.blocks for part in parts):
        # Heads of a single layer each are one layer with the outputs of all.
        return layers.Dense(outputs, dtype="float32", name=LOGITS)(x)
    heads = []
    for number, part in enumerate(parts):
        y = x
        for block in part.blocks:
            y = block.build(y, ())
        heads.append(layers.Dense(part.outputs, dtype="float32", name=f"{LOGITS}_{number}")(y))
    return layers.Concatenate(name=LOGITS, dtype="float32")(heads)


def _inputs(features: Features) -> tuple[dict[str, Any], Any]:
    """Make the inputs by part name, and what the first block is given of them."""
    if features.columns is None:
        tensor = keras.Input(features.shape, name="features")
        return {"features": tensor}, as_read(features, tensor)
    inputs, columns = symbolic(features)
    return {each.name: each for each in inputs}, columns


def stable_keys(paths: Sequence[str]) -> tuple[str, ...]:
    """Name variables by their place, whatever Keras' counters said when they were made.

    Keras numbers layers over the whole process: `block_0/dense_41/kernel` is
    `block_0/dense_97/kernel` the next time. Here layers are numbered within their parent, in
    their order.
    """
    children: dict[tuple[str, str], dict[str, int]] = {}  # parent, bare name: path to number
    keys: list[str] = []
    for path in paths:
        parent, key = "", ""
        for depth, part in enumerate(path.split("/")):
            here = f"{parent}/{part}"
            if depth == 0 and re.fullmatch(r"block_\d+", part):
                name = part
            else:
                bare = re.sub(r"_\d+$", "", part)
                numbers = children.setdefault((parent, bare), {})
                number = numbers.setdefault(here, len(numbers))
                name = f"{bare}_{number}" if number else bare
            key = f"{key}/{name}" if key else name
            parent = here
        keys.append(key)
    return _distinct(keys)


def _distinct(keys: Sequence[str]) -> tuple[str, ...]:
    # Two layers that were given the same name on purpose still are two layers.
    seen: dict[str, int] = {}
    result = []
    for key in keys:
        count = seen[key] = seen.get(key, 0) + 1
        result.append(key if count == 1 else f"{key}#{count}")
    return tuple(result)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    # Keras draws the seed of every initialiser and random layer from Python's generator when
    # the layer is made; the caller's own stream is left as it was.
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


@contextmanager
def _policy(precision: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
