"""What each installed pack costs: seconds to import it, megabytes to install it.

    uv run --all-packages --group benchmarks python benchmarks/pack_costs.py [--repeats 10]

Every distribution with an entry point in the group `archivolt` has a row. *Import* is a fresh
process that imports the pack's module, less one that imports core alone. *Own* is what the
distribution itself puts on the disk; *with all* adds each distribution that it requires, theirs
included; *beyond core* leaves out what core requires anyway. Extras are not counted. Bytecode is
counted where it was written.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import Distribution, EntryPoint, distribution, entry_points
from pathlib import Path

from import_time import measure
from packaging.requirements import Requirement

CORE = "archivolt-core"
MEGABYTE = 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="What each installed pack costs.")
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    core_seconds = _import_seconds("archivolt", repeats)
    core = required(CORE)
    print(f"Median of {repeats} processes; core is imported in {core_seconds:.3f} s.\n")
    print("| pack | import, s | own, MB | with all, MB | beyond core, MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, module in sorted(packs()):
        everything = required(name)
        sizes = (
            _size(distribution(name)),
            _sizes(everything),
            _sizes(everything - core),
        )
        seconds = _import_seconds(module, repeats) - core_seconds
        cells = " | ".join(f"{size / MEGABYTE:.2f}" for size in sizes)
        print(f"| {name} | {seconds:.3f} | {cells} |", flush=True)


def packs() -> set[tuple[str, str]]:
    """Return every pack with the module that its entry point names."""
    return {
        (each.dist.name, each.module)
        for each in entry_points(group="archivolt")
        if isinstance(each, EntryPoint) and each.dist is not None and each.dist.name != CORE
    }


def required(name: str) -> frozenset[str]:
    """Return a distribution and all that it requires here, by normalised names."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        plain = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if plain in found:
            continue
        found.add(plain)
        for line in distribution(plain).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return frozenset(found)


def _sizes(names: frozenset[str]) -> int:
    return sum(_size(distribution(name)) for name in names)


def _size(of: Distribution) -> int:
    """Return the bytes of what a distribution installed; of an editable one, of its packages."""
    paths = [Path(str(of.locate_file(each))) for each in of.files or ()]
    total = sum(path.stat().st_size for path in paths if path.is_file())
    for pth in (path for path in paths if path.suffix == ".pth"):
        source = Path(pth.read_text(encoding="utf-8").strip())
        total += sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    return total


def _import_seconds(module: str, repeats: int) -> float:
    _, processor = measure([sys.executable, "-c", f"import {module}"], repeats)
    return float(processor)


if __name__ == "__main__":
    main()
