"""What weight sharing adds to a trial: planning, reading, assigning, writing down.

python benchmarks/transfer.py
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from attrs import evolve
from numpy.random import default_rng

from archivolt import Candidate, Recipe, image, vector
from archivolt.components.growth import grow
from archivolt.execution.evaluation import TrialReport
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
from archivolt.search.transferring import Transferring
from archivolt.values.history import History
from archivolt.values.problem import METRICS, MULTICLASS, Problem, Task
from archivolt.values.trial import FINISHED, Trial

REPEATS = 20


def main() -> None:
    registry = load_plugins(warn=False)

    def block(name: str, **fields: object) -> object:
        return registry.find("block", name)(**fields)

    dense = block("dense", units=128)
    convolution = block("convolution", filters=32)
    pool = block("image_to_vector")
    cases = {
        "3 dense layers": (vector(64), (dense, dense, dense), 0, {"units": 256}),
        "4 convolutions": (image(28, 28, 1), (*[convolution] * 4, pool), 0, {"filters": 64}),
        "8 residual blocks": (
            image(28, 28, 1),
            (convolution, *[block("residual")] * 8, pool),
            0,
            {"filters": 64},
        ),
    }
    print("| network | plan | equal blocks | wider | of which `grow` |\n|---|---|---|---|---|")
    for name, (features, parent, at, change) in cases.items():
        wider = (*parent[:at], evolve(parent[at], **change), *parent[at + 1 :])
        figures = measured(registry, features, parent, wider)
        print(f"| {name} | " + " | ".join(f"{each:.2f} ms" for each in figures) + " |")


def measured(registry, features, parent, wider) -> list[float]:
    """Return medians in ms: the plan, an equal child's beginning, a wider one's, its growth."""
    from archivolt_keras.artifacts import Kept, TrialArtifacts
    from archivolt_keras.network import build_network
    from archivolt_keras.starting import Beginning, facts
    from archivolt_keras.training.data import TrainingData
    from archivolt_keras.training.trainer import Trainer

    sharing = registry.find("transfer", "weight_sharing")()
    transferring = Transferring((sharing,), Codec(registry))
    task = Task(MULTICLASS, outputs=10)
    problem = Problem(task, METRICS[MULTICLASS][0], features)
    x = default_rng(0).standard_normal((8, *features.shape)).astype(np.float32)
    data = TrainingData.on_device({"features": x}, np.zeros(8, int), task)
    with tempfile.TemporaryDirectory() as folder:
        report = TrialReport(Path(folder), registry, lambda *_: True)
        first = Trial(0, Candidate(parent), 0, state=FINISHED, score=0.5, metrics={"loss": 1.0})
        stored = build_network(parent, features, 10, seed=0)
        TrialArtifacts(report.folder(0)).leave(
            Kept(stored.weights(), facts(problem, first.candidate, report))
        )
        history = History(trials=[first])
        figures: dict[str, list[float]] = {"plan": [], "equal": [], "wider": [], "grow": []}
        for which, architecture in (("equal", parent), ("wider", wider)):
            network = build_network(architecture, features, 10, seed=1)
            trainer = Trainer(network.model, task, Recipe(), data, 1)
            for number in range(REPEATS):
                trial = Trial(1 + number, Candidate(architecture), 1, parent=0)
                began = time.perf_counter()
                trial = transferring.plan(trial, history)
                planned = time.perf_counter()
                Beginning(f"{which} {number}", trial, problem, network, trainer, report).take()
                figures["plan"].append(planned - began)
                figures[which].append(time.perf_counter() - planned)
        for _ in range(REPEATS):
            began = time.perf_counter()
            assert grow(parent, wider, features) is not None
            figures["grow"].append(time.perf_counter() - began)
    return [1000 * float(np.median(each)) for each in figures.values()]


if __name__ == "__main__":
    main()
