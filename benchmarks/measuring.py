"""What a process and its children take: time on the processors, and memory."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from types import TracebackType

import psutil

CPU_EVERY, MEMORY_EVERY = 0.25, 2.0  # seconds


class Watch:
    """Samples a tree of processes from a thread of this one, until the block ends."""

    def __init__(self, pid: int) -> None:
        self.peak_memory = 0  # bytes; what processes share counts once
        self._root = psutil.Process(pid)
        self._cpu: dict[int, float] = {}  # seconds by process, ended ones included
        self._samples: list[tuple[float, float]] = []  # Unix time, seconds of all
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def cpu_between(self, begin: float, end: float) -> float:
        """Return the seconds of processor time between two Unix times."""
        return self._at(end) - self._at(begin)

    def _at(self, moment: float) -> float:
        times = [sample[0] for sample in self._samples]
        index = min(max(1, bisect_left(times, moment)), len(times) - 1)
        (t0, cpu0), (t1, cpu1) = self._samples[index - 1], self._samples[index]
        return cpu0 + (cpu1 - cpu0) * min(1.0, max(0.0, (moment - t0) / (t1 - t0)))

    def _watch(self) -> None:
        looked = 0.0
        while not self._over.wait(CPU_EVERY):
            with_memory = time.monotonic() - looked > MEMORY_EVERY
            if with_memory:
                looked = time.monotonic()
            memory = 0
            for process in self._tree():
                try:
                    times = process.cpu_times()
                    self._cpu[process.pid] = times.user + times.system
                    if with_memory:
                        memory += shared_once(process)
                except psutil.Error:
                    continue  # it has ended
            self._samples.append((time.time(), sum(self._cpu.values())))
            self.peak_memory = max(self.peak_memory, memory)

    def _tree(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []


def shared_once(process: psutil.Process) -> int:
    """Return a process' memory, bytes; its part of the shared pages where the system tells it."""
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        full = process.memory_info()
    return int(getattr(full, "pss", full.rss))
