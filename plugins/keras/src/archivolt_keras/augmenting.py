"""The layers of the augmentations that a recipe names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from archivolt.components.augmentation import Augmentation
from archivolt.errors import TrialFailure, UnknownComponentError
from archivolt.plugins.registry import Registry, load_plugins
from archivolt.values.features import Features


def augmentation_layers(names: Sequence[str], features: Features, seed: int) -> tuple[Any, ...]:
    """Make the layers of all augmentations, in their order.

    Raises:
        TrialFailure: no augmentation has such a name, or it is for another kind of features.
    """
    made: list[Any] = []
    for place, name in enumerate(names):
        component = _find(name)
        if component.reads != features.kind:
            raise TrialFailure(
                "error",
                f"the augmentation {name!r} is for {component.reads} features, "
                f"and the data have {features.kind} features.",
            )
        made.extend(component().layers(seed + place))
    return tuple(made)


def _find(name: str) -> type[Augmentation]:
    try:
        return _registry().find("augmentation", name)  # type: ignore[return-value]
    except UnknownComponentError as unknown:
        # A file that the run was started with is loaded in this process, and in no registry
        # but the worker's own.
        for each in _subclasses(Augmentation):
            if each.name == name:
                return each
        raise TrialFailure("error", str(unknown)) from unknown


@cache
def _registry() -> Registry:
    return load_plugins(warn=False)


def _subclasses(cls: type[Augmentation]) -> Iterator[type[Augmentation]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)
