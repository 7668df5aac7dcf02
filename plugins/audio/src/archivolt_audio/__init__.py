"""Recordings for Archivolt: audio folders, a front end of mel bins, SpecAugment, presets."""

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
    from archivolt_audio.block_catalogue import BLOCKS

    return BLOCKS


@hookimpl
def archivolt_sources() -> Iterable[type[Source]]:
    from archivolt_audio.source import AudioFolderSource

    return [AudioFolderSource]


@hookimpl
def archivolt_augmentations() -> Iterable[type[Augmentation]]:
    from archivolt_audio.augmentations import AUGMENTATIONS

    return AUGMENTATIONS


@hookimpl
def archivolt_presets() -> Iterable[Preset]:
    from archivolt.components.preset import Preset

    folder = Path(__file__).parent / "presets"
    return [
        Preset("audio", folder / "audio.yaml", "Recordings of some seconds, on two cores."),
        Preset("keyword", folder / "keyword.yaml", "Small networks that tell spoken words apart."),
        Preset(
            "keyword_streaming",
            folder / "keyword_streaming.yaml",
            "Small networks for spoken words that run frame by frame.",
        ),
    ]


@hookimpl
def archivolt_notes() -> Iterable[str]:
    from archivolt_audio.missing import notes

    return notes()
