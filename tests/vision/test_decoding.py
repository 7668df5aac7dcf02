from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from archivolt_vision.decoding import Header, Shape, choose_size, decode, decode_all, read_header


def test_a_picture_of_the_right_size_comes_out_as_it_is(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")

    assert np.array_equal(decode(tmp_path / "x.png", Shape(9, 7, 3)), pixels)


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "bmp", "webp", "tiff"])
def test_formats_agree(paint, suffix: str):
    path = paint(f"x.{suffix}", (200, 100, 50), (20, 20), "RGB")

    pixel = decode(path, Shape(10, 10, 3))[5, 5].astype(int)

    assert np.abs(pixel - [200, 100, 50]).max() <= 4  # jpeg and webp lose a little


def test_the_orientation_of_the_camera_is_honoured(tmp_path: Path):
    pixels = np.zeros((8, 16), np.uint8)
    pixels[:, :8] = 255  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise: the left half comes to the top
    Image.fromarray(pixels).save(tmp_path / "x.png", exif=exif)

    picture = decode(tmp_path / "x.png", Shape(16, 8, 1))[..., 0]

    assert (picture[:8] == 255).all()
    assert (picture[8:] == 0).all()
    assert read_header(tmp_path / "x.png") == Header(16, 8, grey=True)


def test_transparent_pixels_are_white(paint):
    clear = paint("clear.png", (255, 0, 0, 0), (6, 6), "RGBA")
    half = paint("half.png", (0, 0, 0, 128), (6, 6), "RGBA")

    assert (decode(clear, Shape(6, 6, 3)) == 255).all()
    assert np.abs(decode(half, Shape(6, 6, 3)).astype(int) - 127).max() <= 1


def test_transparency_in_a_palette_is_white_too(tmp_path: Path):
    picture = Image.new("P", (6, 6), 0)
    picture.putpalette([10, 20, 30] + [0] * 765)
    picture.save(tmp_path / "x.png", transparency=0)

    assert (decode(tmp_path / "x.png", Shape(6, 6, 3)) == 255).all()


def test_sixteen_bits_are_scaled_to_eight(tmp_path: Path):
    values = np.array([[0, 257], [32896, 65535]], np.uint16)
    Image.fromarray(values).save(tmp_path / "x.png")

    assert decode(tmp_path / "x.png", Shape(2, 2, 1))[..., 0].tolist() == [[0, 1], [128, 255]]


def png_of_sixteen_bits(path: Path, pixels: np.ndarray) -> Path:
    """Write a coloured picture, `(height, width, channels)` from 0 to 65535; Pillow cannot."""
    height, width, channels = pixels.shape

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    colour = {3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0)
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )
    return path


def test_sixteen_bits_a_colour_are_scaled_to_eight(tmp_path: Path):
    colours = np.array([[[0, 257, 65535], [32896, 51400, 12850]]], np.uint16)
    path = png_of_sixteen_bits(tmp_path / "x.png", colours)

    picture = decode(path, Shape(1, 2, 3)).astype(int)

    assert np.abs(picture - [[[0, 1, 255], [128, 200, 50]]]).max() <= 1
    assert read_header(path) == Header(1, 2, grey=False, deep=True)


def test_sixteen_bits_with_transparency_are_put_on_white(tmp_path: Path):
    colours = np.full((2, 2, 4), 0, np.uint16)
    colours[0, :, 3] = 65535  # a black line, and a clear one
    path = png_of_sixteen_bits(tmp_path / "x.png", colours)

    _, _, _, (header,) = decode_all([path], Shape(2, 2, 1))

    assert decode(path, Shape(2, 2, 1))[..., 0].tolist() == [[0, 0], [255, 255]]
    assert header == Header(2, 2, grey=False, deep=True, clear=True)


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_floating_point_pixels_are_scaled_by_their_range(tmp_path: Path, top: float):
    Image.fromarray(np.array([[0.0, top / 2, top]], np.float32)).save(tmp_path / "x.tiff")

    assert decode(tmp_path / "x.tiff", Shape(1, 3, 1))[0, :, 0].tolist() in (
        [0, 127, 255],
        [0, 128, 255],
    )


