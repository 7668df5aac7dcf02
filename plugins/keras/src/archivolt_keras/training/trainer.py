"""The trainer: one model, one recipe, one compiled call an epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import tensorflow as tf
from attrs import evolve
from numpy.typing import NDArray

from archivolt.values.recipe import Recipe
from archivolt_keras.training.data import Data, Piece
from archivolt_keras.training.distilling import Lesson, teacher_loss
from archivolt_keras.training.feeding import Feeding, Mixing
from archivolt_keras.training.initial import InitialValues, is_seed_state
from archivolt_keras.training.losses import example_loss, owners, soften
from archivolt_keras.training.optimizers import FUSED
from archivolt_keras.training.schedule import learning_rates
from archivolt_keras.training.step import LOSS_SCALE, Step, Switches

if TYPE_CHECKING:
    import keras

    from archivolt.values.problem import Task

    Tensor = Any


class Rate(Protocol):
    """A dropout rate that the graph reads from a variable."""

    def assign(self, value: float) -> None: ...


class Trainer:
    """Trains a built Keras model whose output is logits, `(batch, outputs)`.

    A model may give two of them, the second of an auxiliary head: its loss on the labels is added
    with the weight that the recipe says (Szegedy et al., 2015, section 5).

    Where the task is per step the logits are `(batch, time, outputs)`, and every labelled step of
    a batch counts the same, whatever the length of its sequence.

    Everything random follows from the seed and the number of the epoch. The graph depends on the
    model, the task, the optimizer and the precision; whatever else a recipe says is an input of
    the compiled call, so `reset` costs no trace. One thing apart: weights of examples, missing
    labels, label smoothing, L2, weight decay, clipping and a teacher cost operations, so a graph is
    able to do them from the first recipe on that asks for them, at any strength.
    """

    def __init__(
        self,
        model: keras.Model,
        task: Task,
        recipe: Recipe,
        data: Data,
        seed: int,
        *,
        augment: Sequence[keras.Layer | Mixing] = (),
        dropout: Rate | None = None,
        initial: InitialValues | None = None,
    ) -> None:
        """Prepare to train; the weights are taken as they are.

        Args:
            model: Takes one tensor, or a mapping of feature parts by name.
            task: Decides the loss.
            recipe: How to train.
            data: The training rows; labels per step have weights, which tell the real steps.
            seed: Of the order of examples.
            augment: Layers that change the examples of a batch before the model sees them.
            dropout: Where the recipe's dropout rate goes.
            initial: How the model's variables came by their values; `reset` needs it.
        """
        if task.per_step and not data.weighted:
            raise ValueError("labels per step need the weights of the steps")
        self.model = model
        self.task = task
        self.data = data
        self.traces = 0  # graphs made so far
        self.lesson: Lesson | None = None  # what it learns from beside the labels
        self._dropout = dropout
        self._initial = initial
        self._optimizer_name = recipe.optimizer
        self._optimizer = FUSED[recipe.optimizer]
        self._precision = recipe.precision
        feeding = Feeding(model, tuple(augment))
        self._auxiliary = feeding.auxiliary
        self._graphs: dict[Switches, Any] = {}
        # Steps applied, loss scale, finite steps since that changed.
        self._progress: tuple[float, float, float] = (0.0, LOSS_SCALE, 0.0)
        self._trained = list(model.trainable_variables)
        self._slots = [
            [
                tf.Variable(tf.fill(each.shape, tf.constant(value)), trainable=False)
                for value in self._optimizer.slots.values()
            ]
            for each in self._trained
        ]
        self._augment_seeds = [
            each for layer in augment for each in layer.variables if is_seed_state(each)
        ]
        self._seeds = [*filter(is_seed_state, model.variables), *self._augment_seeds]
        if initial is not None:
            initial.bind(model.variables)
        self._step = Step(
            feeding,
            lambda: model.losses,
            example_loss(task, soft=feeding.mixes),
            self._trained,
            self._optimizer,
            self._slots,
            lambda form: teacher_loss(task, form),
            task.per_step,
            self._auxiliary,
            partial(soften, task=task) if feeding.mixes else None,
            owners(task),
        )
        self._begin(seed, recipe)

    # Training

    def run_epoch(self) -> float:
        """Train one epoch; return its mean loss over the examples, penalties included."""
        recipe, batch = self.recipe, self.recipe.batch_size
        rates = learning_rates(recipe, self.epoch, -(-self.data.examples // batch))
        total = weight = 0.0
        done = 0
        for piece in self.data.pieces(self.seed, self.epoch, batch):
            steps = -(-len(piece.order) // batch)
            sums = self._run(piece, rates[done : done + steps])
            total, weight, done = total + sums[0], weight + sums[1], done + steps
        self.epoch += 1
        return total / weight if weight else 0.0

    def first_piece(self) -> Piece:
        """Read what an epoch begins with: to be tried by `try_steps`."""
        return next(iter(self.data.pieces(self.seed, self.epoch, self.recipe.batch_size)))

    def try_steps(self, piece: Piece, steps: int) -> int:
        """Train so many steps as the first of an epoch, for `reset` to take back.

        Returns:
            The steps that were done: fewer where the piece is shorter.
        """
        batch = self.recipe.batch_size
        rates = learning_rates(self.recipe, self.epoch, -(-self.data.examples // batch))
        done = min(steps, max(1, len(piece.order) // batch))
        self._run(evolve(piece, order=piece.order[: done * batch]), rates[:done])
        return done

    @property
    def repeatable(self) -> bool:
        """Whether `reset` brings back the beginning."""
        return self._initial is not None and self._initial.repeatable

    def learn(self, lesson: Lesson, teacher: NDArray[np.float32]) -> None:
        """Learn from a teacher, too, until the next `reset`.

        Args:
            lesson: How.
            teacher: Its logits on the training rows, `(rows, outputs)`: on those without a label
                last, where the data have any.
        """
        self.data = self.data.taught(teacher)
        self.lesson = lesson

    def stand_beside(self, prior: NDArray[np.float32]) -> None:
        """Train on the loss of the sum with a frozen network's logits, until the next `reset`.

        Args:
            prior: Its logits on the training rows, `(examples, outputs)`.
        """
        self.data = self.data.beside(prior)

    def _run(self, piece: Piece, rates: NDArray[np.float32]) -> tuple[float, float]:
        recipe, lesson = self.recipe, self.lesson
        targets = piece.targets
        switches = Switches(
            weighted=piece.weights is not None,
            gaps=piece.known is not None,
            smooth=recipe.label_smoothing > 0,
            l2=recipe.l2 > 0,
            decay=recipe.weight_decay > 0,
            clip=recipe.clip_norm > 0,
            scaled=recipe.precision == "mixed_float16",
            prior=piece.prior is not None,
            teacher=lesson.form if lesson is not None else "",
        )
        applied = self._progress[0]
        steps = np.arange(applied + 1, applied + 1 + len(rates), dtype=np.float32)
        schedule = np.concatenate([rates[:, None], self._optimizer.schedule(steps)], 1)
        settings = (
            recipe.label_smoothing,
            recipe.l2,
            recipe.weight_decay,
            recipe.clip_norm if recipe.clip_norm > 0 else inf,
            *self._progress[1:],
            *((lesson.weight, lesson.temperature) if lesson is not None else ()),
            *((recipe.auxiliary,) if self._auxiliary else ()),
        )
        found = self._graph(switches, piece.parts, targets)(
            piece.parts,
            targets,
            tf.constant(piece.order),
            tf.constant(recipe.batch_size),
            tf.constant(schedule),
            tf.constant(settings, tf.float32),
        ).numpy()
        self._progress = (applied + float(found[2]), float(found[3]), float(found[4]))
        return float(found[0]), float(found[1])

    def _graph(
        self, wanted: Switches, parts: Mapping[str, Tensor], targets: Sequence[Tensor]
    ) -> Any:
        for switches, graph in self._graphs.items():
            if switches.covers(wanted):
                return graph
        self.traces += 1
        graph = self._step.compile(parts, targets, wanted)
        self._graphs[wanted] = graph
        return graph

    # Beginning, stopping and going on

    def reset(self, seed: int, recipe: Recipe) -> None:
        """Begin again with another seed and recipe, as a fresh build would.

        Raises:
            ValueError: the recipe needs another graph, or nothing is known about initial values.
        """
        if (recipe.optimizer, recipe.precision) != (self._optimizer_name, self._precision):
            raise ValueError("another optimizer or precision needs another trainer")
        if self._initial is None:
            raise ValueError("reset() needs a trainer that was given `initial`")
        self._initial.draw(seed)
        for slots in self._slots:
            for slot, value in zip(slots, self._optimizer.slots.values(), strict=True):
                slot.assign(tf.fill(slot.shape, tf.constant(value)))
        self._begin(seed, recipe)

    def _begin(self, seed: int, recipe: Recipe) -> None:
        self.seed = seed
        self.recipe = recipe
        self.lesson = None
        self.epoch = 0  # trained so far
        self._progress = (0.0, LOSS_SCALE, 0.0)
        # Augmentation is made with a seed of its own, which a later `reset` cannot see.
        drawn = np.random.default_rng((seed, 0, 1)).integers(1 << 31, size=len(self._augment_seeds))
        for generator, first in zip(self._augment_seeds, drawn, strict=True):
            generator.assign(np.array([first, 0]))
        if self._dropout is not None:
            self._dropout.assign(recipe.dropout)

    @property
    def steps(self) -> float:
        """Steps that the optimizer has counted, which its bias correction goes by."""
        return self._progress[0]

    def count_on_from(self, steps: float) -> None:
        """Let the optimizer count from so many steps: its memory comes from another training."""
        self._progress = (steps, *self._progress[1:])

    def memory(self) -> list[tuple[Any, str, Any]]:
        """List what the optimizer remembers: the weight, the name of the slot, its variable."""
        return [
            (weight, name, slot)
            for weight, slots in zip(self._trained, self._slots, strict=True)
            for name, slot in zip(self._optimizer.slots, slots, strict=True)
        ]

    def state(self) -> dict[str, NDArray[Any]]:
        """Return what it takes, beside the model's weights, to go on as if never stopped."""
        state: dict[str, NDArray[Any]] = {
            "epoch": np.array(self.epoch, np.int64),
            "seed": np.array(self.seed, np.int64),
            "progress": np.array(self._progress),
        }
        for index, generator in enumerate(self._seeds):
            state[f"generator/{index}"] = np.asarray(generator.numpy())
        for name, slot in self._named_slots():
            state[name] = slot.numpy()
        return state

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from `state`; the model's weights are the caller's to set.

        Raises:
            ValueError: the state is that of another model or optimizer.
        """
        expected = self.state()
        odd = sorted(set(state) ^ set(expected)) or [
            name for name, value in expected.items() if np.shape(state[name]) != value.shape
        ]
        if odd:
            raise ValueError(f"the state does not fit this trainer: {', '.join(odd)}")
        self.epoch, self.seed = int(state["epoch"]), int(state["seed"])
        applied, scale, finite_steps = map(float, state["progress"])
        self._progress = (applied, scale, finite_steps)
        for index, generator in enumerate(self._seeds):
            generator.assign(state[f"generator/{index}"])
        for name, slot in self._named_slots():
            slot.assign(state[name])

    def _named_slots(self) -> list[tuple[str, Any]]:
        return [
            (f"{name}/{index}", slot)
            for index, slots in enumerate(self._slots)
            for name, slot in zip(self._optimizer.slots, slots, strict=True)
        ]
