"""One worker process, seen from the search."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

import psutil

from archivolt.components.executor import Workplace
from archivolt.execution import messages
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_from
from archivolt.storage.run_folder import RunFolder

if TYPE_CHECKING:
    from archivolt.values.trial import Trial

# A fork server that has imported the framework gives a worker in a second, a spawn in five.
START_METHODS = tuple(
    method
    for method in ("forkserver", "spawn")
    if method in multiprocessing.get_all_start_methods()
)
LOG_TAIL = 4000  # characters kept of a dead worker's output
GRACE = 2.0  # seconds for a worker to end by itself


class WorkerProcess:
    """A worker process: its pipe, the trial in its hands, its memory."""

    def __init__(
        self,
        name: str,
        workplace: Workplace,
        start_method: str,
        device: str | None,
        workers: int,
    ) -> None:
        self.name = name
        self.ready = False
        self.trial: Trial | None = None
        self.memory = 0  # bytes, when it became ready
        self._first_memory: int | None = None  # after its first trial
        self._codec = Codec(load_from(workplace.plugins))
        self.log = RunFolder(workplace.folder).workers / f"{name}.log"
        self._born = self._since = time.monotonic()
        context = multiprocessing.get_context(start_method)
        start_fork_server(start_method, workplace.evaluator.preload)
        self.connection, theirs = context.Pipe()
        lifeline, self._lifeline = context.Pipe(duplex=False)
        from archivolt.execution.worker import work

        self._process = context.Process(  # type: ignore[attr-defined]  # every context has it
            target=work, args=(theirs, lifeline), name=name, daemon=True
        )
        with _bare_main(), _no_interrupts():
            self._process.start()
        theirs.close()
        lifeline.close()
        environment = {} if device is None else {"CUDA_VISIBLE_DEVICES": device}
        seconds = workplace.seconds
        self._send(
            {
                "do": "begin",
                "log": str(self.log),
                "environment": environment,
                "folder": str(workplace.folder),
                "recorded": None if workplace.recorded is None else str(workplace.recorded),
                "worker_seconds": seconds if seconds is None else seconds * workers,
                "plugins": workplace.plugins,
                "evaluator": self._codec.encode(workplace.evaluator),
                "problem": self._codec.encode(workplace.problem),
            }
        )

    def _send(self, message: messages.Message) -> None:
        messages.send(self.connection, message)

    def receive(self) -> messages.Message:
        return messages.receive(self.connection)

    def begin_trial(self, trial: Trial) -> None:
        self._send({"do": "evaluate", "trial": self._codec.encode(trial)})
        self.trial = trial
        self._since = time.monotonic()

    def stop_trial(self) -> None:
        assert self.trial is not None
        try:
            self._send({"do": "stop", "number": self.trial.number})
        except OSError:
            return  # it died: its pipe will say so

    def busy_for(self) -> float:
        """Return the seconds since the present trial began."""
        return time.monotonic() - self._since if self.trial is not None else 0.0

    def age(self) -> float:
        return time.monotonic() - self._born

    def grown(self, memory: int) -> int:
        """Return how many bytes it has grown since its first trial, which loads what all share."""
        if self._first_memory is None:
            self._first_memory = memory
        return memory - self._first_memory

    def measure_memory(self) -> int:
        """Return its resident memory, bytes; 0 once it is dead."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def describe_death(self) -> str:
        self._process.join(GRACE)
        code = self._process.exitcode
        if code is None:
            return "the worker no longer answers"
        if code >= 0:
            return f"the worker ended with exit status {code}"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = "; often the system was out of memory" if name == "SIGKILL" else ""
        return f"the worker was killed by {name}{hint}"

    def tail(self) -> str:
        """Return the end of what it printed."""
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
        except OSError:
            return ""

    def kill(self) -> None:
        self._process.kill()
        self._process.join(GRACE)

    def end(self) -> None:
        """Close the pipes, which ends it; kill it when it is busy."""
        self.connection.close()
        self._lifeline.close()
        if self.trial is None:
            self._process.join(GRACE)
        if self._process.is_alive():
            self.kill()


def start_fork_server(start_method: str, preload: Sequence[str]) -> None:
    """Start the process that workers are forked from; it imports in its own time."""
    if start_method != "forkserver":
        return
    from multiprocessing import forkserver

    multiprocessing.set_forkserver_preload([*preload, "archivolt.execution.worker"])
    with _bare_main(), _no_interrupts():
        forkserver.ensure_running()


@contextmanager
def _bare_main() -> Iterator[None]:
    """Hide the user's script while a process starts.

    multiprocessing runs the main module again in every child. A worker needs nothing of it, and
    a script without `if __name__ == "__main__"` would start its search again.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach: it goes to all processes of a terminal.

    A worker ignores it once it is at work; while it imports, it would end with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # would be started on the way, and let the signal in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
