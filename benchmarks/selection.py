"""What the rule by which a trial is delivered is worth, on rows that took part in no choice.

    uv run --all-packages python benchmarks/selection.py DATA
        --runs FOLDER [--minutes 2.5] [--seeds 1] [--only adult letter …]

DATA is a folder as `tables.py` reads it; the training tables alone are used, 30 % of their rows
held back. Every trial of a search is scored on those, which no search may do, and the rules are
compared: the score of their choice, in the mean over random halves of the trials and for all of
them. FOLDER keeps the runs; one that is there is not searched again.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve
from held_back import options_of, report_predictions, searched

from archivolt.search.run import Run
from archivolt.values.history import History
from archivolt.values.selection import RULES, select
from archivolt.values.trial import Trial

HALVES = 300
Scores = dict[int, float]  # on the report rows, by trial


def main() -> None:
    options = options_of("Rules of selection, compared.").parse_args()
    print("| | trials | " + " | ".join(f"{rule}, halves | all" for rule in RULES) + " |")
    print("| --- |" + " ---: |" * (1 + 2 * len(RULES)))
    for title, run in searched(options):
        _show(title, run)


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
    predictions, score = report_predictions(run, trials)
    numbers = [trial.number for trial in trials]
    return {
        number: score(each)["accuracy"] for number, each in zip(numbers, predictions, strict=True)
    }


if __name__ == "__main__":
    main()
