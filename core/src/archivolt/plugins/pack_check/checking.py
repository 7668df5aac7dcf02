"""All checks of a pack, the quick ones first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from archivolt.plugins.pack_check.code import check_classes, check_import, probed
from archivolt.plugins.pack_check.conformance import check_conformance
from archivolt.plugins.pack_check.documents import check_docs
from archivolt.plugins.pack_check.located import FOLDER, WHEEL, LocatedPack, locate
from archivolt.plugins.pack_check.metadata import check_entry_points, check_versions
from archivolt.plugins.pack_check.verdict import Verdict

_HOW = {
    FOLDER: "a folder: its source is imported as it lies there, and nothing is installed",
    WHEEL: "a wheel: it is unpacked aside, and nothing is installed",
}


@frozen
class Checked:
    """What is known before the first verdict: which pack it is, and how it is looked at."""

    name: str
    version: str
    form: str  # folder, wheel, installed
    place: str

    def __str__(self) -> str:
        how = _HOW.get(self.form, "installed")
        return f"{self.name} {self.version}".rstrip() + f" ({how})"


def check_pack(target: str) -> Iterator[Checked | Verdict]:
    """Check a pack; yields what it is, then a verdict for each thing that was looked at.

    Its code runs in processes of their own; the environment of the caller stays as it is.

    Args:
        target: A folder with a `pyproject.toml`, a wheel, or what is installed by name.

    Raises:
        PackError: there is no such pack, or its metadata cannot be read.
    """
    with TemporaryDirectory(prefix="archivolt-check-") as folder:
        unpacked, tests = Path(folder) / "pack", Path(folder) / "tests"
        for each in (unpacked, tests):
            each.mkdir()
        pack = locate(target, unpacked)
        yield Checked(pack.name, pack.version, pack.form, pack.place)
        yield from check_entry_points(pack)
        yield from check_versions(pack)
        if pack.entry_points:
            yield from _check_code(pack, tests)


def _check_code(pack: LocatedPack, scratch: Path) -> Iterator[Verdict]:
    facts = probed(pack)
    if isinstance(facts, Verdict):
        yield facts
        return
    yield from check_import(pack, facts)
    yield from check_classes(pack, facts)
    yield from check_docs(pack, facts)
    if facts["components"]:
        yield from check_conformance(pack, facts, scratch)
