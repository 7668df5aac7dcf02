"""The source `image_folder`: a folder of pictures per class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen, validators
from attrs.converters import optional
from attrs.validators import and_, ge, in_, le

from archivolt.components.source import PICTURE, Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError, nearest
from archivolt.values.features import image
from archivolt_vision.scanning import PICTURES, Listing, has_pictures, list_classes, list_new

if TYPE_CHECKING:
    from archivolt_vision.decoding import Shape, Unreadable

INPUT = "picture"
CAP = 64  # pixels of the longer side, where no size is given
SAMPLE = 500  # headers that are read to choose size and channels


def _pair(value: Any) -> Any:
    if isinstance(value, int):
        return (value, value)
    return tuple(value) if isinstance(value, list) else value


def _check_size(_: object, __: object, size: tuple[int, int] | None) -> None:
    if size is not None and not (len(size) == 2 and min(size) >= 1):
        raise ValueError(f"size is height and width in pixels, such as [64, 64], not {size}")


@frozen
class ImageFolderSource(Source):
    """Pictures in a folder per class: jpeg, png, gif, bmp, webp or tiff, of any size."""

    name = "image_folder"

    path: Path = field(converter=Path)
    test: Path | None = field(
        default=None, converter=optional(Path)
    )  # folder whose pictures are held back for the report
    # Folder of pictures without a class: a teacher teaches on them.
    unlabelled: Path | None = field(default=None, converter=optional(Path))
    size: tuple[int, int] | None = field(  # height, width in pixels; None: chosen, and told
        default=None,
        converter=_pair,
        validator=_check_size,
    )
    channels: int | None = field(
        default=None, validator=validators.optional(in_((1, 3)))
    )  # None: guessed
    fit: str = field(default="pad", validator=in_(("pad", "crop", "stretch")))  # to another ratio
    corrupt_share: float = field(default=0.05, validator=and_(ge(0.0), le(1.0)))  # above: an error

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return has_pictures(path)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        if group or time:
            raise DataError(
                f"pictures have no column {group or time!r} to split by.",
                str(self.path),
                "Leave out split.group and split.time, or name a folder to hold back: data.test.",
            )
        notes: list[str] = []
        root, test_root = self._roots(notes)
        bare_root = None if self.unlabelled is None else self.unlabelled.expanduser()
        aside = [each for each in (test_root, bare_root) if each is not None]
        listing = list_classes(root, without=aside)
        test_listing = list_classes(test_root) if test_root else None
        notes.extend(PICTURES.rest(listing.empty, listing.others, listing.loose))
        shape = self._shape(listing, notes)
        dataset = self._decode(listing, shape, root, notes)
        if test_root and test_listing:
            _check_classes(test_listing, listing, test_root)
            dataset.test = self._decode(test_listing, shape, test_root, notes)
        if bare_root:
            bare = self._decode(list_new(bare_root), shape, bare_root, notes)
            dataset.unlabelled = bare.without_labels()
        return dataset

    def read_new(self, path: Path, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        from archivolt_vision.decoding import Shape

        height, width, channels = (int(each or 1) for each in inputs[0].shape)
        listing = list_new(Path(path))
        shape = Shape(height, width, channels, self.fit)
        return self._decode(listing, shape, Path(path), [], targets)

    def front_end(self, training: Dataset) -> FrontEnd:
        from keras import Input as KerasInput
        from keras import Model, layers

        pictures = training.features[INPUT]
        mean, variance = channel_statistics(pictures)
        shape = tuple(int(each) for each in pictures.shape[1:])
        raw = KerasInput(shape, dtype="uint8", name=INPUT)
        x = layers.Rescaling(1 / 255, name="rescaling")(raw)
        x = layers.Normalization(mean=mean, variance=variance, name="normalization")(x)
        model = Model({INPUT: raw}, {"features": x}, name="front_end")
        return FrontEnd(model, image(shape[0], shape[1], shape[2]))

    def _roots(self, notes: list[str]) -> tuple[Path, Path | None]:
        root = self.path.expanduser()
        if self.test is not None:
            return root, self.test.expanduser()
        return PICTURES.divided(root, notes)

    def _shape(self, listing: Listing, notes: list[str]) -> Shape:
        from archivolt_vision.decoding import Shape, choose_size, read_header

        size, channels = self.size, self.channels
        if size is None or channels is None:
            chosen = np.linspace(0, len(listing.files) - 1, min(SAMPLE, len(listing.files)))
            headers = [read_header(listing.files[int(at)]) for at in chosen]
            known = [each for each in headers if each is not None]
            if not known:
                raise DataError(
                    f"none of the {len(headers)} files looked at is a picture that can be read.",
                    str(self.path),
                    f"The first is {listing.files[0]}.",
                )
            if size is None:
                size = choose_size(known, CAP)
                notes.append(
                    f"Pictures are made {size[0]} x {size[1]} pixels (height x width), "
                    f"from their median size; size sets another."
                )
            if channels is None:
                channels = 1 if all(each.grey for each in known) else 3
                kind = "grey" if channels == 1 else "colour"
                notes.append(f"Pictures are read as {kind}, {channels} channels a pixel.")
        return Shape(size[0], size[1], channels, self.fit)

    def _decode(
        self,
        listing: Listing,
        shape: Shape,
        root: Path,
        notes: list[str],
        targets: Sequence[str] = ("class",),
    ) -> Dataset:
        from archivolt_vision.decoding import decode_all
        from archivolt_vision.differences import tell_changes

        pictures, readable, failures, headers = decode_all(listing.files, shape)
        if failures:
            self._judge(failures, len(listing.files), root, notes)
        notes.extend(tell_changes(headers, shape, root.name))
        labels = None
        if listing.labels is not None:
            labels = np.array(listing.labels)[readable]
            lost = set(listing.classes) - set(labels.tolist())
            if lost:
                raise DataError(
                    f"no picture of the class {min(lost)!r} can be read.", str(root / min(lost))
                )
        base = root.parent if root.is_file() else root
        return Dataset(
            inputs=(Input(INPUT, PICTURE, pictures.shape[1:], "uint8"),),
            features={INPUT: pictures},
            labels=labels,
            targets=tuple(targets),
            notes=notes,
            class_names=listing.classes,
            row_names=tuple(listing.files[at].relative_to(base).as_posix() for at in readable),
        )

    def _judge(
        self, failures: Sequence[Unreadable], total: int, root: Path, notes: list[str]
    ) -> None:
        shown = "; ".join(f"{each.path} ({each.why})" for each in failures[:3])
        more = f"; and {len(failures) - 3} more" if len(failures) > 3 else ""
        if len(failures) > self.corrupt_share * total or len(failures) == total:
            raise DataError(
                f"{len(failures)} of {total} pictures cannot be read: {shown}{more}.",
                str(root),
                f"More than corrupt_share={self.corrupt_share:g} of them: mend or remove the files,"
                " or raise data.corrupt_share.",
            )
        notes.append(
            f"{len(failures)} of {total} pictures cannot be read and are left out: {shown}{more}."
        )


def channel_statistics(pictures: Any) -> tuple[list[float], list[float]]:
    """Return mean and variance of each channel, of `(rows, height, width, channels)` / 255.

    A channel that never changes gets the variance 1: dividing by nearly nothing would blow up
    the first new picture that differs.
    """
    channels = pictures.shape[-1]
    counts = np.zeros((channels, 256), np.int64)
    for start in range(0, len(pictures), 256):
        chunk = pictures[start : start + 256].reshape(-1, channels)
        for channel in range(channels):
            counts[channel] += np.bincount(chunk[:, channel], minlength=256)
    levels = np.arange(256) / 255
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ levels
    variance = (share * (levels - mean[:, None]) ** 2).sum(axis=1)
    variance[variance < 1e-8] = 1.0
    return mean.tolist(), variance.tolist()


def _check_classes(test: Listing, training: Listing, root: Path) -> None:
    unknown = [each for each in test.classes if each not in training.classes]
    if unknown:
        raise DataError(
            f"the class {unknown[0]!r} has no pictures to train on.",
            str(root / unknown[0]),
            nearest(unknown[0], training.classes),
        )
