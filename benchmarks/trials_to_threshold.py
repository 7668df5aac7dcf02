"""Trials until searchers find the best rows of eight published tables, side by side.

Run as `python benchmarks/trials_to_threshold.py DATA [--searchers all] [--against evolution]`; the
tables' files lie under DATA, see docs/tabular-benchmarks.md. The last column is the geometric mean
of the ratios of medians to those of the searcher `--against`, a lost median counting as the limit.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from math import exp, log
from pathlib import Path

from archivolt_tabular_benchmarks.contestants import Contestant, read_contestants
from archivolt_tabular_benchmarks.measuring import Protocol, measure, registry_of
from archivolt_tabular_benchmarks.summary import Summary, summarise

TABLES = (
    "nas_bench_macro",
    "nb201_cifar10",
    "graph_cora",
    "graph_arxiv",
    "fcnet_naval",
    "fcnet_protein",
    "mlp_kc1",
    "mlp_segment",
)
QUANTILES = (0.99, 0.999)

Summaries = Mapping[str, Sequence[Summary]]  # by searcher, a quantile each


def main() -> None:
    arguments = parse()
    found: dict[str, Summaries] = {}
    for table in arguments.tables:
        protocol = Protocol(table, arguments.data, QUANTILES, arguments.max_trials)
        contestants = read_contestants(arguments.searchers, registry_of(protocol))
        found[table] = summaries(protocol, contestants, arguments.seeds, arguments.jobs)
        print(f"{table}: done", flush=True)
    for at, quantile in enumerate(QUANTILES):
        print(f"\n### The best {100 * (1 - quantile):.4g} % of the rows, {arguments.seeds} seeds\n")
        print_table(found, at, arguments.against, arguments.max_trials)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the tables' files")
    parser.add_argument("--searchers", default="all")
    parser.add_argument("--against", default="random", help="searcher that ratios are taken to")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--max-trials", type=int, default=2000)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    return parser.parse_args()


def summaries(
    protocol: Protocol, contestants: Sequence[Contestant], seeds: int, jobs: int
) -> Summaries:
    return {
        each.label: summarise(each, protocol.quantiles)
        for each in measure(protocol, contestants, range(seeds), jobs)
    }


def print_table(found: Mapping[str, Summaries], at: int, against: str, limit: int) -> None:
    labels = list(next(iter(found.values())))
    print(f"| searcher | {' | '.join(found)} | to {against} |")
    print("| --- |" + " ---: |" * (len(found) + 1))
    for label in labels:
        cells = [str(each[label][at]) if each[label] else "-" for each in found.values()]
        ratio = mean_ratio(found, label, against, at, limit)
        print(f"| {label} | {' | '.join(cells)} | {ratio} |")


def mean_ratio(
    found: Mapping[str, Summaries], label: str, against: str, at: int, limit: int
) -> str:
    """Return the geometric mean over the tables on which both were measured."""
    logs = [
        log(min(each[label][at].median, limit) / min(each[against][at].median, limit))
        for each in found.values()
        if each[label] and each.get(against)
    ]
    return f"{exp(sum(logs) / len(logs)):.2f}" if logs else "-"


if __name__ == "__main__":
    main()
