import subprocess
import sys

import pytest

from archivolt.plugins.registry import load_plugins


@pytest.fixture(scope="module")
def registry():
    return load_plugins(warn=False)


@pytest.mark.parametrize(
    ("kind", "name"), [("evaluator", "keras"), ("source", "arrays"), ("source", "tf_data")]
)
def test_the_pack_registers(registry, kind, name):
    assert registry.find(kind, name).name == name


def test_importing_and_asking_for_its_components_loads_no_framework():
    script = (
        "import sys, archivolt_keras as pack\n"
        "pack.archivolt_evaluators(), pack.archivolt_sources()\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
