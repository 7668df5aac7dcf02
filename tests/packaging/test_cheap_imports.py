"""What lists plugins, prints help or checks a configuration loads nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "keras",
    "matplotlib",
    "pandas",
    "plotly",
    "pyarrow",
    "ray",
    "sklearn",
    "scipy",
    "soundfile",
    "sqlalchemy",
    "tensorflow",
    "tensorflow_io",
)

CASES = {
    "import of archivolt": "import archivolt",
    "import of the packs": "import archivolt_audio, archivolt_blocks, archivolt_searchers, "
    "archivolt_keras, archivolt_distillation, archivolt_ensembling, archivolt_export, "
    "archivolt_migration, archivolt_tables, archivolt_tabular_benchmarks, archivolt_vision, "
    "archivolt_weight_sharing",
    "help": """
from typer.testing import CliRunner
from archivolt.cli.app import app
for arguments in (["--help"], ["search", "--help"], ["plugins", "--help"]):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "Usage" in result.output, result.output
""",
    "plugins list": """
from typer.testing import CliRunner
from archivolt.cli.app import app
assert "archivolt-blocks" in CliRunner().invoke(app, ["plugins", "list", "--json"]).output
""",
    "plugins show": """
from typer.testing import CliRunner
from archivolt.cli.app import app
for name in ("dense", "keras", "table", "weight_sharing", "distillation", "audio"):
    assert CliRunner().invoke(app, ["plugins", "show", name]).exit_code == 0, name
""",
    "codec": """
from archivolt.plugins.codec import Codec
from archivolt.plugins.registry import load_plugins
registry = load_plugins()
codec = Codec(registry)
for each in registry.of_kind("block"):
    component = each.component()
    assert codec.decode_component("block", codec.encode(component)) == component
""",
    "config": """
import os, tempfile
from typer.testing import CliRunner
from archivolt.cli.app import app
os.chdir(tempfile.mkdtemp())
open("data.csv", "w").write("age,income\\n1,2\\n")
open("search.yaml", "w").write("data: {source: table, path: data.csv, target: income}\\n")
result = CliRunner().invoke(app, ["config", "check", "search.yaml"])
assert result.exit_code == 0, result.output or result.exception
""",
}


def modules_after(code: str) -> set[str]:
    """Run code in a fresh process and return the top-level modules that it loaded."""
    tail = "import json, sys\nprint(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tail}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", CASES.values(), ids=CASES.keys())
def test_nothing_heavy_is_loaded(code):
    loaded = modules_after(code)

    assert "archivolt" in loaded
    assert not loaded.intersection(HEAVY)


def test_help_needs_no_numerical_library():
    assert "numpy" not in modules_after(CASES["help"])
