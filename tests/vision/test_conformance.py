from __future__ import annotations

from pathlib import Path

import pytest

from archivolt.testing import AugmentationConformance, SourceConformance
from archivolt_vision import archivolt_augmentations
from archivolt_vision.source import ImageFolderSource


class TestAugmentations(AugmentationConformance):
    @pytest.fixture(params=archivolt_augmentations(), ids=lambda each: each.name)
    def augmentation(self, request):
        return request.param()


class TestImageFolder(SourceConformance):
    @pytest.fixture
    def source(self, signs: Path):
        return ImageFolderSource(path=signs / "train", size=(24, 24))

    @pytest.fixture
    def further(self, signs: Path):
        return signs / "test"
