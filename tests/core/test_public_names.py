"""What `import archivolt` offers, in a fresh process each."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "before",
    [
        "archivolt.Study",
        "archivolt.open",
        "import archivolt.search.loop",
        "from archivolt.search import loop",
        "from archivolt.search.api import start",
    ],
)
def test_search_is_the_function_whatever_is_imported_before(before: str) -> None:
    code = f"import archivolt; {before}; print(archivolt.search.__qualname__, archivolt.search)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.startswith("search <function search"), done.stderr


def test_every_public_name_is_there() -> None:
    code = "import archivolt; print([getattr(archivolt, name) for name in archivolt.__all__])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
