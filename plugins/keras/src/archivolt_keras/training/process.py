"""Processes that train: how one is set up before its first operation, and cleaned after a trial."""

from __future__ import annotations

import gc
import os


def prepare_process(gpu_memory_growth: bool = True) -> None:
    """Set a worker up for small trainings; call it once, before the first operation.

    On a CPU: one thread, since the fused optimizer kernels and the small products of a search run
    slower on two, and no Grappler, since rewriting a graph costs more than a short training gains.
    With a GPU both stay as TensorFlow has them. Automatic garbage collection is switched off:
    in the middle of a trace it doubles the cost of a trial. `end_trial` collects instead.

    Args:
        gpu_memory_growth: Let each GPU's memory be taken as it is needed, not all at once.

    Raises:
        RuntimeError: Keras runs on another backend than TensorFlow.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"Keras runs on {keras.backend.backend()!r}; the trainer needs TensorFlow. "
            "Set KERAS_BACKEND=tensorflow before the process starts."
        )
    devices = tf.config.list_physical_devices("GPU")
    try:
        if devices:
            for device in devices:
                tf.config.experimental.set_memory_growth(device, gpu_memory_growth)
        else:
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    except RuntimeError:
        # Somebody ran an operation before: training works all the same, only slower.
        pass
    # No collection before the freeze: it would write to every page shared with the fork server.
    gc.freeze()
    gc.disable()


def end_trial() -> None:
    """Give back what dropped models and trainers hold; call it after the last reference is gone."""
    import keras

    keras.backend.clear_session(free_memory=True)
