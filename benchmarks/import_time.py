"""How long commands and imports take that should load no framework.

    python benchmarks/import_time.py [--repeats 10]

Run it in the project's environment. The aim: `archivolt --help` under 0.4 s. Each line is a fresh
process; the bytecode is there already, as it is for everybody from the second call on.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

AIMS = {"archivolt --help": 0.4}  # seconds
PACKAGES = (
    "archivolt",
    "archivolt_blocks",
    "archivolt_searchers",
    "archivolt_keras",
    "archivolt_tables",
    "archivolt_vision",
    "archivolt_audio",
    "archivolt_weight_sharing",
    "archivolt_distillation",
    "archivolt_export",
)
EXAMPLE = Path(__file__).parents[1] / "examples" / "adult.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description="How long commands and imports take.")
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    command = str(Path(sys.executable).with_name("archivolt"))
    lines = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "archivolt --help": [command, "--help"],
        "archivolt plugins list": [command, "plugins", "list"],
        "archivolt config check": [command, "config", "check", str(EXAMPLE)],
        "archivolt config show": [command, "config", "show", str(EXAMPLE)],
    }
    lines |= {f"import {name}": [sys.executable, "-c", f"import {name}"] for name in PACKAGES}
    print(f"Median of {repeats} processes, seconds.\n")
    print("| | clock | processor | aim |\n| --- | ---: | ---: | ---: |")
    for title, line in lines.items():
        clock, processor = measure(line, repeats)
        aim = f"{AIMS[title]:g}" if title in AIMS else ""
        print(f"| `{title}` | {clock:.3f} | {processor:.3f} | {aim} |", flush=True)


def measure(line: list[str], repeats: int) -> tuple[float, float]:
    """Return the medians of clock and processor time; the first run only warms up."""
    clocks, processors = [], []
    for _ in range(repeats + 1):
        before, began = _children(), time.perf_counter()
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
        clocks.append(time.perf_counter() - began)
        processors.append(_children() - before)
    return median(clocks[1:]), median(processors[1:])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
