"""The cache of compiled trainers: another recipe or seed on a known structure is nearly free."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt_keras.training.initial import recorded
from archivolt_keras.training.process import end_trial
from archivolt_keras.training.trainer import Rate, Trainer

if TYPE_CHECKING:
    import keras

    from archivolt.values.problem import Task
    from archivolt.values.recipe import Recipe
    from archivolt_keras.training.data import Data
    from archivolt_keras.training.feeding import Mixing


@frozen(eq=False)
class Built:
    """What a trainer is made of, as the caller builds it."""

    model: keras.Model
    dropout: Rate | None = None  # where the recipe's dropout rate goes
    augment: Sequence[keras.Layer | Mixing] = ()
    extra: Any = None  # the caller's own, kept beside the trainer


@frozen
class Structure:
    """What makes two trials share a graph."""

    architecture: str  # digest
    features: Hashable  # shapes and dtypes by feature part
    task: Task
    optimizer: str
    precision: str
    augmentation: tuple[str, ...] = ()
    dropout: bool = False  # whether there is dropout between blocks, at any rate
    weighted: bool = False  # whether examples have weights
    auxiliary: bool = False  # whether an inner block has a head, too

    @classmethod
    def of(cls, architecture: str, task: Task, recipe: Recipe, data: Data) -> Structure:
        return cls(
            architecture,
            data.structure,
            task,
            recipe.optimizer,
            recipe.precision,
            recipe.augmentation,
            recipe.dropout > 0,
            data.weighted,
            recipe.auxiliary > 0,
        )


@frozen(eq=False)
class _Entry:
    trainer: Trainer
    built: Built


class TrainerCache:
    """The trainers used last, by structure; batch size and number of examples are no part of it."""

    def __init__(self, size: int = 16) -> None:
        self.size = size
        self.hits = 0
        self.misses = 0
        self._entries: OrderedDict[Structure, _Entry] = OrderedDict()
        self._dropped = 0  # trainers let go of since the memory was last given back

    def obtain(
        self,
        structure: Structure,
        build: Callable[[], Built],
        task: Task,
        recipe: Recipe,
        data: Data,
        seed: int,
    ) -> tuple[Trainer, Built]:
        """Return a trainer at the start of its training, new or made new again.

        Args:
            structure: Equal for trials that may share a graph.
            build: Builds the model; called only where no trainer is at hand. Python's generator
                is seeded with `seed` around the call.
            task: Decides the loss.
            recipe: How to train.
            data: The training rows.
            seed: Of the initial weights, of the order of examples and of dropout.
        """
        entry = self._entries.get(structure)
        if entry is not None:
            self.hits += 1
            self._entries.move_to_end(structure)
            entry.trainer.data = data
            entry.trainer.reset(seed, recipe)
            return entry.trainer, entry.built
        self.misses += 1
        while len(self._entries) >= max(1, self.size):
            self._entries.popitem(last=False)
            self._dropped += 1
        with recorded(seed) as initial:
            built = build()
        trainer = Trainer(
            built.model,
            task,
            recipe,
            data,
            seed,
            augment=built.augment,
            dropout=built.dropout,
            initial=initial,
        )
        if initial.repeatable and self.size > 0:
            self._entries[structure] = _Entry(trainer, built)
        else:
            self._dropped += 1
        return trainer, built

    def end_trial(self) -> None:
        """Give memory back where trainers were let go of; call it after each trial."""
        # Clearing makes each cached graph pay for its first call again, so not after every trial.
        if self._dropped >= 8:
            self._dropped = 0
            end_trial()
