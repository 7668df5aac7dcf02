"""Epochs until searchers find the best rows of a table that has results of short trainings too.

Run as `python benchmarks/epochs_to_threshold.py DATA [--searchers random gaussian_process]`; the
table's file lies under DATA, see docs/tabular-benchmarks.md. Each searcher searches with every
trial trained in full, and with `asha` between the table's fewest epochs and all of them. A search
has found a row once that is trained in full. Every training costs all its epochs: the table's
short ones are of a schedule of their own, so a promoted trial is trained from the start.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from math import ceil, inf
from pathlib import Path

from attrs import frozen

from archivolt import Study
from archivolt.components.strategies import Scheduler
from archivolt.errors import ArchivoltError, ExhaustedError
from archivolt_searchers.full_schedule import Full
from archivolt_searchers.successive_halving import Asha
from archivolt_tabular_benchmarks.blocks import indices_of
from archivolt_tabular_benchmarks.contestants import Contestant, read_contestants
from archivolt_tabular_benchmarks.measuring import Protocol, registry_of, table_of
from archivolt_tabular_benchmarks.space import mutator_of, space_of
from archivolt_tabular_benchmarks.summary import percentile, show
from archivolt_tabular_benchmarks.table import Table

QUANTILES = (0.99, 0.999)
LOST = 2_000  # times the epochs of a whole training


@frozen
class Found:
    """What one search came to."""

    epochs: tuple[float, ...]  # trained until each quantile was reached; infinite: lost
    trials: int
    whole: int  # trials that were trained in full


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the tables' files")
    parser.add_argument("--table", default="nb201_cifar10")
    parser.add_argument("--searchers", default="gaussian_process,evolution,random")
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    protocol = Protocol(arguments.table, arguments.data, QUANTILES)
    table = table_of(protocol)
    heads = [f"best {100 * (1 - each):.3g} %" for each in QUANTILES]
    print(f"| searcher | scheduler | {' | '.join(heads)} | trials | of them in full |")
    print("| --- | --- |" + " ---: |" * (len(heads) + 2))
    for contestant in read_contestants(arguments.searchers, registry_of(protocol)):
        for scheduler in (Full(), between(table)):
            found = [
                search(table, contestant, scheduler, seed, protocol)
                for seed in range(arguments.seeds)
            ]
            print(row(contestant.label, scheduler, found), flush=True)


def between(table: Table) -> Asha:
    """Return the scheduler whose rungs are the fewest epochs of a table, and all of them."""
    fewest, whole = min(table.curves), table.specification.epochs
    return Asha(reduction_factor=ceil(whole / fewest), min_share=fewest / whole)


def search(
    table: Table, contestant: Contestant, scheduler: Scheduler, seed: int, protocol: Protocol
) -> Found:
    told = table.specification
    mutator = registry_of(protocol).find("mutator", mutator_of(table.form.layout))
    study = Study(
        space_of(table, [(mutator(), 1.0)]),  # type: ignore[list-item]  # what the registry finds
        contestant.searcher,
        metric=told.metric,
        maximize=told.maximize,
        scheduler=scheduler,
        seed=seed,
    )
    thresholds = [table.quantile(each) for each in protocol.quantiles]
    passed = [inf] * len(thresholds)
    epochs = whole = 0
    while inf in passed and epochs < LOST * told.epochs:
        try:
            trial = study.ask()
        except ExhaustedError:
            break
        indices = indices_of(trial.candidate.architecture, table.form)
        assert indices is not None, f"{trial.candidate} is not of the space"
        place = table.row(indices)
        score = table.shown(place, trial.seed, trial.goal)
        study.tell(trial, {told.metric: score}, epochs=trial.goal)
        epochs += trial.goal
        if trial.goal == told.epochs:
            whole += 1
            truth = float(table.truth[place])
            passed = [
                min(before, epochs) if table.reaches(truth, each) else before
                for before, each in zip(passed, thresholds, strict=True)
            ]
    return Found(tuple(passed), len(study.history), whole)


def row(label: str, scheduler: Scheduler, found: Sequence[Found]) -> str:
    cells = [label, scheduler.name]
    for at in range(len(QUANTILES)):
        epochs = sorted(each.epochs[at] for each in found)
        shown = [show(percentile(epochs, share)) for share in (0.5, 0.25, 0.75, 0.9)]
        lost = epochs.count(inf)
        told = f", {lost}/{len(epochs)} lost" if lost else ""
        cells.append("{} [{}, {}] {}".format(*shown) + told)
    cells += [show(percentile(sorted(each.trials for each in found), 0.5))]
    cells += [show(percentile(sorted(each.whole for each in found), 0.5))]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    try:
        main()
    except ArchivoltError as cause:
        raise SystemExit(f"error: {cause}") from None
