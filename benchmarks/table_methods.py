"""What `tables.py` puts beside Archivolt: scikit-learn's network and trees, tuned LightGBM."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

VALIDATION = 0.2  # share of the training rows, as Archivolt holds back
THREADS = 2
ROUNDS = 2000  # of boosting at most; early stopping ends before


@frozen
class Table:
    """Training and test rows of a data set, the label apart."""

    x: pd.DataFrame
    y: pd.Series
    x_test: pd.DataFrame
    y_test: pd.Series

    @classmethod
    def read(cls, folder: Path, target: str) -> Table:
        train, test = (pd.read_csv(folder / f"{name}.csv.gz") for name in ("train", "test"))
        texts = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
        for name in (each for each in texts if each != target):
            kind = pd.CategoricalDtype(sorted(train[name].dropna().unique()))
            train[name], test[name] = train[name].astype(kind), test[name].astype(kind)
        y, y_test = (rows.pop(target).astype(str) for rows in (train, test))
        return cls(train, y, test, y_test)

    def scores(self, guesses: Any) -> dict[str, float]:
        """Score predictions of the test rows: to be called once."""
        from sklearn.metrics import accuracy_score, balanced_accuracy_score

        return {
            "accuracy": float(accuracy_score(self.y_test, guesses)),
            "balanced_accuracy": float(balanced_accuracy_score(self.y_test, guesses)),
        }


def mlp(table: Table, seconds: float, seed: int) -> dict[str, float]:
    """scikit-learn's MLPClassifier, stopped early, on scaled numbers and one-hot categories."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = make_column_transformer(
        (
            make_pipeline(SimpleImputer(), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            OneHotEncoder(handle_unknown="ignore"),
            make_column_selector(dtype_include="category"),
        ),
    )
    model = make_pipeline(columns, MLPClassifier(early_stopping=True, random_state=seed))
    model.fit(table.x, table.y)
    return table.scores(model.predict(table.x_test))


def hist_boosting(table: Table, seconds: float, seed: int) -> dict[str, float]:
    """scikit-learn's HistGradientBoostingClassifier as it comes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(random_state=seed)
    model.fit(table.x, table.y)
    return table.scores(model.predict(table.x_test))


def tuned_lightgbm(table: Table, seconds: float, seed: int) -> dict[str, Any]:
    """LightGBM by random search in the given time, chosen on held-back training rows.

    Then fitted again on all training rows, for as many rounds as were best: its score. That of the
    one that was chosen is told as `held_back`.
    """
    import lightgbm
    from sklearn.model_selection import train_test_split

    began = time.monotonic()
    rng = np.random.default_rng(seed)
    classes = sorted(table.y.unique())
    labels = table.y.map({name: number for number, name in enumerate(classes)}).to_numpy()
    many = np.bincount(labels)[labels] > 1
    train, held = train_test_split(
        np.flatnonzero(many), test_size=VALIDATION, random_state=seed, stratify=labels[many]
    )
    train = np.concatenate([train, np.flatnonzero(~many)])
    best, best_score, trials = None, -1.0, 0
    slowest = 0.0
    settings: dict[str, Any] = {}
    while best is None or time.monotonic() - began + 2 * slowest < seconds:  # and the refit
        start = time.monotonic()
        drawn = {
            "n_jobs": THREADS,
            "random_state": int(rng.integers(2**31)),
            "verbose": -1,
            # The first is LightGBM as it comes, but for early stopping.
            **(_drawn(rng) if trials else {}),
        }
        model = lightgbm.LGBMClassifier(n_estimators=ROUNDS, **drawn)
        model.fit(
            table.x.iloc[train],
            labels[train],
            eval_X=(table.x.iloc[held],),
            eval_y=(labels[held],),
            callbacks=[lightgbm.early_stopping(50, verbose=False)],
        )
        score = float((model.predict(table.x.iloc[held]) == labels[held]).mean())
        trials += 1
        slowest = max(slowest, time.monotonic() - start)
        if score > best_score:
            best, best_score, settings = model, score, drawn
    whole = lightgbm.LGBMClassifier(n_estimators=best.best_iteration_, **settings)
    whole.fit(table.x, labels)
    held_back, found = (
        table.scores([classes[each] for each in model.predict(table.x_test)])
        for model in (best, whole)
    )
    return {**found, "held_back": held_back, "trials": trials, "validation": best_score}


def _drawn(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "learning_rate": float(np.exp(rng.uniform(np.log(0.02), np.log(0.2)))),
        "num_leaves": int(np.exp(rng.uniform(np.log(8), np.log(256)))),
        "min_child_samples": int(np.exp(rng.uniform(np.log(2), np.log(100)))),
        "colsample_bytree": float(rng.uniform(0.4, 1.0)),
        "subsample": float(rng.uniform(0.5, 1.0)),
        "subsample_freq": 1,
        "reg_lambda": float(np.exp(rng.uniform(np.log(1e-3), np.log(10)))),
        "reg_alpha": float(rng.choice([0.0, 0.01, 0.1, 1.0])),
    }


METHODS: dict[str, tuple[str, Callable[[Table, float, int], dict[str, Any]]]] = {
    "mlp": ("scikit-learn `MLPClassifier`", mlp),
    "hist": ("scikit-learn `HistGradientBoosting`", hist_boosting),
    "lightgbm_refitted": ("LightGBM, tuned, refitted on all rows", tuned_lightgbm),
}
