"""How long a proposal takes, from histories of 100 to 100,000 trials, for every searcher.

Run as `python benchmarks/suggest.py [LARGEST [SEARCHER ...]]`. The aim: under 10 ms at 100,000
trials. What is told is time on the processor; between two proposals a trial ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median, quantiles
from time import perf_counter, process_time

from attrs import evolve
from numpy.random import Generator, default_rng

from archivolt.components.strategies import Searcher
from archivolt.errors import ExhaustedError, SpaceError
from archivolt.values.choice import BlockChoice
from archivolt.values.domain import Choices, Range
from archivolt.values.features import image, vector
from archivolt.values.footprint import Limits
from archivolt.values.history import History
from archivolt.values.selection import STANDARD_ERROR
from archivolt.values.space import SearchSpace
from archivolt.values.trial import FINISHED, RUNNING, Trial
from archivolt_blocks import archivolt_blocks
from archivolt_searchers import archivolt_mutators, archivolt_searchers

SIZES = (100, 1_000, 10_000, 100_000)
PROPOSALS = 200
RUNNING_TRIALS = 8


def main(largest: int = SIZES[-1], *searchers: str) -> None:
    print(f"{PROPOSALS} proposals each, {RUNNING_TRIALS} trials running; milliseconds\n")
    header = ("space", "searcher", "trials", "median", "95 %", "worst", "record", "best of 5")
    print("| " + " | ".join(header) + " |\n|" + " --- |" * len(header))
    for name, space in spaces():
        history = History()
        rng = default_rng(0)
        for size in (each for each in SIZES if each <= largest):
            recording = fill(history, size, space, rng)
            for searcher in archivolt_searchers():
                if searchers and searcher.name not in searchers:
                    continue
                row(name, searcher(), history, space, recording)


def spaces() -> Iterator[tuple[str, SearchSpace]]:
    for name, features, limits in (
        ("table", vector(64), Limits(parameters=200_000)),
        ("image", image(28, 28, 1), Limits(parameters=200_000)),
    ):
        kinds = {features.kind, "vector"}
        choices = [
            BlockChoice(block)
            for block in archivolt_blocks()
            if {block.reads, block.writes} <= kinds
        ]
        yield (
            name,
            SearchSpace(
                features=features,
                outputs=10,
                blocks=tuple(each for each in choices if not each.block.connector),
                connectors=tuple(each for each in choices if each.block.connector),
                depth=(1, 6),
                recipe_domains={
                    "learning_rate": Range(1e-4, 1e-1, log=True),
                    "optimizer": Choices(("sgd", "adam", "adamw")),
                },
                limits=limits,
                mutators=tuple((mutator(), 1.0) for mutator in archivolt_mutators()),
            ),
        )


def fill(history: History, size: int, space: SearchSpace, rng: Generator) -> float:
    """Grow the history to `size` trials; returns milliseconds that recording an end takes."""
    spent = 0.0
    begun = len(history)
    while len(history) < size:
        number = len(history)
        history.record(Trial(number, space.sample(rng), seed=number, state=RUNNING))
        if number >= RUNNING_TRIALS:
            score = float(rng.random())
            ended = evolve(
                history[number - RUNNING_TRIALS],
                state=FINISHED,
                score=score,
                metrics={"loss": 1 - score, STANDARD_ERROR: 0.02},
                ended=float(number),
            )
            start = process_time()
            history.record(ended)
            spent += process_time() - start
    return 1000 * spent / max(1, len(history) - begun)


def row(
    name: str, searcher: Searcher, begun: History, space: SearchSpace, recording: float
) -> None:
    times = []
    # As in a search, a trial ends between any two proposals: what was learnt of the others by
    # the last one may be kept, and this one is new.
    history = History(begun.maximize, tuple(begun))
    for seed in range(PROPOSALS):
        rng = default_rng(seed)
        fill(history, len(history) + 1, space, rng)
        start = process_time()
        try:
            searcher.propose(history, space, rng)
        except ExhaustedError:
            print(f"| {name} | {searcher.name} | {len(begun):,} | exhausted |")
            return
        except SpaceError:  # a grid of numbers from a range
            print(f"| {name} | {searcher.name} | {len(begun):,} | not for this space |")
            return
        times.append(1000 * (process_time() - start))
    start = perf_counter()
    for _ in range(1000):
        history.best(5)
    best = perf_counter() - start  # of 1,000 calls in seconds: of one in milliseconds
    cells = (
        name,
        searcher.name,
        f"{len(begun):,}",
        f"{median(times):.2f}",
        f"{quantiles(times, n=20)[-1]:.2f}",
        f"{max(times):.2f}",
        f"{recording:.3f}",
        f"{best:.4f}",
    )
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:])
