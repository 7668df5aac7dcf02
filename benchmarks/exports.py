"""What converts where: a small search on each kind of data, exported to every format.

    python benchmarks/exports.py [--only adult] [--epochs 5] > exports.md

A cell tells bytes, the score on rows that took part in no choice, milliseconds for one row, and the
largest difference between two outputs; or why there is no export.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import archivolt
from archivolt.errors import ArchivoltError
from archivolt_export import Exported, export
from archivolt_export.exporting import Side

ROOT = Path(__file__).parents[1]
TESTS, EXAMPLES = ROOT / "tests" / "data", ROOT / "examples" / "data"
FORMATS = (
    ("saved_model", "float"),
    ("onnx", "float"),
    ("litert", "float"),
    ("litert", "dynamic"),
    ("litert", "int8"),
)
DATA = {  # what is searched: path, target, settings
    "letter": (TESTS / "tables" / "letter.csv.gz", "target", ["space.blocks=[dense]"]),
    "adult": (EXAMPLES / "adult.csv.gz", "target", []),
    "fashion": (TESTS / "fashion_mnist.npz", None, []),
    "sign": (
        TESTS / "sign_language" / "train",
        None,
        ["space.blocks=[convolution, separable_convolution]"],
    ),
    "recordings": (
        TESTS / "spoken_digits",
        None,
        [
            "data.bins=20",
            "space.blocks=[{name: conv1d, filters: [16, 24], kernel: 5, normalisation: batch}]",
            "space.recipe.epochs=40",  # of 60 recordings
            "space.recipe.learning_rate=0.005",
            "space.recipe.batch_size=16",
        ],
    ),
    "spoken, conv1d": (
        EXAMPLES / "spoken_digits.npz",
        None,
        ["space.blocks=[conv1d]", "data.kind=sequence"],
    ),
    "spoken, gru": (
        EXAMPLES / "spoken_digits.npz",
        None,
        ["space.blocks=[gru]", "data.kind=sequence"],
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="What converts where.")
    parser.add_argument("--only", choices=tuple(DATA), action="append")
    parser.add_argument("--epochs", type=int, default=5)
    asked = parser.parse_args()
    names = " | ".join(f"{name}, {kept}" if kept != "float" else name for name, kept in FORMATS)
    print(f"| | preprocessing | Keras | {names} |")
    print("| --- | --- | --- |" + " --- |" * len(FORMATS))
    for name in asked.only or DATA:
        path, target, more = DATA[name]
        with tempfile.TemporaryDirectory() as folder:
            settings = [
                "executor=inline",
                "searcher=random",
                "ensembler=null",
                "space.depth=[2, 2]",
                f"space.recipe.epochs={asked.epochs}",
                *more,
            ]
            run = archivolt.search(
                path, target, run=Path(folder) / "run", trials=1, overrides=settings
            )
            for inside in (True, False):
                print(f"| {name} | {' | '.join(cells(run, inside, Path(folder)))} |", flush=True)
            run.close()


def cells(run: archivolt.search.run.Run, inside: bool, folder: Path) -> Iterator[str]:
    found = [tried(run, inside, folder, *each) for each in FORMATS]
    whole = next((each for each in found if isinstance(each, Exported)), None)
    yield "inside" if inside else "left out"
    yield "-" if whole is None else side(whole.before, whole.metric)
    for each in found:
        yield each if isinstance(each, str) else told(each)


def tried(
    run: archivolt.search.run.Run, inside: bool, folder: Path, format: str, quantization: str
) -> Exported | str:
    target = folder / f"{format}-{quantization}-{inside}"
    try:
        return export(run, format, target, quantization=quantization, preprocessing=inside)
    except ArchivoltError as cause:
        return f"no: {str(cause).partition('. ')[0].partition(': ')[2]}"


def told(exported: Exported) -> str:
    return f"{side(exported.after, exported.metric)}; {exported.difference:.1g}"


def side(side: Side, metric: str) -> str:
    return f"{side.bytes:,}; {side.metrics[metric]:.3f}; {side.latency_ms:.2f}"


if __name__ == "__main__":
    main()
