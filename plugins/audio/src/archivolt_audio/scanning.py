"""What lies in a folder of recordings: its classes, its groups, and what is no recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from re import Pattern

from attrs import evolve, field, frozen

from archivolt.errors import DataError, nearest

SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg"})
JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx"})  # left behind by file managers
LABEL = "label"  # the part of a file's name that is its class
EXAMPLE = r"'(?P<label>[^_]+)_(?P<speaker>[^_]+)'"


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
    _check_folder(root)
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
    _check_folder(path)
    others: Counter[str] = Counter()
    files = _recordings(path, others)
    if not files:
        raise DataError("there is no recording in this folder.", str(path), _what_else(others))
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
    return root.is_dir() and any(map(_is_recording, _files(root)))


def _by_folder(root: Path, without: Iterable[Path]) -> Listing:
    left_out = {each.resolve() for each in without}
    folders = [each for each in _visible(root) if each.is_dir() and each.resolve() not in left_out]
    others: Counter[str] = Counter()
    found = {folder.name: _recordings(folder, others) for folder in folders}
    classes = tuple(name for name, files in found.items() if files)
    if not classes:
        raise _no_classes(root, folders, others)
    files = [(path, name) for name in classes for path in found[name]]
    return Listing(
        root,
        files=tuple(path for path, _ in files),
        labels=tuple(name for _, name in files),
        classes=classes,
        others=others,
        empty=tuple(name for name in found if name not in classes),
    )


def _by_name(root: Path, names: Pattern[str], without: Iterable[Path]) -> Listing:
    left_out = {each.resolve() for each in without}
    others: Counter[str] = Counter()
    every = [
        each
        for each in _recordings(root, others)
        if not left_out.intersection(parent.resolve() for parent in each.parents)
    ]
    if not every:
        raise DataError("there is no recording in this folder.", str(root), _what_else(others))
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


def _recordings(folder: Path, others: Counter[str]) -> list[Path]:
    files = []
    for path in _files(folder):
        if _is_recording(path):
            files.append(path)
        else:
            others[path.suffix.lower() or path.name] += 1
    return files


def _files(folder: Path) -> Iterator[Path]:
    for path in _visible(folder):
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def _visible(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.iterdir()
        if not each.name.startswith(".") and each.name.lower() not in JUNK
    )


def _is_recording(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _check_folder(root: Path) -> None:
    if not root.exists():
        raise DataError("there is no such folder.", str(root))
    if not root.is_dir():
        raise DataError("this is a file.", str(root), "Give the folder that holds the classes.")


def _no_classes(root: Path, folders: list[Path], others: Counter[str]) -> DataError:
    layout = "Expected is a folder per class: recordings/yes/1.wav, recordings/no/2.flac, …"
    loose = [each.name for each in _visible(root) if each.is_file() and _is_recording(each)]
    if loose:
        what = (
            f"{len(loose)} recordings lie in the folder itself, and no class folder has any; the "
            f"first is {loose[0]!r}."
        )
        layout += f" Where file names tell the class: --set data.names={EXAMPLE}"
    elif folders:
        shown = ", ".join(each.name for each in folders[:3])
        what = f"none of its {len(folders)} folders ({shown}, …) has a recording in it."
        layout = _what_else(others) or layout
    elif any(root.iterdir()):
        what = "there are neither class folders nor recordings in it."
    else:
        what = "the folder is empty."
    return DataError(what, str(root), layout)


def _what_else(others: Mapping[str, int]) -> str:
    if not others:
        return ""
    seen = ", ".join(f"{count} {suffix}" for suffix, count in Counter(others).most_common(3))
    return f"There are {seen}; read are {', '.join(sorted(SUFFIXES))}."
