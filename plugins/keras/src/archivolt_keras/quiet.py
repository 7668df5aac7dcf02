"""Importing TensorFlow without its messages to the terminal.

TensorFlow 2.21 writes about its build and missing GPUs before any log level can be set, so the
messages are caught at the file descriptor. They are shown after all when the import fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def load_framework() -> None:
    """Import Keras and TensorFlow and start its runtime on the CPU; for the search's own process.

    The GPUs are the workers': this process adapts preprocessing and writes models.
    """
    if "tensorflow" in sys.modules:
        return
    with native_messages_held():
        import tensorflow as tf

        tf.config.set_visible_devices([], "GPU")
        tf.zeros(())


def import_framework() -> None:
    """Import TensorFlow for whoever trains in this process: its GPUs stay visible."""
    if "tensorflow" not in sys.modules:
        with native_messages_held():
            import tensorflow  # noqa: F401


@contextmanager
def native_messages_held() -> Iterator[None]:
    """Hold back what native code writes to standard error; show it when the block raises."""
    try:
        target = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):
        yield  # no real standard error, as under some notebooks
        return
    sys.stderr.flush()
    kept = os.dup(target)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), target)
        try:
            yield
        except BaseException:
            os.dup2(kept, target)
            held.seek(0)
            os.write(target, held.read())
            raise
        finally:
            os.dup2(kept, target)
            os.close(kept)
