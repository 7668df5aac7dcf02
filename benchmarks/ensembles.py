"""What ensembles are worth, on rows that took part in no choice.

    uv run --all-packages python benchmarks/ensembles.py DATA
        --runs FOLDER [--minutes 2.5] [--seeds 1] [--only adult letter …]

DATA is a folder as `tables.py` reads it; the training tables alone are used, 30 % of their rows
held back. Every way of combining the trials of a search is scored on those, beside the single
trial that is delivered, in the mean over random halves of the trials and for all of them. FOLDER
keeps the runs; one that is there is not searched again.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve
from held_back import options_of, report_predictions, searched
from numpy.random import default_rng

from archivolt.components.ensembler import Ensembler
from archivolt.search.run import Run
from archivolt.values.history import History
from archivolt.values.selection import in_order
from archivolt_ensembling import Average, GreedySelection, Stacking, Weighted
from archivolt_keras.evaluator import KerasEvaluator

HALVES = 30
SINGLE = "single"
SLOW = ("stacking",)  # to fit: for all trials alone
WAYS: dict[str, tuple[Ensembler, int]] = {  # how, and out of how many of the best
    "average of 3": (Average(members=3), 50),
    "average of 5": (Average(members=5), 50),
    "average of 10": (Average(members=10), 50),
    "weighted of 10": (Weighted(members=10), 50),
    "greedy of 20": (GreedySelection(), 20),
    "greedy of 50": (GreedySelection(), 50),
    "greedy of 50, start 5": (GreedySelection(start=5), 50),
    "greedy of 50, start 1": (GreedySelection(start=1), 50),
    "greedy of 50, 10 bags": (GreedySelection(bags=10), 50),
    "stacking": (Stacking(), 50),
}


def main() -> None:
    options = options_of("Ensembles, compared.").parse_args()
    print("| accuracy on report rows, mean of halves (all trials) | " + SINGLE, end="")
    print(" | " + " | ".join(WAYS) + " |\n| --- |" + " ---: |" * (1 + len(WAYS)))
    for title, run in searched(options):
        print(f"| {title} | " + " | ".join(_cells(run)) + " |", flush=True)


def _cells(run: Run) -> list[str]:
    trials = [trial for trial in run.history if trial.scored]
    predictions, score = report_predictions(run, trials)
    places = {trial.number: place for place, trial in enumerate(trials)}
    rng = default_rng(0)
    parts = [rng.permutation(len(trials))[: len(trials) // 2] for _ in range(HALVES)]
    parts.append(np.arange(len(trials)))
    found: dict[str, list[float]] = {}
    for part in parts:
        order = _in_order([trials[at] for at in part], run.problem.metric.maximize)
        pool = KerasEvaluator().pool(
            order, run.problem, lambda number: run.path / "trials" / f"{number:05d}"
        )
        assert pool is not None
        best = predictions[places[order[0].number]]
        found.setdefault(SINGLE, []).append(score(best)["accuracy"])
        for name, (ensembler, candidates) in WAYS.items():
            if name in SLOW and len(part) < len(trials):
                continue
            among = pool.take(range(min(candidates, len(order))))
            ensemble = ensembler.combine(among, default_rng(0))
            members = predictions[[places[number] for number in ensemble.members]]
            mixed = ensemble.predict(run.problem.task, members)
            found.setdefault(name, []).append(score(mixed)["accuracy"])
    return [
        f"{np.mean(each[:-1]):.4f} ({each[-1]:.4f})" if len(each) > 1 else f"({each[-1]:.4f})"
        for each in found.values()
    ]


def _in_order(trials: list, maximize: bool) -> list:
    """Order trials as a search that had made no others would choose them."""
    renumbered = [evolve(trial, number=at, parent=None) for at, trial in enumerate(trials)]
    history = History(maximize, renumbered)
    return [trials[each.number] for each in in_order(history, len(trials))]


if __name__ == "__main__":
    main()
