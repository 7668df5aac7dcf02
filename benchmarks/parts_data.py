"""The data sets of `parts.py`, each with rows that no search looks at until its end."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from attrs import frozen
from tables import TARGET
from works import fashion

PICTURES = 8_000  # of Fashion-MNIST, to train on and to select by
# What a part earns shows over dozens of trials; with the preset's own limits a trial of pictures
# takes a minute of a core.
CHEAP = "space.limits.flops=2000000"


@frozen
class DataSet:
    """A data set below the data folder.

    Args:
        title: In tables.
        preset: What is searched, and how.
        prepare: From its folder, and one for what is made of it, to the arguments of a search.
        settings: `key=value`, as `--set` takes them, of every search.
    """

    title: str
    preset: str
    prepare: Callable[[Path, Path], list[str]]
    settings: tuple[str, ...] = ()


def _letter(folder: Path, _: Path) -> list[str]:
    train, test = (str(folder / f"{name}.csv.gz") for name in ("train", "test"))
    return [train, "--target", TARGET, "--test", test, "--task", "multiclass"]


def _fashion_mnist(folder: Path, made: Path) -> list[str]:
    path = made / f"fashion_mnist_{PICTURES}.npz"
    if not path.exists():
        (x, y), (x_test, y_test) = fashion(folder, PICTURES)
        np.savez(path, x=x, y=y, x_test=x_test, y_test=y_test)
    return [str(path)]


def picture_folder(folder: Path, made: Path) -> Path:
    """Unpack the photographs of a set below `made`, once; return the folder of train and test."""
    path = made / "sign_language_digits"
    if not path.exists():
        fresh = made / ".sign_language_digits.new"
        with zipfile.ZipFile(folder / "jpg.zip") as archive:
            archive.extractall(fresh)  # train/CLASS and test/CLASS
        fresh.rename(path)
    return path


def _sign_language(folder: Path, made: Path) -> list[str]:
    return [str(picture_folder(folder, made))]


DATA_SETS = {
    "fashion_mnist": DataSet(
        "Fashion-MNIST", "image", _fashion_mnist, (CHEAP, "space.recipe.epochs=[3, 5]")
    ),
    "letter": DataSet("Letter", "tabular", _letter),
    "sign_language_digits": DataSet(
        "Sign Language Digits",
        "image",
        _sign_language,
        (CHEAP, "space.recipe.epochs=[8, 12]", "data.size=[32, 32]"),
    ),
}
