"""The recipe: how a candidate is trained, everything but its architecture."""

from __future__ import annotations

from attrs import evolve, frozen

from archivolt.values.tunable import tunable

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad")
SCHEDULES = ("constant", "cosine", "exponential")
_STAIRS = ("decay_rate", "decay_times")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@frozen
class Recipe:
    """How a candidate is trained: everything but the architecture."""

    optimizer: str = tunable("adam", choices=OPTIMIZERS)
    learning_rate: float = tunable(1e-3, low=1e-6, high=1.0, log=True)  # at its peak
    schedule: str = tunable("cosine", choices=SCHEDULES)
    decay_rate: float = tunable(0.85, low=0.1, high=1.0)  # exponential: factor a stair
    decay_times: int = tunable(3, low=1, high=20)  # exponential: stairs in the whole schedule
    warmup_epochs: float = tunable(0.0, low=0.0, high=20.0)  # linear, from 0
    clip_norm: float = tunable(0.0, low=0.0, high=100.0)  # global norm of the gradient; 0: off
    weight_decay: float = tunable(0.0, low=0.0, high=1.0)  # decoupled, on kernels alone
    l2: float = tunable(0.0, low=0.0, high=1.0)  # in the loss, on kernels alone
    dropout: float = tunable(0.0, low=0.0, high=0.9)  # between blocks
    label_smoothing: float = tunable(0.0, low=0.0, high=0.5)
    # Weight of the loss of a second head on an inner block, which is not delivered; 0: none.
    auxiliary: float = tunable(0.0, low=0.0, high=1.0)
    batch_size: int = tunable(64, low=1, high=65536)  # examples a step
    epochs: int = tunable(10, low=1, high=10000)  # length of the schedule
    augmentation: tuple[str, ...] = tunable((), choices=((),))  # names, applied in this order
    precision: str = tunable("float32", choices=PRECISIONS)

    def unused(self) -> frozenset[str]:
        """Name the fields that mean nothing beside the others."""
        return frozenset() if self.schedule == "exponential" else frozenset(_STAIRS)

    def for_batch_size(self, batch_size: int) -> Recipe:
        """Scale the learning rate linearly with the batch (Goyal et al., 2017)."""
        rate = self.learning_rate * batch_size / self.batch_size
        return evolve(self, batch_size=batch_size, learning_rate=rate)
