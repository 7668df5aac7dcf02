"""The augmentation `rand_augment`: some changes out of many, drawn for each picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt.components.augmentation import Augmentation
from archivolt.values.features import IMAGE
from archivolt_vision.augmentations import REACH

if TYPE_CHECKING:
    Layer = Any

# At the magnitude 1, as the paper has it from AutoAugment (Cubuk et al., 2019, appendix A).
DEGREES = 30.0
SHEAR = 0.3  # pixels sideways for each pixel down
SHIFT = 0.3  # of height or width
ENHANCEMENT = 0.9  # of contrast and sharpness: from a tenth to nearly twice
DEVIATIONS = 1.0  # of a pixel, brighter or darker


@frozen
class RandAugment(Augmentation):
    """Change each picture by some operations of many, drawn at random (Cubuk et al., 2020).

    Of the paper's operations there are identity, rotation, shear and translation both ways,
    contrast, brightness and sharpness. Left out are those that need pixels from 0 to 255
    (autocontrast, equalize, posterize, solarize, colour): pictures come standardised. How far an
    operation goes is drawn up to the magnitude.
    """

    name = "rand_augment"
    reads = IMAGE
    operations: int = field(default=2, validator=ge(1))  # a picture, one after the other
    magnitude: float = field(default=0.4, validator=and_(gt(0.0), le(1.0)))

    def layers(self, seed: int) -> Sequence[Layer]:
        from archivolt_vision.drawing import OneOf

        # Keras' own RandAugment draws its operations for a whole batch, and does all of them.
        seeds = np.random.default_rng(seed).integers(1 << 31, size=2 * self.operations)
        return [
            OneOf(_operations(self.magnitude, int(inner)), int(outer))
            for inner, outer in seeds.reshape(-1, 2)
        ]


def _operations(magnitude: float, seed: int) -> Sequence[Layer]:
    from keras import layers

    shear, shift = SHEAR * magnitude, SHIFT * magnitude
    enhancement = ENHANCEMENT * magnitude
    given: dict[str, Any] = {"fill_mode": "nearest"}
    clipped: dict[str, Any] = {"value_range": (-REACH, REACH)}
    makers = (
        (layers.RandomRotation, (DEGREES * magnitude / 360,), given),
        (layers.RandomShear, (shear, 0.0), given),
        (layers.RandomShear, (0.0, shear), given),
        (layers.RandomTranslation, (shift, 0.0), given),
        (layers.RandomTranslation, (0.0, shift), given),
        (layers.RandomContrast, (enhancement,), clipped),
        (layers.RandomBrightness, (DEVIATIONS * magnitude / (2 * REACH),), clipped),
        (layers.RandomSharpness, ((0.5 - enhancement / 2, 0.5 + enhancement / 2),), clipped),
    )
    drawn = [
        make(*arguments, seed=seed + place, **options)
        for place, (make, arguments, options) in enumerate(makers)
    ]
    return [layers.Identity(), *drawn]
