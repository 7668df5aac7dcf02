"""What of the pack works otherwise on this machine, told without importing anything heavy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from packaging.version import InvalidVersion, Version

# The last tensorflow-io that there is was built for TensorFlow 2.16; its library loads with 2.17,
# and with none of 2.18 to 2.21. Of a later one nothing is known before it is called.
PAIRED = (Version("0.37.1"), Version("2.18"))
LOST = (
    "Recordings are then decoded by soundfile and resampled by SciPy; SpecAugment and all else are "
    "the same."
)
GET = "`pip install 'tensorflow-io>=0.37.1' 'tensorflow>=2.17,<2.18'`"


def notes(find: Callable[[str], object] = find_spec) -> Iterator[str]:
    """Yield what a person should know.

    Args:
        find: Finds an installed module by its name, or gives None.
    """
    yield from _of_tensorflow_io(find)
    if find("soundfile") is None:
        yield (
            "soundfile is not installed: of recordings, only wav of 16 bits is read. "
            "`pip install soundfile` brings flac, mp3, ogg and other wav."
        )


def _of_tensorflow_io(find: Callable[[str], object]) -> Iterator[str]:
    if find("tensorflow_io") is None:
        if sys.version_info >= (3, 13) or sys.platform == "win32":
            how = "There is no wheel of it for this Python or system: Python 3.11 or 3.12 has one."
        else:
            how = f"{GET} brings it."
        yield f"tensorflow-io is not installed. {LOST} {how}"
        return
    own, framework = _version("tensorflow-io"), _version("tensorflow")
    last, first_without = PAIRED
    if own is not None and framework is not None and own <= last and framework >= first_without:
        yield (
            f"The library of tensorflow-io {own} does not load with TensorFlow {framework}. {LOST} "
            f"{GET} brings its decoders."
        )


def _version(distribution: str) -> Version | None:
    try:
        return Version(version(distribution))
    except (PackageNotFoundError, InvalidVersion):
        return None
