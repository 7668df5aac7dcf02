"""What the rule by which a trial is delivered is worth, on rows that took part in no choice.

    uv run --all-packages python benchmarks/selection.py DATA
        [--minutes 2.5] [--seeds 1] [--only adult letter …] [--runs FOLDER]

DATA is a folder as `tables.py` reads it; the training tables alone are used, 30 % of their rows
held back. Every trial of a search is scored on those, which no search may do, and the rules are
compared: the score of their choice, in the mean over random halves of the trials and for all of
them. FOLDER keeps the runs; one that is there is not searched again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from attrs import evolve
from tables import SETS, TARGET

import archivolt
from archivolt.search.run import Run
from archivolt.values.history import History
from archivolt.values.selection import RULES, select
from archivolt.values.trial import Trial

HALVES = 300
Scores = dict[int, float]  # on the report rows, by trial


def main() -> None:
    parser = argparse.ArgumentParser(description="Rules of selection, compared.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=2.5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--runs", type=Path)
    options = parser.parse_args()
    print("| | trials | " + " | ".join(f"{rule}, halves | all" for rule in RULES) + " |")
    print("| --- |" + " ---: |" * (1 + 2 * len(RULES)))
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only:
            for seed in range(options.seeds):
                path = (options.runs or Path(folder)) / f"{name}-{seed}"
                run = archivolt.open(path) if path.exists() else _search(name, seed, path, options)
                _show(f"{SETS[name]}, seed {seed}", run)


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


def _show(title: str, run: Run) -> None:
    trials = [trial for trial in run.history if trial.scored]
    scores = _scores(run, trials)
    rng = np.random.default_rng(0)
    halves = [rng.permutation(len(trials))[: len(trials) // 2] for _ in range(HALVES)]
    cells = []
    for rule in RULES:
        chosen = [_choice([trials[at] for at in half], rule) for half in halves]
        cells += [np.mean([scores[number] for number in chosen]), scores[_choice(trials, rule)]]
    print(
        f"| {title} | {len(trials)} | " + " | ".join(f"{cell:.4f}" for cell in cells) + " |",
        flush=True,
    )


def _choice(trials: list[Trial], rule: str) -> int:
    ordered = [evolve(trial, number=index, parent=None) for index, trial in enumerate(trials)]
    found = select(History(True, ordered), rule)
    assert found is not None
    return trials[found.trial.number].number


def _scores(run: Run, trials: list[Trial]) -> Scores:
    """Score every trial by accuracy on the report rows."""
    from archivolt_keras.deliver import trained_network
    from archivolt_keras.predictions import from_logits, score_split
    from archivolt_keras.prepared import Prepared
    from archivolt_keras.training.predict import predict

    problem = run.problem
    prepared = Prepared.open(Path(problem.folder), problem.task)
    split = prepared.split("report")
    assert split is not None
    found = {}
    for trial in trials:
        network = trained_network(trial, problem, run.path / "trials" / f"{trial.number:05d}")
        likely = from_logits(problem.task, predict(network.forward, split.parts))
        found[trial.number] = score_split(problem, prepared.encoding, split, likely)["accuracy"]
    return found


if __name__ == "__main__":
    main()
