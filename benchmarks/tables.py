"""Test scores on tables: Archivolt in some minutes on two cores, scikit-learn and LightGBM beside.

    uv run --all-packages --group benchmarks python benchmarks/tables.py DATA --results FILE
        [--minutes 5] [--seeds 3] [--only adult letter …] [--methods archivolt mlp …]

DATA is a folder with `adult`, `letter`, `wine_quality` and `satellite`, in each `train.csv.gz` and
`test.csv.gz` with the label in the column `target`. FILE takes one JSON line a result; what it
holds already is not run again, so a table can be made in several goes. Prints the table in
Markdown, with the command for every row. Run it alone on a machine.

The test rows are looked at once a result. Archivolt and LightGBM choose on a fifth of the
training rows, and train on the other four; LightGBM is then fitted again on all of them; the two of
scikit-learn are taken as they come. What Archivolt delivers by default is an ensemble; its best
single network has a row of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from result_lines import Result, append, cell, holds, read
from table_methods import METHODS, Table

SETS = {
    "adult": "Adult",
    "letter": "Letter",
    "wine_quality": "Wine quality",
    "satellite": "Satellite",
}
TARGET = "target"
ARCHIVOLT = "archivolt"
TITLES = {ARCHIVOLT: "Archivolt"} | {name: title for name, (title, _) in METHODS.items()}
SHOWN = ("accuracy", "balanced_accuracy")
# Further scores of a result, each with a row of its own.
BESIDE = {
    "single": "… its best single network",
    "held_back": "… on the rows that were left to fit",
}


def main() -> None:
    options = _options()
    if options.method:
        (name,), seed = options.only, options.seeds - 1
        print(json.dumps(_play(options.method, name, options, seed)))
        return
    done = read(options.results)
    for seed in range(options.seeds):
        for name in options.only:
            for method in options.methods:
                wanted = {"set": name, "method": method, "seed": seed, "minutes": options.minutes}
                if holds(done, wanted):
                    continue
                print(f"{name}, seed {seed}: {TITLES[method]} …", file=sys.stderr, flush=True)
                done.append({**wanted, **_run(method, name, seed, options)})
                append(options.results, done[-1])
    _show([each for each in done if each["minutes"] == options.minutes], options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Test scores on tables.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--results", type=Path, default=Path("tables.jsonl"))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--methods", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument(
        "--method", choices=list(METHODS), help="run this one once, with the last seed"
    )
    return parser.parse_args()


def command(method: str, name: str, data: Path, minutes: float, seed: int) -> list[str]:
    """Return the command for one result."""
    if method != ARCHIVOLT:
        return [
            *("python", "benchmarks/tables.py", str(data), "--method", method, "--only", name),
            *("--minutes", f"{minutes:g}", "--seeds", str(seed + 1)),
        ]
    folder = data / name
    return [
        *("archivolt", "search", str(folder / "train.csv.gz"), "--target", TARGET),
        *("--test", str(folder / "test.csv.gz"), "--task", _task(name), "--preset", "tabular"),
        *("--minutes", f"{minutes:g}", "--workers", "2", "--seed", str(seed)),
    ]


def _task(name: str) -> str:
    return "binary" if name == "adult" else "multiclass"


def _run(method: str, name: str, seed: int, options: argparse.Namespace) -> Result:
    line = command(method, name, options.data, options.minutes, seed)
    shown = " ".join(line).replace(f"{options.data}", "DATA")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if method == ARCHIVOLT:
            line = [str(Path(sys.executable).with_name("archivolt")), *line[1:], "--json"]
            line += ["--run", str(Path(folder) / "run")]
        else:
            line = [sys.executable, __file__, *line[2:]]
        output = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(output.splitlines()[-1])
    if method == ARCHIVOLT:
        best, ensemble = found["best"], found["ensemble"]
        found = {key: ensemble["report"][key] for key in SHOWN} | {
            "single": {key: found["report"][key] for key in SHOWN},
            "trials": found["trials"],
            "validation": best["score"],
            "best": best["architecture"],
            "members": len(ensemble["members"]),
            "parameters": ensemble["parameters"],
        }
    return {**found, "seconds": time.monotonic() - began, "command": shown}


def _play(method: str, name: str, options: argparse.Namespace, seed: int) -> Result:
    table = Table.read(options.data / name, TARGET)
    return dict(METHODS[method][1](table, 60 * options.minutes, seed))


def _show(results: list[Result], options: argparse.Namespace) -> None:
    print(
        f"Accuracy on test rows, {options.minutes:g} minutes on two cores; mean of "
        f"{options.seeds} seeds ± standard deviation.\n"
    )
    names = [name for name in options.only if any(each["set"] == name for each in results)]
    print("| | " + " | ".join(SETS[name] for name in names) + " | command |")
    print("| --- |" + " ---: |" * len(names) + " --- |")
    for method, title in TITLES.items():
        rows = {name: _results(results, name, method) for name in names}
        cells = [cell([each["accuracy"] for each in rows[name]]) for name in names]
        line = " ".join(command(method, "SET", Path("DATA"), options.minutes, 0))
        if method == ARCHIVOLT:
            line = line.replace(_task("SET"), "TASK")
        print(f"| {title} | " + " | ".join(cells) + f" | `{line}` |")
        for key, what in BESIDE.items():
            other = {name: [each[key] for each in rows[name] if key in each] for name in names}
            if any(other.values()):
                cells = [cell([each["accuracy"] for each in other[name]]) for name in names]
                print(f"| {what} | " + " | ".join(cells) + " | the same |")
    print("\nSET: " + ", ".join(options.only) + "; TASK: binary for adult, multiclass otherwise.")


def _results(results: list[Result], name: str, method: str) -> list[Result]:
    return [each for each in results if (each["set"], each["method"]) == (name, method)]


if __name__ == "__main__":
    main()
