"""Conformance of blocks: one small test for each promise of `archivolt.Block`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve, fields, has
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from archivolt.components.block import Block
from archivolt.components.growth import Lanes
from archivolt.components.measuring import measure, symbolic
from archivolt.plugins.checks import faults
from archivolt.plugins.codec import Codec
from archivolt.plugins.hooks import Hooks
from archivolt.plugins.kinds import KINDS
from archivolt.plugins.lookup import Registration, Registry
from archivolt.plugins.origin import Origin
from archivolt.testing.saved_models import foreign_classes
from archivolt.values.features import (
    COLUMNS,
    IMAGE,
    SEQUENCE,
    VECTOR,
    ColumnLayout,
    Features,
    columns,
    image,
    sequence,
    vector,
)
from archivolt.values.tunable import tunables

ROWS = 6
TOLERANCE = 1e-4  # what float32 leaves when sums are taken in another order

_MIXED = ColumnLayout(
    numeric=("age", "gain", "married"),
    quantiles=(
        tuple(float(knot) for knot in np.linspace(-2, 2, 33)),
        (-0.4, 0.1, 0.9, 7.5, 11.0),  # few distinct knots, the last beyond what is usual
        (-0.7, 1.4),  # a column of two values
    ),
    categorical=("job", "country"),
    cardinalities=(5, 80),
)
SIZES = {
    VECTOR: (vector(5), vector(16), vector(33)),
    IMAGE: (image(14, 14, 6), image(16, 20, 8), image(28, 25, 12)),
    SEQUENCE: (sequence(6, 4), sequence(9, 8), sequence(12, 16)),
    COLUMNS: (
        columns(ColumnLayout(numeric=("x", "y"))),
        columns(_MIXED),
        columns(ColumnLayout(categorical=("job",), cardinalities=(4,))),
    ),
}


class BlockConformance:
    """The promises of a block. Override `block`; where your block needs other shapes, `sizes`."""

    @pytest.fixture
    def block(self) -> Block:
        raise NotImplementedError("override the fixture `block`: return one of yours")

    @pytest.fixture
    def sizes(self, block: Block) -> tuple[Features, ...]:
        """Return features of three sizes that the block reads."""
        return SIZES[block.reads]

    @pytest.fixture
    def features(self, sizes: tuple[Features, ...]) -> Features:
        """Return the features that the block is trained on."""
        return sizes[1]

    def test_the_class_can_be_registered(self, block: Block) -> None:
        assert list(faults(type(block), KINDS["block"])) == []

    def test_it_has_a_summary_of_one_line(self, block: Block) -> None:
        assert 0 < len(block.summary()) <= 100
        assert str(block).startswith(block.name)

    def test_its_wires_are_tunable_fields_that_choose_among_earlier_outputs(
        self, block: Block
    ) -> None:
        assert set(block.wires) <= set(tunables(type(block)))
        assert block.looks_back or not block.wires

    def test_what_it_computes_is_told_by_names(self, block: Block) -> None:
        assert all(isinstance(each, str) and each for each in block.computes())

    def test_it_comes_back_from_json_as_an_equal_value(self, block: Block) -> None:
        codec = Codec(_registry_of(block))

        again = codec.decode(json.loads(json.dumps(codec.encode(block))), Block)

        assert again == block
        assert hash(again) == hash(block)

    def test_it_gives_the_kind_it_declares_on_every_size(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            output = block.footprint(x, earlier_for(block, x)).features

            assert output.kind == block.writes
            assert build(block, x).output.shape[1:] == output.shape

    def test_in_its_own_place_it_goes_on_as_before(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            earlier = earlier_for(block, x)
            preserved = block.preserve(block, Lanes.equal(x), tuple(map(Lanes.equal, earlier)))

            assert preserved is not None
            assert preserved.output.now == block.footprint(x, earlier).features
            assert preserved.output.same
            assert list(preserved.output.kept) == list(range(len(preserved.output.kept)))

    def test_it_costs_what_its_footprint_says(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            earlier = earlier_for(block, x)

            assert block.footprint(x, earlier) == measure(block, x, earlier)

    def test_a_step_of_training_reaches_every_weight(
        self, block: Block, features: Features
    ) -> None:
        import tensorflow as tf

        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))

        with tf.GradientTape() as tape:
            output = model(inputs, training=True)
            target = default_rng(1).standard_normal(output.shape).astype("float32")
            loss = tf.reduce_mean((output - target) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)

        assert math.isfinite(float(loss))
        for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
            assert gradient is not None, f"no gradient reaches {weight.path}"
            assert np.isfinite(tf.convert_to_tensor(gradient).numpy()).all(), weight.path

    def test_it_loads_in_a_process_that_has_keras_alone(
        self, block: Block, features: Features, tmp_path: Path
    ) -> None:
        import keras

        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))
        path = tmp_path / "block.keras"
        model.save(path)

        again = keras.saving.load_model(path, safe_mode=True)

        assert set(foreign_classes(path)) == set()
        np.testing.assert_array_equal(predict(again, inputs), predict(model, inputs))

    def test_rows_do_not_see_each_other(self, block: Block, features: Features) -> None:
        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))

        together = predict(model, inputs)
        alone = [predict(model, [each[row : row + 1] for each in inputs]) for row in range(ROWS)]

        np.testing.assert_allclose(together, np.concatenate(alone), TOLERANCE, TOLERANCE)

    def test_inference_gives_the_same_twice(self, block: Block, features: Features) -> None:
        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))

        np.testing.assert_array_equal(predict(model, inputs), predict(model, inputs))


class SequenceBlockConformance(BlockConformance):
    """The further promises of a block that reads sequences: masks are respected."""

    def test_what_stands_in_padded_steps_reaches_no_other(
        self, block: Block, features: Features
    ) -> None:
        rng = default_rng(0)
        inputs = draw_inputs(block, features, rng)
        lengths = rng.integers(1, 1 + inputs[0].shape[1], ROWS)
        real = np.arange(inputs[0].shape[1]) < lengths[:, None]
        once = build_padded(block, features, filling=5.0)
        other = build_padded(block, features, filling=-3.0)
        other.set_weights(once.get_weights())

        given = [*inputs, real[..., None]]
        output, again = (predict(model, given) for model in (once, other))

        if block.writes == SEQUENCE:
            # The documented attribute of a tensor that carries a mask.
            assert getattr(once.output, "_keras_mask", None) is not None, "the mask is lost"
            output, again = output[real], again[real]
        np.testing.assert_allclose(output, again, TOLERANCE, TOLERANCE)

    def test_a_mask_costs_nothing(self, block: Block, features: Features) -> None:
        masked = evolve(features, padded=True)

        cost = measure(block, masked, earlier_for(block, masked))

        assert cost == block.footprint(features, earlier_for(block, features))


def earlier_for(block: Block, x: Features) -> tuple[Features, ...]:
    """Return what comes before `x`: three outputs of its shape for a block that looks back."""
    return (x, x, x) if block.looks_back else ()


def build(block: Block, x: Features) -> Any:
    """Build a Keras model of the block alone."""
    from keras import Model

    inputs, tensor = symbolic(x)
    others = [symbolic(each) for each in earlier_for(block, x)]
    output = block.build(tensor, [each for _, each in others])
    return Model([*inputs, *(each for pair, _ in others for each in pair)], output)


def build_padded(block: Block, x: Features, filling: float) -> Any:
    """Build a block on masked sequences; a last input, `(time, 1)`, tells which steps are real."""
    from keras import Input, Model, layers, ops

    absent = -(2.0**15)
    real = Input((x.shape[0], 1), dtype="bool")
    inputs = [Input(each.shape) for each in (x, *earlier_for(block, x))]
    # Masking makes zeros of padded steps; what is added to all steps then fills them.
    first, *others = (
        layers.Rescaling(1.0, filling)(
            layers.Masking(absent)(ops.where(real, each - filling, absent))
        )
        for each in inputs
    )
    return Model([*inputs, real], block.build(first, others))


def draw_inputs(block: Block, x: Features, rng: Generator) -> list[NDArray[Any]]:
    """Draw random rows for each input of `build(block, x)`."""
    return [array for each in (x, *earlier_for(block, x)) for array in _arrays(each, rng)]


def predict(model: Any, inputs: Sequence[NDArray[Any]]) -> NDArray[Any]:
    output: NDArray[Any] = np.asarray(model(list(inputs), training=False))
    return output


def _arrays(x: Features, rng: Generator) -> Iterator[NDArray[Any]]:
    if x.columns is None:
        shape = [length or 7 for length in x.shape]
        yield rng.standard_normal((ROWS, *shape)).astype("float32")
        return
    if x.columns.numeric:
        yield 3 * rng.standard_normal((ROWS, len(x.columns.numeric))).astype("float32")
    if x.columns.categorical:
        limits = x.columns.cardinalities
        yield rng.integers(0, limits, (ROWS, len(limits))).astype("int32")


def _registry_of(block: Block) -> Registry:
    """Register the class of the block, and those of blocks within it."""
    classes: dict[type[Block], None] = {}
    pending: list[Any] = [block]
    while pending:
        part = pending.pop()
        if isinstance(part, Block):
            classes[type(part)] = None
        if isinstance(part, tuple):
            pending.extend(part)
        elif has(type(part)):
            pending.extend(getattr(part, each.name) for each in fields(type(part)))
    origin = Origin("conformance")
    registrations = tuple(Registration(origin, "block", each) for each in classes)
    return Registry(Hooks(), (origin,), registrations)
