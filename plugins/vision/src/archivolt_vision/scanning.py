"""What lies in a folder of pictures: its classes, and what is no picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attrs import field, frozen

from archivolt.components.class_folders import FileKind, check_folder
from archivolt.errors import DataError

PICTURES = FileKind(
    "picture",
    "pictures",
    frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff"}),
    layout="pictures/cat/1.jpg, pictures/dog/2.jpg",
)


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
    loose: tuple[Path, ...] = ()  # pictures beside the class folders


def list_classes(root: Path, without: Iterable[Path] = ()) -> Listing:
    """List a folder that holds a folder per class.

    Args:
        root: The folder.
        without: Folders below `root` that are no classes.

    Raises:
        DataError: there is no such folder, or it has no classes, or one alone.
    """
    check_folder(root)
    found = PICTURES.by_class(root, without)
    if len(found.classes) == 1:
        raise DataError(
            f"there is one class alone, {found.classes[0]!r} ({len(found.files)} pictures).",
            str(root),
            "A search needs a folder for each of at least two classes.",
        )
    return Listing(found.files, found.labels, found.classes, found.others, found.empty, found.loose)


def list_new(path: Path) -> Listing:
    """List pictures to predict: a file, a folder of pictures, or a folder per class.

    The pictures have labels where every one lies in a folder below `path`.

    Raises:
        DataError: there is no picture.
    """
    if path.is_file():
        return Listing((path,), None)
    others: Counter[str] = Counter()
    files = PICTURES.new(path, others)
    parts = [file.relative_to(path).parts for file in files]
    labels = tuple(each[0] for each in parts) if all(len(each) > 1 for each in parts) else None
    return Listing(tuple(files), labels, others=others)


def has_pictures(root: Path) -> bool:
    """Tell whether pictures lie in a folder or below it; stops at the first one."""
    return PICTURES.lies_in(root)
