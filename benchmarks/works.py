"""The works of `peers.py`: data, the space that is searched, and how long a trial trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

EPOCHS = 3
WORKERS = 2

Arrays = tuple[NDArray[Any], NDArray[Any]]  # features and labels


@frozen
class Work:
    """One search problem, for Archivolt and its peers alike.

    The space is stated twice: `space` as Archivolt reads it, the rest for the peers.
    """

    name: str
    title: str
    batch: int
    learning_rate: tuple[float, float]  # drawn on a log scale
    depth: tuple[int, int]
    layer: Mapping[str, tuple[Any, ...]]  # choices for each layer of the stack, by name
    bridge: tuple[str, ...]  # from pictures to a vector; () for vectors
    blocks: tuple[Mapping[str, Any], ...]
    folder: str = ""  # below the data folder; "": made on the spot

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the search, preset `base`."""
        low, high = self.learning_rate
        return {
            "problem": {"split": {"validation": 0.2}},
            "space": {
                "blocks": [dict(block) for block in self.blocks],
                "connectors": (
                    [{"name": "image_to_vector", "mode": list(self.bridge)}] if self.bridge else []
                ),
                "depth": list(self.depth),
                "recipe": {
                    "optimizer": "adam",
                    "learning_rate": {"low": low, "high": high, "log": True},
                    "schedule": "constant",
                    "batch_size": self.batch,
                    "epochs": EPOCHS,
                },
            },
            "searcher": {"name": "greedy", "beam": 5, "starts": 10, "trials_a_level": 5},
            "mutators": {
                "insert": 1,
                "replace": 1,
                "delete": 1,
                "swap": 0.5,
                "change_parameter": 2,
                "change_recipe": 2,
            },
        }

    def load(self, data: Path | None) -> tuple[Arrays, Arrays]:
        """Return the rows to search with, and those that are looked at once, at the end."""
        if self.name == "digits":
            return _digits()
        assert data is not None
        # 8,000 rows to train on and 2,000 to select by.
        return fashion(data / self.folder, 10_000)


WORKS = (
    Work(
        name="digits",
        title="digits as a table: 1,149 training rows of 64 numbers, batch 32, dense networks",
        batch=32,
        learning_rate=(3e-4, 1e-2),
        depth=(1, 3),
        layer={"units": (32, 64, 96, 128), "activation": ("relu", "tanh")},
        bridge=(),
        blocks=(
            {
                "name": "dense",
                "units": [32, 64, 96, 128],
                "activation": ["relu", "tanh"],
                "normalisation": "none",
                "dropout": 0.0,
                "residual": "none",
            },
        ),
    ),
    Work(
        name="fashion",
        title="Fashion-MNIST: 8,000 training pictures of 28 x 28, batch 64, convolutions",
        batch=64,
        learning_rate=(3e-4, 1e-2),
        depth=(1, 3),
        layer={"filters": (16, 32, 48), "stride": (1, 2)},
        bridge=("average", "flatten"),
        blocks=(
            {
                "name": "convolution",
                "filters": [16, 32, 48],
                "kernel": "3x3",
                "stride": [1, 2],
                "dilation": 1,
                "normalisation": "none",
                "activation": "relu",
            },
        ),
        folder="fashion_mnist",
    ),
)


def _digits() -> tuple[Arrays, Arrays]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(
        x.astype(np.float32), y, test_size=0.2, random_state=0, stratify=y
    )
    return (x, y), (x_test, y_test)


def fashion(folder: Path, rows: int) -> tuple[Arrays, Arrays]:
    """Read so many training pictures of Fashion-MNIST, drawn at random, and all test pictures."""
    with np.load(folder / "train.npz") as train, np.load(folder / "test.npz") as test:
        drawn = np.random.default_rng(0).permutation(len(train["y"]))[:rows]
        return (train["x"][drawn], train["y"][drawn]), (test["x"], test["y"])
