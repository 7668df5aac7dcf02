"""A run whose pack gave a class another name in a later release."""

from __future__ import annotations

import sys
from importlib import invalidate_caches

import pytest

from archivolt.errors import ArchivoltError
from archivolt.search.api import start
from archivolt.search.reopening import reopen

PACK = '''
from attrs import frozen
from archivolt import Block, Footprint, hookimpl, tunable, vector

@frozen
class {title}(Block):
    """A dense layer that is never built."""
    name = "{name}"
    {further}
    reads = writes = "vector"
    units: int = tunable(64, low=1, high=400)

    def footprint(self, x, earlier=()):
        return Footprint(vector(self.units), (x.channels + 1) * self.units)

@hookimpl
def archivolt_blocks():
    return [{title}]
'''


@pytest.fixture
def release(tmp_path, monkeypatch):
    """Install a release of the pack in place of the one before: `release("1.0", title=…)`."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("ARCHIVOLT_PLUGINS", "acme")

    def install(version: str, **names: str) -> None:
        for each in place.glob("*"):
            for file in each.glob("*") if each.is_dir() else ():
                file.unlink()
        module = place / "acme_renaming.py"
        module.write_text(PACK.format(**{"further": "", **names}) + f"# {version}\n" * 99)
        metadata = place / "acme_renaming.dist-info"
        metadata.mkdir(exist_ok=True)
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: acme-renaming\nVersion: {version}\n"
        )
        (metadata / "entry_points.txt").write_text("[archivolt]\nacme = acme_renaming\n")
        sys.modules.pop("acme_renaming", None)
        invalidate_caches()

    yield install
    sys.modules.pop("acme_renaming", None)


@pytest.fixture
def stored(release, toy_document, tmp_path):
    """A run of four trials by the first release."""
    release("1.0", title="Glu", name="glu")
    document = toy_document(
        space={"blocks": ["glu"], "depth": [1, 3]}, mutators={}, budget={"trials": 4}
    )
    document["searcher"] = "toy_search"
    run = start(None, config=document, run=tmp_path / "run")
    run.resume(trials=4)
    numbers = [trial.candidate.fingerprint for trial in run.history]
    run.close()
    return tmp_path / "run", numbers


def test_it_loads_tells_the_new_name_and_goes_on(stored, release):
    folder, fingerprints = stored
    release("2.0", title="Gated", name="gated_dense", further='formerly = ("glu",)')

    run, notes = reopen(folder)

    assert "acme-renaming 1.0 (acme): acme:glu is called acme:gated_dense now." in notes
    assert [trial.candidate.fingerprint for trial in run.history] == fingerprints
    assert all(block.name == "gated_dense" for block in run.history[0].candidate.architecture)
    run.resume(trials=2)
    assert len(run.history) == 6
    run.close()


def test_without_the_former_name_it_is_told_as_gone(stored, release):
    folder, _ = stored
    release("2.0", title="Gated", name="gated_dense")

    with pytest.raises(ArchivoltError, match="no block is named 'glu'"):
        _ = reopen(folder)[0].history
