"""The layers of the augmentations that a recipe names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archivolt.components.augmentation import Augmentation
from archivolt.components.evaluator import Report
from archivolt.errors import TrialFailure, UnknownComponentError
from archivolt.values.features import Features
from archivolt_keras.training.feeding import Mixing


def augmentation_layers(
    names: Sequence[str], features: Features, per_step: bool, seed: int, report: Report
) -> tuple[Any, ...]:
    """Make the layers of all augmentations, in their order.

    Raises:
        TrialFailure: no augmentation has such a name, or it is for another kind of features, or
            for labels of another kind.
    """
    made: list[Any] = []
    for place, name in enumerate(names):
        try:
            component = report.component("augmentation", name)
        except UnknownComponentError as unknown:
            raise TrialFailure("error", str(unknown)) from unknown
        assert issubclass(component, Augmentation)
        if component.reads != features.kind:
            raise TrialFailure(
                "error",
                f"the augmentation {name!r} is for {component.reads} features, "
                f"and the data have {features.kind} features.",
            )
        if component.moves and per_step:
            raise TrialFailure(
                "error",
                f"the augmentation {name!r} moves steps, and each step has a label of its own.",
            )
        layers = component().layers(seed + place)
        made.extend(map(Mixing, layers) if component.mixes else layers)
    return tuple(made)
