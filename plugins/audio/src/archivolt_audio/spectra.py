"""The numbers behind a spectrogram: frames, mel filters, cepstra. NumPy alone."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

LOWEST = 60.0  # hertz: mains hum lies below, speech does not


@frozen
class Frames:
    """How a waveform is cut into windows."""

    window: int  # samples
    step: int  # samples from one window to the next
    fft: int  # samples, a power of two; the window lies in the middle

    @classmethod
    def of(cls, rate: int, window: float, step: float, bands: int) -> Frames:
        """Choose the shortest transform in which every mel band has a line of its own.

        Args:
            rate: Samples a second.
            window: Seconds.
            step: Seconds.
            bands: How many mel bands there will be.
        """
        length = max(2, round(window * rate))
        fft = 1 << (length - 1).bit_length()
        while fft < 4 * length and not mel_filters(rate, fft, bands).any(axis=0).all():
            fft *= 2
        return cls(length, max(1, round(step * rate)), fft)

    def count(self, samples: int) -> int:
        """Return how many whole windows there are in so many samples."""
        return max(0, 1 + (samples - self.fft) // self.step)

    @property
    def full_scale(self) -> float:
        """The power that a sine of full scale has in its line, under a Hann window."""
        return (self.window / 4) ** 2


def mel_filters(rate: int, fft: int, bands: int) -> Matrix:
    """Make triangular filters, evenly spaced in mel from 60 Hz to half the rate.

    The mel scale is 2595 log10(1 + f / 700) (O'Shaughnessy, 1987). Each triangle has the peak 1.

    Returns:
        Weights of the lines of a spectrum, `(fft / 2 + 1, bands)`.
    """
    edges = np.linspace(_mel(LOWEST), _mel(rate / 2), bands + 2)
    lines = _mel(np.linspace(0, rate / 2, fft // 2 + 1))[:, None]
    rising = (lines - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - lines) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def cosines(bands: int, coefficients: int) -> Matrix:
    """Make the orthonormal cosine transform that turns log mel bands into cepstra.

    Returns:
        `(bands, coefficients)`.
    """
    places = np.pi * (np.arange(bands) + 0.5)[:, None] / bands
    basis: NDArray[np.float64] = np.cos(places * np.arange(coefficients)) * np.sqrt(2 / bands)
    basis[:, 0] /= np.sqrt(2)
    return basis.astype(np.float32)


def _mel(hertz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return 2595 * np.log10(1 + np.asarray(hertz, np.float64) / 700)
