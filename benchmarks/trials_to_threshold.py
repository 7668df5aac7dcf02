"""Trials until searchers find the best rows of eight published tables, side by side.

Run as `python benchmarks/trials_to_threshold.py DATA RESULTS [--searchers all] [--against random]`;
the tables' files lie under DATA, see docs/tabular-benchmarks.md. Every search is a line of the file
RESULTS as soon as it has ended. Searches that it holds already are not made again, so a run that
was stopped goes on, and further searchers, tables and seeds come beside what is there. What is
printed is all of the file. The last columns are geometric means of the ratios of medians to those
of the searchers `--against`, a lost median counting as the limit.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from math import exp, log
from pathlib import Path
from statistics import mode
from typing import Any

from attrs import asdict
from result_lines import append, read

from archivolt.errors import ArchivoltError
from archivolt_tabular_benchmarks.contestants import Contestant, read_contestants
from archivolt_tabular_benchmarks.measuring import (
    Measured,
    Protocol,
    Search,
    measure,
    registry_of,
    table_of,
)
from archivolt_tabular_benchmarks.picture import draw
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
OPTUNA = Path(__file__).parent / "tree_parzen.py"

Found = Mapping[str, Mapping[str, Measured]]  # by table, then searcher


def main() -> None:
    arguments = parse()
    run(arguments)
    found = gathered(arguments.results)
    for at, quantile in enumerate(QUANTILES):
        print(f"\n### The best {100 * (1 - quantile):.4g} % of the rows\n")
        print_table(found, at, arguments.against, arguments.max_trials)
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
        for name in arguments.tables:
            protocol = protocol_of(name, arguments)
            path = arguments.pictures / f"trials-to-threshold-{name}.png"
            draw(table_of(protocol), protocol, list(found[name].values()), path)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the tables' files")
    parser.add_argument("results", type=Path, help="file of the searches, .jsonl")
    parser.add_argument("--searchers", default="all", help="tree_parzen is Optuna's")
    parser.add_argument("--against", nargs="+", default=["random"], help="for the ratios")
    parser.add_argument("--seeds", type=int, default=20, help="0: only print")
    parser.add_argument("--max-trials", type=int, default=2000)
    parser.add_argument("--tables", nargs="+", default=TABLES)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of each of --tables")
    return parser.parse_args()


def protocol_of(table: str, arguments: argparse.Namespace) -> Protocol:
    return Protocol(table, arguments.data, QUANTILES, arguments.max_trials, (OPTUNA,))


def run(arguments: argparse.Namespace) -> None:
    """Make the searches that are missing, seed by seed, so that all have as many."""
    there = {(each["table"], each["label"], each["seed"]) for each in read(arguments.results)}
    for seed in range(arguments.seeds):
        for table in arguments.tables:
            protocol = protocol_of(table, arguments)
            for each in read_contestants(arguments.searchers, registry_of(protocol)):
                if (table, each.label, seed) not in there:
                    append(arguments.results, line(protocol, each, seed))
        print(f"seed {seed}: done", flush=True)


def line(protocol: Protocol, contestant: Contestant, seed: int) -> dict[str, Any]:
    (measured,) = measure(protocol, [contestant], [seed])
    search = asdict(measured.searches[0]) if measured.searches else {"seed": seed}
    return {
        "table": protocol.table,
        "label": measured.label,
        "failure": measured.failure,
        "searcher": dict(measured.document),
        **search,
    }


def gathered(results: Path) -> Found:
    """Return the searches of a file by table and searcher."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for each in read(results):
        found.setdefault(each["table"], {}).setdefault(each["label"], []).append(each)
    return {
        table: {
            label: Measured(
                label,
                searches[0]["searcher"],
                tuple(_search(each) for each in searches if not each["failure"]),
                next((each["failure"] for each in searches if each["failure"]), ""),
            )
            for label, searches in by_label.items()
        }
        for table, by_label in found.items()
    }


def _search(told: Mapping[str, Any]) -> Search:
    return Search(
        told["seed"],
        told["trials"],
        tuple(told["passed"]),
        tuple((number, score) for number, score in told["steps"]),
        told["seconds"],
        told["ended"],
    )


def print_table(found: Found, at: int, against: list[str], limit: int) -> None:
    summaries = {
        table: {
            label: summarise(each, QUANTILES)[at]
            for label, each in measured.items()
            if each.searches
        }
        for table, measured in found.items()
    }
    labels = list(dict.fromkeys(label for measured in found.values() for label in measured))
    print(f"| searcher | {' | '.join(found)} | {' | '.join(f'to {each}' for each in against)} |")
    print("| --- |" + " ---: |" * (len(found) + len(against)))
    usual = mode(each.searches for table in summaries.values() for each in table.values())
    for label in labels:
        cells = [_cell(each.get(label), usual) for each in summaries.values()]
        cells += [mean_ratio(summaries, label, each, limit) for each in against]
        print(f"| {label} | {' | '.join(cells)} |")


def _cell(summary: Summary | None, usual: int) -> str:
    if summary is None:
        return "-"
    seeds = f", {summary.searches} seeds" if summary.searches != usual else ""
    return f"{summary}{seeds}"


def mean_ratio(
    summaries: Mapping[str, Mapping[str, Summary]], label: str, against: str, limit: int
) -> str:
    """Return the geometric mean over the tables on which both were measured."""
    logs = [
        log(min(each[label].median, limit) / min(each[against].median, limit))
        for each in summaries.values()
        if label in each and against in each
    ]
    return f"{exp(sum(logs) / len(logs)):.2f}" if logs else "-"


if __name__ == "__main__":
    try:
        main()
    except ArchivoltError as cause:
        raise SystemExit(f"error: {cause}") from None
