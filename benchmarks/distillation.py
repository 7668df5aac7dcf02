"""What a teacher adds to a step of training: milliseconds of the processor.

python benchmarks/distillation.py
"""

from __future__ import annotations

import os
import time
from statistics import median
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from keras import layers

from archivolt.values.problem import MULTICLASS, Task
from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import TrainingData
from archivolt_keras.training.distilling import Lesson
from archivolt_keras.training.trainer import Trainer

EPOCHS = 10
CLASSES = 10


def dense() -> Any:
    x = inputs = keras.Input((32,))
    for _ in range(2):
        x = layers.Dense(64, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(CLASSES)(x))


def convolutions() -> Any:
    x = inputs = keras.Input((28, 28, 1))
    for filters in (16, 32):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(inputs, layers.Dense(CLASSES)(layers.GlobalAveragePooling2D()(x)))


def main() -> None:
    print("| network | step | cross_entropy | mse |\n|---|---|---|---|")
    for name, build, examples in (("dense", dense, 8000), ("convolutions", convolutions, 1600)):
        figures = [measured(build(), examples, form) for form in ("", "cross_entropy", "mse")]
        print(f"| {name} | " + " | ".join(f"{each:.3f} ms" for each in figures) + " |")


def measured(model: Any, examples: int, form: str) -> float:
    """Return the median time of a step in ms."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((examples, *model.input.shape[1:])).astype(np.float32)
    task = Task(MULTICLASS, outputs=CLASSES)
    data = TrainingData.on_device({"x": x}, rng.integers(0, CLASSES, examples), task)
    recipe = Recipe(batch_size=32, epochs=EPOCHS + 1)
    trainer = Trainer(model, task, recipe, data, seed=0)
    if form:
        logits = rng.standard_normal((examples, CLASSES)).astype(np.float32)
        trainer.learn(Lesson(form, 1.0, 2.0), logits)
    trainer.run_epoch()  # makes the graph
    times = []
    for _ in range(EPOCHS):
        began = time.process_time()
        trainer.run_epoch()
        times.append(time.process_time() - began)
    return 1e3 * median(times) / (examples / recipe.batch_size)


if __name__ == "__main__":
    main()
