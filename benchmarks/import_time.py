"""How long commands and imports take in a fresh process, the best of several.

uv run --all-packages python benchmarks/import_time.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

REPEATS = 5
EXAMPLE = Path(__file__).parents[1] / "examples" / "adult.yaml"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "archivolt --help": ["-m", "archivolt", "--help"],
    "archivolt plugins list": ["-m", "archivolt", "plugins", "list"],
    "archivolt config check": ["-m", "archivolt", "config", "check", str(EXAMPLE)],
    "import archivolt": ["-c", "import archivolt"],
    "import archivolt_blocks": ["-c", "import archivolt_blocks"],
    "import archivolt_searchers": ["-c", "import archivolt_searchers"],
    "import archivolt_keras": ["-c", "import archivolt_keras"],
    "import archivolt_tables": ["-c", "import archivolt_tables"],
    "import archivolt_vision": ["-c", "import archivolt_vision"],
    "import keras (TensorFlow)": ["-c", "import keras"],
}


def main() -> None:
    print("| command | seconds |\n|---|---|")
    for name, arguments in COMMANDS.items():
        best = min(timed([sys.executable, *arguments]) for _ in range(REPEATS))
        print(f"| `{name}` | {best:.2f} |", flush=True)


def timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
