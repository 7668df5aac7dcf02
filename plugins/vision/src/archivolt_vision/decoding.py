"""From picture files to one array: decoded, made alike and resized, in threads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

GREY_MODES = frozenset({"1", "L", "LA", "La", "I", "F"})  # Pillow's, beside those of 16 bits
EXIF_ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})  # orientations that exchange height and width


@frozen
class Header:
    """What a file says about its picture before it is decoded."""

    height: int  # as the picture is shown, pixels
    width: int
    grey: bool
    deep: bool = False  # whether a channel has more than 8 bits
    clear: bool = False  # whether pixels are transparent; known when it is decoded


@frozen
class Unreadable:
    """A file that could not be decoded."""

    path: Path
    why: str


@frozen
class Shape:
    """What every picture is made."""

    height: int  # pixels
    width: int
    channels: int  # 1 or 3
    fit: str = "pad"  # pad, crop or stretch, where the aspect ratio is another


def read_header(path: Path) -> Header | None:
    """Read size and colour without decoding; None where the file cannot be read."""
    try:
        with Image.open(path) as picture:
            return _header(picture)
    except Exception:  # Pillow's decoders raise nearly anything; decoding tells the cause
        return None


def choose_size(headers: Sequence[Header], cap: int) -> tuple[int, int]:
    """Choose a height and width: the median of the pictures, its longer side at most `cap`."""
    height = median(each.height for each in headers)
    width = median(each.width for each in headers)
    scale = min(1.0, cap / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def decode_all(
    paths: Sequence[Path], shape: Shape, threads: int | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[Unreadable, ...], tuple[Header, ...]]:
    """Decode files into one array.

    Returns:
        The pictures, `(readable, height, width, channels)`; the positions of the readable files
        in `paths`, ascending; the others; and what each of the readable ones was.
    """
    pictures = np.zeros((len(paths), shape.height, shape.width, shape.channels), np.uint8)

    def fill(position: int) -> Unreadable | Header:
        try:
            pictures[position], header = _decode(paths[position], shape)
        except Exception as cause:  # Pillow's decoders raise nearly anything on corrupt files
            return Unreadable(paths[position], _why(cause, paths[position]))
        return header

    with ThreadPoolExecutor(threads or min(8, os.cpu_count() or 1)) as pool:
        outcomes = list(pool.map(fill, range(len(paths))))
    failures = tuple(each for each in outcomes if isinstance(each, Unreadable))
    headers = tuple(each for each in outcomes if isinstance(each, Header))
    good = [at for at, each in enumerate(outcomes) if isinstance(each, Header)]
    readable = np.array(good, np.int64)
    return (pictures[readable] if failures else pictures), readable, failures, headers


def decode(path: Path, shape: Shape) -> NDArray[np.uint8]:
    """Decode one file: upright, on white, 8 bits, resized with antialiasing.

    Returns:
        `(height, width, channels)`.
    """
    return _decode(path, shape)[0]


def _decode(path: Path, shape: Shape) -> tuple[NDArray[np.uint8], Header]:
    size = (shape.width, shape.height)
    with Image.open(path) as picture:
        header = _header(picture)
        if picture.format == "JPEG":
            # The decoder itself can halve a large photograph, at a fraction of the time; twice
            # the size leaves the antialiasing something to do, turned by the orientation or not.
            longest = 2 * max(size)
            picture.draft(None, (longest, longest))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        flat, clear = _on_white(upright)
        flat = flat.convert("L" if shape.channels == 1 else "RGB")
    resized = _resize(flat, size, shape.fit)
    pixels = np.asarray(resized, np.uint8).reshape(shape.height, shape.width, shape.channels)
    return pixels, evolve(header, clear=clear)


def _header(picture: Image.Image) -> Header:
    # Where three channels have 16 bits Pillow takes the upper 8, and tells only before it reads
    # the picture; of a png it does when it is asked for the orientation.
    taken = any(";16" in str(tile[-1]) for tile in getattr(picture, "tile", ()))
    deep = taken or picture.mode.startswith("I") or picture.mode == "F"
    width, height = picture.size
    if picture.getexif().get(EXIF_ORIENTATION) in SIDEWAYS:
        height, width = width, height
    return Header(height, width, _is_grey(picture.mode), deep)


def _is_grey(mode: str) -> bool:
    return mode in GREY_MODES or mode.startswith("I;16")


def _on_white(picture: Image.Image) -> tuple[Image.Image, bool]:
    """Return 8 bits a channel without transparency, and whether there was any."""
    clear = False
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = _to_eight_bits(picture)
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        clear = layered.getchannel("A").getextrema() != (255, 255)
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered)
    if picture.mode == "P":
        picture = picture.convert("RGB")
    return picture, clear


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture, np.float64)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > 65535:
        raise ValueError(
            f"its pixels go from {values.min():g} to {values.max():g}, and brightness from 0 to "
            "255, 65535 or 1"
        )
    if picture.mode.startswith("I;16") or values.max(initial=0) > 255:
        values = values / 257.0  # 65535 becomes 255
    elif picture.mode == "F" and values.max(initial=0) <= 1:
        values = values * 255.0
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _resize(picture: Image.Image, size: tuple[int, int], fit: str) -> Image.Image:
    if picture.size == size:
        return picture
    method: Any = Image.Resampling.BILINEAR  # Pillow widens the filter when it shrinks
    if fit == "stretch":
        return picture.resize(size, method)
    if fit == "crop":
        return ImageOps.fit(picture, size, method)
    return ImageOps.pad(picture, size, method)


def _why(cause: Exception, path: Path) -> str:
    if not path.exists():
        return "there is no such file, or a link that leads nowhere"
    if path.stat().st_size == 0:
        return "an empty file"
    if isinstance(cause, UnidentifiedImageError):
        return "no picture of a known format"
    return str(cause).replace(str(path), path.name) or type(cause).__name__
