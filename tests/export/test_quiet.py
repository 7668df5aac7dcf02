"""What converters print."""

from __future__ import annotations

import os
import warnings

import pytest

from archivolt_export.quiet import silenced


def test_neither_python_nor_native_code_prints(capfd):
    with silenced():
        print("from Python")
        warnings.warn("from a library", stacklevel=1)
        os.write(1, b"from below\n")
        os.write(2, b"from below\n")

    assert capfd.readouterr() == ("", "")


def test_an_error_gives_the_streams_back(capfd):
    with pytest.raises(ValueError, match="broken"), silenced():
        raise ValueError("broken")

    print("after")
    os.write(2, b"from below\n")
    assert capfd.readouterr() == ("after\n", "from below\n")
