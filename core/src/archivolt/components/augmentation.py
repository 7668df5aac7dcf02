"""Augmentations: random changes to training examples, named in a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from archivolt.components.base import Component

if TYPE_CHECKING:
    Layer = Any


class Augmentation(Component):
    """Random changes to training examples, as Keras layers that do nothing at inference."""

    __slots__ = ()

    reads: ClassVar[str]  # the feature kind it applies to

    def layers(self, seed: int) -> Sequence[Layer]:
        """Return the layers in their order; all their randomness follows from `seed`."""
        raise NotImplementedError
