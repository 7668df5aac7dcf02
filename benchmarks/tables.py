"""Test accuracy on four tables: Archivolt beside scikit-learn's MLP, histogram boosting, LightGBM.

    uv run --all-packages --group benchmarks python benchmarks/tables.py --data DATA --minutes 5

DATA holds a folder a table (adult, letter, satellite, wine_quality) with `train.csv.gz` and
`test.csv.gz`, the label in the column `target`. Everyone is given the training rows; the test rows
are scored once, by what each chose on rows of its own. Archivolt and LightGBM's tuning have the
minutes; the other two run with their defaults.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

TABLES = ("adult", "letter", "satellite", "wine_quality")
CORES = 2


def archivolt(folder: Path, seed: int, minutes: float) -> tuple[float, str]:
    """Run the two commands that a user would, and return the test accuracy and what was found."""
    with tempfile.TemporaryDirectory() as scratch:
        run = str(Path(scratch) / "run")
        command = [sys.executable, "-m", "archivolt"]
        search = ["search", str(folder / "train.csv.gz"), "--target", "target"]
        search += ["--minutes", str(minutes), "--workers", str(CORES), "--seed", str(seed)]
        search += ["--set", "problem.split.report=0", "--run", run, "--json"]
        done = subprocess.run([*command, *search], capture_output=True, text=True, check=True)
        last = json.loads(done.stdout.splitlines()[-1])
        test = str(folder / "test.csv.gz")
        scored = subprocess.run(
            [*command, "evaluate", run, test, "--json"], capture_output=True, text=True, check=True
        )
        found = f"{last['trials']} trials, {last['best']['parameters']} parameters"
        return json.loads(scored.stdout)["metrics"]["accuracy"], found


def prepared(frame: pd.DataFrame, one_hot: bool) -> tuple[Any, pd.DataFrame]:
    """Return the usual encoding of numbers and categories for scikit-learn, and the features."""
    features = frame.drop(columns="target").replace("?", np.nan)
    numbers = features.select_dtypes("number").columns
    others = features.columns.difference(numbers)
    if one_hot:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        scaler = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    else:
        encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        )
        scaler = "passthrough"
    return make_column_transformer((scaler, numbers), (encoder, others)), features


def neural_network(folder: Path, seed: int, minutes: float) -> tuple[float, str]:
    train, test = read(folder)
    encoding, x = prepared(train, one_hot=True)
    model = make_pipeline(encoding, MLPClassifier(early_stopping=True, random_state=seed))
    model.fit(x, train["target"])
    return accuracy(model, test), "defaults, early stopping"


def boosting(folder: Path, seed: int, minutes: float) -> tuple[float, str]:
    train, test = read(folder)
    encoding, x = prepared(train, one_hot=False)
    model = make_pipeline(encoding, HistGradientBoostingClassifier(random_state=seed))
    model.fit(x, train["target"])
    return accuracy(model, test), "defaults"


def lightgbm_tuned(folder: Path, seed: int, minutes: float) -> tuple[float, str]:
    """Random search within the minutes on a held-back fifth, then a refit on all rows."""
    from lightgbm import LGBMClassifier, early_stopping

    warnings.filterwarnings("ignore", module="lightgbm")
    train, test = read(folder)
    encoding, x = prepared(train, one_hot=False)
    y = train["target"].to_numpy()
    names = train.drop(columns="target").select_dtypes(exclude="number").columns
    matrix = encoding.fit_transform(x)
    categories = list(range(matrix.shape[1] - len(names), matrix.shape[1]))
    classes, counts = np.unique(y, return_counts=True)
    lonely = np.isin(y, classes[counts < 2])
    fit, held, y_fit, y_held = train_test_split(
        matrix, y, test_size=0.2, random_state=seed, stratify=None if lonely.any() else y
    )
    rng = np.random.default_rng(seed)
    deadline = time.monotonic() + 60 * minutes
    best, chosen, tried = -1.0, {}, 0
    while time.monotonic() < deadline:
        settings = {
            "learning_rate": float(np.exp(rng.uniform(np.log(0.02), np.log(0.2)))),
            "num_leaves": int(np.exp(rng.uniform(np.log(8), np.log(256)))),
            "min_child_samples": int(np.exp(rng.uniform(np.log(2), np.log(100)))),
            "subsample": float(rng.uniform(0.5, 1.0)),
            "subsample_freq": 1,
            "colsample_bytree": float(rng.uniform(0.4, 1.0)),
            "reg_lambda": float(np.exp(rng.uniform(np.log(1e-3), np.log(10)))),
        }
        model = LGBMClassifier(
            n_estimators=2000, n_jobs=CORES, random_state=seed, verbose=-1, **settings
        )
        known = np.isin(y_held, y_fit)  # a class of one row may lie in the held-back part alone
        model.fit(
            fit,
            y_fit,
            eval_set=[(held[known], y_held[known])],
            categorical_feature=categories,
            callbacks=[early_stopping(50, verbose=False)],
        )
        score = float(np.mean(model.predict(held) == y_held))
        tried += 1
        if score > best:
            best, chosen = score, {**settings, "n_estimators": int(model.best_iteration_ or 100)}
    final = LGBMClassifier(n_jobs=CORES, random_state=seed, verbose=-1, **chosen)
    final.fit(matrix, y, categorical_feature=categories)
    tested = encoding.transform(test.drop(columns="target").replace("?", np.nan))
    return float(np.mean(final.predict(tested) == test["target"])), f"{tried} settings, refitted"


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.read_csv(folder / "train.csv.gz"), pd.read_csv(folder / "test.csv.gz")


def accuracy(model: Any, test: pd.DataFrame) -> float:
    features = test.drop(columns="target").replace("?", np.nan)
    return float(np.mean(model.predict(features) == test["target"]))


SYSTEMS: dict[str, Callable[[Path, int, float], tuple[float, str]]] = {
    "Archivolt": archivolt,
    "MLPClassifier": neural_network,
    "HistGradientBoosting": boosting,
    "LightGBM, tuned": lightgbm_tuned,
}


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Score every system on every table, alternating, so that a busy minute meets them all."""
    for seed in range(options.seeds):
        for table in options.tables:
            for name in options.systems:
                began = time.monotonic()
                score, found = SYSTEMS[name](options.data / table, seed, options.minutes)
                yield {
                    "table": table,
                    "system": name,
                    "seed": seed,
                    "minutes": options.minutes,
                    "accuracy": score,
                    "seconds": time.monotonic() - began,
                    "found": found,
                }


def markdown(found: list[dict[str, Any]], tables: list[str], systems: list[str]) -> str:
    lines = ["| table | " + " | ".join(systems) + " |", "|---|" + "---|" * len(systems)]
    for table in tables:
        cells = []
        for name in systems:
            scores = [
                row["accuracy"] for row in found if (row["table"], row["system"]) == (table, name)
            ]
            spread = f" ± {stdev(scores):.4f}" if len(scores) > 1 else ""
            cells.append(f"{mean(scores):.4f}{spread}" if scores else "-")
        lines.append(f"| {table} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the tables")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--results", type=Path, help="JSON lines to append to")
    options = parser.parse_args()
    found = []
    for row in rows(options):
        found.append(row)
        print(json.dumps(row), flush=True)
        if options.results:
            with options.results.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
    print(markdown(found, options.tables, options.systems))


if __name__ == "__main__":
    main()
