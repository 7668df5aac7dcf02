from __future__ import annotations

import subprocess
import sys

import archivolt_searchers
from archivolt.plugins.checks import faults
from archivolt.plugins.kinds import kind_of


def test_every_component_is_registered_under_its_name():
    registered = [
        *archivolt_searchers.archivolt_mutators(),
        *archivolt_searchers.archivolt_searchers(),
        *archivolt_searchers.archivolt_schedulers(),
    ]

    assert {each.name for each in registered} == {
        "insert", "replace", "delete", "swap", "change_parameter", "change_recipe", "rewire",
        "crossover", "widen", "insert_identity",
        "random", "grid", "greedy", "local", "evolution", "linear", "harmonica",
        "gaussian_process", "nsga2", "progressive", "reinforce",
        "full", "asha", "hyperband", "median_stop", "depth_scaled",
    }  # fmt: skip
    for component in registered:
        assert list(faults(component, kind_of(component))) == []


def test_registering_loads_no_framework():
    program = (
        "import sys, archivolt_searchers as s\n"
        "s.archivolt_mutators(), s.archivolt_searchers(), s.archivolt_schedulers()\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'scipy', 'sklearn', 'sqlalchemy'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (printed.returncode, printed.stdout.strip()) == (0, "")
