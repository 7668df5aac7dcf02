"""The example of docs/audio-streaming.md, as it stands there."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from archivolt.cli.app import app

PAGE = Path(__file__).parents[3] / "docs" / "audio-streaming.md"


def test_the_command_and_the_programs_of_the_page_run(searched, tmp_path):
    # Without strides, so that a call takes one frame.
    run = searched(({"name": "residual_svdf", "nodes": [8, 12], "memory": [3, 4]},), depth=(1, 2))
    text = PAGE.read_text(encoding="utf-8")
    by_hand, by_stream = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (command,) = re.findall(r"^archivolt (stream \S+ -o \S+) +#", text, re.MULTILINE)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a").symlink_to(run.path)
    clips = np.random.default_rng(0).standard_normal((1, 12, 6)).astype("float32")
    given: dict = {"clips": clips, "clip": clips[0]}

    with chdir(tmp_path):
        told = CliRunner().invoke(app, command.split())
        assert told.exit_code == 0, told.output
        exec(by_hand, given)
        exec(by_stream, given)

    assert given["made"].difference < 1e-4
    np.testing.assert_allclose(given["output"], np.asarray(given["outputs"][-1]), atol=1e-6)
