import random

import keras
import numpy as np
import pytest

from archivolt.errors import TrialFailure
from archivolt.values.features import ColumnLayout, columns, image, vector
from archivolt_keras.network import build_network, stable_keys


@pytest.fixture
def stack(tiny):
    return (tiny.Dense(8, normalise=True), tiny.Dense(8), tiny.LookBack(4))


def test_keys_do_not_depend_on_what_was_built_before(stack):
    first = build_network(stack, vector(5), 3)
    keras.layers.Dense(3)(keras.Input((2,)))
    again = build_network(stack, vector(5), 3)

    assert first.keys == again.keys
    assert first.keys[0] == "block_0/dense/kernel"
    assert first.keys[-2:] == ("head/logits/kernel", "head/logits/bias")
    assert len(set(first.keys)) == len(first.keys)


def test_keys_say_which_block_a_weight_belongs_to(stack):
    by_block = {key.partition("/")[0] for key in build_network(stack, vector(5), 3).keys}

    assert by_block == {"block_0", "block_1", "block_2", "head"}


def test_layers_are_numbered_within_their_parent():
    paths = ["block_0/dense_7/kernel", "block_0/dense_7/bias", "block_0/dense_9/kernel",
             "block_1/dense_12/kernel", "block_10/cell_3/conv2d_4/kernel"]  # fmt: skip

    assert stable_keys(paths) == (
        "block_0/dense/kernel",
        "block_0/dense/bias",
        "block_0/dense_1/kernel",
        "block_1/dense/kernel",
        "block_10/cell/conv2d/kernel",
    )


def test_variables_of_one_name_keep_apart():
    assert stable_keys(["head/a/kernel", "head/a/kernel"]) == ("head/a/kernel", "head/a/kernel#2")


def test_the_seed_alone_decides_on_the_weights(stack):
    random.seed(5)
    one = build_network(stack, vector(5), 3, seed=7).weights()
    expected = random.random()
    random.seed(11)
    two = build_network(stack, vector(5), 3, seed=7).weights()
    other = build_network(stack, vector(5), 3, seed=8).weights()

    for key, array in one.items():
        np.testing.assert_array_equal(array, two[key])
    assert not np.array_equal(one["block_0/dense/kernel"], other["block_0/dense/kernel"])
    random.seed(5)
    assert random.random() == expected  # the caller's stream is left alone


def test_weights_go_from_a_trained_network_to_a_plain_one(stack):
    trained = build_network(stack, vector(5), 3, seed=1, dropout=0.3, for_training=True)
    plain = build_network(stack, vector(5), 3, seed=2, dropout=0.3)
    plain.assign(trained.weights())
    x = {"features": np.random.default_rng(0).normal(size=(6, 5)).astype("float32")}

    np.testing.assert_array_equal(trained.model(x), plain.model(x))
    names = {type(layer).__name__ for layer in plain.model.layers}
    assert "Dropout" in names
    assert "VariableDropout" not in names


def test_weights_of_another_architecture_are_refused(stack):
    other = build_network(stack[:1], vector(5), 3)

    with pytest.raises(TrialFailure, match="block_1/dense/bias"):
        build_network(stack, vector(5), 3).assign(other.weights())


def test_dropout_between_blocks_follows_its_rate(tiny):
    network = build_network((tiny.Dense(16),), vector(5), 3, dropout=0.5, for_training=True)
    layer = next(each for each in network.model.layers if "dropout" in each.name)
    ones = np.ones((200, 16), "float32")

    for rate in (0.5, 0.1, 0.0):
        network.dropout.assign(rate)
        dropped = np.asarray(layer(ones, training=True))
        assert (dropped == 0).mean() == pytest.approx(rate, abs=0.03)
        assert dropped.mean() == pytest.approx(1.0, abs=0.05)
        np.testing.assert_array_equal(layer(ones, training=False), ones)


def test_blocks_may_read_what_came_before(tiny):
    network = build_network((tiny.Dense(8), tiny.Dense(4), tiny.LookBack(4)), vector(5), 3)

    assert network.weights()["block_2/dense/kernel"].shape == (5 + 8 + 4, 4)


def test_columns_come_in_as_their_parts(tiny):
    layout = ColumnLayout(("a", "b"), ((0.0,), (0.0,)), ("c",), (4,))
    network = build_network((tiny.Embedding(3), tiny.Dense(4)), columns(layout), 1)
    parts = {"numeric": np.zeros((2, 2), "float32"), "categories": np.array([[0], [3]], "int32")}

    assert sorted(network.model.input) == ["categories", "numeric"]
    assert network.model(parts).shape == (2, 1)


def test_columns_of_numbers_alone_have_one_part(tiny):
    layout = ColumnLayout(("a", "b"), ((0.0,), (0.0,)))
    network = build_network((tiny.Embedding(),), columns(layout), 1)

    assert list(network.model.input) == ["numeric"]


def test_precision_is_the_layers_and_not_the_processs(stack):
    network = build_network(stack, vector(5), 3, precision="mixed_bfloat16")

    assert network.model.layers[1].compute_dtype == "bfloat16"
    assert network.model.output.dtype == "float32"
    assert {str(array.dtype) for array in network.weights().values()} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


def test_no_block_at_all_is_a_linear_model():
    network = build_network((), vector(5), 3)

    assert (network.parameters, network.flops) == (18, 30)


def test_a_shape_that_is_left_open_stays_open(tiny):
    from attrs import frozen

    from archivolt import Block

    @frozen
    class Pool(Block):
        """Mean over the picture."""

        name = "pool"
        reads, writes = "image", "vector"

        def build(self, x, earlier):
            return keras.layers.GlobalAveragePooling2D()(x)

    network = build_network((Pool(),), image(None, None, 3), 2)

    assert network.model({"features": np.zeros((1, 7, 9, 3), "float32")}).shape == (1, 2)
