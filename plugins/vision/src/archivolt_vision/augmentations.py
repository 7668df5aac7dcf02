"""Augmentations of pictures, from the preprocessing layers of Keras.

They change normalised pictures inside the training step, each picture on its own, and do nothing
at inference. Layers that clip are told a range that no normalised picture leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import and_, gt, le

from archivolt.components.augmentation import Augmentation
from archivolt.values.features import IMAGE

if TYPE_CHECKING:
    Layer = Any

REACH = 16.0  # standard deviations: normalised pictures stay within


def _share(default: float) -> Any:
    return field(default=default, validator=and_(gt(0.0), le(1.0)))


@frozen
class Flip(Augmentation):
    """Mirror half of the pictures, left to right."""

    name = "flip"
    reads = IMAGE

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [layers.RandomFlip("horizontal", seed=seed)]


@frozen
class Shift(Augmentation):
    """Move pictures up, down and sideways; the edge is continued."""

    name = "shift"
    reads = IMAGE
    share: float = _share(0.1)  # of height and width, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        move = layers.RandomTranslation(self.share, self.share, fill_mode="nearest", seed=seed)
        return [move]


@frozen
class Crop(Augmentation):
    """Pad with the mean and crop at random, whole pixels (He et al., 2016, section 4.2).

    The layer `RandomCrop` takes one place for the whole batch; a translation by whole pixels with
    a constant fill is the same change, drawn for each picture.
    """

    name = "crop"
    reads = IMAGE
    share: float = _share(0.125)  # padding on each side: 4 pixels of 32

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [
            layers.RandomTranslation(
                self.share,
                self.share,
                fill_mode="constant",
                fill_value=0.0,
                interpolation="nearest",
                seed=seed,
            )
        ]


@frozen
class Rotate(Augmentation):
    """Turn pictures a little to either side; the edge is continued."""

    name = "rotate"
    reads = IMAGE
    degrees: float = field(default=15.0, validator=and_(gt(0.0), le(180.0)))  # at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [layers.RandomRotation(self.degrees / 360, fill_mode="nearest", seed=seed)]


@frozen
class Zoom(Augmentation):
    """Make pictures larger or smaller, both sides alike; the edge is continued."""

    name = "zoom"
    reads = IMAGE
    share: float = _share(0.15)  # larger or smaller by so much, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [layers.RandomZoom(self.share, fill_mode="nearest", seed=seed)]


@frozen
class Cutout(Augmentation):
    """Overwrite a random rectangle of each picture with the mean (DeVries and Taylor, 2017)."""

    name = "cutout"
    reads = IMAGE
    probability: float = _share(0.5)  # that a picture is changed
    area: float = _share(0.15)  # of the picture, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [
            layers.RandomErasing(
                # A pair: from a single number the layer draws another probability each time.
                factor=(self.probability, self.probability),
                scale=(min(0.02, self.area), self.area),
                fill_value=0.0,
                value_range=(-REACH, REACH),
                seed=seed,
            )
        ]


@frozen
class Contrast(Augmentation):
    """Stretch or shrink the differences from each picture's mean."""

    name = "contrast"
    reads = IMAGE
    share: float = _share(0.25)  # more or less, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        return [layers.RandomContrast(self.share, value_range=(-REACH, REACH), seed=seed)]


@frozen
class Brightness(Augmentation):
    """Make pictures brighter or darker as a whole."""

    name = "brightness"
    reads = IMAGE
    deviations: float = _share(0.3)  # standard deviations of a pixel, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from keras import layers

        factor = self.deviations / (2 * REACH)  # the layer takes a share of the value range
        return [layers.RandomBrightness(factor, value_range=(-REACH, REACH), seed=seed)]


AUGMENTATIONS = (Flip, Shift, Crop, Rotate, Zoom, Cutout, Contrast, Brightness)
