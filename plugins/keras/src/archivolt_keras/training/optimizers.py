"""Optimizers by TensorFlow's fused kernels: one operation a variable and step.

Each computes what the Keras 3 optimizer of its name does with its defaults (`momentum` and
`nesterov`: `SGD` at 0.9). A Keras optimizer traces about ten operations a variable instead, which
costs a short trial more than all its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from attrs import frozen

if TYPE_CHECKING:
    Tensor = Any
    Variable = Any

MOMENTUM = 0.9
BETA_1, BETA_2, RHO, EPSILON = 0.9, 0.999, 0.9, 1e-7
# Keras adds epsilon to the accumulator at each use; the kernel does not, and starting that much
# higher is the same.
ACCUMULATOR = 0.1 + EPSILON

# (variable, its slots, gradient, learning rate, scalars of the step)
Apply = Callable[["Variable", Sequence["Variable"], "Tensor", "Tensor", Sequence["Tensor"]], None]


@frozen
class FusedOptimizer:
    """An update rule: which slots a variable has, and the kernel that moves it."""

    slots: Mapping[str, float]  # name: first value
    apply: Apply
    corrects_bias: bool = False  # whether the step's scalars are the powers of the betas

    def scalars(self, step: Tensor) -> tuple[Tensor, ...]:
        """Compute once a step what all variables share; `step` counts from 1, a float."""
        if not self.corrects_bias:
            return ()
        return tf.pow(BETA_1, step), tf.pow(BETA_2, step)


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
        _: Sequence[Tensor],
    ) -> None:
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=slots[0].handle,
            lr=rate,
            grad=gradient,
            momentum=MOMENTUM,
            use_nesterov=nesterov,
        )

    return apply


def _adam(
    variable: Variable,
    slots: Sequence[Variable],
    gradient: Tensor,
    rate: Tensor,
    scalars: Sequence[Tensor],
) -> None:
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=slots[0].handle,
        v=slots[1].handle,
        beta1_power=scalars[0],
        beta2_power=scalars[1],
        lr=rate,
        beta1=BETA_1,
        beta2=BETA_2,
        epsilon=EPSILON,
        grad=gradient,
    )


def _rmsprop(
    variable: Variable,
    slots: Sequence[Variable],
    gradient: Tensor,
    rate: Tensor,
    _: Sequence[Tensor],
) -> None:
    tf.raw_ops.ResourceApplyRMSProp(
        var=variable.handle,
        ms=slots[0].handle,
        mom=slots[1].handle,
        lr=rate,
        rho=RHO,
        momentum=0.0,
        epsilon=EPSILON,
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


_ADAM = FusedOptimizer({"momentum": 0.0, "velocity": 0.0}, _adam, corrects_bias=True)

# `adamw` is `adam`: the recipe's weight decay is decoupled for every optimizer.
FUSED: Mapping[str, FusedOptimizer] = {
    "sgd": FusedOptimizer({}, _sgd),
    "momentum": FusedOptimizer({"momentum": 0.0}, _momentum(nesterov=False)),
    "nesterov": FusedOptimizer({"momentum": 0.0}, _momentum(nesterov=True)),
    "adam": _ADAM,
    "adamw": _ADAM,
    "rmsprop": FusedOptimizer({"velocity": 0.0, "momentum": 0.0}, _rmsprop),
    "adagrad": FusedOptimizer({"accumulator": ACCUMULATOR}, _adagrad),
}