@pytest.mark.parametrize("odd", [-3.0, 70000.0, np.nan])
def test_pixels_that_are_no_brightness_are_named(tmp_path: Path, odd: float):
    Image.fromarray(np.array([[0.0, odd]], np.float32)).save(tmp_path / "x.tiff")

    _, readable, (failure,), _ = decode_all([tmp_path / "x.tiff"], Shape(1, 2, 1))

    assert not len(readable)
    assert "its pixels go from" in failure.why
    assert "brightness from 0 to 255, 65535 or 1" in failure.why


def test_grey_and_colour_are_made_alike(paint):
    grey = paint("grey.png", 90, (6, 6), "L")
    colour = paint("colour.png", (90, 90, 90), (6, 6), "RGB")

    assert (decode(grey, Shape(6, 6, 3)) == 90).all()
    assert (decode(colour, Shape(6, 6, 1)) == 90).all()


def test_another_aspect_ratio_is_padded_cropped_or_stretched(tmp_path: Path):
    pixels = np.full((10, 20), 200, np.uint8)
    pixels[:, :5] = pixels[:, 15:] = 100
    path = tmp_path / "x.png"
    Image.fromarray(pixels).save(path)

    padded = decode(path, Shape(10, 10, 1, "pad"))[..., 0]
    cropped = decode(path, Shape(10, 10, 1, "crop"))[..., 0]
    stretched = decode(path, Shape(10, 10, 1, "stretch"))[..., 0]

    assert (padded[:2] == 0).all()
    assert (padded[8:] == 0).all()
    assert (padded[4:6] > 0).all()
    assert (cropped == 200).all()
    assert (stretched[:, 0] == 100).all()
    assert (stretched[:, 5] == 200).all()


def test_shrinking_averages_instead_of_picking(tmp_path: Path):
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "x.png")

    small = decode(tmp_path / "x.png", Shape(8, 8, 1)).astype(int)

    assert np.abs(small - 127).max() < 20


def test_the_size_is_the_median_and_capped_on_the_longer_side():
    headers = [Header(100, 200, False), Header(120, 240, False), Header(4000, 10, False)]

    assert choose_size(headers, cap=1000) == (120, 200)
    assert choose_size(headers, cap=50) == (30, 50)


def test_files_that_cannot_be_decoded_are_named_and_the_others_keep_their_order(paint):
    paths = [paint(f"{value}.png", value, (4, 4)) for value in (10, 20, 30, 40)]
    paths[1].write_bytes(b"no picture")
    paths[2].write_bytes(b"")

    gone = paths[3].with_name("gone.png")
    gone.symlink_to(paths[3].with_name("nowhere.png"))

    pictures, readable, failures, _ = decode_all([*paths, gone], Shape(4, 4, 1))

    assert pictures[:, 0, 0, 0].tolist() == [10, 40]
    assert readable.tolist() == [0, 3]
    assert [(each.path.name, each.why) for each in failures] == [
        ("20.png", "no picture of a known format"),
        ("30.png", "an empty file"),
        ("gone.png", "there is no such file, or a link that leads nowhere"),
    ]


def test_a_truncated_png_is_named(tmp_path: Path):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    whole = (tmp_path / "x.png").read_bytes()
    (tmp_path / "x.png").write_bytes(whole[: len(whole) // 2])

    _, readable, (failure,), _ = decode_all([tmp_path / "x.png"], Shape(40, 40, 3))

    assert not len(readable)
    assert "truncated" in failure.why


def test_a_truncated_jpeg_is_not_filled_up_with_grey(signs: Path, tmp_path: Path):
    whole = next((signs / "train" / "0").iterdir()).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: -len(whole) // 4])

    _, readable, failures, _ = decode_all([tmp_path / "cut.jpg"], Shape(32, 32, 3))

    assert not len(readable)
    assert "truncated" in failures[0].why
