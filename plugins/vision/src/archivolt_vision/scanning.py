"""What lies in a folder of pictures: its classes, and what is no picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import field, frozen

from archivolt.errors import DataError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff"})
JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx"})  # left behind by file managers


@frozen
class Listing:
    """The pictures below a folder, in a fixed order."""

    files: tuple[Path, ...]
    labels: tuple[str, ...] | None  # of the files; None: the folder has no class folders
    classes: tuple[str, ...] = ()
    others: Counter[str] = field(
        factory=Counter, hash=False
    )  # files that are no pictures: suffixes
    empty: tuple[str, ...] = ()  # class folders without a picture


def list_classes(root: Path, without: Iterable[Path] = ()) -> Listing:
    """List a folder that holds a folder per class.

    Args:
        root: The folder.
        without: Folders below `root` that are no classes.

    Raises:
        DataError: there is no such folder, or it has no classes, or one alone.
    """
    _check_folder(root)
    left_out = {each.resolve() for each in without}
    folders = [each for each in _visible(root) if each.is_dir() and each.resolve() not in left_out]
    others: Counter[str] = Counter()
    found = {folder.name: _pictures(folder, others) for folder in folders}
    classes = tuple(name for name, files in found.items() if files)
    if not classes:
        raise _no_classes(root, folders, others)
    if len(classes) == 1:
        raise DataError(
            f"there is one class alone, {classes[0]!r} ({len(found[classes[0]])} pictures).",
            str(root),
            "A search needs a folder for each of at least two classes.",
        )
    files = [(path, name) for name in classes for path in found[name]]
    return Listing(
        files=tuple(path for path, _ in files),
        labels=tuple(name for _, name in files),
        classes=classes,
        others=others,
        empty=tuple(name for name in found if name not in classes),
    )


def list_new(path: Path) -> Listing:
    """List pictures to predict: a file, a folder of pictures, or a folder per class.

    The pictures have labels where every one lies in a folder below `path`.

    Raises:
        DataError: there is no picture.
    """
    if path.is_file():
        return Listing((path,), None)
    _check_folder(path)
    others: Counter[str] = Counter()
    files = _pictures(path, others)
    if not files:
        raise DataError("there is no picture in this folder.", str(path), _what_else(others))
    parts = [file.relative_to(path).parts for file in files]
    labels = tuple(each[0] for each in parts) if all(len(each) > 1 for each in parts) else None
    return Listing(tuple(files), labels, others=others)


def has_pictures(root: Path) -> bool:
    """Tell whether pictures lie in a folder or below it; stops at the first one."""
    return root.is_dir() and any(map(_is_picture, _files(root)))


def _pictures(folder: Path, others: Counter[str]) -> list[Path]:
    files = []
    for path in _files(folder):
        if _is_picture(path):
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


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _check_folder(root: Path) -> None:
    if not root.exists():
        raise DataError("there is no such folder.", str(root))
    if not root.is_dir():
        raise DataError("this is a file.", str(root), "Give the folder that holds the classes.")


def _no_classes(root: Path, folders: list[Path], others: Counter[str]) -> DataError:
    layout = "Expected is a folder per class: pictures/cat/1.jpg, pictures/dog/2.jpg, …"
    loose = sum(_is_picture(each) for each in _visible(root) if each.is_file())
    if loose:
        what = f"{loose} pictures lie in the folder itself, and no class folder has any."
    elif folders:
        names = ", ".join(each.name for each in folders[:3])
        what = f"none of its {len(folders)} folders ({names}, …) has a picture in it."
        layout = _what_else(others) or layout
    elif any(root.iterdir()):
        what = "there are neither class folders nor pictures in it."
    else:
        what = "the folder is empty."
    return DataError(what, str(root), layout)


def _what_else(others: Counter[str]) -> str:
    if not others:
        return ""
    seen = ", ".join(f"{count} {suffix}" for suffix, count in others.most_common(3))
    return f"There are {seen}; read are {', '.join(sorted(SUFFIXES))}."
