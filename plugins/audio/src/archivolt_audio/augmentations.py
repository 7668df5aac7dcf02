"""Augmentations of spectrograms, for sequences of mel bins and for their images.

They change what the front end of this pack gives, inside the training step, each example on its
own, and do nothing at inference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from attrs.validators import and_, ge, gt, le

from archivolt.components.augmentation import Augmentation
from archivolt.values.features import IMAGE, SEQUENCE

if TYPE_CHECKING:
    Layer = Any


def _share(default: float) -> Any:
    return field(default=default, validator=and_(gt(0.0), le(1.0)))


def _masks() -> Any:
    return field(default=1, validator=and_(ge(1), le(8)))


@frozen
class TimeMask(Augmentation):
    """Hide random stretches of time (SpecAugment: Park et al., 2019)."""

    name = "time_mask"
    reads = SEQUENCE
    masks: int = _masks()
    share: float = _share(0.15)  # of the steps, at most, that one mask hides

    def layers(self, seed: int) -> Sequence[Layer]:
        from archivolt_audio.spectrogram_layers import time_masks

        return [time_masks(self.masks, self.share, seed)]


@frozen
class FrequencyMask(Augmentation):
    """Hide random bands of frequencies (SpecAugment: Park et al., 2019)."""

    name = "frequency_mask"
    reads = SEQUENCE
    masks: int = _masks()
    share: float = _share(0.1)  # of the bins, at most, that one mask hides

    def layers(self, seed: int) -> Sequence[Layer]:
        from archivolt_audio.spectrogram_layers import frequency_masks

        return [frequency_masks(self.masks, self.share, seed)]


@frozen
class Noise(Augmentation):
    """Add noise with the mean spectrum of the recordings; for mel bins, not for cepstra.

    Powers are added: the numbers are taken for units of 20 dB, as the front end gives them.
    """

    name = "noise"
    reads = SEQUENCE
    lowest: float = 5.0  # signal-to-noise ratio, decibels
    highest: float = 30.0
    share: float = _share(0.5)  # of the examples

    def __attrs_post_init__(self) -> None:
        if self.lowest > self.highest:
            raise ValueError(f"lowest is above highest: {self.lowest:g} and {self.highest:g} dB")

    def layers(self, seed: int) -> Sequence[Layer]:
        from archivolt_audio.spectrogram_layers import RandomNoise

        return [RandomNoise(self.lowest, self.highest, self.share, seed)]


@frozen
class TimeShift(Augmentation):
    """Move recordings to and fro in time."""

    name = "time_shift"
    reads = SEQUENCE
    moves = True
    share: float = _share(0.1)  # of the steps, at most

    def layers(self, seed: int) -> Sequence[Layer]:
        from archivolt_audio.spectrogram_layers import RandomTimeShift

        return [RandomTimeShift(self.share, seed)]


@frozen
class TimeMaskImage(TimeMask):
    """Hide random stretches of time in images of `(time, bins, 1)`."""

    name = "time_mask_image"
    reads = IMAGE


@frozen
class FrequencyMaskImage(FrequencyMask):
    """Hide random bands of frequencies in images of `(time, bins, 1)`."""

    name = "frequency_mask_image"
    reads = IMAGE


@frozen
class NoiseImage(Noise):
    """Add noise with the mean spectrum of the recordings to images of `(time, bins, 1)`."""

    name = "noise_image"
    reads = IMAGE


@frozen
class TimeShiftImage(TimeShift):
    """Move images of `(time, bins, 1)` to and fro in time."""

    name = "time_shift_image"
    reads = IMAGE


AUGMENTATIONS = (
    TimeMask,
    FrequencyMask,
    Noise,
    TimeShift,
    TimeMaskImage,
    FrequencyMaskImage,
    NoiseImage,
    TimeShiftImage,
)
