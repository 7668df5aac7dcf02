"""From files to one array of waveforms: decoded in threads, made one length."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from archivolt_audio.decoding import (
    Header,
    Samples,
    decode,
    is_silent,
    read_header,
)
from archivolt_audio.native import native

HIGHEST_RATE = 16_000  # samples a second, where none is given: speech needs no more
LONGEST = 10.0  # seconds, where no length is given
COVERED = 0.99  # share of the recordings that fit into the chosen length


@frozen
class Form:
    """What every recording is made."""

    rate: int  # samples a second
    samples: int
    keep_silent: bool = False


@frozen
class Unusable:
    """A file that is left out."""

    path: Path
    why: str


def read_headers(paths: Sequence[Path], threads: int | None = None) -> list[Header]:
    """Read the headers of those files that have one."""
    with ThreadPoolExecutor(threads or _threads()) as pool:
        return [each for each in pool.map(read_header, paths) if each is not None]


def choose_rate(headers: Sequence[Header]) -> int:
    """Choose the rate of most recordings, at most 16,000 a second."""
    counts = Counter(each.rate for each in headers)
    most = max(counts, key=lambda rate: (counts[rate], rate))
    return min(most, HIGHEST_RATE)


def choose_length(headers: Sequence[Header]) -> float:
    """Choose a length in seconds that 99 % of the recordings do not exceed, at most 10 s."""
    quantile = float(np.quantile([each.seconds for each in headers], COVERED, method="higher"))
    return min(ceil(100 * quantile - 1e-6) / 100, LONGEST)


def decode_all(
    paths: Sequence[Path], form: Form, threads: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.int64], tuple[Unusable, ...]]:
    """Decode files into one array; longer ones lose their end, shorter ones end in zeros.

    Returns:
        The waveforms, `(usable, samples)`; the positions of the usable files in `paths`,
        ascending; and the others.
    """
    waveforms = np.zeros((len(paths), form.samples), np.float32)
    native()  # not first in several threads at once

    def fill(position: int) -> Unusable | None:
        path = paths[position]
        try:
            samples = decode(path, form.rate)
        except Exception as cause:  # whatever a damaged file does to a decoder
            return Unusable(path, str(cause) or type(cause).__name__)
        if is_silent(samples) and not form.keep_silent:
            return Unusable(path, "silence")
        kept: Samples = samples[: form.samples]
        waveforms[position, : len(kept)] = kept
        return None

    with ThreadPoolExecutor(threads or _threads()) as pool:
        outcomes = list(pool.map(fill, range(len(paths))))
    failures = tuple(each for each in outcomes if each is not None)
    usable = np.array([at for at, each in enumerate(outcomes) if each is None], np.int64)
    return (waveforms[usable] if failures else waveforms), usable, failures


def _threads() -> int:
    return min(8, os.cpu_count() or 1)
