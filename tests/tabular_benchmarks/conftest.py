"""A table small enough to work out by hand, in both kinds of file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from archivolt_tabular_benchmarks.reading import read_specifications
from archivolt_tabular_benchmarks.specification import Specification
from archivolt_tabular_benchmarks.table import Table, read_table

LINES = """\
operation,width,run_1,run_2,epochs_4,size
convolution,16,0.81,0.80,0.40,10
convolution,32,0.84,0.86,0.45,20
convolution,64,0.88,,0.50,40
pooling,16,0.55,0.57,0.30,1
pooling,32,0.60,0.58,0.35,2
pooling,64,0.59,0.61,0.20,4
"""
DOCUMENT = {
    "name": "toy",
    "file": "toy.csv",
    "positions": {"operation": ["convolution", "pooling"], "width": [16, 32, 64]},
    "scores": ["run_1", "run_2"],
    "metric": "accuracy",
    "epochs": 9,
    "fidelities": {4: "epochs_4"},
    "costs": {"parameters": {"column": "size", "times": 1000}, "latency": "size"},
}


@pytest.fixture
def specify(tmp_path: Path) -> Callable[..., Specification]:
    """Write a specification, with keys replaced or (None) left out, and read it back."""

    def write(lines: str = LINES, **keys: Any) -> Specification:
        document = {key: value for key, value in {**DOCUMENT, **keys}.items() if value is not None}
        (tmp_path / "toy.csv").write_text(lines)
        path = tmp_path / "toy.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return read_specifications(path)[0]

    return write


@pytest.fixture
def table(specify: Callable[..., Specification]) -> Table:
    return read_table(specify(), None)


@pytest.fixture
def arrays(tmp_path: Path, specify: Callable[..., Specification]) -> Callable[..., Specification]:
    """Write the toy table as arrays; `arrays` replaces some."""

    def write(keys: dict[str, Any] | None = None, **replaced: Any) -> Specification:
        held = {
            "config": np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]], np.uint8),
            "score": np.array(
                [[0.8, 0.9], [0.7, 0.7], [0.6, np.nan], [0.5, 0.4], [0.3, 0.2], [0.1, 0]]
            ),
            **replaced,
        }
        np.savez(tmp_path / "toy.npz", **held)
        plain = {"file": "toy.npz", "scores": "score", "fidelities": None, "costs": None}
        return specify(**{**plain, "indices": "config", **(keys or {})})

    return write
