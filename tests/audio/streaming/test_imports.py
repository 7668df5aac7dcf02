"""Help and plugin lists import what is here, and must stay fast."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_and_the_blocks_load_no_framework():
    program = (
        "import sys, archivolt_audio, archivolt_audio.streaming\n"
        "import archivolt_audio.streaming.command\n"
        "list(archivolt_audio.archivolt_blocks())\n"
        "print([name for name in ('tensorflow', 'keras', 'pandas') if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_what_is_not_there_is_told_as_usual():
    import archivolt_audio.streaming as package

    assert package.streaming_model.__name__ == "streaming_model"
    assert not hasattr(package, "stream_model")
