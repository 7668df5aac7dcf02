"""A student, told to people and to programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from archivolt.values.problem import REPORT
from archivolt.values.selection import STANDARD_ERROR
from archivolt_distillation.strategy import BEST
from archivolt_distillation.student import Student


def lines(student: Student, run: Path) -> Iterator[str]:
    """Tell of a student beside its teacher, and beside the run's own best within the limits.

    Args:
        student: What was found.
        run: Folder of the teacher's run, as it was named.
    """
    name, taught_by, about = student.run.problem.metric.name, student.taught_by, student.about
    rows = student.run.problem.rows.get(REPORT, 0)
    yield f"teacher: {_teacher(student)}, {_count(taught_by['parameters'])} parameters"
    yield f"         {_judged(name, taught_by['report'], taught_by['validation'], rows)}"
    yield (
        f"student: trial {about.trials[0]}, {_count(about.parameters)} parameters "
        f"({student.limits.describe()})"
    )
    yield f"         {_judged(name, about.report, about.validation, rows)}"
    yield f"alone:   {_alone(student, name)}"
    yield f"model: {run / student.run.path.name / 'best'}"


def as_data(student: Student) -> dict[str, Any]:
    """Return a student as plain data; see docs/json.md for the fields."""
    about, alone, limits = student.about, student.alone, student.limits
    taught_by = student.taught_by
    return {
        "run": str(student.run.path),
        "metric": student.run.problem.metric.name,
        "rows": student.run.problem.rows.get(REPORT, 0),
        "limits": {
            "parameters": limits.parameters,
            "flops": limits.flops,
            "bytes": limits.bytes,
        },
        "teacher": {
            "what": student.teacher,
            "weight": student.weight,
            "trials": list(taught_by["trials"]),
            "parameters": taught_by["parameters"],
            "validation": _finite(taught_by["validation"]),
            "report": _finite(taught_by["report"]),
        },
        "student": {
            "trial": about.trials[0],
            "parameters": about.parameters,
            "validation": _finite(about.validation),
            "report": _finite(about.report),
        },
        "alone": None
        if alone is None
        else {
            "trial": alone.number,
            "parameters": alone.parameters,
            "validation": _finite(alone.metrics),
        },
        "interrupted": student.interrupted,
    }


def _teacher(student: Student) -> str:
    trials = student.taught_by["trials"]
    name = f"the ensemble of {len(trials)} trials"
    if student.teacher == BEST:
        name = f"trial {trials[0]}, the best network"
    return name if student.weight > 0 else f"nobody (the weight is 0); {name}"


def _judged(
    name: str, report: Mapping[str, float], validation: Mapping[str, float], rows: int
) -> str:
    chosen = _score(validation.get(name))
    if not report:
        return f"{name} {chosen} on the validation rows that chose it: expect less on new data"
    error = report.get(STANDARD_ERROR)
    spread = "" if error is None else f" ± {error:.4f}"
    return (
        f"{name} {_score(report.get(name))}{spread} on {rows:,} rows that took part in no choice "
        f"(chosen by {chosen} on the validation rows)"
    )


def _alone(student: Student, name: str) -> str:
    alone = student.alone
    if alone is None:
        return "no trial of the run itself keeps within the limit"
    return (
        f"trial {alone.number} of the run, {_count(alone.parameters)} parameters, its best within "
        f"the limit: {name} {_score(alone.score)} on the validation rows, where the student has "
        f"{_score(student.about.validation.get(name))}"
    )


def _count(parameters: int | None) -> str:
    return "-" if parameters is None else f"{parameters:,}"


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if isfinite(value) else None for name, value in metrics.items()}
