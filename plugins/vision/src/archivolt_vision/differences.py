"""What is told of pictures that are not alike: sizes, colour, depth, transparency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archivolt_vision.decoding import Header, Shape

_FITS = {
    "pad": "black borders fill",
    "crop": "cutting the middle out makes up for",
    "stretch": "stretching makes up for",
}


def tell_changes(headers: Sequence[Header], shape: Shape, folder: str) -> Iterator[str]:
    """Tell how pictures were made alike: a sentence for each change, with how many it concerns.

    Args:
        headers: What the decoded files were.
        shape: What they were made.
        folder: The name of the one that holds them.
    """
    sizes = sorted({(each.height, each.width) for each in headers}, key=_area)
    if len(sizes) > 1:
        smallest, largest = (f"{height} x {width}" for height, width in (sizes[0], sizes[-1]))
        yield (
            f"Pictures of {folder} come in {len(sizes)} sizes, from {smallest} to {largest} "
            f"pixels, and are made {shape.height} x {shape.width}; "
            f"{_FITS[shape.fit]} another ratio of the sides."
        )
    grey = sum(each.grey for each in headers)
    deep = sum(each.deep for each in headers)
    changes = (
        (grey if shape.channels == 3 else 0, "are grey: their channel is taken thrice"),
        (len(headers) - grey if shape.channels == 1 else 0, "are coloured and are read as grey"),
        (deep, "have more than 8 bits a channel: they are scaled to 8"),
        (sum(each.clear for each in headers), "have transparent pixels: they are put on white"),
    )
    for count, change in changes:
        if count:
            yield f"{count} of {len(headers)} pictures of {folder} {change}."


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
