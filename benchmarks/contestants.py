"""The contestants of `peers.py`; each searches in a process of its own, for so many seconds.

All read the rows that Archivolt prepared, train every trial for the same epochs and batch size,
choose by accuracy on the same validation rows, and score their choice once on the test rows.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from arithmetic import products
from fitting import fit_same_candidates, fit_same_candidates_fast, network
from rows import Record, opened
from tuners import search_with_keras_tuner, search_with_optuna
from works import WORKERS, Work

SAMPLED = 60  # trials whose arithmetic is listed, spread over the run


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
        config={**work.config, "ensembler": "greedy_selection"},
    ).close()
    again = opened(run)
    history = [trial for trial in again.history if trial.scored]
    record.ends = sorted(trial.ended for trial in history)
    record.best = max(trial.score for trial in history)
    record.test = json.loads((run / "best" / "model.json").read_text())["report"]["score"]
    record.ensemble = again.report["accuracy"]
    problem = again.problem
    chosen = np.unique(np.linspace(0, len(history) - 1, SAMPLED).astype(int))
    for index in chosen:
        record.products.append(products(network(history[index], problem)))
    return record


ARCHIVOLT = "archivolt"
PEERS: dict[str, tuple[str, Callable[[Work, Path, float, int], Record]]] = {
    "fit": ("the same candidates by `Model.fit`", fit_same_candidates),
    "fit_fast": ("… by `Model.fit` at its best", fit_same_candidates_fast),
    "optuna": ("Optuna, TPE", search_with_optuna),
    "keras_tuner": ("KerasTuner, Bayesian", search_with_keras_tuner),
}

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
