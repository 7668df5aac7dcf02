"""What is written beside a delivered model: `model.json` for programs, a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict

from archivolt import __version__
from archivolt.files import replace_file
from archivolt.values.problem import VALIDATION, Part, Problem
from archivolt_keras.all_rows import is_on_all_rows
from archivolt_keras.prepared import Prepared, encoding_data
from archivolt_keras.readme import readme

ABOUT = "model.json"
README = "README.md"
BEST = "best.keras"  # the best single network
ENSEMBLE = "ensemble.keras"  # several in one


def read_about(target: Path) -> dict[str, Any]:
    """Read `model.json`."""
    about: dict[str, Any] = json.loads((target / ABOUT).read_text(encoding="utf-8"))
    return about


def write_about(about: Mapping[str, Any], target: Path) -> None:
    replace_file(target / ABOUT, json.dumps(about, indent=1) + "\n")
    replace_file(target / README, readme(about))


def about_problem(problem: Problem, prepared: Prepared, file: str) -> dict[str, Any]:
    """Collect what is the same for every model of a problem, as plain data."""
    task = problem.task
    return {
        "archivolt": __version__,
        "file": file,
        "task": task.kind,
        "targets": list(task.targets),
        "classes": list(task.classes),
        "outputs": task.outputs,
        "per_step": task.per_step,
        "parts": [_part(part) for part in task.parts],
        "inputs": [asdict(each) for each in prepared.inputs],
        "labels": encoding_data(prepared.encoding),
        "metric": asdict(problem.metric),
        "report": None,  # `judge` fills it in, at the end
        "digest": problem.digest,  # of the prepared rows, split by split
        "notes": list(problem.notes),
    }


def _part(part: Part) -> dict[str, Any]:
    """Tell what a part predicts; the blocks of its head are inside the model."""
    kept = ("target", "kind", "classes", "outputs", "metric", "weight")
    return {name: getattr(part, name) for name in kept}


def validation(
    problem: Problem, metrics: Mapping[str, float], score: float | None
) -> dict[str, Any] | None:
    """Say how good a model was on the rows that chose it, as plain data.

    None where they were training rows, too: its score on them would mean nothing.
    """
    if is_on_all_rows(problem):
        return None
    return {
        **scored(metrics, problem.metric.name, problem.rows.get(VALIDATION)),
        "score": score,
        "note": "The model was chosen by these rows, so new data will hardly reach it.",
    }


def scored(metrics: Mapping[str, float], name: str, rows: int | None) -> dict[str, Any]:
    return {"score": metrics.get(name), "rows": rows, "metrics": dict(metrics)}
