"""Choosing how to show a search: a live table, plain lines, or JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archivolt.cli.standing import Standing
from archivolt.search.events import Event

if TYPE_CHECKING:
    from archivolt.search.run import Run

Show = Callable[[Event], None]


@contextmanager
def display_for(run: Run, *, json: bool = False, quiet: bool = False) -> Iterator[Show]:
    """Yield a function that shows events as they come, in the way that fits the output."""
    standing = Standing(time.monotonic())
    if json:
        from archivolt.cli.json_lines import print_event

        yield print_event
    elif quiet:
        from archivolt.cli.summary import print_summary

        yield lambda event: standing.take(event, time.monotonic())
        print_summary(standing)
    elif sys.stdout.isatty():
        from archivolt.cli.live import live_display

        with live_display(standing, run.path) as show:
            yield show
    else:
        from archivolt.cli.lines import Lines

        yield Lines(standing).show
