"""Streaming models: frame by frame they give what the whole clip gives."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers, ops

from archivolt.components.measuring import symbolic
from archivolt.testing.saved_models import foreign_classes
from archivolt.values.features import sequence
from archivolt_audio.attention_over_time import AttentionQuery, KeywordTransformer
from archivolt_audio.conv_recurrent import ConvRecurrent
from archivolt_audio.streaming.errors import NotStreamableError
from archivolt_audio.streaming.feeding import Stream
from archivolt_audio.streaming.models import streaming_model
from archivolt_audio.svdf import ResidualSvdf
from archivolt_audio.temporal_convolutions import SeparableConv1D, TcResnet
from archivolt_blocks.attention import Attention
from archivolt_blocks.connectors import SequenceToVector
from archivolt_blocks.merging import MergeEarlierSequence
from archivolt_blocks.recurrent import Gru, Lstm, SimpleRnn
from archivolt_blocks.sequences import Conv1D, SequenceIdentity, StepDense, Svdf

T, BINS = 13, 6


def clips(rows: int = 3, steps: int = T) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((rows, steps, BINS)).astype("float32")


def network(*blocks, steps: int | None = T, padded: bool = False, outputs: int = 0) -> keras.Model:
    """Stack blocks; weights, biases and statistics are what a training might leave."""
    keras.utils.set_random_seed(0)
    inputs, x = symbolic(sequence(steps, BINS, padded=padded))
    earlier: list = []
    for block in blocks:
        earlier, x = [*earlier, x], block.build(x, tuple(earlier))
    model = keras.Model(inputs[0], layers.Dense(outputs)(x) if outputs else x)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        drawn = np.abs if "variance" in weight.path else np.asarray
        weight.assign(weight.numpy() + drawn(rng.normal(0, 0.2, weight.shape)))
    return model


def frame_by_frame(model: keras.Model, given: np.ndarray) -> np.ndarray:
    """Return the outputs of all calls side by side."""
    streamed = Stream(streaming_model(model))
    said = [np.asarray(each) for each in streamed.outputs(given)]
    return np.concatenate(said, axis=1) if said[0].ndim == 3 else np.stack(said, axis=1)


CAUSAL = (
    Svdf(units=16, memory=5, rank=2, projection=7),
    Svdf(units=16, memory=1),
    ResidualSvdf(nodes=16, memory=4, rank=2, bottleneck=8),
    ResidualSvdf(nodes=16, memory=4, normalisation="none", skip=False),
    StepDense(16, normalisation="layer", activation="gelu", dropout=0.2, skip=True),
    SequenceIdentity(),
    Conv1D(16, kernel=4, causal=True, skip=True),
    Conv1D(16, kernel=3, dilation=4, causal=True, normalisation="layer", activation="leaky_relu"),
    Conv1D(16, kernel=1, causal=False),
    SimpleRnn(16),
    Gru(16, skip=True),
    Lstm(16),
    TcResnet(8, kernel=5, causal=True, activation="elu"),
    TcResnet(8, kernel=3, stride=2, causal=True),
    SeparableConv1D(8, kernel=5, dilation=2, repeats=2, causal=True, skip=True, dropout=0.1),
    SeparableConv1D(8, kernel=3, stride=2, between=True, causal=True, activation="silu"),
    ConvRecurrent(4, kernel=5, bins=3, stride=2, units=8, causal=True),
    ConvRecurrent(4, kernel=3, bins=4, stride=1, bin_stride=1, units=8, causal=True),
)


@pytest.mark.parametrize("block", CAUSAL, ids=str)
def test_a_causal_block_gives_each_step_what_it_gives_the_whole_clip(block):
    model, given = network(block), clips()

    np.testing.assert_allclose(
        frame_by_frame(model, given), np.asarray(model(given)), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("block", CAUSAL, ids=str)
def test_padded_steps_stay_out_as_they_do_of_the_whole_clip(block):
    model, given = network(block, SequenceToVector("average"), padded=True), clips()
    given[0, 4:] = given[1, 7:] = 0

    said = frame_by_frame(model, given)

    np.testing.assert_allclose(said[:, -1], np.asarray(model(given)), rtol=1e-5, atol=1e-5)


def test_the_two_realisations_of_svdf_are_equal():
    for block in (Svdf(units=24, memory=8, rank=2), ResidualSvdf(nodes=24, memory=8, rank=2)):
        model, given = network(block, steps=40), clips(steps=40)
        cell = Stream(streaming_model(model))

        said = np.concatenate([np.asarray(each) for each in cell.outputs(given)], axis=1)

        np.testing.assert_allclose(said, np.asarray(model(given)), rtol=0, atol=1e-5)
        # The cell remembers what it weighed of the newest memory - 1 steps, once for each rank.
        assert [each.shape for each in cell.start().values()] == [(1, 7, 24)] * 2
        assert cell.model.count_params() == model.count_params()


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("mode", ["average", "max", "last"])
def test_after_each_frame_the_head_says_what_it_says_of_the_clip_so_far(mode, padded):
    blocks = (ResidualSvdf(nodes=16, memory=3), Gru(8), SequenceToVector(mode))
    model, given = network(*blocks, steps=None, padded=padded, outputs=4), clips()

    said = frame_by_frame(model, given)

    for step in range(T):
        so_far = np.asarray(model(given[:, : step + 1]))
        np.testing.assert_allclose(said[:, step], so_far, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["average", "max", "last"])
def test_padding_in_the_middle_of_a_stream_is_passed_over(mode):
    blocks = (Conv1D(16, causal=True), Lstm(8), SequenceToVector(mode))
    model, given = network(*blocks, padded=True, outputs=4), clips()
    given[0, 3:6] = given[1, :4] = given[2, 9:] = 0

    said = frame_by_frame(model, given)

    np.testing.assert_allclose(said[:, -1], np.asarray(model(given)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps", [11, 12, 13])
def test_behind_strides_a_call_takes_the_frames_of_one_step(steps):
    blocks = (
        TcResnet(8, kernel=3, stride=2, causal=True),
        Gru(8),
        SeparableConv1D(8, kernel=3, stride=2, causal=True, skip=True),
        SequenceToVector("average"),
    )
    model, given = network(*blocks, steps=None, outputs=3), clips(steps=steps)
    streamed = Stream(streaming_model(model))

    said = streamed.outputs(given)

    assert streamed.taken == 4
    assert len(said) == -(-steps // 4)
    np.testing.assert_allclose(np.asarray(said[-1]), np.asarray(model(given)), atol=1e-5)
    # The first call says what one frame does.
    np.testing.assert_allclose(np.asarray(said[0]), np.asarray(model(given[:, :1])), atol=1e-5)


def test_sequences_of_one_pace_are_merged():
    for mode in ("add", "concatenate"):
        merge = MergeEarlierSequence(back=2, mode=mode)
        for padded in (False, True):
            model = network(Svdf(units=16), Gru(8), merge, padded=padded)

            np.testing.assert_allclose(
                frame_by_frame(model, clips()), np.asarray(model(clips())), rtol=1e-4, atol=1e-5
            )


def test_a_trained_network_says_of_a_stream_what_it_says_of_a_clip():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 256)
    given = rng.standard_normal((256, T, BINS)).astype("float32")
    given[:, 2:6, 0] += np.where(labels, 1.5, -1.5)[:, None]
    blocks = (ResidualSvdf(nodes=16, memory=4), Gru(8), SequenceToVector("average"))
    model = network(*blocks, outputs=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    model.fit(given, labels, epochs=8, batch_size=32, verbose=0)
    assert model.evaluate(given, labels, verbose=0)[1] > 0.9

    said = frame_by_frame(model, given)[:, -1]

    np.testing.assert_allclose(said, np.asarray(model(given)), rtol=1e-4, atol=1e-4)


def test_it_is_saved_and_runs_in_plain_keras(tmp_path):
    blocks = (Svdf(units=16), Lstm(8), SequenceToVector("max"))
    model, given = network(*blocks, padded=True, outputs=2), clips()
    streaming_model(model).save(tmp_path / "stream.keras")

    again = keras.saving.load_model(tmp_path / "stream.keras", safe_mode=True)

    assert set(foreign_classes(tmp_path / "stream.keras")) == set()
    states = {name: ops.zeros((3, *each.shape[1:])) for name, each in again.input[1].items()}
    for step in range(T):
        output, states = again([ops.convert_to_tensor(given[:, step : step + 1]), states])
    np.testing.assert_allclose(np.asarray(output), np.asarray(model(given)), atol=1e-5)
    loaded = Stream.load(tmp_path / "stream.keras")
    assert (loaded.taken, loaded.features) == (1, BINS)


def test_streams_run_beside_each_other():
    model, given = network(Gru(8), SequenceToVector("last")), clips()
    streamed = Stream(streaming_model(model))

    together = streamed.outputs(given)[-1]

    for row in range(len(given)):
        alone = streamed.outputs(given[row : row + 1])[-1]
        np.testing.assert_allclose(np.asarray(alone)[0], np.asarray(together)[row], atol=1e-6)


def test_the_weights_are_its_own():
    model = network(Conv1D(8, causal=True))
    streamed, given = Stream(streaming_model(model)), clips()
    before = [np.asarray(each) for each in streamed.outputs(given)]

    for weight in model.weights:
        weight.assign(weight * 0)

    after = [np.asarray(each) for each in streamed.outputs(given)]
    np.testing.assert_array_equal(before, after)


def test_a_network_of_keras_own_layers_streams():
    model = keras.Sequential(
        [
            keras.Input((T, BINS)),
            layers.Normalization(mean=0.5, variance=2.0),
            layers.ZeroPadding1D((4, 0)),
            layers.SeparableConv1D(8, 3, dilation_rate=2, activation="relu"),
            layers.GRU(8, return_sequences=True),
            layers.LSTM(5),
            layers.Dense(3, activation="softmax"),
        ]
    )

    said = frame_by_frame(model, clips())

    np.testing.assert_allclose(said[:, -1], np.asarray(model(clips())), atol=1e-5)


def squeeze_and_excite(x):
    return layers.Multiply()([x, layers.GlobalAveragePooling1D(keepdims=True)(x)])


@pytest.mark.parametrize(
    ("make", "layer", "why", "instead"),
    [
        (Conv1D(8).build, "Conv1D", "reaches into later ones", "causal: true"),
        (
            SeparableConv1D(8, kernel=3).build,
            "DepthwiseConv1D",
            "reaches into later ones",
            "causal",
        ),
        (Lstm(8, bidirectional=True).build, "Bidirectional", "at the last step", "bidirectional"),
        (Attention(causal=True).build, "MultiHeadAttention", "attends to all", "residual_svdf"),
        (AttentionQuery(1, 8).build, "MultiHeadAttention", "attends to all", "gru"),
        (KeywordTransformer().build, "Cumsum", "numbers the steps", "gru"),
        (SequenceToVector("flatten").build, "Flatten", "all steps of a clip at once", "average"),
        (
            lambda x, _: layers.LayerNormalization(axis=1)(x),
            "LayerNorm",
            "works along time",
            "svdf",
        ),
        (lambda x, _: ops.softmax(x, axis=1), "Softmax", "works along time", "svdf"),
        (lambda x, _: layers.GRU(4, go_backwards=True)(x), "GRU", "last step to the first", "svdf"),
        (lambda x, _: x[:, 3], "GetItem", "certain steps", "svdf"),
        (lambda x, _: x[:, ::-1], "GetItem", "certain steps", "svdf"),
        (lambda x, _: layers.Conv1D(4, 3)(x), "Conv1D", "begins at the first", "padding='causal'"),
        (lambda x, _: layers.ZeroPadding1D(2)(x), "ZeroPadding1D", "behind the last one", "svdf"),
        (lambda x, _: ops.flip(x, axis=1), "Flip", "turns time round", "svdf"),
        (lambda x, _: squeeze_and_excite(x), "Multiply", "summed up of the whole clip", "svdf"),
        (lambda x, _: layers.Permute((2, 1))(x), "Permute", "is unknown", "svdf"),
        (lambda x, _: layers.Reshape((T * BINS,))(x), "Reshape", "mixes steps", "svdf"),
        (
            lambda x, _: layers.GlobalMaxPooling1D()(layers.Concatenate()([x, ops.cumsum(x, 1)])),
            "Cumsum",
            "numbers the steps",
            "svdf",
        ),
    ],
)
def test_what_sees_later_steps_is_refused(make, layer, why, instead):
    inputs = keras.Input((T, BINS))
    model = keras.Model(inputs, make(inputs, ()))

    with pytest.raises(NotStreamableError, match=why) as caught:
        streaming_model(model)

    assert caught.value.layer.startswith(layer)
    assert instead in str(caught.value)


def test_steps_of_unequal_pace_are_not_joined():
    inputs = keras.Input((T, BINS))
    fast = layers.GlobalAveragePooling1D()(inputs)
    slow = layers.GlobalAveragePooling1D()(layers.Conv1D(4, 3, strides=2, padding="causal")(inputs))

    with pytest.raises(NotStreamableError, match="steps of 1 frames, where a call takes 2"):
        streaming_model(keras.Model(inputs, layers.Concatenate()([fast, slow])))


def test_a_layer_of_somebody_else_is_refused():
    class Activation(layers.Layer):
        def call(self, x):
            return x - ops.mean(x, axis=1, keepdims=True)

    inputs = keras.Input((T, BINS))

    with pytest.raises(NotStreamableError, match="is unknown"):
        streaming_model(keras.Model(inputs, Activation()(inputs)))


def test_what_reads_no_sequence_is_refused():
    inputs = keras.Input((BINS,))

    with pytest.raises(NotStreamableError, match="where one sequence of frames is expected"):
        streaming_model(keras.Model(inputs, layers.Dense(2)(inputs)))
