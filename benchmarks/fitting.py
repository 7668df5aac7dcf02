"""Training by Keras' own `fit`: the candidates that Archivolt tried, and any other model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rows import Record, Rows, opened
from works import EPOCHS, Work

if TYPE_CHECKING:
    from archivolt.values.problem import Problem


def network(trial: Any, problem: Problem) -> Any:
    """Build the Keras model of a recorded trial, from one array to logits."""
    import keras

    from archivolt_keras.network import build_network

    model = build_network(
        trial.candidate.architecture, problem.features, problem.task.outputs, seed=trial.seed
    ).model
    (inputs,) = model.inputs
    return keras.Model(inputs, model.outputs[0])


def compiled(model: Any, learning_rate: float, **options: Any) -> Any:
    import keras

    model.compile(
        keras.optimizers.Adam(learning_rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **options,
    )
    return model


def fit_same_candidates(work: Work, run: Path, seconds: float, seed: int) -> Record:
    """The candidates that Archivolt tried, by `Model.fit` as it comes."""
    record = Record()
    rows = Rows(run, record, seconds)
    for trial in _trials(run, seed):
        if rows.time_is_up:
            break
        model = compiled(network(trial, rows.problem), trial.candidate.recipe.learning_rate)
        rows.take(model, fitted(model, rows, work))
    rows.finish()
    return record


def fit_same_candidates_fast(work: Work, run: Path, seconds: float, seed: int) -> Record:
    """The same by `Model.fit` at its best: one thread, cached `tf.data`, 32 steps a call."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    record = Record()
    rows = Rows(run, record, seconds)
    x, y = rows.train
    training = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(len(x)).batch(work.batch)
    scored = tf.data.Dataset.from_tensor_slices(rows.validation).batch(1024).cache()
    for trial in _trials(run, seed):
        if rows.time_is_up:
            break
        keras.backend.clear_session()
        rate = trial.candidate.recipe.learning_rate
        model = compiled(network(trial, rows.problem), rate, steps_per_execution=32)
        told = model.fit(training, epochs=EPOCHS, validation_data=scored, verbose=0, shuffle=False)
        rows.take(model, told.history["val_accuracy"][-1])
    rows.finish()
    return record


def fitted(model: Any, rows: Rows, work: Work) -> float:
    """Train a model by `fit` as it comes; return its accuracy on the validation rows."""
    told = model.fit(
        *rows.train,
        batch_size=work.batch,
        epochs=EPOCHS,
        validation_data=rows.validation,
        verbose=0,
    )
    return float(told.history["val_accuracy"][-1])


def _trials(run: Path, seed: int) -> Iterator[Any]:
    """Yield the trials that Archivolt ran, again where they come to an end.

    In random order, since a search goes from small networks to larger ones and the peers come to
    a part of them only.
    """
    history = [trial for trial in opened(run).history if trial.scored]
    while True:
        yield from (history[at] for at in np.random.default_rng(seed).permutation(len(history)))
