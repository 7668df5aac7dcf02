from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.testing import AugmentationConformance, SourceConformance
from archivolt_audio.augmentations import AUGMENTATIONS
from archivolt_audio.source import AudioFolderSource

SOURCES = (
    {},
    {"features": "mfcc"},
    {"mask": True},
    {"kind": "image", "level": "even"},
)


class TestAugmentations(AugmentationConformance):
    @pytest.fixture(params=AUGMENTATIONS, ids=lambda each: each.name)
    def augmentation(self, request):
        return request.param()


class TestAudioFolder(SourceConformance):
    @pytest.fixture(params=SOURCES, ids=str)
    def source(self, request, digits: Path):
        return AudioFolderSource(digits / "train", length=0.6, bins=16, **request.param)

    @pytest.fixture
    def further(self, digits: Path):
        return digits / "test"
