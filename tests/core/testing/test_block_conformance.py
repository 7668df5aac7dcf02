"""The conformance kit of blocks catches a block that breaks a promise."""

from __future__ import annotations

import pytest
from attrs import frozen

from archivolt.components.block import Block
from archivolt.values.features import image, vector
from archivolt.values.footprint import Footprint

keras = pytest.importorskip("keras")

from archivolt.testing import BlockConformance, SequenceBlockConformance  # noqa: E402
from archivolt.testing.built_blocks import SIZES  # noqa: E402

layers, ops = keras.layers, keras.ops
kit = BlockConformance()
sequence_kit = SequenceBlockConformance()
STEPS = SIZES["sequence"][0]
VECTORS = SIZES["vector"]


@frozen
class Sound(Block):
    """Keeps every promise."""

    name = "sound"
    reads = writes = "vector"
    units: int = 4

    def build(self, x, earlier):
        return layers.Dense(self.units)(x)


@frozen
class Cheap(Sound):
    """Tells half of its parameters."""

    name = "cheap"

    def footprint(self, x, earlier=()):
        return Footprint(vector(self.units), x.channels * self.units // 2)


@frozen
class Mistaken(Sound):
    """Says that it gives an image."""

    name = "mistaken"
    writes = "image"

    def footprint(self, x, earlier=()):
        return Footprint(image(1, 1, self.units))


@frozen
class Stopped(Sound):
    """Lets no gradient through to its first layer."""

    name = "stopped"

    def build(self, x, earlier):
        return layers.Dense(2)(ops.stop_gradient(layers.Dense(3)(x)))


@frozen
class Centred(Sound):
    """Subtracts the mean of the batch."""

    name = "centred"

    def build(self, x, earlier):
        return x - ops.mean(x, axis=0)


class Noise(layers.Layer):
    def call(self, x):
        return x + keras.random.normal(ops.shape(x))


@frozen
class Noisy(Sound):
    """Is random at inference too."""

    name = "noisy"

    def build(self, x, earlier):
        return Noise()(x)


class OwnLayer(layers.Layer):
    def call(self, x):
        return 2 * x


@frozen
class Custom(Sound):
    """Builds on a layer of its own."""

    name = "custom"

    def build(self, x, earlier):
        return OwnLayer()(x)


@frozen
class Steps(Block):
    """A dense layer a step."""

    name = "steps"
    reads = writes = "sequence"

    def build(self, x, earlier):
        return layers.Dense(3)(x)


@frozen
class Leaky(Steps):
    """Normalises over time, padded steps and all, and keeps the mask."""

    name = "leaky"

    def build(self, x, earlier):
        return layers.GroupNormalization(1)(x)


@frozen
class Careless(Steps):
    """Sums over time, padding and all."""

    name = "careless"
    writes = "vector"

    def build(self, x, earlier):
        return ops.sum(x, axis=1)


@frozen
class Forgetful(Steps):
    """Loses the mask."""

    name = "forgetful"

    def build(self, x, earlier):
        return x * 2.0


@frozen
class Surcharged(Steps):
    """Has weights of its own for padded sequences."""

    name = "surcharged"

    def build(self, x, earlier):
        masked = getattr(x, "_keras_mask", None) is not None
        return layers.Dense(3)(layers.Dense(3)(x) if masked else x)


@frozen
class Wordless(Block):
    name = "wordless"
    reads = writes = "vector"


@frozen
class Unregistrable(Block):
    """Changes when it is read back."""

    name = "unregistrable"
    reads = writes = "vector"
    units: object = (1, 2)  # a tuple comes back from JSON as a list


def test_a_sound_block_passes(tmp_path):
    block = Sound()

    kit.test_the_class_can_be_registered(block)
    kit.test_it_has_a_summary_of_one_line(block)
    kit.test_it_comes_back_from_json_as_an_equal_value(block)
    kit.test_it_gives_the_kind_it_declares_on_every_size(block, VECTORS)
    kit.test_it_costs_what_its_footprint_says(block, VECTORS)
    kit.test_a_step_of_training_reaches_every_weight(block, VECTORS[0])
    kit.test_it_loads_in_a_process_that_has_keras_alone(block, VECTORS[0], tmp_path)
    kit.test_rows_do_not_see_each_other(block, VECTORS[0])
    kit.test_inference_gives_the_same_twice(block, VECTORS[0])


def test_a_wrong_footprint_is_caught():
    with pytest.raises(AssertionError):
        kit.test_it_costs_what_its_footprint_says(Cheap(), VECTORS)


def test_a_wrong_kind_is_caught():
    with pytest.raises(AssertionError):
        kit.test_it_gives_the_kind_it_declares_on_every_size(Mistaken(), VECTORS)


def test_a_weight_that_no_gradient_reaches_is_caught():
    with pytest.raises(AssertionError, match="no gradient reaches"):
        kit.test_a_step_of_training_reaches_every_weight(Stopped(), VECTORS[0])


def test_rows_that_see_each_other_are_caught():
    with pytest.raises(AssertionError):
        kit.test_rows_do_not_see_each_other(Centred(), VECTORS[0])


def test_randomness_at_inference_is_caught():
    with pytest.raises(AssertionError):
        kit.test_inference_gives_the_same_twice(Noisy(), VECTORS[2])


def test_a_layer_that_keras_does_not_have_is_caught(tmp_path):
    with pytest.raises(Exception, match="OwnLayer"):
        kit.test_it_loads_in_a_process_that_has_keras_alone(Custom(), VECTORS[0], tmp_path)


def test_a_class_without_a_docstring_is_caught():
    with pytest.raises(AssertionError):
        kit.test_the_class_can_be_registered(Wordless())


def test_a_value_that_json_changes_is_caught():
    with pytest.raises(AssertionError):
        kit.test_it_comes_back_from_json_as_an_equal_value(Unregistrable())


def test_a_sound_block_for_sequences_passes():
    sequence_kit.test_what_stands_in_padded_steps_reaches_no_other(Steps(), STEPS)
    sequence_kit.test_a_mask_costs_nothing(Steps(), STEPS)


@pytest.mark.parametrize("block", [Leaky(), Careless()], ids=str)
def test_padding_that_reaches_other_steps_is_caught(block):
    with pytest.raises(AssertionError):
        sequence_kit.test_what_stands_in_padded_steps_reaches_no_other(block, STEPS)


def test_a_lost_mask_is_caught():
    with pytest.raises(AssertionError, match="the mask is lost"):
        sequence_kit.test_what_stands_in_padded_steps_reaches_no_other(Forgetful(), STEPS)


def test_weights_for_padded_sequences_alone_are_caught():
    with pytest.raises(AssertionError):
        sequence_kit.test_a_mask_costs_nothing(Surcharged(), STEPS)
