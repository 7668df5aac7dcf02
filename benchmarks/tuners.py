"""The tuners of `peers.py`, over a space as near to Archivolt's as can be."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fitting import compiled, fitted
from rows import Record, Rows
from works import EPOCHS, Work


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
