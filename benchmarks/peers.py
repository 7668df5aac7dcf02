"""Archivolt beside its peers: trials a minute, time outside the arithmetic, test score, memory.

    uv run --all-packages --group benchmarks python benchmarks/peers.py --data DATA
        [--work digits fashion] [--only optuna …] [--seconds 120] [--rounds 2] [--results FILE]

DATA is a folder with `fashion_mnist/train.npz` and `test.npz` (keys `x`, `y`); without it the
digits of scikit-learn are all there is. `--quick` is one short round, to see that all runs.

On the same rows, splits, epochs and batch size, contestant after contestant, round by round:
Archivolt with two workers; the candidates that it tried by `Model.fit`, as it comes and at its
best; Optuna and KerasTuner over the same space. Each has a process of its own and so many
seconds from the moment at which the rows lie in its memory; only Archivolt starts its workers,
splits the rows and delivers the model within its seconds. The ensemble that it delivers beside its
best network has a row of its own. Run it alone on a machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean
from typing import Any

from arithmetic import Product, training_seconds
from attrs import asdict
from contestants import ARCHIVOLT, PEERS, search_with_archivolt
from measuring import Watch
from rows import Record
from works import EPOCHS, WORKERS, WORKS, Work

TITLES = {ARCHIVOLT: f"Archivolt, {WORKERS} workers"} | {
    key: each[0] for key, each in PEERS.items()
}
SHOWN = (
    ("trials a minute", "trials_a_minute", "{:,.0f}"),
    ("CPU-ms a trial", "cpu_ms", "{:,.0f}"),
    ("outside the arithmetic", "outside_ms", "{:,.0f}"),
    ("share of two cores in the arithmetic", "share", "{:.0%}"),
    ("trials", "trials", "{:,.0f}"),
    ("validation score", "best", "{:.4f}"),
    ("test score", "test", "{:.4f}"),
    ("peak memory, MiB", "memory_mib", "{:,.0f}"),
)


def main() -> None:
    options = _options()
    if options.play:
        _play(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        for work in WORKS:
            if work.name in options.work and (options.data or not work.folder):
                _compete(work, options, Path(folder))
        if not options.no_worker_costs:
            _show_worker_costs(options, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Archivolt beside its peers.")
    names = [work.name for work in WORKS]
    parser.add_argument("--data", type=Path, help="folder that holds fashion_mnist/")
    parser.add_argument("--work", nargs="+", choices=names, default=names)
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--seconds", type=float, default=120.0, help="for each contestant")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--results", type=Path, help="append JSON lines to this file")
    parser.add_argument("--quick", action="store_true", help="one round, few worker costs")
    parser.add_argument("--no-worker-costs", action="store_true")
    parser.add_argument("--play", help=argparse.SUPPRESS)  # in a process of its own
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.rounds = 1
    return options


# In the process that watches


def _compete(work: Work, options: argparse.Namespace, folder: Path) -> None:
    rows: dict[str, list[dict[str, float]]] = {}
    for number in range(options.rounds):
        for name in (ARCHIVOLT, *options.only):
            print(f"{work.name}, round {number + 1}: {TITLES[name]} …", file=sys.stderr, flush=True)
            row = _contest(name, work, options, folder / f"{work.name}-{number}", number)
            rows.setdefault(name, []).append(row)
            if options.results:
                line = {"work": work.name, "contestant": name, "seed": number, **row}
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
    _show(work, options, rows)


def _contest(
    name: str, work: Work, options: argparse.Namespace, folder: Path, seed: int
) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    process = _start(name, work.name, options, folder, seed)
    with Watch(process.pid) as watch:
        status = process.wait()
    if status:
        sys.exit(f"{TITLES[name]} failed with exit status {status}.")
    record = json.loads((folder / f"{name}.json").read_text())
    ends = record["ends"]
    if len(ends) < 2:
        sys.exit(f"{TITLES[name]} came to {len(ends)} trials: give it more --seconds.")
    _start("floor", work.name, options, folder, seed, name).wait()
    floor = json.loads((folder / f"{name}-floor.json").read_text())
    # From the end of the first trial on: what comes before it is paid once a search.
    first, last, count = ends[0], ends[-1], len(ends) - 1
    cpu = watch.cpu_between(first, last) / count
    return {
        "trials_a_minute": 60 * count / (last - first),
        "cpu_ms": 1000 * cpu,
        "outside_ms": 1000 * (cpu - floor),
        "share": floor * count / (2 * (last - first)),
        "first_trial_s": first - record["began"],
        "trials": len(ends),
        "best": record["best"],
        "test": record["test"],
        "ensemble": record["ensemble"],
        "memory_mib": watch.peak_memory / 2**20,
    }


def _start(
    play: str,
    work: str,
    options: argparse.Namespace,
    folder: Path,
    seed: int,
    *more: str,
) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--play", ":".join((play, *more)), "--work", work]
    command += ["--folder", str(folder), "--seed", str(seed), "--seconds", str(options.seconds)]
    if options.data:
        command += ["--data", str(options.data)]
    environment = dict(os.environ)
    if play == "floor":
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    quiet = {} if os.environ.get("PEERS_VERBOSE") else {"stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, **quiet)


def _show(work: Work, options: argparse.Namespace, rows: dict[str, list[dict[str, float]]]) -> None:
    means = {
        name: {
            key: mean(row[key] for row in found)
            for key, value in found[0].items()
            if value is not None
        }
        for name, found in rows.items()
    }
    print(f"\n### {work.title}\n")
    print(
        f"{EPOCHS} epochs a trial, {options.seconds:g} s a search, mean of {options.rounds} "
        f"rounds. In brackets: Archivolt as a multiple.\n"
    )
    print("| | " + " | ".join(title for title, _, _ in SHOWN) + " |")
    print("| --- |" + " ---: |" * len(SHOWN))
    ours = means[ARCHIVOLT]
    for name, row in means.items():
        cells = [form.format(row[key]) for _, key, form in SHOWN]
        if name != ARCHIVOLT:
            cells[0] += f" ({ours['trials_a_minute'] / row['trials_a_minute']:.1f})"
        print(f"| {TITLES[name]} | " + " | ".join(cells) + " |", flush=True)
        if "ensemble" in row:
            cells = [f"{row['ensemble']:.4f}" if key == "test" else "" for _, key, _ in SHOWN]
            print("| … its ensemble | " + " | ".join(cells) + " |", flush=True)


def _show_worker_costs(options: argparse.Namespace, folder: Path) -> None:
    process = _start("worker", "digits", options, folder, 40 if options.quick else 200)
    if process.wait():
        sys.exit("The worker could not be measured; see PEERS_VERBOSE=1.")
    costs = json.loads((folder / "worker.json").read_text())
    print("\n### A worker\n\n| | |\n| --- | ---: |")
    for title, text in (
        ("the first trial of a search begins", f"{costs['first_started_s']:.2f} s"),
        ("a new worker is ready", f"{costs['ready_s']:.2f} s"),
        ("… and through its first trial", f"{costs['first_trial_done_s']:.2f} s"),
        ("a cold trial", f"{1000 * costs['cold_trial_s']:.0f} ms"),
        ("a trial with a cached graph", f"{1000 * costs['cached_trial_s']:.1f} ms"),
        ("… until it trains", f"{1000 * costs['cached_start_s']:.1f} ms"),
        (f"memory after {costs['trials']} trials", f"{costs['memory_mib']:.0f} MiB"),
        ("… more than after the first", f"{costs['growth_from_first']:.1%}"),
        (
            "… more at most than after the 30th, when its cache is full",
            f"{costs['growth_after_warm_up']:.1%}",
        ),
    ):
        print(f"| {title} | {text} |")
    if options.results:
        with options.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"contestant": "worker", **costs}) + "\n")


# In the process that plays


def _play(options: argparse.Namespace) -> None:
    play, _, other = options.play.partition(":")
    work = next(each for each in WORKS if each.name in options.work)
    if play == "floor":
        result: Any = _floor(work, options.folder / f"{other}.json", options)
        play = f"{other}-floor"
    elif play == "worker":
        from worker_costs import measure

        result = measure(options.folder, trials=options.seed)
    elif play == ARCHIVOLT:
        run = options.folder / "run"
        found = search_with_archivolt(work, options.data, run, options.seconds, options.seed)
        result = asdict(found)
    else:
        contestant = PEERS[play][1]
        found = contestant(work, options.folder / "run", options.seconds, options.seed)
        result = asdict(found)
    (options.folder / f"{play}.json").write_text(json.dumps(result))


def _floor(work: Work, recorded: Path, options: argparse.Namespace) -> float:
    """Return the mean seconds of arithmetic in a trial of a record."""
    import tensorflow as tf
    from rows import opened

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rows = opened(options.folder / "run").problem.rows
    record = Record(**json.loads(recorded.read_text()))
    models = [
        [Product(**{key: _tuple(value) for key, value in each.items()}) for each in model]
        for model in record.products
    ]
    return mean(
        training_seconds(model, rows["train"], work.batch, EPOCHS, rows["validation"])
        for model in models
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    main()
