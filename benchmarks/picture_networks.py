"""Networks that are made by hand for pictures, and trained with plain Keras for some minutes.

A convolutional network and a residual one (He et al., 2016, section 4.2) of one size, with all that
is usual: batch normalisation, augmentation, AdamW, a warm-up and a cosine over the given time,
label smoothing. Nothing in it was chosen by test rows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Arrays = tuple[NDArray[np.uint8], NDArray[np.int64]]

BATCH = 64
RATE = 3e-3  # at its peak
WARM_UP = 0.05  # of the time
LARGE_PLATE = 40  # pixels a side; larger pictures are halved by the first convolution


@frozen
class HandMade:
    """A network that somebody thought of.

    Args:
        title: In tables.
        build: From the channels-last shape of a picture and the number of classes.
    """

    title: str
    build: Callable[[tuple[int, ...], int], Any]


def _stem(x: Any, filters: int) -> Any:
    return _convolved(x, filters, 2 if min(x.shape[1:3]) > LARGE_PLATE else 1)


def _convolved(x: Any, filters: int, stride: int = 1, size: int = 3) -> Any:
    from keras import layers

    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def _relu(x: Any) -> Any:
    from keras import layers

    return layers.Activation("relu")(x)


def _convolutional(stages: tuple[int, ...]) -> Callable[[tuple[int, ...], int], Any]:
    """Two convolutions a stage, the plate halved between stages."""

    def build(shape: tuple[int, ...], classes: int) -> Any:
        from keras import Input, Model, layers

        inputs = Input(shape)
        x = _relu(_stem(inputs, stages[0]))
        for number, filters in enumerate(stages):
            if number:
                x = _relu(_convolved(layers.MaxPooling2D()(x), filters))
            x = _relu(_convolved(x, filters))
        x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
        return Model(inputs, layers.Dense(classes)(x))

    return build


def _residual(depth: int, filters: int) -> Callable[[tuple[int, ...], int], Any]:
    """Three stages of residual blocks; projections where the shape changes."""

    def build(shape: tuple[int, ...], classes: int) -> Any:
        from keras import Input, Model, layers

        inputs = Input(shape)
        x = _relu(_stem(inputs, filters))
        for stage in range(3):
            for place in range((depth - 2) // 6):
                width, stride = filters << stage, 2 if stage and not place else 1
                y = _convolved(_relu(_convolved(x, width, stride)), width)
                past = _convolved(x, width, stride, 1) if stride > 1 else x
                x = _relu(layers.Add()([past, y]))
        return Model(inputs, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))

    return build


HAND_MADE = {
    "cnn": HandMade("Hand-made convolutional network", _convolutional((32, 64, 128))),
    "resnet": HandMade("ResNet-20", _residual(20, 16)),
    "small_cnn": HandMade("Hand-made small convolutional network", _convolutional((14, 28, 56))),
    "small_resnet": HandMade("ResNet-8, 14 filters", _residual(8, 14)),
}


def train(
    network: HandMade, training: Arrays, judged: Arrays, minutes: float, seed: int
) -> dict[str, float]:
    """Train for so long; judge once, at the end.

    Returns:
        `accuracy` on the judged rows, `parameters` and `epochs`.
    """
    import keras

    keras.utils.set_random_seed(seed)
    x, y = training
    classes = int(y.max()) + 1
    inputs = keras.Input(x.shape[1:])
    scale = keras.layers.Normalization()
    scale.adapt(x.astype(np.float32))
    body = network.build(x.shape[1:], classes)
    model = keras.Model(inputs, body(scale(inputs)))
    model.compile(
        keras.optimizers.AdamW(RATE, weight_decay=0.01),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05),
        jit_compile=False,
    )
    clock = _Clock(60 * minutes)
    steps = max(1, len(x) // BATCH)
    model.fit(
        _batches(x, y, classes, seed),
        steps_per_epoch=steps,
        epochs=1_000_000,
        callbacks=[_by_the_clock(clock)],
        verbose=0,
    )
    logits = model.predict(judged[0], batch_size=256, verbose=0)
    return {
        "accuracy": float((logits.argmax(1) == judged[1]).mean()),
        "parameters": body.count_params(),
        "epochs": clock.steps / steps,
    }


def _batches(x: NDArray[np.uint8], y: NDArray[np.int64], classes: int, seed: int) -> Any:
    import tensorflow as tf
    from keras import layers

    change = [
        layers.RandomFlip("horizontal", seed=seed),
        layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=seed),
        layers.RandomRotation(0.03, fill_mode="nearest", seed=seed),
        layers.RandomZoom(0.1, fill_mode="nearest", seed=seed),
    ]

    def augmented(pictures: Any, labels: Any) -> Any:
        pictures = tf.cast(pictures, tf.float32)
        for layer in change:
            pictures = layer(pictures, training=True)
        return pictures, labels

    labels = np.eye(classes, dtype=np.float32)[y]
    rows = tf.data.Dataset.from_tensor_slices((x, labels))
    rows = rows.shuffle(len(x), seed=seed).repeat().batch(BATCH, drop_remainder=True)
    return rows.map(augmented, num_parallel_calls=2).prefetch(2)


class _Clock:
    """The share of the time that has passed, and the learning rate by it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began = time.monotonic()
        self.steps = 0

    @property
    def share(self) -> float:
        return (time.monotonic() - self.began) / self.seconds

    @property
    def rate(self) -> float:
        share = min(1.0, self.share)
        if share < WARM_UP:
            return RATE * share / WARM_UP
        return RATE * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


def _by_the_clock(clock: _Clock) -> Any:
    from keras import callbacks

    class ByTheClock(callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            self.model.optimizer.learning_rate.assign(clock.rate)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            clock.steps += 1
            if clock.share >= 1:
                self.model.stop_training = True

    return ByTheClock()
