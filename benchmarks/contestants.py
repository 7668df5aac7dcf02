"""The contestants of `peers.py`; each searches in a process of its own, for so many seconds.

All read the rows that Archivolt prepared, train every trial for the same epochs and batch size,
choose by accuracy on the same validation rows, and score their choice once on the test rows.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from arithmetic import Product, products
from attrs import define, field
from works import EPOCHS, WORKERS, Work

if TYPE_CHECKING:
    from archivolt.values.problem import Problem

SAMPLED = 60  # trials whose arithmetic is listed, spread over the run


@define
class Record:
    """What a contestant did; times are Unix times."""

    began: float = 0.0
    ends: list[float] = field(factory=list)  # of its trials
    products: list[tuple[Product, ...]] = field(factory=list)  # of all its trials, or of some
    best: float = 0.0  # accuracy on the validation rows
    test: float = 0.0  # of the best one, on the test rows


class Rows:
    """The prepared rows of a run, and who is the best so far."""

    def __init__(self, run: Path, record: Record, seconds: float) -> None:
        from archivolt_keras.prepared import Prepared

        self.problem: Problem = opened(run).problem
        prepared = Prepared.open(Path(self.problem.folder), self.problem.task)
        self.train, self.validation, self.test = (
            self._arrays(prepared, name) for name in ("train", "validation", "report")
        )
        self._record = record
        self._model: Any = None
        record.began = time.time()
        self._end = record.began + seconds

    @staticmethod
    def _arrays(prepared: Any, name: str) -> tuple[Any, Any]:
        split = prepared.split(name)
        (features,) = split.parts.values()
        return np.array(features), np.array(split.labels)

    @property
    def time_is_up(self) -> bool:
        return time.time() >= self._end

    def take(self, model: Any, score: float) -> None:
        """Count a trial, and keep its model where it is the best; a late one does not count."""
        if self.time_is_up:
            return
        record = self._record
        record.ends.append(time.time())
        record.products.append(products(model))
        if self._model is None or score > record.best:
            record.best, self._model = score, model

    def finish(self) -> None:
        if self._model is not None:
            guesses = np.asarray(self._model(self.test[0], training=False)).argmax(axis=1)
            self._record.test = float((guesses == self.test[1]).mean())


def opened(run: Path) -> Any:
    import archivolt

    return archivolt.open(run)


def search_with_archivolt(
    work: Work, data: Path | None, run: Path, seconds: float, seed: int
) -> Record:
    """Archivolt itself, by its front door."""
    import archivolt

    (x, y), test = work.load(data)
    record = Record(began=time.time())
    archivolt.search(
        x,
        y,
        test=test,
        run=run,
        minutes=seconds / 60,
        workers=WORKERS,
        seed=seed,
        preset="base",
        config=work.config,
    ).close()
    again = opened(run)
    history = [trial for trial in again.history if trial.scored]
    record.ends = sorted(trial.ended for trial in history)
    record.best = max(trial.score for trial in history)
    record.test = again.report["accuracy"]
    problem = again.problem
    chosen = np.unique(np.linspace(0, len(history) - 1, SAMPLED).astype(int))
    for index in chosen:
        record.products.append(products(network(history[index], problem)))
    return record


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


def search_with_optuna(work: Work, run: Path, seconds: float, seed: int) -> Record:
    """Optuna's TPE with a Keras objective, written as its examples are."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    record = Record()
    rows = Rows(run, record, seconds)

    def objective(trial: Any) -> float:
        model = stacked(
            work,
            rows,
            trial.suggest_int,
            trial.suggest_categorical,
            lambda name, low, high: trial.suggest_float(name, low, high, log=True),
        )
        score = fitted(model, rows, work)
        rows.take(model, score)
        return score

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, timeout=seconds)
    rows.finish()
    return record


def search_with_keras_tuner(work: Work, run: Path, seconds: float, seed: int) -> Record:
    """KerasTuner's Bayesian optimisation."""
    import keras_tuner

    record = Record()

    class TimeIsUp(keras_tuner.errors.FatalError):  # type: ignore[misc]  # any other is a failed trial
        pass

    class Model(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            return stacked(
                work,
                rows,
                hp.Int,
                hp.Choice,
                lambda name, low, high: hp.Float(name, low, high, sampling="log"),
            )

        def fit(self, hp: Any, model: Any, *args: Any, **options: Any) -> Any:
            told = model.fit(*args, **options)
            rows.take(model, told.history["val_accuracy"][-1])
            if rows.time_is_up:
                raise TimeIsUp
            return told

    with tempfile.TemporaryDirectory() as folder:
        rows = Rows(run, record, seconds)
        tuner = keras_tuner.BayesianOptimization(
            Model(),
            objective="val_accuracy",
            max_trials=1_000_000,
            seed=seed,
            directory=folder,
            project_name="peers",
        )
        with contextlib.suppress(TimeIsUp):
            tuner.search(
                *rows.train,
                batch_size=work.batch,
                epochs=EPOCHS,
                validation_data=rows.validation,
                verbose=0,
            )
        rows.finish()
    return record


def stacked(
    work: Work,
    rows: Rows,
    whole: Callable[[str, int, int], int],
    choice: Callable[[str, Any], Any],
    log: Callable[[str, float, float], float],
) -> Any:
    """Build and compile a model of the work's space, as a tuner's user writes it."""
    import keras
    from keras import layers

    x = inputs = keras.Input(rows.train[0].shape[1:])
    for index in range(whole("layers", *work.depth)):
        drawn = {
            name: choice(f"{name}_{index}", list(values)) for name, values in work.layer.items()
        }
        if work.bridge:
            x = layers.Conv2D(
                drawn["filters"], 3, drawn["stride"], padding="same", activation="relu"
            )(x)
        else:
            x = layers.Dense(drawn["units"], activation=drawn["activation"])(x)
    if work.bridge:
        bridge = choice("bridge", list(work.bridge))
        x = (layers.Flatten() if bridge == "flatten" else layers.GlobalAveragePooling2D())(x)
    outputs = layers.Dense(rows.problem.task.outputs)(x)
    return compiled(keras.Model(inputs, outputs), log("learning_rate", *work.learning_rate))


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


ARCHIVOLT = "archivolt"
PEERS: dict[str, tuple[str, Callable[[Work, Path, float, int], Record]]] = {
    "fit": ("the same candidates by `Model.fit`", fit_same_candidates),
    "fit_fast": ("… by `Model.fit` at its best", fit_same_candidates_fast),
    "optuna": ("Optuna, TPE", search_with_optuna),
    "keras_tuner": ("KerasTuner, Bayesian", search_with_keras_tuner),
}

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
