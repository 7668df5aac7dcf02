"""What a fork server imports: everything that a trial needs, and not one operation of it.

A child that was forked after TensorFlow's runtime had started hangs at its first operation, so
this module and all that it imports create no tensor, variable or layer at import time.
"""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from archivolt_keras.quiet import native_messages_held

with native_messages_held():
    import archivolt_keras.training.cache  # with it keras, TensorFlow and the trainer
    import archivolt_keras.training.predict
    import archivolt_keras.training.streaming  # noqa: F401  importing is all that is wanted
