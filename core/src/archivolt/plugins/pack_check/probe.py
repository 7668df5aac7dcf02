"""The process that imports a pack: a JSON object comes in, and what was found goes out.

It is a process of its own, so that the time and the modules are those of the pack alone, and a
pack that ends the process takes nothing with it.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from typing import Any

FRAMEWORKS = ("tensorflow", "keras", "torch", "jax")
HEAVY = ("pandas", "sklearn", "scipy", "matplotlib", "plotly", "pyarrow", "ray", "librosa")


def probe(entry_points: Mapping[str, str], own: str) -> dict[str, Any]:
    """Import plugins, call their registration hooks, and describe what came.

    Args:
        entry_points: The modules by name.
        own: The distribution, which is not to be looked at where it is installed.
    """
    from archivolt.plugins.failures import BROKEN, cause_of
    from archivolt.plugins.registry import load_plugins

    before = set(sys.modules)
    loaded: list[tuple[str, object]] = []
    errors = []
    began = time.process_time()  # a busy machine is not the pack's fault
    for name, value in entry_points.items():
        try:
            loaded.append((name, EntryPoint(name, value, "archivolt").load()))
        except BROKEN as error:
            errors.append({"entry_point": name, "value": value, "cause": cause_of(error)})
    seconds = time.process_time() - began
    registry = load_plugins(allow=(), extra=loaded, warn=False)
    new = {each.partition(".")[0] for each in set(sys.modules) - before}
    # Afterwards: what is installed beside it may import anything.
    others = load_plugins(blocked=[own], warn=False)
    return {
        "seconds": seconds,
        "errors": errors,
        "frameworks": [each for each in FRAMEWORKS if each in new],
        "heavy": [each for each in HEAVY if each in new],
        "failures": [
            {"step": each.step, "cause": each.cause, "entry_point": each.origin.name}
            for each in registry.failures
        ],
        "components": [
            {
                "kind": each.kind,
                "name": each.component.name,
                "help": inspect.getdoc(each.component) or "",
                "where": _where(each.component),
                "same": [
                    other.qualified_name
                    for other in others.of_kind(each.kind)
                    if other.component.name == each.component.name
                ],
            }
            for each in registry.registrations
        ],
        "presets": list(registry.presets()),
        "files": sorted(_files(loaded)),
    }


def _where(component: type) -> str:
    try:
        file, line = inspect.getsourcefile(component), inspect.getsourcelines(component)[1]
    except (OSError, TypeError):
        return f"{component.__module__}.{component.__qualname__}"
    return f"{file}:{line}"


def _files(loaded: list[tuple[str, object]]) -> Iterator[str]:
    for _, plugin in loaded:
        file = getattr(inspect.getmodule(plugin), "__file__", None)
        if file:
            yield file


def main() -> None:
    """Read the question from standard input, and answer on standard output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what packs print is no answer
    question = json.loads(sys.stdin.read())
    json.dump(probe(question["entry_points"], question["own"]), answers)
    answers.close()


if __name__ == "__main__":
    main()
