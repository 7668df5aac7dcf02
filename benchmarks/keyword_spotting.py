"""Spoken digits: how small a network a search finds that is as good as those made by hand.

    uv run --all-packages --group benchmarks python benchmarks/keyword_spotting.py DATA
        --work FOLDER [--share 0.58] [--trials 199] [--minutes 90] [--seeds 3] [--only svdf search]

DATA is a folder with `free_spoken_digits/wav.zip`: 2,250 recordings to train on and 250 to test,
of the same five speakers. The references are a network of SVDF layers and a DS-CNN, made by hand
and trained in plain Keras. A search may have `share` of the parameters of the better reference:
better by its mean accuracy on the validation rows. Those are takes of the training part, with as
much of every speaker as of every other, and are the same for all of a seed; the test rows are
looked at once a result, and take part in no choice.

FOLDER keeps the recordings, the runs, and `results.jsonl` with a line for each result. What is
there is not run again, and a search that was stopped goes on, so a table can be made in several
goes. Prints the table in Markdown. Run it alone on a machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from keyword_networks import NETWORKS
from keyword_rows import GROUP, NAMES, prepared_rows, unpack
from result_lines import Result, append, cell, holds, read

SEARCH = "search"
RESULTS = "results.jsonl"
TITLES = {name: title for name, (title, _) in NETWORKS.items()} | {SEARCH: "Archivolt"}


def main() -> None:
    options = _options()
    unpack(options.data, options.work / "recordings")
    results = options.work / RESULTS
    done = read(results)
    for contestant in options.only:
        for seed in range(options.seeds):
            wanted: Result = {"contestant": contestant, "seed": seed}
            if contestant == SEARCH:
                wanted |= {"limit": limit(done, options.share), "trials": options.trials}
            if holds(done, wanted):
                continue
            print(f"{TITLES[contestant]}, seed {seed} …", file=sys.stderr, flush=True)
            began = time.monotonic()
            found = _search(wanted, options) if contestant == SEARCH else _train(wanted, options)
            done.append({**wanted, **found, "seconds": round(time.monotonic() - began)})
            append(results, done[-1])
    print(table(done, options.trials))


def limit(done: Sequence[Result], share: float) -> int:
    """Return the parameters that a search may have: a share of the better reference's.

    Better is the one with the higher mean accuracy on the validation rows.
    """
    references = {name: [each for each in done if each["contestant"] == name] for name in NETWORKS}
    missing = [TITLES[name] for name, found in references.items() if not found]
    if missing:
        raise SystemExit(f"The search needs the references first: {' and '.join(missing)}.")
    better = max(references.values(), key=lambda found: mean(each["validation"] for each in found))
    return int(share * better[0]["parameters"])


def command(recordings: Path, run: Path, seed: int, *further: str) -> list[str]:
    """Return the command of a search; with a single trial it prepares the rows of a seed."""
    return [
        *("archivolt", "search", str(recordings), "--preset", "keyword", "--run", str(run)),
        *("--seed", str(seed), "--set", f"data.names='{NAMES}'"),
        *("--set", f"problem.split.group={GROUP}", *further),
    ]


def _train(wanted: Result, options: argparse.Namespace) -> Result:
    from keyword_training import accuracy, train

    import archivolt

    run = options.work / f"rows_{wanted['seed']}"
    if not (run / "best").exists():
        _call(command(options.work / "recordings", run, wanted["seed"], "--trials", "1"))
    rows = prepared_rows(archivolt.open(run))
    model, validation = train(NETWORKS[wanted["contestant"]][1], rows, wanted["seed"])
    return {
        "parameters": model.count_params(),
        "validation": validation,
        "test": accuracy(model, rows.test),
    }


def _search(wanted: Result, options: argparse.Namespace) -> Result:
    import archivolt

    seed, most = wanted["seed"], wanted["limit"]
    run = options.work / f"search_{most}_{wanted['trials']}_{seed}"
    budget = ("--trials", str(wanted["trials"]), "--minutes", f"{options.minutes:g}")
    if run.exists():
        _call(["archivolt", "resume", str(run)])
    else:
        further = ("--max-parameters", str(most), *budget)
        _call(command(options.work / "recordings", run, seed, *further))
    found = archivolt.open(run)
    about = found.about_single
    assert about is not None, f"{run} delivered nothing"
    return {
        "parameters": about.parameters,
        "validation": about.validation["accuracy"],
        "test": about.report["accuracy"],
        "run_trials": len(found.history),
        "best": str(found.history[about.trials[0]].candidate),
    }


def _call(line: Sequence[str]) -> None:
    """Run a command of Archivolt, of the environment that runs this."""
    subprocess.run([str(Path(sys.executable).with_name(line[0])), *line[1:]], check=True)


def table(done: Sequence[Result], trials: int) -> str:
    """Write the results as Markdown: mean ± standard deviation over the seeds."""
    lines = [
        "| network | seeds | parameters | validation accuracy | test accuracy | trials | minutes |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    limits = sorted({each["limit"] for each in done if each["contestant"] == SEARCH})
    groups = [(TITLES[name], [e for e in done if e["contestant"] == name]) for name in NETWORKS]
    groups += [
        (
            f"{TITLES[SEARCH]}, at most {most:,} parameters",
            [e for e in done if e.get("limit") == most and e.get("trials") == trials],
        )
        for most in limits
    ]
    for title, found in groups:
        if not found:
            continue
        sizes = ", ".join(f"{size:,}" for size in sorted({each["parameters"] for each in found}))
        tried = ", ".join(str(each["run_trials"]) for each in found if "run_trials" in each)
        cells = [
            title,
            str(len(found)),
            sizes,
            cell([each["validation"] for each in found]),
            cell([each["test"] for each in found]),
            tried,
            f"{mean(each['seconds'] for each in found) / 60:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Small networks for spoken digits.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="recordings, runs and results")
    parser.add_argument("--share", type=float, default=0.58, help="of the better reference")
    parser.add_argument("--trials", type=int, default=199)
    parser.add_argument("--minutes", type=float, default=90.0, help="of a search, at most")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(TITLES), default=list(TITLES))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
