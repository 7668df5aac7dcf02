"""Test accuracy on pictures against minutes: the presets, and networks made by hand beside them.

    uv run --all-packages --group benchmarks python benchmarks/pictures.py DATA --results FILE
        [--minutes 3 10 30] [--seeds 3] [--only sign_language_digits …] [--methods image cnn …]

DATA is a folder with `sign_language_digits/jpg.zip` (photographs; the test part shows other people)
and `fashion_mnist` (50,000 pictures). FILE takes one JSON line a result; what it holds already is
not run again, so a table can be made in several goes. Prints the table in Markdown, with the
command for every row. Run it alone on a machine with two cores.

The test pictures are looked at once a result. A search holds back a fifth of the training pictures
to choose by and trains on the others; what is made by hand is trained on all of them. With
`--validate` the hand-made ones train on four fifths and are judged on the last: that is what their
settings are to be chosen by, and no result of it is written.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from parts_data import picture_folder
from picture_networks import HAND_MADE, Arrays, train
from result_lines import Result, append, cell, holds, read
from works import fashion

SETS = {"sign_language_digits": "Sign Language Digits", "fashion_mnist": "Fashion-MNIST"}
PRESETS = {"image": "Preset `image`", "image_tiny": "Preset `image_tiny`"}
TITLES = PRESETS | {name: each.title for name, each in HAND_MADE.items()}
ENSEMBLE = "ensemble"


def main() -> None:
    options = _options()
    if options.method:
        (name,), (minutes,) = options.only, options.minutes
        print(json.dumps(_by_hand(options, name, minutes, options.seeds - 1)))
        return
    done = read(options.results)
    with tempfile.TemporaryDirectory() as place:
        for minutes, seed, name, method in (
            (minutes, seed, name, method)
            for minutes in options.minutes
            for seed in range(options.seeds)
            for name in options.only
            for method in options.methods
        ):
            wanted = {"set": name, "method": method, "seed": seed, "minutes": minutes}
            if holds(done, wanted):
                continue
            print(f"{name}, {minutes:g} min, seed {seed}: {TITLES[method]} …", file=sys.stderr)
            began = time.monotonic()
            found = _run(method, name, minutes, seed, options.data, Path(place))
            done.append({**wanted, **found, "seconds": time.monotonic() - began})
            append(options.results, done[-1])
    _show(done, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Test accuracy on pictures against minutes.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--results", type=Path, default=Path("pictures.jsonl"))
    parser.add_argument("--minutes", type=float, nargs="+", default=[3.0, 10.0, 30.0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--methods", nargs="+", choices=list(TITLES), default=list(TITLES))
    parser.add_argument(
        "--method", choices=list(HAND_MADE), help="run this one once, with the last seed"
    )
    parser.add_argument(
        "--validate", action="store_true", help="with --method: judge on validation rows"
    )
    return parser.parse_args()


def command(
    method: str, data: Path, name: str, given: Path, minutes: float, seed: int
) -> list[str]:
    """Return the command for one result; `given` is what a search reads of the set."""
    if method in HAND_MADE:
        return [
            *("python", "benchmarks/pictures.py", str(data), "--method", method, "--only", name),
            *("--minutes", f"{minutes:g}", "--seeds", str(seed + 1)),
        ]
    return [
        *("archivolt", "search", str(given), "--preset", method),
        *("--set", "ensembler=greedy_selection"),
        *("--minutes", f"{minutes:g}", "--workers", "2", "--seed", str(seed)),
    ]


def _run(method: str, name: str, minutes: float, seed: int, data: Path, place: Path) -> Result:
    given = _for_a_search(data / name, place) if method in PRESETS else data
    line = command(method, data, name, given, minutes, seed)
    told = " ".join(line).replace(str(given), "SET").replace(str(data), "DATA")
    if method in HAND_MADE:
        line = [sys.executable, __file__, *line[2:]]
        return {**json.loads(_output(line)), "command": told}
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("archivolt"))
        line = [program, *line[1:], "--run", str(Path(folder) / "run"), "--json"]
        found = json.loads(_output(line))
    best, together = found["best"], found["ensemble"]
    return {
        "accuracy": found["report"]["accuracy"],
        "parameters": best["parameters"],
        "validation": best["score"],
        "best": best["architecture"],
        "trials": found["trials"],
        ENSEMBLE: together
        and {
            "accuracy": together["report"]["accuracy"],
            "parameters": together["parameters"],
            "members": len(together["members"]),
        },
        "command": told,
    }


def _output(line: list[str]) -> str:
    """Return the last line that a command prints."""
    done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1]


def _for_a_search(folder: Path, place: Path) -> Path:
    """Return what a search reads: a folder with `train` and `test`, or a file of arrays."""
    if folder.name == "sign_language_digits":
        return picture_folder(folder, place)
    path = place / f"{folder.name}.npz"
    if not path.exists():
        (x, y), (x_test, y_test) = fashion(folder, 50_000)
        np.savez(path, x=x, y=y, x_test=x_test, y_test=y_test)
    return path


def _arrays(folder: Path) -> tuple[Arrays, Arrays]:
    """Return training and test pictures, as a search has them."""
    if folder.name == "fashion_mnist":
        (x, y), (x_test, y_test) = fashion(folder, 50_000)
        return (x[..., None], y.astype(np.int64)), (x_test[..., None], y_test.astype(np.int64))
    from archivolt_vision.source import ImageFolderSource

    with tempfile.TemporaryDirectory() as place:
        dataset: Any = ImageFolderSource(picture_folder(folder, Path(place))).read()
    training, test = (
        (each.features["picture"], np.array(each.labels).astype(np.int64))
        for each in (dataset, dataset.test)
    )
    return training, test


def _by_hand(options: argparse.Namespace, name: str, minutes: float, seed: int) -> Result:
    training, judged = _arrays(options.data / name)
    if options.validate:
        from sklearn.model_selection import train_test_split

        x, x_judged, y, y_judged = train_test_split(
            *training, test_size=0.2, stratify=training[1], random_state=seed
        )
        training, judged = (x, y), (x_judged, y_judged)
    return dict(train(HAND_MADE[options.method], training, judged, minutes, seed))


def _show(results: list[Result], options: argparse.Namespace) -> None:
    print(
        f"Test accuracy after so many minutes on two cores; mean of {options.seeds} seeds "
        "± standard deviation. Parameters of the last column.\n"
    )
    for name in options.only:
        print(f"### {SETS[name]}\n")
        print(
            "| | "
            + " | ".join(f"{each:g}" for each in options.minutes)
            + " | parameters | command |"
        )
        print("| --- |" + " ---: |" * (len(options.minutes) + 1) + " --- |")
        for method in options.methods:
            rows = [each for each in results if (each["set"], each["method"]) == (name, method)]
            line = " ".join(
                command(method, Path("DATA"), name, Path("SET"), options.minutes[-1], 0)
            )
            _row(TITLES[method], rows, options.minutes, f"`{line}`")
            together = [{**each, **each[ENSEMBLE]} for each in rows if each.get(ENSEMBLE)]
            if together:
                _row("… with an ensemble of its trials", together, options.minutes, "the same")
        print()


def _row(title: str, rows: list[Result], minutes: list[float], line: str) -> None:
    at = [[each for each in rows if each["minutes"] == wanted] for wanted in minutes]
    cells = [cell([each["accuracy"] for each in some]) for some in at]
    sizes = [each["parameters"] for each in at[-1]]
    size = f"{min(sizes):,} to {max(sizes):,}" if len(set(sizes)) > 1 else f"{sum(sizes[:1]):,}"
    print(f"| {title} | " + " | ".join(cells) + f" | {size} | {line} |")


if __name__ == "__main__":
    main()
