"""The source `audio_folder`: a folder of recordings per class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.converters import optional
from attrs.validators import and_, ge, gt, in_, le
from attrs.validators import optional as maybe

from archivolt.components.source import RECORDING, Dataset, FrontEnd, Input, Source
from archivolt.errors import DataError, nearest
from archivolt.values.features import IMAGE, SEQUENCE
from archivolt_audio.scanning import (
    LABEL,
    RECORDINGS,
    Listing,
    has_recordings,
    list_classes,
    list_new,
)

MEL, MFCC = "mel", "mfcc"


def _check_names(_: object, __: object, names: str | None) -> None:
    if names is None:
        return
    try:
        parts = re.compile(names).groupindex
    except re.error as cause:
        raise ValueError(f"names is no regular expression: {cause}") from cause
    if not parts:
        raise ValueError(
            f"names has no named part, such as (?P<{LABEL}>[^_]+) or (?P<speaker>[^_]+): {names!r}"
        )


@frozen
class AudioFolderSource(Source):
    """Recordings in a folder per class: wav, flac, mp3 or ogg, of any rate, length and channels.

    Where file names tell the class or the speaker, `names` is a regular expression with a part
    `label`, or any others, by which `problem.split.group` keeps recordings together.
    """

    name = "audio_folder"

    path: Path = field(converter=Path)
    test: Path | None = field(
        default=None, converter=optional(Path)
    )  # folder whose recordings are held back for the report
    names: str | None = field(default=None, validator=_check_names)  # of files: their named parts
    sample_rate: int | None = field(  # a second; None: that of most recordings, up to 16,000
        default=None, validator=maybe(and_(ge(1000), le(192_000)))
    )
    length: float | None = field(  # seconds; None: 99 % of the recordings are whole
        default=None, validator=maybe(gt(0.0))
    )
    features: str = field(default=MEL, validator=in_((MEL, MFCC)))
    bins: int = field(default=40, validator=and_(ge(4), le(256)))  # mel bands
    coefficients: int = field(default=13, validator=and_(ge(2), le(128)))  # of mfcc alone
    window: float = field(default=0.032, validator=and_(gt(0.0), le(1.0)))  # seconds
    step: float = field(default=0.016, validator=and_(gt(0.0), le(1.0)))  # seconds
    kind: str = field(default=SEQUENCE, validator=in_((SEQUENCE, IMAGE)))  # of the features
    level: str = field(default="keep", validator=in_(("keep", "even")))  # of each recording
    mask: bool = False  # the zeros after a short recording are no steps
    silence: str = field(default="skip", validator=in_(("skip", "keep")))  # recordings of nothing
    corrupt_share: float = field(default=0.05, validator=and_(ge(0.0), le(1.0)))  # above: an error

    def __attrs_post_init__(self) -> None:
        if self.mask and self.kind == IMAGE:
            raise ValueError("mask is for sequences: an image has no padded steps")
        if self.features == MFCC and self.coefficients > self.bins:
            raise ValueError(
                f"coefficients: {self.bins} bins give no more than {self.bins} of them, "
                f"not {self.coefficients}"
            )

    def unused(self) -> frozenset[str]:
        return frozenset() if self.features == MFCC else frozenset({"coefficients"})

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return has_recordings(path)

    def read(self, group: str | None = None, time: str | None = None) -> Dataset:
        if time:
            raise DataError(
                f"recordings have no column {time!r} to order by.",
                str(self.path),
                "Leave out split.time, or name a folder to hold back: data.test.",
            )
        notes: list[str] = []
        root, test_root = self._roots(notes)
        listing = list_classes(root, self._names, without=[test_root] if test_root else [])
        test_listing = list_classes(test_root, self._names) if test_root else None
        groups = self._groups(listing, group)
        notes.extend(RECORDINGS.rest(listing.empty, listing.others, listing.loose))
        rate, samples = self._measures(listing, notes)
        dataset = self._decode(listing, rate, samples, notes, groups=groups)
        if self.features == MFCC:
            notes.append(
                "The augmentation `noise` adds powers, and cepstra are none: leave it out of "
                "`space.recipe.augmentation`."
            )
        notes.append(
            f"The model takes recordings of {samples:,} numbers from -1 to 1, {rate:,} a second; "
            "shorter ones end in zeros."
        )
        _note_decoder(notes)
        if test_root and test_listing:
            _check_classes(test_listing, listing, test_root)
            dataset.test = self._decode(test_listing, rate, samples, notes)
        return dataset

    def read_new(self, path: Path, inputs: Sequence[Input], targets: Sequence[str]) -> Dataset:
        listing = list_new(Path(path), self._names)
        rate, samples = int(inputs[0].style.split()[0]), int(inputs[0].shape[0] or 1)
        return self._decode(listing, rate, samples, [], targets)

    def front_end(self, training: Dataset) -> FrontEnd:
        from archivolt_audio.front_end import Wanted, build_front_end

        wanted = Wanted(
            rate=int(training.inputs[0].style.split()[0]),
            window=self.window,
            step=self.step,
            bands=self.bins,
            coefficients=self.coefficients if self.features == MFCC else 0,
            kind=self.kind,
            even_level=self.level == "even",
            mask=self.mask,
        )
        return build_front_end(training, wanted)

    @property
    def _names(self) -> re.Pattern[str] | None:
        return None if self.names is None else re.compile(self.names)

    def _roots(self, notes: list[str]) -> tuple[Path, Path | None]:
        root = self.path.expanduser()
        if self.test is not None:
            return root, self.test.expanduser()
        return RECORDINGS.divided(root, notes)

    def _groups(self, listing: Listing, group: str | None) -> tuple[str, ...] | None:
        if group is None:
            return None
        if self._names is None:
            raise DataError(
                f"file names have no part {group!r} to split by.",
                str(listing.root),
                f"Say where it stands, as in data.names: '(?P<{group}>[^_]+)_'.",
            )
        return listing.parts(self._names, group)

    def _measures(self, listing: Listing, notes: list[str]) -> tuple[int, int]:
        """Return samples a second and samples of every recording."""
        from archivolt_audio.recordings import choose_length, choose_rate, read_headers

        rate, length = self.sample_rate, self.length
        if rate is None or length is None:
            headers = read_headers(listing.files)
            if not headers:
                raise DataError(
                    f"none of {len(listing.files)} files is a recording that can be read.",
                    str(listing.root),
                    f"The first is {listing.files[0]}.",
                )
            if rate is None:
                rate = choose_rate(headers)
                notes.append(
                    f"Recordings are read at {rate:,} samples a second; sample_rate sets another."
                )
            if length is None:
                length = choose_length(headers)
                cut = np.mean([each.seconds > length + 1e-6 for each in headers])
                loss = f"the longest {cut:.1%} lose their end" if cut else "none is longer"
                notes.append(f"Recordings are made {length:g} s long, {loss}. length sets another.")
        return rate, max(1, round(length * rate))

    def _decode(
        self,
        listing: Listing,
        rate: int,
        samples: int,
        notes: list[str],
        targets: Sequence[str] = ("class",),
        groups: Sequence[str] | None = None,
    ) -> Dataset:
        from archivolt_audio.recordings import Form, Unusable, decode_all

        form = Form(rate, samples, keep_silent=self.silence == "keep")
        waveforms, usable, failures = decode_all(listing.files, form)
        misnamed = [Unusable(each, "its name does not hold data.names") for each in listing.unnamed]
        if failures or misnamed:
            total = len(listing.files) + len(misnamed)
            self._judge([*failures, *misnamed], total, len(usable), listing.root, notes)
        labels = None
        if listing.labels is not None:
            labels = np.array(listing.labels)[usable]
            lost = set(listing.classes) - set(labels.tolist())
            if lost:
                raise DataError(
                    f"no recording of the class {min(lost)!r} can be used.", str(listing.root)
                )
        return Dataset(
            inputs=(Input("recording", RECORDING, (samples,), "float32", style=f"{rate} Hz"),),
            features={"recording": waveforms},
            labels=labels,
            targets=tuple(targets),
            groups=None if groups is None else np.array(groups)[usable],
            notes=notes,
            class_names=listing.classes,
            row_names=tuple(
                listing.files[at].relative_to(listing.root).as_posix() for at in usable
            ),
        )

    def _judge(
        self, failures: Sequence[Any], total: int, usable: int, root: Path, notes: list[str]
    ) -> None:
        shown = "; ".join(f"{each.path} ({each.why})" for each in failures[:3])
        more = f"; and {len(failures) - 3} more" if len(failures) > 3 else ""
        if len(failures) > self.corrupt_share * total or not usable:
            raise DataError(
                f"{len(failures)} of {total} recordings cannot be used: {shown}{more}.",
                str(root),
                f"More than corrupt_share={self.corrupt_share:g} of them: mend or remove the files,"
                " or raise data.corrupt_share.",
            )
        notes.append(
            f"{len(failures)} of {total} recordings cannot be used and are left out: {shown}{more}."
        )


def _note_decoder(notes: list[str]) -> None:
    from archivolt_audio.native import native

    if native().audio is None:
        notes.append(
            f"Recordings are decoded by soundfile and resampled by SciPy: {native().why}. "
            "Nothing else is lost by it; `archivolt plugins show audio` tells how to get it."
        )


def _check_classes(test: Listing, training: Listing, root: Path) -> None:
    unknown = [each for each in test.classes if each not in training.classes]
    if unknown:
        raise DataError(
            f"the class {unknown[0]!r} has no recordings to train on.",
            str(root),
            nearest(unknown[0], training.classes),
        )
