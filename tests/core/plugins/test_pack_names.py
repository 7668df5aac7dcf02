from __future__ import annotations

import pytest

from archivolt.errors import PackNameError
from archivolt.plugins.pack_names import PackNames, names_of


@pytest.mark.parametrize(
    ("name", "package", "entry_point"),
    [
        ("acme-blocks", "acme_blocks", "acme"),
        ("acme-audio-searchers", "acme_audio_searchers", "acme_audio"),
        ("acme", "acme", "acme"),
        ("blocks", "blocks", "blocks"),
        ("acme-3d", "acme_3d", "acme_3d"),
    ],
)
def test_package_and_entry_point_follow_from_the_distribution(name, package, entry_point):
    assert names_of(name) == PackNames(name, package, entry_point)


@pytest.mark.parametrize(
    ("name", "why", "valid"),
    [
        ("Acme_Blocks", "lower-case letters", "acme-blocks"),
        ("AcmeBlocks", "lower-case letters", "acme-blocks"),
        ("acme--blocks ", "single hyphens", "acme-blocks"),
        ("3d-blocks", "Python cannot import '3d_blocks'", "acme-3d-blocks"),
        ("archivolt-blocks", "comes? with Archivolt|come with Archivolt", "acme-blocks"),
        ("archivolt", "come with Archivolt", "acme"),
        ("class", "a word of the Python language", "acme-class"),
        ("json", "a module of Python itself", "acme-json"),
        ("numpy", "the package 'numpy' is installed already", "acme-numpy"),
        ("...", "lower-case letters", "acme-blocks"),
    ],
)
def test_a_bad_name_is_told_with_the_nearest_valid_one(name, why, valid):
    with pytest.raises(PackNameError, match=why) as caught:
        names_of(name)

    assert caught.value.valid == valid
    assert f"Call it {valid!r}." in str(caught.value)
    names_of(valid)
