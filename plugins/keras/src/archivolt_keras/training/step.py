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
from attrs import evolve, frozen

from archivolt_keras.training.distilling import TeacherLoss
from archivolt_keras.training.losses import ExampleLoss, known_factors
from archivolt_keras.training.mixing import Compared
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
    gaps: bool = False  # some examples lack labels
    smooth: bool = False  # labels
    l2: bool = False
    decay: bool = False
    clip: bool = False
    scaled: bool = False  # dynamic loss scale, for float16
    prior: bool = False  # a frozen network's logits are added to those of the model
    teacher: str = ""  # form of the loss on a teacher's logits, where there are any

    def covers(self, other: Switches) -> bool:
        """Tell whether the graph computes the same as one with the switches `other`."""
        # A penalty or decay of 0 and a limit of infinity change no bit of the result.
        return (
            self.weighted == other.weighted
            and self.gaps == other.gaps
            and self.scaled == other.scaled
            and self.prior == other.prior
            and self.teacher == other.teacher
            and self.smooth >= other.smooth
            and self.l2 >= other.l2
            and self.decay >= other.decay
            and self.clip >= other.clip
        )


@frozen(eq=False)
class Step:
    """All that one training step is made of."""

    # Augmented parts of a batch to logits; to those of an auxiliary head, too, where there is one.
    # Where augmentation mixes examples, also the shares of each in those of the batch.
    forward: Callable[[Mapping[str, Tensor]], tuple[Sequence[Tensor], Tensor | None]]
    penalties: Callable[[], Sequence[Tensor]]  # the model's own losses, after `forward`
    loss: ExampleLoss
    variables: Sequence[Any]  # Keras variables that are trained
    optimizer: FusedOptimizer
    slots: Sequence[Sequence[Variable]]  # by variable
    teacher_loss: Callable[[str], TeacherLoss]  # by its form
    per_step: bool = False  # whether labels, weights and logits have an axis of time
    auxiliary: bool = False  # whether the forward pass gives the logits of two heads
    soften: Callable[[Tensor], Tensor] | None = None  # labels, where examples are mixed
    owners: Sequence[int] = ()  # the task of each output, for the same

    def compile(
        self, parts: Mapping[str, Tensor], targets: Sequence[Tensor], switches: Switches
    ) -> ConcreteFunction:
        """Trace an epoch for data of this structure.

        The result takes the feature `parts`; the `targets`, which are labels and, where there are
        any, weights, which labels are there, a prior's logits and a teacher's; the `order` of the
        rows; the `batch` size; a `schedule` with the learning rate and the optimizer's numbers by
        applied step; and `settings`: label smoothing, L2, weight decay, clipping norm, loss scale,
        finite steps since that changed, with a teacher the weight of its loss and the temperature,
        and the weight of an auxiliary head. It gives the sums of loss and weight, the number of
        applied steps, and the loss scale and finite steps as they now are.
        """
        variables = [each.value for each in self.variables]
        kernels = [is_kernel(each) for each in self.variables]
        learn = self.teacher_loss(switches.teacher) if switches.teacher else None

        def epoch(
            parts: Mapping[str, Tensor],
            targets: Sequence[Tensor],
            order: Tensor,
            batch: Tensor,
            schedule: Tensor,
            settings: Tensor,
        ) -> Tensor:
            smoothing, l2, decay, clip, scale, finite_steps, *more = tf.unstack(settings)
            compared = Compared.of(targets, switches.weighted, switches.gaps, switches.prior)
            if learn is not None:
                weight, temperature = more[:2]
                wanted = learn.wanted(targets[-1], temperature)
                compared = evolve(compared, wanted=wanted)
                numbers = learn.numbers(weight, temperature, wanted.shape[-1])

            def body(loop: dict[str, Tensor]) -> tuple[dict[str, Tensor]]:
                loop = dict(loop)
                start = loop["start"]
                loop["start"] = stop = start + batch
                rows = order[start:stop]  # a slice ends where the order does
                rate, *powers = tf.unstack(_take(schedule, loop["applied"]))
                x = {name: _take(part, rows) for name, part in parts.items()}
                with tf.GradientTape(watch_accessed_variables=False) as tape:
                    tape.watch(variables)
                    heads, shares = self.forward(x)
                    logits, *inner = (self._one_by_one(tf.cast(each, tf.float32)) for each in heads)
                    penalties = [tf.cast(each, tf.float32) for each in self.penalties()]
                given = self._compared(compared, rows, shares)
                whole = logits  # whose slope by the sum is that by the model's own
                if given.prior is not None:
                    whole += given.prior
                smooth = smoothing if switches.smooth else None
                if given.weights is not None:
                    mass = tf.reduce_sum(given.weights)
                else:
                    mass = tf.cast(tf.size(rows), tf.float32)
                factors = None
                if given.known is not None:
                    factors = known_factors(given.known, given.weights, mass)
                losses, slope = self.loss(given.labels, whole, smooth, factors)
                slopes = [slope]
                for second in inner:
                    if given.prior is not None:  # it learns what that lacks, too
                        second += given.prior
                    further, steeper = self.loss(given.labels, second, smooth, factors)
                    losses += more[-1] * further
                    slopes.append(more[-1] * steeper)
                if learn is not None:
                    further, steeper = learn.compare(given.wanted, whole, numbers)
                    losses += further
                    slopes[0] += steeper
                if given.weights is not None:
                    loop["weight"] += mass
                    share = tf.expand_dims(tf.math.divide_no_nan(given.weights, mass), -1)
                    slopes = [each * share for each in slopes]
                    summed = tf.reduce_sum(losses * given.weights)
                else:
                    slopes = [each / mass for each in slopes]
                    summed = tf.reduce_sum(losses)
                unit = tf.ones(()) if penalties else None
                if switches.scaled:
                    unit = loop["scale"]
                    slopes = [each * unit for each in slopes]
                gradients = tape.gradient(
                    [logits, *inner, *penalties], variables, [*slopes, *(unit for _ in penalties)]
                )
                reached = [
                    (variable, slots, tf.convert_to_tensor(gradient), kernel)
                    for variable, slots, gradient, kernel in zip(
                        variables, self.slots, gradients, kernels, strict=True
                    )
                    if gradient is not None
                ]
                if switches.l2:
                    squares = [2.0 * tf.nn.l2_loss(v) for v, _, _, kernel in reached if kernel]
                    penalties.extend(l2 * each for each in squares)
                if penalties:
                    summed += tf.add_n(penalties) * mass
                loop["total"] += summed

                def update() -> None:
                    inverse = 1.0 / loop["scale"] if switches.scaled else None
                    self._update(reached, rate, powers, switches, inverse, l2, decay, clip)

                if switches.scaled:
                    finite = tf.reduce_all(
                        [tf.reduce_all(tf.math.is_finite(g)) for _, _, g, _ in reached]
                    )
                    tf.cond(finite, lambda: _then(update), lambda: tf.constant(0.0))
                    loop["applied"] += tf.cast(finite, tf.int32)
                    grown = tf.equal(loop["finite_steps"], LOSS_SCALE_GROWTH - 1)
                    loop["scale"] *= tf.where(finite, tf.where(grown, 2.0, 1.0), 0.5)
                    loop["finite_steps"] = tf.where(
                        finite & ~grown, loop["finite_steps"] + 1.0, 0.0
                    )
                else:
                    update()
                    loop["applied"] += 1
                return (loop,)

            # Whatever goes around in the loop, or into it from outside, costs three operations a
            # step. So nothing is there unused, and numbers are made inside.
            loop = {"start": 0, "applied": 0, "total": 0.0}
            if switches.weighted:
                loop["weight"] = 0.0
            if switches.scaled:
                loop |= {"scale": scale, "finite_steps": finite_steps}
            (end,) = tf.while_loop(
                lambda loop: loop["start"] < tf.size(order), body, (loop,), parallel_iterations=1
            )
            return tf.stack(
                [
                    end["total"],
                    end["weight"] if switches.weighted else tf.cast(tf.size(order), tf.float32),
                    tf.cast(end["applied"], tf.float32),
                    end.get("scale", scale),
                    end.get("finite_steps", finite_steps),
                ]
            )

        # A concrete function, not the polymorphic one: a new one for each structure would set off
        # TensorFlow's warning about retracing. No XLA: a convolution in its loop is 50 times
        # slower on a CPU, and compiling takes longer than a short training.
        return tf.function(epoch, autograph=False).get_concrete_function(
            {name: _any_length(part) for name, part in parts.items()},
            tuple(_any_length(each) for each in targets),
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((None, 1 + len(self.optimizer.betas)), tf.float32),
            tf.TensorSpec((6 + 2 * bool(switches.teacher) + self.auxiliary,), tf.float32),
        )

    def _compared(self, compared: Compared, rows: Tensor, shares: Tensor | None) -> Compared:
        """Take what the examples of a batch are compared with; mix it where they are mixed."""
        given = compared.each(lambda tensor: _take(tensor, rows))
        if shares is not None and self.soften is not None:
            given = evolve(given, labels=self.soften(given.labels))
            given = given.mixed(tf.cast(shares, tf.float32), self.owners)
        return given.each(self._one_by_one)

    def _one_by_one(self, tensor: Tensor) -> Tensor:
        """Put the steps of all sequences of a batch one after the other, as if each were a row."""
        if not self.per_step:
            return tensor
        return tf.reshape(tensor, (-1, *tensor.shape[2:]))

    def _update(
        self,
        reached: Sequence[tuple[Variable, Sequence[Variable], Tensor, bool]],
        rate: Tensor,
        powers: Sequence[Tensor],
        switches: Switches,
        inverse_scale: Tensor | None,
        l2: Tensor,
        decay: Tensor,
        clip: Tensor,
    ) -> None:
        gradients = [gradient for _, _, gradient, _ in reached]
        if inverse_scale is not None:
            gradients = [gradient * inverse_scale for gradient in gradients]
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
        # Made once a step: as Python numbers they would be made again for every variable.
        numbers = [*map(tf.constant, self.optimizer.constants), *powers]
        for gradient, (variable, slots, _, _) in zip(gradients, reached, strict=True):
            self.optimizer.apply(variable, slots, gradient, rate, numbers)
        for variable in self.variables:
            if variable.constraint is not None:
                variable.assign(variable.constraint(variable))


def is_kernel(variable: Any) -> bool:
    """Tell whether decay and L2 apply: a matrix or more, no bias (a GRU's has two axes)."""
    return len(variable.shape) >= 2 and "bias" not in variable.name


def _any_length(tensor: Tensor) -> Any:
    return tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype)


def _take(tensor: Tensor, rows: Tensor) -> Tensor:
    # The operation without an axis, which would be one more to make at each step.
    return tf.raw_ops.Gather(params=tensor, indices=rows)


def _then(update: Callable[[], None]) -> Tensor:
    update()
    return tf.constant(1.0)
