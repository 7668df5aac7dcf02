"""Searches of the training tables with rows held back, and every trial predicted on those.

No search may look at its report rows; a benchmark of how to choose does, once the search is over.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tables import SETS, TARGET

import archivolt
from archivolt.search.run import Run
from archivolt.values.trial import Trial


def options_of(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=2.5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--runs", type=Path, required=True)
    return parser


def searched(options: argparse.Namespace) -> Iterator[tuple[str, Run]]:
    """Yield each search with its title; one that is in the folder `runs` is not run again."""
    for name in options.only:
        for seed in range(options.seeds):
            path = options.runs / f"{name}-{seed}"
            there = path.exists()
            run = archivolt.open(path) if there else _search(name, seed, path, options)
            yield f"{SETS[name]}, seed {seed}", run


def _search(name: str, seed: int, path: Path, options: argparse.Namespace) -> Run:
    print(f"{name}, seed {seed} …", file=sys.stderr, flush=True)
    return archivolt.search(
        options.data / name / "train.csv.gz",
        target=TARGET,
        run=path,
        minutes=options.minutes,
        workers=2,
        seed=seed,
        preset="tabular",
        config={"problem": {"split": {"report": 0.3}}},
    )


def report_predictions(run: Run, trials: list[Trial]) -> tuple[NDArray[Any], Any]:
    """Predict the report rows by every trial.

    Returns:
        Predictions, `(trials, rows, outputs)`; and what scores `(rows, outputs)` by every metric.
    """
    from functools import partial

    from archivolt.values.logits import predictions_of
    from archivolt_keras.deliver import trained_network
    from archivolt_keras.predictions import score_split
    from archivolt_keras.prepared import Prepared
    from archivolt_keras.training.predict import predict

    problem = run.problem
    prepared = Prepared.open(Path(problem.folder), problem.task)
    split = prepared.split("report")
    assert split is not None
    kept = run.path / "report_predictions.npz"
    numbers = [trial.number for trial in trials]
    if kept.exists():
        stored = np.load(kept)
        if stored["numbers"].tolist() == numbers:
            return stored["predictions"], partial(score_split, problem, prepared.encoding, split)
    found = []
    for trial in trials:
        network = trained_network(trial, problem, run.path / "trials" / f"{trial.number:05d}")
        found.append(predictions_of(problem.task, predict(network.forward, split.parts)))
    predictions = np.stack(found)
    np.savez(kept, numbers=numbers, predictions=predictions)
    return predictions, partial(score_split, problem, prepared.encoding, split)
