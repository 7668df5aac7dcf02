"""What the trainer costs: cold and cached trials, steady epochs, and memory over many trials.

Run it alone on a machine: `python benchmarks/trainer.py [--trials 200]`. Times are milliseconds,
of the processor (which other load moves less) and of the clock.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import psutil

from archivolt_keras.training.process import prepare_process

EPOCHS = 3


class Work:
    """Data, and a network of a width."""

    def __init__(self, name: str, shape: tuple[int, ...], examples: int, batch: int) -> None:
        from archivolt.values.problem import MULTICLASS, Task
        from archivolt.values.recipe import Recipe
        from archivolt_keras.training.data import TrainingData

        rng = np.random.default_rng(0)
        x = rng.standard_normal((examples, *shape)).astype(np.float32)
        self.name = f"{name}, {examples:,} x {'x'.join(map(str, shape))}, batch {batch}"
        self.task = Task(MULTICLASS, outputs=10)
        self.recipe = Recipe(batch_size=batch, epochs=EPOCHS)
        self.data = TrainingData.on_device({"x": x}, rng.integers(0, 10, examples), self.task)

    def build(self, width: int) -> Any:
        import keras
        from keras import layers

        from archivolt_keras.training.cache import Built

        x = inputs = keras.Input(self.data.parts["x"].shape[1:])
        if len(inputs.shape) == 2:
            for _ in range(2):
                x = layers.Dense(width, activation="relu")(x)
        else:
            for filters in (width // 8, width // 4):
                x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
                x = layers.MaxPooling2D()(x)
            x = layers.GlobalAveragePooling2D()(x)
        return Built(keras.Model(inputs, layers.Dense(10)(x)))

    def trial(self, cache: Any, width: int, seed: int) -> Any:
        """Begin a trial; return its trainer."""
        from archivolt_keras.training.cache import Structure

        structure = Structure.of(f"{self.name} {width}", self.task, self.recipe, self.data)
        build = partial(self.build, width)
        trainer, _ = cache.obtain(structure, build, self.task, self.recipe, self.data, seed)
        return trainer


def timed(call: Callable[[], Any]) -> tuple[float, float]:
    """Return milliseconds of the processor and of the clock."""
    begin, clock = time.process_time(), time.perf_counter()
    call()
    return 1e3 * (time.process_time() - begin), 1e3 * (time.perf_counter() - clock)


def measure(work: Work, repeats: int) -> dict[str, tuple[float, float]]:
    from archivolt_keras.training.cache import TrainerCache

    cache = TrainerCache(size=4)
    found: dict[str, list[tuple[float, float]]] = {}

    def note(what: str, call: Callable[[], Any]) -> None:
        found.setdefault(what, []).append(timed(call))

    def train(trainer: Any) -> None:
        for _ in range(EPOCHS):
            trainer.run_epoch()

    for repeat in range(repeats + 1):
        width = 128 + 8 * (repeat % 2) + repeat // 2
        if repeat == 1:
            found.clear()  # the first trial of a process pays for TensorFlow's own first time
        begin = partial(work.trial, cache, width)
        note(f"cold, {EPOCHS} epochs", lambda begin=begin: train(begin(0)))
        note("cached, until it trains", lambda begin=begin: begin(1))
        note(f"cached, {EPOCHS} epochs", lambda begin=begin: train(begin(2)))
        trainer = work.trial(cache, width, 3)
        for _ in range(5):
            note("an epoch", trainer.run_epoch)
        del trainer
        cache.end_trial()
    return {
        what: (median(cpu for cpu, _ in times), median(clock for _, clock in times))
        for what, times in found.items()
    }


def memory(work: Work, trials: int) -> list[tuple[int, float]]:
    """Return the resident MiB while every trial has another structure."""
    from archivolt_keras.training.cache import TrainerCache

    cache = TrainerCache()
    process = psutil.Process()
    found = []
    for number in range(trials):
        trainer = work.trial(cache, 64 + number, number)
        trainer.run_epoch()
        del trainer
        cache.end_trial()
        if number + 1 in (25, 50, 100, 150) or number + 1 == trials:
            found.append((number + 1, process.memory_info().rss / 2**20))
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--repeats", type=int, default=10, help="trials of each kind")
    arguments.add_argument("--trials", type=int, default=200, help="trials to watch memory over")
    options = arguments.parse_args()
    prepare_process()
    small = Work("MLP 2 x 128", (64,), 1149, 32)
    for work, repeats in (
        (small, options.repeats),
        (Work("MLP 2 x 128", (16,), 13067, 64), options.repeats),
        (Work("Conv 16, 32", (28, 28, 1), 8000, 64), max(1, options.repeats // 5)),
    ):
        print(f"\n{work.name:44}{'processor ms':>14}{'clock ms':>12}")
        for what, (cpu, clock) in measure(work, repeats).items():
            print(f"  {what:42}{cpu:14.1f}{clock:12.1f}", flush=True)
    print(f"\n{'memory, ' + small.name:44}{'MiB':>14}")
    for count, size in memory(small, options.trials):
        print(f"  after {count:<4} trials, each of another width   {size:12.0f}", flush=True)


if __name__ == "__main__":
    main()
