"""The kit says which promise a block breaks: state, batches, determinism, kinds, int8."""

from __future__ import annotations

import os
import re

import pytest
from attrs import frozen

from archivolt.components.block import Block

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from archivolt.testing import BlockConformance  # noqa: E402
from archivolt.testing.built_blocks import SIZES  # noqa: E402

layers, ops = keras.layers, keras.ops
kit = BlockConformance()
VECTORS = SIZES["vector"]
X = VECTORS[0]


@frozen
class Sound(Block):
    """Keeps every promise."""

    name = "sound"
    reads = writes = "vector"
    units: int = 4

    def build(self, x, earlier):
        return layers.Dense(self.units, activation="relu")(x)


@frozen
class OtherKind(Sound):
    """Says that it writes an image, and gives a vector."""

    name = "other_kind"
    writes = "image"


@frozen
class FixedBatch(Sound):
    """Tells a reshape how many examples there are."""

    name = "fixed_batch"

    def build(self, x, earlier):
        return ops.reshape(layers.Dense(self.units)(x), (6, self.units))


@frozen
class WholeBatches(Sound):
    """Works on pairs of examples, so on even batches alone."""

    name = "whole_batches"

    def build(self, x, earlier):
        pairs = ops.reshape(layers.Dense(self.units)(x), (-1, 2, self.units))
        return ops.reshape(pairs[:, ::-1], (-1, self.units))


SHARED = layers.Dense(4)


@frozen
class Sharing(Sound):
    """Keeps its layer in its module."""

    name = "sharing"

    def build(self, x, earlier):
        return SHARED(layers.Dense(3)(x))


@frozen
class Counting(Sound):
    """Grows with every network that is built."""

    name = "counting"

    def build(self, x, earlier):
        BUILT.append(x)
        return layers.Dense(self.units)(layers.Dense(len(BUILT))(x))


BUILT: list[object] = []
FACTOR = tf.Variable(2.0)


@frozen
class Loose(Sound):
    """Computes with a variable that no layer has."""

    name = "loose"

    def build(self, x, earlier):
        return ops.multiply(layers.Dense(self.units)(x), FACTOR)


@frozen
class OfThisProcess(Sound):
    """As wide as the number of its process says."""

    name = "of_this_process"

    def build(self, x, earlier):
        return layers.Dense(self.units)(layers.Dense(1 + os.getpid() % 1009)(x))


@frozen
class OfHashes(Sound):
    """Takes features in the order of a set of words."""

    name = "of_hashes"

    def build(self, x, earlier):
        names = {f"feature {index}" for index in range(x.shape[-1])}
        order = [int(each.split()[1]) for each in names]
        return layers.Concatenate()([x[:, index : index + 1] for index in order])


@frozen
class Unquantizable(Sound):
    """Computes what LiteRT has no operation for in int8."""

    name = "unquantizable"

    def build(self, x, earlier):
        return ops.erfinv(ops.tanh(layers.Dense(self.units)(x)) * 0.9)


@frozen
class SaysNot(Unquantizable):
    """The same, and says so."""

    name = "says_not"
    int8 = False


@frozen
class OutOfRange(Sound):
    """Gives numbers of two magnitudes, of which 8 bits hold one."""

    name = "out_of_range"

    def build(self, x, earlier):
        return ops.sin(1000.0 * layers.Dense(self.units)(x))


def broken(test, *arguments):
    """Return what the kit says about the promise that breaks."""
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        test(*arguments)
    return re.sub(r"\s+", " ", str(caught.value))


def test_a_sound_block_keeps_them_all(tmp_path):
    block = Sound()

    kit.test_it_does_not_depend_on_the_batch_size(block, X)
    kit.test_it_holds_no_state_outside_keras(block, X, VECTORS)
    kit.test_another_process_with_the_same_seed_gives_the_same(block, X, tmp_path)
    kit.test_it_works_in_int8_or_says_not(block, X, tmp_path)


def test_another_kind_than_it_declares_is_told():
    told = broken(kit.test_it_gives_the_kind_it_declares_on_every_size, OtherKind(), VECTORS)

    assert "it says that it writes `image`" in told
    assert "gives the shape [None, 4]" in told


def test_a_fixed_batch_is_told():
    told = broken(kit.test_it_does_not_depend_on_the_batch_size, FixedBatch(), X)

    assert "fixes the batch to 6 examples" in told


def test_batches_that_it_cannot_take_are_told():
    told = broken(kit.test_it_does_not_depend_on_the_batch_size, WholeBatches(), X)

    assert "takes no batch of 1: build() depends on the batch size" in told


def test_weights_that_two_networks_share_are_told():
    told = broken(kit.test_it_holds_no_state_outside_keras, Sharing(), X, (X,))

    assert "two networks share weights: make every layer inside build()" in told


def test_what_it_remembers_between_networks_is_told():
    told = broken(kit.test_it_holds_no_state_outside_keras, Counting(), X, VECTORS)

    assert "build() must be a function of its fields and inputs" in told


def test_a_variable_of_no_layer_is_told():
    told = broken(kit.test_it_holds_no_state_outside_keras, Loose(), X, VECTORS)

    assert "variables that no layer of the network has" in told


@pytest.mark.parametrize("block", [OfThisProcess(), OfHashes()], ids=str)
def test_what_differs_between_processes_is_told(block, tmp_path):
    features = VECTORS[2]  # the wider, the less likely do two orders agree

    told = broken(
        kit.test_another_process_with_the_same_seed_gives_the_same, block, features, tmp_path
    )

    assert "another one" in told or "two processes with one seed give different results" in told


def test_a_class_that_no_other_process_can_import_is_not_tested_there(tmp_path):
    @frozen
    class Local(Sound):
        """Defined in a function."""

        name = "local"

    with pytest.raises(pytest.skip.Exception, match="no other process can import it"):
        kit.test_another_process_with_the_same_seed_gives_the_same(Local(), X, tmp_path)


def test_what_has_no_int8_form_is_told(tmp_path):
    told = broken(kit.test_it_works_in_int8_or_says_not, Unquantizable(), X, tmp_path)

    assert "it has no int8 form" in told
    assert "write `int8 = False` in the class" in told


def test_what_int8_spoils_is_told(tmp_path):
    told = broken(kit.test_it_works_in_int8_or_says_not, OutOfRange(), X, tmp_path)

    assert "in int8" in told


def test_a_block_that_says_not_is_left_alone(tmp_path):
    with pytest.raises(pytest.skip.Exception, match="says that it does not work in int8"):
        kit.test_it_works_in_int8_or_says_not(SaysNot(), X, tmp_path)
