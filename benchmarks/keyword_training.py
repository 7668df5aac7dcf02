"""Training the references well: augmentation, a decaying rate, the best epoch by validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keyword_rows import Rows
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

Array = NDArray[Any]
EPOCHS = 60
BATCH = 64
RATE = 2e-3  # at the begin, falling to 0 along a cosine
SHIFT = 6  # steps, to either side
STEPS_MASKED, BINS_MASKED = 8, 6  # at most (Park et al., 2019: SpecAugment)
NOISE = 0.1  # standard deviations of a feature


def train(build: Callable[[int, int, int], Any], rows: Rows, seed: int) -> tuple[Any, float]:
    """Train a network; return it as it was after the best epoch, and its validation accuracy.

    The test rows are not looked at.
    """
    import keras

    keras.utils.set_random_seed(seed)
    rng = default_rng(seed)
    x, y = rows.train
    model = build(x.shape[1], x.shape[2], rows.classes)
    steps = EPOCHS * -(-len(x) // BATCH)
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(RATE, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    best: tuple[float, float] = (-1.0, 0.0)  # accuracy, and the loss below 0 where it is equal
    weights = model.get_weights()
    for _ in range(EPOCHS):
        model.fit(augmented(x, rng), y, batch_size=BATCH, epochs=1, verbose=0)
        loss, accuracy = model.evaluate(*rows.validation, batch_size=512, verbose=0)
        if (accuracy, -loss) > best:
            best, weights = (accuracy, -loss), model.get_weights()
    model.set_weights(weights)
    return model, best[0]


def augmented(x: Array, rng: Generator) -> Array:
    """Shift clips in time, mask some steps and some bins, add noise: anew for each epoch."""
    clips, steps, bins = x.shape
    shifts = rng.integers(-SHIFT, SHIFT + 1, clips)
    at = np.clip(np.arange(steps) - shifts[:, None], 0, steps - 1)
    y = x[np.arange(clips)[:, None], at]
    for axis, length, most in ((1, steps, STEPS_MASKED), (2, bins, BINS_MASKED)):
        begin = rng.integers(0, length, clips)[:, None]
        end = begin + rng.integers(0, most + 1, clips)[:, None]
        inside = (np.arange(length) >= begin) & (np.arange(length) < end)
        y = np.where(np.expand_dims(inside, 3 - axis), 0.0, y)
    noisy: Array = (y + NOISE * rng.standard_normal(y.shape)).astype(np.float32)
    return noisy


def accuracy(model: Any, rows: tuple[Array, Array]) -> float:
    guesses = np.asarray(model.predict(rows[0], batch_size=512, verbose=0)).argmax(axis=1)
    return float((guesses == rows[1]).mean())
