"""Folders that hold a folder per class: what a source of files finds in them, and what it tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from archivolt.errors import DataError

HELD_BACK = ("validation", "valid", "val", "dev")  # folders that are no classes beside `train`
JUNK = frozenset({"thumbs.db", "desktop.ini", "__macosx"})  # left behind by file managers


@frozen
class ClassFolders:
    """The files below a folder, in a fixed order, by the folder below it that they lie in."""

    files: tuple[Path, ...]
    labels: tuple[str, ...]  # of the files
    classes: tuple[str, ...]
    others: Counter[str] = field(hash=False)  # files of other kinds: suffixes
    empty: tuple[str, ...] = ()  # class folders without a file
    loose: tuple[Path, ...] = ()  # files of the kind beside the class folders: of no class


@frozen
class FileKind:
    """Files that a source reads, and how it speaks of them."""

    one: str  # "picture"
    many: str
    suffixes: frozenset[str]  # with the dot, small letters
    layout: str  # an example of a folder per class
    loose_hint: str = ""  # what else may be done where they lie in the folder itself

    def lies_in(self, root: Path) -> bool:
        """Tell whether one lies in a folder or below it; stops at the first one."""
        return root.is_dir() and any(map(self._is_one, _files(root)))

    def below(self, folder: Path, others: Counter[str]) -> list[Path]:
        """Return all below a folder; the suffixes of what else lies there are counted."""
        files = []
        for path in _files(folder):
            if self._is_one(path):
                files.append(path)
            else:
                others[_suffix(path)] += 1
        return files

    def _beside(self, root: Path, others: Counter[str]) -> tuple[Path, ...]:
        """Return those in the folder itself; the suffixes of other files there are counted."""
        files = [each for each in _visible(root) if each.is_file()]
        others.update(_suffix(each) for each in files if not self._is_one(each))
        return tuple(filter(self._is_one, files))

    def divided(self, root: Path, notes: list[str]) -> tuple[Path, Path | None]:
        """Find folders for training and testing in a folder; else it is all for training.

        Returns:
            The folder of classes to search on, and that of the report, where there is one.
        """
        held_back = [root / each for each in HELD_BACK if (root / each).is_dir()]
        test = root / "test" if (root / "test").is_dir() else None
        if not (root / "train").is_dir() or (test is None and not held_back):
            return root, None
        if test is not None:
            notes.append(
                f"{root} has the folders train and test: {self.many} of test are kept for the "
                "report."
            )
        notes.extend(
            f"{each} is left out: validation {self.many} are split off train." for each in held_back
        )
        return root / "train", test

    def rest(
        self, empty: Sequence[str], others: Counter[str], loose: Sequence[Path]
    ) -> Iterator[str]:
        """Tell what lies in a folder of classes and is left out."""
        if empty:
            yield f"Folders without a {self.one} are no classes: {', '.join(empty)}."
        if others:
            seen = ", ".join(f"{count} {suffix}" for suffix, count in others.most_common(5))
            yield f"Files that are no {self.many} are left out: {seen}."
        if loose:
            yield (
                f"{len(loose):,} {self.many if len(loose) > 1 else self.one} beside the class "
                f"folders, of no class, left out: {loose[0].name}"
                f"{', …' if len(loose) > 1 else '.'}"
            )

    def by_class(self, root: Path, without: Iterable[Path] = ()) -> ClassFolders:
        """List a folder that holds a folder per class, but those `without`.

        Raises:
            DataError: no folder below it has a file of this kind.
        """
        left_out = {each.resolve() for each in without}
        below = [each for each in _visible(root) if each.is_dir()]
        folders = [each for each in below if each.resolve() not in left_out]
        others: Counter[str] = Counter()
        found = {folder.name: self.below(folder, others) for folder in folders}
        loose = self._beside(root, others)
        classes = tuple(name for name, files in found.items() if files)
        if not classes:
            raise self._no_classes(root, folders, loose, others)
        files = [(path, name) for name in classes for path in found[name]]
        return ClassFolders(
            files=tuple(path for path, _ in files),
            labels=tuple(name for _, name in files),
            classes=classes,
            others=others,
            empty=tuple(name for name in found if name not in classes),
            loose=loose,
        )

    def new(self, path: Path, others: Counter[str]) -> list[Path]:
        """List the files below a folder that need no classes.

        Raises:
            DataError: there is no such folder, or no file of this kind.
        """
        check_folder(path)
        files = self.below(path, others)
        if not files:
            raise self.none_in(path, others)
        return files

    def none_in(self, root: Path, others: Mapping[str, int]) -> DataError:
        """Say that there is none in a folder, and what there is."""
        what = f"there is no {self.one} in this folder."
        return DataError(what, str(root), self._what_else(others))

    def _is_one(self, path: Path) -> bool:
        return path.suffix.lower() in self.suffixes

    def _no_classes(
        self, root: Path, folders: list[Path], loose: Sequence[Path], others: Mapping[str, int]
    ) -> DataError:
        hint = f"Expected is a folder per class: {self.layout}, …"
        if loose:
            what = (
                f"{len(loose):,} {self.many} lie in the folder itself, and no class folder has "
                f"any; the first is {loose[0].name!r}."
            )
            hint = f"{hint} {self.loose_hint}".rstrip()
        elif folders:
            shown = ", ".join(each.name for each in folders[:3])
            what = f"none of its {len(folders)} folders ({shown}, …) has a {self.one} in it."
            hint = self._what_else(others) or hint
        elif any(root.iterdir()):
            what = f"there are neither class folders nor {self.many} in it."
        else:
            what = "the folder is empty."
        return DataError(what, str(root), hint)

    def _what_else(self, others: Mapping[str, int]) -> str:
        if not others:
            return ""
        seen = ", ".join(f"{count} {suffix}" for suffix, count in Counter(others).most_common(3))
        return f"There are {seen}; read are {', '.join(sorted(self.suffixes))}."


def check_folder(root: Path) -> None:
    """Check that a folder is there.

    Raises:
        DataError: it is not, or it is a file.
    """
    if not root.exists():
        raise DataError("there is no such folder.", str(root))
    if not root.is_dir():
        raise DataError("this is a file.", str(root), "Give the folder that holds the classes.")


def _files(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    here = folder.resolve()
    if here in above:  # a link back: its files are there already
        return
    for path in _visible(folder):
        if path.is_dir():
            yield from _files(path, above | {here})
        else:
            yield path


def _suffix(path: Path) -> str:
    return path.suffix.lower() or path.name


def _visible(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.iterdir()
        if not each.name.startswith(".") and each.name.lower() not in JUNK
    )
