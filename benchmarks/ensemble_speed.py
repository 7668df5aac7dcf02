"""How long it takes to choose an ensemble out of stored predictions.

    uv run --all-packages python benchmarks/ensemble_speed.py [--members 200] [--rows 10000]

The predictions are noise around a truth, for the classes of a task. Prints seconds of wall clock
for each ensembler, the first call left out.
"""

from __future__ import annotations

import argparse
import time

from numpy.random import default_rng

from archivolt.components.ensembler import Ensembler
from archivolt.testing.toy_pools import toy_pool
from archivolt_ensembling import Average, GreedySelection, Stacking, Weighted

ENSEMBLERS: tuple[Ensembler, ...] = (
    Average(),
    Weighted(),
    GreedySelection(),
    GreedySelection(bags=10),
    Stacking(),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds to choose an ensemble.")
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--rows", type=int, default=10_000)
    options = parser.parse_args()
    noises = tuple(default_rng(0).uniform(1.0, 3.0, options.members))
    pool = toy_pool(noises=noises, rows=options.rows)
    print(f"{options.members} members, {options.rows:,} rows, {pool.task.outputs} classes\n")
    print("| ensembler | seconds | members taken |\n| --- | ---: | ---: |")
    for ensembler in ENSEMBLERS:
        ensembler.combine(pool, default_rng(0))
        began = time.perf_counter()
        found = ensembler.combine(pool, default_rng(0))
        seconds = time.perf_counter() - began
        print(f"| {ensembler} | {seconds:.3f} | {len(found.members)} |")


if __name__ == "__main__":
    main()
