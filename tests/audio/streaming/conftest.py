from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archivolt

T, BINS = 12, 6
CAUSAL = (
    {"name": "residual_svdf", "nodes": [8, 12], "memory": [3, 4], "bottleneck": [0, 8]},
    {"name": "tc_resnet", "filters": 8, "kernel": 3, "stride": [1, 2], "causal": True},
    {"name": "gru", "units": 16, "bidirectional": False},
)


def sounds(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw clips of two kinds: a bin gets louder, or softer, after a while."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    clips = rng.standard_normal((rows, T, BINS)).astype("float32")
    clips[:, 3:7, 1] += np.where(labels, 2.0, -2.0)[:, None]
    return clips, labels


@pytest.fixture(scope="package")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Search over clips in this process: `searched(blocks)`."""

    def search(blocks: Any = CAUSAL, depth: Any = (2, 2), lengths: bool = False) -> Any:
        clips, labels = sounds(160, 0)
        data: Any = clips
        if lengths:
            data = {"x": clips, "lengths": np.random.default_rng(1).integers(8, T + 1, len(clips))}
        folder: Path = tmp_path_factory.mktemp("search") / "run"
        return archivolt.search(
            data,
            labels,
            run=folder,
            trials=3,
            seed=0,
            config={
                "executor": "inline",
                "space": {
                    "blocks": [dict(each) for each in blocks],
                    "connectors": [{"name": "sequence_to_vector", "mode": ["average", "last"]}],
                    "depth": list(depth),
                    "recipe": {"epochs": 3, "batch_size": 32, "learning_rate": 0.01},
                },
            },
        )

    return search


@pytest.fixture(scope="package")
def run(searched: Callable[..., Any]) -> Any:
    """A tiny search over causal blocks, on padded clips."""
    return searched(lengths=True)
