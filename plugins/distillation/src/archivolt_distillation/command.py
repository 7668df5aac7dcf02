"""`archivolt distill`: a small student of what a run has found."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option  # and nothing heavier: help imports this module


class Teacher(StrEnum):
    """What teaches."""

    ENSEMBLE = "ensemble"
    BEST = "best"


def distill(
    run: Annotated[Path, Argument(help="Folder of a finished run.")],
    max_parameters: Annotated[
        int | None,
        Option(
            min=1,
            help="The most that the student may have. Default: as many as the run's best network.",
        ),
    ] = None,
    teacher: Annotated[
        Teacher | None, Option(help="Default: the ensemble where there is one.")
    ] = None,
    trials: Annotated[
        int | None, Option(min=1, help="Students to train. Default: 20, unless minutes are given.")
    ] = None,
    minutes: Annotated[float | None, Option(min=0.01, help="Stop after so long.")] = None,
    weight: Annotated[
        float | None, Option(min=0.0, help="Of the teacher's loss beside that on the labels.")
    ] = None,
    temperature: Annotated[
        float | None, Option(min=0.01, help="Softens what teacher and student say.")
    ] = None,
    again: Annotated[
        bool, Option("--again", help="Put a new student in the place of the one that is there.")
    ] = False,
    json: Annotated[bool, Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Let the best of a finished run teach one small network, found by a search of its own."""
    import json as writer
    import signal
    import sys

    from typer import echo

    from archivolt_distillation.distilling import distill as search
    from archivolt_distillation.telling import as_data, lines

    student = search(
        run,
        max_parameters=max_parameters,
        teacher=teacher.value if teacher else None,
        trials=trials,
        minutes=minutes,
        weight=weight,
        temperature=temperature,
        again=again,
        show=not json,
        ends=(signal.SIGINT, signal.SIGTERM),
    )
    if json:
        echo(writer.dumps(as_data(student), indent=2, allow_nan=False))
    else:
        for line in lines(student, run):
            echo(line)
    if student.interrupted:
        sys.exit(130)
