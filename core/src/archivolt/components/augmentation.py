"""Augmentations: random changes to training examples, named in a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from archivolt.components.base import Component

if TYPE_CHECKING:
    Layer = Any


class Augmentation(Component):
    """Random changes to training examples, as Keras layers that do nothing at inference.

    One that `mixes` makes examples of several of the same batch, as mixup does. Its layers map
    `{"images": examples, "labels": shares}` to the same, as `MixUp` and `CutMix` of Keras do, on
    features of any kind. `shares`, `(batch, batch)`, tell what each example is made of: a row for
    each of them, a column for each that was given, rows that sum to 1. What an example is compared
    with is mixed by the same shares.
    """

    __slots__ = ()

    reads: ClassVar[str]  # the feature kind it applies to
    mixes: ClassVar[bool] = False  # whether examples are mixed, and their labels with them
    moves: ClassVar[bool] = False  # whether steps are moved, and the labels of steps are not

    def layers(self, seed: int) -> Sequence[Layer]:
        """Return the layers in their order; all their randomness follows from `seed`."""
        raise NotImplementedError
