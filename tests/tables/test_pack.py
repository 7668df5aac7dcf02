from __future__ import annotations

import subprocess
import sys

import yaml

import archivolt_tables


def test_importing_the_pack_loads_nothing_heavy():
    code = (
        "import sys, archivolt_tables\n"
        "archivolt_tables.archivolt_sources(), archivolt_tables.archivolt_presets()\n"
        "print(sorted({'pandas', 'pyarrow', 'keras', 'tensorflow'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_pack_registers_its_sources_and_its_preset():
    assert [each.name for each in archivolt_tables.archivolt_sources()] == ["table", "frame"]
    (preset,) = archivolt_tables.archivolt_presets()
    assert preset.name == "tabular"
    document = yaml.safe_load(preset.path.read_text(encoding="utf-8"))
    assert document["for"] == ["table", "frame"]
