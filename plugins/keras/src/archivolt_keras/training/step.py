"""The compiled epoch: a loop over minibatches gathered from tensors that lie on the device.

The batch axis has no static size. So the last, smaller batch of an epoch is a step of its own size
and goes through the same graph as the others: its mean gradient, and its share in the statistics
of a batch normalisation, are those of `Model.fit`, no example counts twice, and there is one trace.
Batch size and number of examples are inputs for the same reason: another one needs no other graph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from attrs import frozen

from archivolt_keras.training.losses import ExampleLoss
from archivolt_keras.training.optimizers import FusedOptimizer

if TYPE_CHECKING:
    Tensor = Any
    Variable = Any
    ConcreteFunction = Any

LOSS_SCALE = 2.0**15  # to begin with; doubled after so many finite steps, halved by another
LOSS_SCALE_GROWTH = 2000


@frozen
class Switches:
    """What a graph can do; what is switched off costs no operation."""

    weighted: bool = False  # examples have weights
    l2: bool = False
    decay: bool = False
    clip: bool = False
    scaled: bool = False  # dynamic loss scale, for float16

    def covers(self, other: Switches) -> bool:
        """Tell whether the graph computes the same as one with the switches `other`."""
        # A penalty or decay of 0 and a limit of infinity change no bit of the result.
        return (
            self.weighted == other.weighted
            and self.scaled == other.scaled
            and self.l2 >= other.l2
            and self.decay >= other.decay
            and self.clip >= other.clip
        )


@frozen(eq=False)
class Step:
    """All that one training step is made of."""

    forward: Callable[[Mapping[str, Tensor]], Tensor]  # augmented parts of a batch to logits
    penalties: Callable[[], Sequence[Tensor]]  # the model's own losses, after `forward`
    loss: ExampleLoss
    variables: Sequence[Any]  # Keras variables that are trained
    optimizer: FusedOptimizer
    slots: Sequence[Sequence[Variable]]  # by variable

    def compile(
        self, parts: Mapping[str, Tensor], labels: Tensor, switches: Switches
    ) -> ConcreteFunction:
        """Trace an epoch for data of this structure.

        The result takes `parts`, `labels`, `weights` (empty where there are none), the `order` of
        the rows, the `batch` size, the learning `rates` by step, the `knobs` label smoothing, L2,
        weight decay and clipping norm, and the `state`: steps applied, loss scale, finite steps
        since it changed. It gives the sums of loss and weight, and the new state.
        """
        variables = [each.value for each in self.variables]
        kernels = [is_kernel(each) for each in self.variables]

        def epoch(
            parts: Mapping[str, Tensor],
            labels: Tensor,
            weights: Tensor,
            order: Tensor,
            batch: Tensor,
            rates: Tensor,
            knobs: Tensor,
            state: Tensor,
        ) -> tuple[Tensor, Tensor]:
            examples = tf.size(order)
            smoothing, l2, decay, clip = tf.unstack(knobs)

            def body(
                index: Tensor,
                start: Tensor,
                total: Tensor,
                weight: Tensor,
                applied: Tensor,
                scale: Tensor,
                finite_steps: Tensor,
            ) -> tuple[Tensor, ...]:
                stop = start + batch
                rows = order[start:stop]  # a slice ends where the order does
                rate = tf.gather(rates, index)
                x = {name: tf.gather(part, rows) for name, part in parts.items()}
                y = tf.gather(labels, rows)
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(variables)
                    logits = tf.cast(self.forward(x), tf.float32)
                    losses = self.loss(y, logits, smoothing)
                    penalties = [tf.cast(each, tf.float32) for each in self.penalties()]
                count = tf.cast(tf.size(rows), tf.float32)
                if switches.weighted:
                    w = tf.gather(weights, rows)
                    mass = tf.reduce_sum(w)
                    share = tf.math.divide_no_nan(w, mass)
                    summed = tf.reduce_sum(losses * w)
                else:
                    mass = count
                    share = tf.fill(tf.expand_dims(tf.size(rows), 0), 1.0 / count)
                    summed = tf.reduce_sum(losses)
                # The derivative of the weighted mean is its weights: given to the tape, it spares
                # the gradients of the reduction.
                unit = tf.ones(())
                if switches.scaled:
                    share, unit = share * scale, unit * scale
                gradients = tape.gradient(
                    [losses, *penalties], variables, [share, *(unit for _ in penalties)]
                )
                reached = [
                    (variable, slots, tf.convert_to_tensor(gradient), kernel)
                    for variable, slots, gradient, kernel in zip(
                        variables, self.slots, gradients, kernels, strict=True
                    )
                    if gradient is not None
                ]
                extra = tf.add_n(penalties) if penalties else None
                if switches.l2:
                    squares = [2.0 * tf.nn.l2_loss(v) for v, _, _, kernel in reached if kernel]
                    if squares:
                        penalty = l2 * tf.add_n(squares)
                        extra = penalty if extra is None else extra + penalty
                if extra is not None:
                    summed += extra * mass

                def update(step: Tensor) -> None:
                    self._update(reached, rate, step, switches, scale, l2, decay, clip)

                if switches.scaled:
                    finite = tf.reduce_all(
                        [tf.reduce_all(tf.math.is_finite(g)) for _, _, g, _ in reached]
                    )
                    step = applied + tf.cast(finite, tf.float32)
                    tf.cond(finite, lambda: _then(update, step), lambda: tf.constant(0.0))
                    grown = tf.equal(finite_steps, LOSS_SCALE_GROWTH - 1)
                    scale = scale * tf.where(finite, tf.where(grown, 2.0, 1.0), 0.5)
                    finite_steps = tf.where(finite & ~grown, finite_steps + 1, 0.0)
                else:
                    step = applied + 1.0
                    update(step)
                return index + 1, stop, total + summed, weight + mass, step, scale, finite_steps

            _, _, total, weight, applied, scale, finite_steps = tf.while_loop(
                lambda _, start, *__: start < examples,
                body,
                (0, 0, 0.0, 0.0, *tf.unstack(state)),
                parallel_iterations=1,
            )
            return tf.stack([total, weight]), tf.stack([applied, scale, finite_steps])

        # A concrete function, not the polymorphic one: a new one for each structure would set off
        # TensorFlow's warning about retracing. No XLA: a convolution in its loop is 50 times
        # slower on a CPU, and compiling takes longer than a short training.
        return tf.function(epoch, autograph=False).get_concrete_function(
            {name: _any_length(part) for name, part in parts.items()},
            _any_length(labels),
            tf.TensorSpec((None,), tf.float32),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((None,), tf.float32),
            tf.TensorSpec((4,), tf.float32),
            tf.TensorSpec((3,), tf.float32),
        )

    def _update(
        self,
        reached: Sequence[tuple[Variable, Sequence[Variable], Tensor, bool]],
        rate: Tensor,
        step: Tensor,
        switches: Switches,
        scale: Tensor,
        l2: Tensor,
        decay: Tensor,
        clip: Tensor,
    ) -> None:
        gradients = [gradient for _, _, gradient, _ in reached]
        if switches.scaled:
            inverse = 1.0 / scale
            gradients = [gradient * inverse for gradient in gradients]
        if switches.l2:
            twice = 2.0 * l2
            gradients = [
                gradient + twice * variable if kernel else gradient
                for gradient, (variable, _, _, kernel) in zip(gradients, reached, strict=True)
            ]
        if switches.clip:
            norm = tf.linalg.global_norm(gradients)
            factor = tf.minimum(1.0, clip / norm)
            gradients = [gradient * factor for gradient in gradients]
        if switches.decay:
            share = rate * decay
            for variable, _, _, kernel in reached:
                if kernel:
                    tf.raw_ops.ResourceApplyGradientDescent(
                        var=variable.handle, alpha=share, delta=variable
                    )
        scalars = self.optimizer.scalars(step)
        for gradient, (variable, slots, _, _) in zip(gradients, reached, strict=True):
            self.optimizer.apply(variable, slots, gradient, rate, scalars)
        for variable in self.variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))


def is_kernel(variable: Any) -> bool:
    """Tell whether decay and L2 apply: a matrix or more, no bias (a GRU's has two axes)."""
    return len(variable.shape) >= 2 and "bias" not in variable.name


def _any_length(tensor: Tensor) -> Any:
    return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)


def _then(update: Callable[[Tensor], None], step: Tensor) -> Tensor:
    update(step)
    return tf.constant(1.0)
