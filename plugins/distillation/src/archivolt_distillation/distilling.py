"""Distilling a run in one call: begin or go on, search, compare."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.errors import RunError
from archivolt_distillation.student import STUDENT, Lesson, Student, begin, compare

if TYPE_CHECKING:
    from archivolt.search.run import Run


def distill(
    run: Run | Path | str,
    *,
    max_parameters: int | None = None,
    teacher: str | None = None,
    trials: int | None = None,
    minutes: float | None = None,
    weight: float | None = None,
    temperature: float | None = None,
    again: bool = False,
    show: bool = False,
    ends: Sequence[signal.Signals] = (signal.SIGINT,),
) -> Student:
    """Let the best of a finished run teach one small network, found by a search of its own.

    The search lies below the run, in `student/`, and is a run as any other. Where it is there
    already and nothing is asked for, it goes on with what is left of its budget.

    Args:
        run: A finished run, or its folder.
        max_parameters: The most that the student may have. Default: as many as the run's best
            single network has. Other limits of the run stay.
        teacher: `ensemble`, or `best`, the best single network. Default: the ensemble where there
            is one.
        trials: Students to train; 20, unless minutes are given.
        minutes: Stop after so long.
        weight: Of the loss on the teacher's predictions beside that on the labels; 1.
        temperature: Softens both sides of it; 2.
        again: Put a new student in the place of the one that is there.
        show: Draw the progress on the terminal.
        ends: Signals that end the search in order, with the best so far.

    Raises:
        RunError: the run has not ended, has no such teacher, or has a student already.
        SpaceError: no candidate keeps within the limit; how small the smallest is.
        SearchError: the search could not go on.
    """
    import archivolt

    opened = archivolt.open(run) if isinstance(run, (str, Path)) else run
    lesson = Lesson(max_parameters, teacher, trials, minutes, weight, temperature)
    there = any(branch.name == STUDENT for branch in opened.branches())
    if there and not again:
        if lesson != Lesson():
            raise RunError(
                str(opened.path / STUDENT),
                "holds a student already.",
                "Go on with it by `archivolt distill` without options, or put another one in its "
                "place with `--again`.",
            )
        student = archivolt.open(opened.path / STUDENT)
    else:
        student = begin(opened, lesson, again)
    end = student.drive(show=show, ends=ends)
    return compare(opened, student, end.interrupted)
