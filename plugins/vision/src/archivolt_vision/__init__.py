"""Pictures for Archivolt: image folders, blocks, whole networks, augmentation, presets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archivolt.hookspecs import hookimpl

if TYPE_CHECKING:
    from archivolt.components.augmentation import Augmentation
    from archivolt.components.block import Block
    from archivolt.components.preset import Preset
    from archivolt.components.source import Source

__version__ = "0.1.0"


@hookimpl
def archivolt_blocks() -> Iterable[type[Block]]:
    from archivolt_vision.application import Application
    from archivolt_vision.convnext import ConvNext, Patchify
    from archivolt_vision.inverted_residuals import FusedInvertedResidual, InvertedResidual
    from archivolt_vision.preactivation import PreactivationResidual
    from archivolt_vision.small_networks import Lenet, SmallResnet

    return [
        InvertedResidual,
        FusedInvertedResidual,
        ConvNext,
        Patchify,
        PreactivationResidual,
        Application,
        Lenet,
        SmallResnet,
    ]


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    from archivolt_vision.source import ImageFolderSource

    return [ImageFolderSource]


@hookimpl
def archivolt_augmentations() -> Iterable[type[Augmentation]]:
    from archivolt_vision.augmentations import AUGMENTATIONS
    from archivolt_vision.mixtures import MIXTURES
    from archivolt_vision.rand_augment import RandAugment

    return (*AUGMENTATIONS, RandAugment, *MIXTURES)


@hookimpl
def archivolt_presets() -> Iterable[Preset]:
    from archivolt.components.preset import Preset

    folder = Path(__file__).parent / "presets"
    return [
        Preset("image", folder / "image.yaml", "Pictures of 28 to 100 pixels, on two cores."),
        Preset("image_tiny", folder / "image_tiny.yaml", "Small networks for small pictures."),
        Preset("ensemble_only", folder / "ensemble_only.yaml", "Whole networks, to be combined."),
    ]
