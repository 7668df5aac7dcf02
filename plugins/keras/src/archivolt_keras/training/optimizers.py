"""Optimizers by TensorFlow's fused kernels: one operation a variable and step.

Each computes what the Keras 3 optimizer of its name does with its defaults (`momentum` and
`nesterov`: `SGD` at 0.9). A Keras optimizer traces about ten operations a variable instead, which
costs a short trial more than all its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from attrs import frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    Tensor = Any
    Variable = Any

MOMENTUM = 0.9
BETA_1, BETA_2, RHO, EPSILON = 0.9, 0.999, 0.9, 1e-7
# Keras adds epsilon to the accumulator at each use; the kernel does not, and starting that much
# higher is the same.
ACCUMULATOR = 0.1 + EPSILON

# (variable, its slots, gradient, learning rate, the constants and the row of the schedule)
Apply = Callable[["Variable", Sequence["Variable"], "Tensor", "Tensor", Sequence["Tensor"]], None]


@frozen
class FusedOptimizer:
    """An update rule: which slots a variable has, and the kernel that moves it."""

    slots: Mapping[str, float]  # name: first value
    apply: Apply
    constants: tuple[float, ...] = ()
    betas: tuple[float, ...] = ()  # those whose powers by the step the kernel takes as well

    def schedule(self, steps: NDArray[np.float32]) -> NDArray[np.float32]:
        """Compute on the host what the kernel takes that changes by step.

        Args:
            steps: Numbers of the steps, from 1, `(steps,)`.

        Returns:
            The powers of the betas, `(steps, betas)`, rounded as the graph of a Keras optimizer
            rounds them.
        """
        powers = [np.power(np.float32(beta), steps) for beta in self.betas]
        return np.stack(powers, 1) if powers else np.zeros((len(steps), 0), np.float32)


def _sgd(
    variable: Variable, _: Sequence[Variable], gradient: Tensor, rate: Tensor, __: Sequence[Tensor]
) -> None:
    tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)


def _momentum(nesterov: bool) -> Apply:
    def apply(
        variable: Variable,
        slots: Sequence[Variable],
        gradient: Tensor,
        rate: Tensor,
        numbers: Sequence[Tensor],
    ) -> None:
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=slots[0].handle,
            lr=rate,
            grad=gradient,
            momentum=numbers[0],
            use_nesterov=nesterov,
        )

    return apply


def _adam(
    variable: Variable,
    slots: Sequence[Variable],
    gradient: Tensor,
    rate: Tensor,
    numbers: Sequence[Tensor],
) -> None:
    beta_1, beta_2, epsilon, power_1, power_2 = numbers
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=slots[0].handle,
        v=slots[1].handle,
        beta1_power=power_1,
        beta2_power=power_2,
        lr=rate,
        beta1=beta_1,
        beta2=beta_2,
        epsilon=epsilon,
        grad=gradient,
    )


def _rmsprop(
    variable: Variable,
    slots: Sequence[Variable],
    gradient: Tensor,
    rate: Tensor,
    numbers: Sequence[Tensor],
) -> None:
    rho, momentum, epsilon = numbers
    tf.raw_ops.ResourceApplyRMSProp(
        var=variable.handle,
        ms=slots[0].handle,
        mom=slots[1].handle,
        lr=rate,
        rho=rho,
        momentum=momentum,
        epsilon=epsilon,
        grad=gradient,
    )


def _adagrad(
    variable: Variable,
    slots: Sequence[Variable],
    gradient: Tensor,
    rate: Tensor,
    _: Sequence[Tensor],
) -> None:
    tf.raw_ops.ResourceApplyAdagrad(
        var=variable.handle, accum=slots[0].handle, lr=rate, grad=gradient
    )


_ADAM = FusedOptimizer(
    {"momentum": 0.0, "velocity": 0.0}, _adam, (BETA_1, BETA_2, EPSILON), (BETA_1, BETA_2)
)

# `adamw` is `adam`: the recipe's weight decay is decoupled for every optimizer.
FUSED: Mapping[str, FusedOptimizer] = {
    "sgd": FusedOptimizer({}, _sgd),
    "momentum": FusedOptimizer({"momentum": 0.0}, _momentum(nesterov=False), (MOMENTUM,)),
    "nesterov": FusedOptimizer({"momentum": 0.0}, _momentum(nesterov=True), (MOMENTUM,)),
    "adam": _ADAM,
    "adamw": _ADAM,
    "rmsprop": FusedOptimizer({"velocity": 0.0, "momentum": 0.0}, _rmsprop, (RHO, 0.0, EPSILON)),
    "adagrad": FusedOptimizer({"accumulator": ACCUMULATOR}, _adagrad),
}
