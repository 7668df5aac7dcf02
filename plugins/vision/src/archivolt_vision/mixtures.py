"""Augmentations that make a picture of two, and its label of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import and_, ge, le

from archivolt.components.augmentation import Augmentation
from archivolt.values.features import IMAGE

if TYPE_CHECKING:
    Layer = Any


@frozen
class Mixup(Augmentation):
    """Average each picture with another of its batch, and their labels alike (Zhang et al., 2018).

    The weight is drawn for each picture from a beta distribution.
    """

    name = "mixup"
    reads = IMAGE
    mixes = True
    # Of the beta distribution: with less than 0.2 the two gamma variates that a draw is made of can
    # both be 0 in 32 bits, and the picture would be no number.
    alpha: float = field(default=0.2, validator=and_(ge(0.2), le(1.0)))

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [layers.MixUp(self.alpha, seed=seed)]


@frozen
class Cutmix(Augmentation):
    """Paste a rectangle of another picture; labels go by the area (Yun et al., 2019)."""

    name = "cutmix"
    reads = IMAGE
    mixes = True

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        # The paper's alpha of 1. From a single number the layer draws another alpha at each step,
        # and with one near 0 a share can be no number.
        return [layers.CutMix((1.0, 1.0), seed=seed)]


MIXTURES = (Mixup, Cutmix)
