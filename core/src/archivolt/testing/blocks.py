"""Conformance of blocks: one small test for each promise of `archivolt.Block`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from archivolt.components.block import Block
from archivolt.components.growth import Lanes
from archivolt.components.measuring import measure
from archivolt.plugins.checks import faults
from archivolt.plugins.codec import Codec
from archivolt.plugins.kinds import KINDS
from archivolt.testing.built_blocks import ROWS, SIZES, build, draw_inputs, earlier_for, predict
from archivolt.testing.elsewhere import NotImportable, built_elsewhere, built_here
from archivolt.testing.int8 import CannotConvert, int8_error
from archivolt.testing.own_classes import classes_of, registry_of
from archivolt.testing.saved_models import foreign_classes
from archivolt.values.encoding import canonical_json
from archivolt.values.features import IMAGE, SEQUENCE, VECTOR, Features
from archivolt.values.tunable import tunables

TOLERANCE = 1e-4  # what float32 leaves when sums are taken in another order
INT8_TOLERANCE = 0.3  # root mean square error, in standard deviations of the output
RANKS = {VECTOR: 2, SEQUENCE: 3, IMAGE: 4}  # of a batch


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
        summary = block.summary()
        assert 0 < len(summary) <= 100, (
            f"the first line of the docstring is the help of the block: {len(summary)} characters, "
            "where 1 to 100 are shown."
        )
        assert str(block).startswith(block.name)

    def test_its_wires_are_tunable_fields_that_choose_among_earlier_outputs(
        self, block: Block
    ) -> None:
        known = tuple(tunables(type(block)))
        assert set(block.wires) <= set(known), (
            f"`wires` names {block.wires}, and the tunable fields are {known}."
        )
        assert block.looks_back or not block.wires, (
            "a block with `wires` reads earlier outputs: write `looks_back = True`."
        )

    def test_what_it_computes_is_told_by_names(self, block: Block) -> None:
        assert all(isinstance(each, str) and each for each in block.computes()), (
            f"`computes()` gave {block.computes()!r}: return names, none of them empty."
        )

    def test_it_comes_back_from_json_as_an_equal_value(self, block: Block) -> None:
        codec = Codec(registry_of(classes_of(block)))

        again = codec.decode(json.loads(json.dumps(codec.encode(block))), Block)

        assert again == block, (
            f"{block!r} comes back from JSON as {again!r}: annotate each field with the type that "
            "it holds (`tuple[int, ...]`, not `object`)."
        )
        assert hash(again) == hash(block)

    def test_it_gives_the_kind_it_declares_on_every_size(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            shape = build(block, x).output.shape

            assert len(shape) == RANKS[block.writes], (
                f"it says that it writes `{block.writes}`, and on {x.kind} {list(x.shape)} build() "
                f"gives the shape {list(shape)}: change `writes`, or what build() ends with."
            )
            told = block.footprint(x, earlier_for(block, x)).features
            assert told.kind == block.writes, (
                f"it says that it writes `{block.writes}`, and footprint() tells `{told.kind}`."
            )
            assert shape[1:] == told.shape, (
                f"on {x.kind} {list(x.shape)} build() gives {list(shape[1:])}, and footprint() "
                f"tells {list(told.shape)}."
            )

    def test_in_its_own_place_it_goes_on_as_before(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            earlier = earlier_for(block, x)
            preserved = block.preserve(block, Lanes.equal(x), tuple(map(Lanes.equal, earlier)))

            assert preserved is not None, (
                "preserve() says that the block cannot go on as itself on an input that is as it "
                "was: hand such a call on to super().preserve()."
            )
            assert preserved.output.now == block.footprint(x, earlier).features
            assert preserved.output.same
            assert list(preserved.output.kept) == list(range(len(preserved.output.kept)))

    def test_it_costs_what_its_footprint_says(
        self, block: Block, sizes: tuple[Features, ...]
    ) -> None:
        for x in sizes:
            earlier = earlier_for(block, x)

            told, measured = block.footprint(x, earlier), measure(block, x, earlier)
            assert told == measured, (
                f"on {x.kind} {list(x.shape)} footprint() tells {told}, and built it has "
                f"{measured}: mend it, or leave it out, and the block is measured."
            )

    def test_it_does_not_depend_on_the_batch_size(self, block: Block, features: Features) -> None:
        model = build(block, features)
        assert model.output.shape[0] is None, (
            f"build() fixes the batch to {model.output.shape[0]} examples: give no batch size to a "
            "reshape or a broadcast; -1, or a layer of Keras, leaves it open."
        )
        inputs = draw_inputs(block, features, default_rng(0))
        for rows in (1, ROWS - 1):
            try:
                output = predict(model, [each[:rows] for each in inputs])
            except Exception as cause:
                pytest.fail(
                    f"the network takes no batch of {rows}: build() depends on the batch size "
                    f"({type(cause).__name__}: {cause})"
                )
            assert len(output) == rows, f"{rows} examples give {len(output)} outputs."

    def test_rows_do_not_see_each_other(self, block: Block, features: Features) -> None:
        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))

        together = predict(model, inputs)
        alone = [predict(model, [each[row : row + 1] for each in inputs]) for row in range(ROWS)]

        np.testing.assert_allclose(
            together,
            np.concatenate(alone),
            TOLERANCE,
            TOLERANCE,
            err_msg="at inference an example's output depends on the others in its batch: take no "
            "mean, maximum or sum over axis 0.",
        )

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

        assert math.isfinite(float(loss)), f"in training its output gives a loss of {float(loss)}."
        for weight, gradient in zip(model.trainable_variables, gradients, strict=True):
            assert gradient is not None, (
                f"no gradient reaches {weight.path}: it is not used for the output, or "
                "stop_gradient stands before it. Make it not trainable, or use it."
            )
            assert np.isfinite(tf.convert_to_tensor(gradient).numpy()).all(), (
                f"the gradient of {weight.path} is not finite on ordinary inputs."
            )

    def test_it_loads_in_a_process_that_has_keras_alone(
        self, block: Block, features: Features, tmp_path: Path
    ) -> None:
        import keras

        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))
        path = tmp_path / "block.keras"
        model.save(path)
        assert set(foreign_classes(path)) == set(), (
            "the saved network needs the pack: build from plain Keras layers and operations, no "
            "layer, lambda or function of your own."
        )

        again = keras.saving.load_model(path, safe_mode=True)

        np.testing.assert_array_equal(
            predict(again, inputs),
            predict(model, inputs),
            err_msg="the saved network gives other results once it is loaded.",
        )

    def test_inference_gives_the_same_twice(self, block: Block, features: Features) -> None:
        model = build(block, features)
        inputs = draw_inputs(block, features, default_rng(0))

        np.testing.assert_array_equal(
            predict(model, inputs),
            predict(model, inputs),
            err_msg="at inference the block is random: draw only where `training` is true, as "
            "Keras' Dropout does.",
        )

    def test_it_holds_no_state_outside_keras(
        self, block: Block, features: Features, sizes: tuple[Features, ...]
    ) -> None:
        import tensorflow as tf

        before = canonical_json(block)
        once, network = built_here(block, features)
        for other in sizes:
            build(block, other)
        again, second = built_here(block, features)

        assert canonical_json(block) == before, "build() changes a field of the block."
        shared = {id(each) for each in network.weights} & {id(each) for each in second.weights}
        assert not shared, (
            "two networks share weights: make every layer inside build(), and keep none on the "
            "block, its class or its module."
        )
        assert once.same_structure_as(again), (
            f"the same seed built {once.structure} first and {again.structure} later: build() must "
            "be a function of its fields and inputs, so count and remember nothing."
        )
        with tf.GradientTape() as tape:
            network(draw_inputs(block, features, default_rng(0)), training=True)
        known = {id(each.value) for each in network.variables}
        strangers = [each.name for each in tape.watched_variables() if id(each) not in known]
        assert not strangers, (
            f"it computes with variables that no layer of the network has: {', '.join(strangers)}. "
            "They would be neither trained nor saved: make them weights of a Keras layer."
        )

    def test_another_process_with_the_same_seed_gives_the_same(
        self, block: Block, features: Features, tmp_path: Path
    ) -> None:
        here, _ = built_here(block, features)
        try:
            there = built_elsewhere(block, features, tmp_path)
        except NotImportable as cause:
            pytest.skip(str(cause))

        assert here.same_structure_as(there), (
            f"this process builds {here.structure}, and another one {there.structure}: build() "
            "depends on something else than its fields and inputs. The order of a set, hash(), "
            "the clock and the environment differ between processes."
        )
        np.testing.assert_allclose(
            here.output,
            there.output,
            TOLERANCE,
            TOLERANCE,
            err_msg="two processes with one seed give different results: draw nothing with "
            "`random`, NumPy or the clock in build(); Keras' initialisers follow Keras' seed.",
        )

    def test_it_works_in_int8_or_says_not(
        self, block: Block, features: Features, tmp_path: Path
    ) -> None:
        if not block.int8:
            pytest.skip(f"{block.name} says that it does not work in int8")
        pytest.importorskip("tensorflow", reason="the int8 converter is TensorFlow's")
        inputs = draw_inputs(block, features, default_rng(0))
        try:
            error = int8_error(build(block, features), inputs, tmp_path)
        except CannotConvert as cause:
            pytest.fail(
                f"it has no int8 form: {cause}. Use operations that LiteRT has in int8, or write "
                "`int8 = False` in the class."
            )
        assert error < INT8_TOLERANCE, (
            f"in int8 its output is off by {error:.2f} standard deviations, and {INT8_TOLERANCE} "
            "are allowed: keep activations in a range that 8 bits resolve (normalise, clip), or "
            "write `int8 = False` in the class."
        )
