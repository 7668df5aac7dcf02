"""How long a scheduler's decision takes, from histories of 100 to 100,000 trials.

Run as `python benchmarks/decide.py [LARGEST]`. The aim: under a millisecond at 100,000 trials.
"""

from __future__ import annotations

import sys
from statistics import median, quantiles
from time import process_time

from attrs import evolve
from numpy.random import Generator, default_rng

from archivolt.components.strategies import Promote, Scheduler, Stop
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.history import History
from archivolt.values.recipe import Recipe
from archivolt.values.trial import FINISHED, RUNNING, STOPPED, Trial
from archivolt_searchers import archivolt_schedulers

SIZES = (100, 1_000, 10_000, 100_000)
SCHEDULES = (10, 16, 24)  # epochs
DECISIONS = 500  # that are timed, the last ones


def main(largest: int = SIZES[-1]) -> None:
    print(f"The last {DECISIONS} decisions of a search; CPU time in milliseconds\n")
    header = ("scheduler", "trials", "next", "95 %", "an epoch's verdict", "95 %", "resuming")
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for kind in archivolt_schedulers():
        for size in (each for each in SIZES if each <= largest):
            row(kind(), size)


def row(scheduler: Scheduler, size: int) -> None:
    history, rng = History(), default_rng(0)
    decisions: list[float] = []
    verdicts: list[float] = []
    while len(history) < size:
        start = process_time()
        decision = scheduler.next(history)
        decisions.append(1000 * (process_time() - start))
        if isinstance(decision, Stop):
            break
        if isinstance(decision, Promote):
            begun = evolve(history[decision.number], state=RUNNING, target_epochs=decision.epochs)
        else:
            candidate = Candidate((ToyDense(),), Recipe(epochs=int(rng.choice(SCHEDULES))))
            length = scheduler.schedule(candidate)
            begun = Trial(
                len(history),
                candidate,
                seed=0,
                state=RUNNING,
                target_epochs=decision.of(length),
                schedule_epochs=length,
            )
        history.record(begun)
        train(begun, scheduler, history, rng, verdicts)
    start = process_time()
    read = History(trials=tuple(history))
    scheduler.next(read)
    scheduler.goes_on(read, len(read) - 1, read[-1].schedule, {})
    resuming = process_time() - start
    cells = (
        scheduler.name,
        f"{len(history):,}",
        *spread(decisions[-DECISIONS:]),
        *spread(verdicts[-DECISIONS:]),
        f"{1000 * resuming:,.0f}",
    )
    print("| " + " | ".join(cells) + " |", flush=True)


def train(
    trial: Trial, scheduler: Scheduler, history: History, rng: Generator, verdicts: list[float]
) -> None:
    """Train a trial epoch by epoch, as long as the scheduler lets it."""
    state, epoch = FINISHED, trial.epochs
    while epoch < trial.goal and state == FINISHED:
        epoch += 1
        trial = trial.reported(epoch, float(rng.random()))
        history.record(trial)
        start = process_time()
        goes_on = scheduler.goes_on(history, trial.number, epoch, {})
        verdicts.append(1000 * (process_time() - start))
        if not goes_on and epoch < trial.goal:
            state = STOPPED
    history.record(evolve(trial, state=state, score=trial.curve[-1][1], epochs=epoch))


def spread(times: list[float]) -> tuple[str, str]:
    return f"{median(times):.3f}", f"{quantiles(times, n=20)[-1]:.3f}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
