"""What lies in a folder of recordings: its classes, its groups, and what is no recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from re import Pattern

from attrs import evolve, field, frozen

from archivolt.components.class_folders import FileKind, check_folder
from archivolt.errors import DataError, nearest

LABEL = "label"  # the part of a file's name that is its class
EXAMPLE = r"'(?P<label>[^_]+)_(?P<speaker>[^_]+)'"
RECORDINGS = FileKind(
    "recording",
    "recordings",
    frozenset({".wav", ".flac", ".mp3", ".ogg"}),
    layout="recordings/yes/1.wav, recordings/no/2.flac",
    loose_hint=f"Where file names tell the class: --set data.names={EXAMPLE}",
)


@frozen
class Listing:
    """The recordings below a folder, in a fixed order."""

    root: Path
    files: tuple[Path, ...]
    labels: tuple[str, ...] | None  # of the files; None: nothing tells them
    classes: tuple[str, ...] = ()
    others: Counter[str] = field(
        factory=Counter, hash=False
    )  # files that are no recordings: suffixes
    empty: tuple[str, ...] = ()  # class folders without a recording
    loose: tuple[Path, ...] = ()  # recordings beside the class folders
    unnamed: tuple[Path, ...] = ()  # files whose names are not as they should be: left out

    def names_of(self, places: Iterable[int]) -> tuple[str, ...]:
        """Return the paths of some files below the folder."""
        return tuple(_below(self.files[at], self.root) for at in places)

    def parts(self, names: Pattern[str], part: str) -> tuple[str, ...]:
        """Return a named part of each file's path, such as its speaker.

        Raises:
            DataError: the names have no such part.
        """
        known = tuple(names.groupindex)
        if part not in known:
            hint = f"data.names names its parts so: (?P<{part}>...). {nearest(part, known)}"
            raise DataError(f"file names have no part {part!r} to split by.", str(self.root), hint)
        return tuple(_part(each, self.root, names, part) for each in self.files)


def list_classes(
    root: Path, names: Pattern[str] | None = None, without: Iterable[Path] = ()
) -> Listing:
    """List a folder that holds a folder per class, or files whose names tell their class.

    Args:
        root: The folder.
        names: What is found in a file's path below `root`; its part `label`, where it has one,
            tells the class, and folders tell nothing. Files without it are left out.
        without: Folders below `root` that are no classes.

    Raises:
        DataError: there is no such folder, or it has no classes, or one alone.
    """
    check_folder(root)
    if names is not None and LABEL in names.groupindex:
        listing = _by_name(root, names, without)
    else:
        listing = _by_folder(root, without)
        if names is not None:
            listing = _named_alone(listing, names)
    if len(listing.classes) == 1:
        raise DataError(
            f"there is one class alone, {listing.classes[0]!r} ({len(listing.files)} recordings).",
            str(root),
            "A search needs recordings of at least two classes.",
        )
    return listing


def list_new(path: Path, names: Pattern[str] | None = None) -> Listing:
    """List recordings to predict: a file, a folder of recordings, or a folder per class.

    They have labels where `names` tells them of every one, or every one lies in a folder below
    `path`.

    Raises:
        DataError: there is no recording.
    """
    if path.is_file():
        return Listing(path.parent, (path,), None)
    others: Counter[str] = Counter()
    files = RECORDINGS.new(path, others)
    labels: tuple[str, ...] | None = None
    parts = [file.relative_to(path).parts for file in files]
    if names is not None and LABEL in names.groupindex:
        told = tuple(_part(each, path, names, LABEL) for each in files)
        labels = told if all(told) else None
    elif all(len(each) > 1 for each in parts):
        labels = tuple(each[0] for each in parts)
    return Listing(path, tuple(files), labels, others=others)


def has_recordings(root: Path) -> bool:
    """Tell whether recordings lie in a folder or below it; stops at the first one."""
    return RECORDINGS.lies_in(root)


def _by_folder(root: Path, without: Iterable[Path]) -> Listing:
    found = RECORDINGS.by_class(root, without)
    return Listing(
        root, found.files, found.labels, found.classes, found.others, found.empty, found.loose
    )


def _by_name(root: Path, names: Pattern[str], without: Iterable[Path]) -> Listing:
    left_out = {each.resolve() for each in without}
    others: Counter[str] = Counter()
    every = [
        each
        for each in RECORDINGS.below(root, others)
        if not left_out.intersection(parent.resolve() for parent in each.parents)
    ]
    if not every:
        raise RECORDINGS.none_in(root, others)
    listing = _named_alone(Listing(root, tuple(every), None, others=others), names)
    labels = tuple(_part(each, root, names, LABEL) for each in listing.files)
    return evolve(listing, labels=labels, classes=tuple(sorted(set(labels))))


def _named_alone(listing: Listing, names: Pattern[str]) -> Listing:
    """Leave out the files whose paths do not hold `names`.

    Raises:
        DataError: no path does.
    """
    fits = [names.search(_below(each, listing.root)) is not None for each in listing.files]
    if not any(fits):
        raise DataError(
            f"none of {len(fits)} file names holds data.names, {names.pattern!r}.",
            str(listing.root),
            f"The first is {_below(listing.files[0], listing.root)!r}.",
        )
    kept = [at for at, fit in enumerate(fits) if fit]
    labels = listing.labels
    return evolve(
        listing,
        files=tuple(listing.files[at] for at in kept),
        labels=None if labels is None else tuple(labels[at] for at in kept),
        unnamed=tuple(each for each, fit in zip(listing.files, fits, strict=True) if not fit),
    )


def _part(path: Path, root: Path, names: Pattern[str], part: str) -> str:
    found = names.search(_below(path, root))
    return "" if found is None else found[part] or ""


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
