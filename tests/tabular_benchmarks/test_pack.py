"""The pack in a whole search: registered, run, resumed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archivolt
import archivolt_tabular_benchmarks as pack
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import kind_of

ROOT = Path(__file__).parents[2]
EXTRACTS = Path(pack.__file__).parent / "extracts"
COMPONENTS = [
    *pack.archivolt_blocks(),
    *pack.archivolt_evaluators(),
    *pack.archivolt_sources(),
]


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: each.name)
def test_every_component_passes_the_checks_of_registration(component: type):
    assert list(faults(component, kind_of(component))) == []


def test_an_extract_has_its_source_and_licence_beside_it():
    told = (EXTRACTS / "README.md").read_text()

    for path in EXTRACTS.glob("*.csv"):
        assert re.search(rf"`{path.name}`.*?Licence: |`{path.name}`.*?Sources: ", told, re.S)


def test_the_example_searches_a_table_and_is_resumed(tmp_path):
    pytest.importorskip("archivolt_searchers")
    from archivolt.search.api import start

    run = start(
        ROOT / "examples" / "table_of_results.yaml",
        run=tmp_path / "run",
        overrides=["budget.trials=12"],
    )
    list(run.events())
    scores = [trial.score for trial in run.history]
    assert len(scores) == 12
    assert len({trial.candidate.fingerprint for trial in run.history}) == 12
    assert (tmp_path / "run" / "best" / "row.json").is_file()

    again = archivolt.open(tmp_path / "run")
    list(again.events(trials=3))
    assert [trial.score for trial in again.history][:12] == scores
    assert len(again.history) == 15


def test_the_plugin_of_the_page_registers_the_blocks_of_a_table(tmp_path, specify):
    from archivolt.plugins.registry import load_plugins

    specify()
    page = (ROOT / "docs" / "tabular-benchmarks.md").read_text()
    code = re.search(r"^```python\n(.*?)^```", page, re.M | re.S)[1]
    (tmp_path / "my_blocks.py").write_text(
        code.replace("/absolute/path/my_table.yaml", str(tmp_path / "toy.yaml"))
    )

    registry = load_plugins(files=[tmp_path / "my_blocks.py"], warn=False)

    assert registry.failures == ()
    assert registry.find("block", "toy").name == "toy"
