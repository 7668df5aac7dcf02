from __future__ import annotations

import numpy as np
import pytest
from scipy.fft import dct

from archivolt_audio.spectra import Frames, cosines, mel_filters


@pytest.mark.parametrize(("rate", "bands"), [(8000, 40), (16_000, 40), (16_000, 80), (44_100, 64)])
def test_every_band_has_a_line(rate: int, bands: int):
    frames = Frames.of(rate, 0.032, 0.016, bands)

    assert mel_filters(rate, frames.fft, bands).max(axis=0).min() > 0


def test_the_transform_is_longer_where_bands_are_narrow():
    assert Frames.of(8000, 0.032, 0.016, 20) == Frames(256, 128, 256)
    assert Frames.of(8000, 0.032, 0.016, 128).fft > 256


def test_only_whole_windows_count():
    frames = Frames(200, 80, 256)

    assert [frames.count(samples) for samples in (255, 256, 335, 336)] == [0, 1, 1, 2]


def test_neighbouring_triangles_share_every_line_between_their_peaks():
    filters = mel_filters(16_000, 2048, 20)

    peaks = filters.argmax(axis=0)
    assert (np.diff(peaks) > 0).all()
    assert np.allclose(filters[peaks[0] : peaks[-1]].sum(axis=1), 1, atol=1e-5)


def test_bands_are_even_in_mel():
    peaks = mel_filters(16_000, 16_384, 20).argmax(axis=0) * 16_000 / 16_384

    steps = np.diff(2595 * np.log10(1 + peaks / 700))
    assert np.allclose(steps, steps.mean(), rtol=0.02)


def test_cosines_are_those_of_scipy():
    bands = np.random.default_rng(0).normal(size=(5, 40))

    assert np.allclose(bands @ cosines(40, 13), dct(bands, norm="ortho")[:, :13], atol=1e-5)
