"""Searching to the end in one call: drawn where asked for, ended in order by Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from archivolt.errors import SearchError
from archivolt.search.events import Event, SearchFinished
from archivolt.search.interrupts import interrupting

if TYPE_CHECKING:
    from archivolt.search.run import Run


def drive(
    run: Run,
    trials: int | None = None,
    minutes: float | None = None,
    show: bool = False,
    ends: Sequence[signal.Signals] = (signal.SIGINT,),
) -> SearchFinished:
    """Search until the budget is spent.

    Args:
        run: What is searched.
        trials: Trials to add to those that have ended. Default: the budget.
        minutes: Minutes to add to those that were spent. Default: the budget.
        show: Draw the progress on the terminal.
        ends: Signals that end it in order, with the best so far.

    Raises:
        SearchError: it could not go on, or no trial has a score.
    """
    last: Event | None = None
    with interrupting(run.interrupt, ends), _display(run, show) as draw:
        for last in run.events(trials, minutes):
            draw(last)
    assert isinstance(last, SearchFinished)
    if last.error is not None:
        raise SearchError(last.error, f"The run is in {run.path}; archivolt.open() reads it.")
    return last


def _display(run: Run, show: bool) -> AbstractContextManager[Callable[[Event], None]]:
    if not show:
        return nullcontext(lambda event: None)
    from archivolt.cli.showing import display_for

    return display_for(run)
