"""A worker process: begins once, then evaluates one trial after the other.

This module is imported by the fork server before anything else: it must run no operation.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from attrs import asdict

from archivolt.components.evaluator import Evaluator
from archivolt.errors import TrialFailure
from archivolt.execution.evaluation import TrialReport, evaluate, write_log
from archivolt.execution.messages import Message, receive, send
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_from


def work(connection: Connection, lifeline: Connection) -> None:
    """Serve the search at the other end of `connection` until it closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the search, which ends us in order
    threading.Thread(target=_die_with, args=(lifeline,), daemon=True).start()
    try:
        begin = receive(connection)
        _redirect_output(Path(begin["log"]))
        os.environ.update(begin["environment"])
        worker = Worker(connection, begin)
    except EOFError:
        return
    except BaseException as cause:
        what = traceback.format_exception_only(cause)[-1].strip()
        traceback.print_exc()  # into the log
        send(connection, {"say": "broken", "message": what})
        return
    send(connection, {"say": "ready", "memory": _memory()})
    worker.serve()


class Worker:
    """What a worker process knows once it has begun."""

    def __init__(self, connection: Connection, begin: Message) -> None:
        self._connection = connection
        self._folder = Path(begin["folder"])
        self._recorded = Path(begin["recorded"]) if begin["recorded"] else None
        self._seconds = begin["worker_seconds"]
        self._registry = load_from(begin["plugins"])
        self._codec = Codec(self._registry, folder=self._recorded or self._folder)
        evaluator = self._codec.decode_component("evaluator", begin["evaluator"])
        assert isinstance(evaluator, Evaluator)
        self._evaluator = evaluator
        self._problem = self._codec.decode_problem(begin["problem"])

    def serve(self) -> None:
        while True:
            try:
                message = receive(self._connection)
            except EOFError:
                return
            if message["do"] == "evaluate":
                self._evaluate(message)

    def _evaluate(self, message: Message) -> None:
        trial = self._codec.decode_trial(message["trial"])
        stopped = False

        def say(epoch: int, metrics: Mapping[str, float]) -> bool:
            nonlocal stopped
            self._say({"say": "epoch", "number": trial.number, "epoch": epoch, "metrics": metrics})
            while not stopped and self._connection.poll():
                answer = receive(self._connection)
                stopped = answer == {"do": "stop", "number": trial.number}
            return not stopped

        report = TrialReport(
            self._folder, self._registry, say, self._recorded, self._seconds, self._codec
        )
        began = time.perf_counter()
        result = evaluate(self._evaluator, trial, self._problem, report)
        seconds = time.perf_counter() - began
        answer: Message = {"number": trial.number, "seconds": seconds}
        if isinstance(result, TrialFailure):
            write_log(report, trial.number, result)
            answer |= {"say": "failed", "cause": result.cause, "message": result.message}
            answer |= {"log": result.log}
        else:
            answer |= {"say": "done", "result": asdict(result)}
        del result
        # What this trial left in cycles. The older generations hold what evaluators keep between
        # trials, such as compiled graphs: to go through them takes as long as a short training.
        gc.collect(0)
        self._say({**answer, "memory": _memory()})

    def _say(self, message: Message) -> None:
        try:
            send(self._connection, message)
        except (BrokenPipeError, ConnectionResetError):
            os._exit(0)  # the search is gone: nobody waits for this trial


def _die_with(lifeline: Connection) -> None:
    """End this process as soon as the search's end of the pipe is closed, even by `kill -9`."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(0)


def _redirect_output(path: Path) -> None:
    """Send everything that this process prints, native libraries included, to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


def _memory() -> int:
    """Return the resident memory of this process, bytes."""
    return int(psutil.Process().memory_info().rss)
