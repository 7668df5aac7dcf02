"""Converters print, natively too: standard output belongs to the command, which may print JSON."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

STREAMS = (1, 2)  # of native code, whatever Python's own are


@contextmanager
def silenced() -> Iterator[None]:
    """Let nothing be printed: neither by Python, its warnings among it, nor by native code."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for stream in STREAMS:
            _redirect(stream, stack)
        stack.enter_context(redirect_stdout(io.StringIO()))
        stack.enter_context(redirect_stderr(io.StringIO()))
        yield


def _redirect(stream: int, stack: ExitStack) -> None:
    try:
        kept = os.dup(stream)
    except OSError:  # it is closed: nobody hears it
        return
    stack.callback(os.close, kept)
    stack.callback(os.dup2, kept, stream)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    os.close(nowhere)
