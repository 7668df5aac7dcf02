"""The inverse of the error function, of operations that every export format has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archivolt_blocks.maker import Tensor

# Of the highest power first (Giles, 2010, "Approximating the erfinv function", table 5).
CENTRE = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
TAILS = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)
FAR = 5.0  # of -log(1 - x²): from here on the tails' polynomial


def inverse_erf(x: Tensor) -> Tensor:
    """Return the inverse of the error function, for -1 < x < 1, any shape.

    To single precision (Giles, 2010). TensorFlow has an operation for it, `Erfinv`, which neither
    LiteRT nor ONNX takes.
    """
    from keras import ops

    w = -ops.log((1.0 - x) * (1.0 + x))
    # Both are computed everywhere: the root is kept from what the other is for.
    centre = _polynomial(CENTRE, w - 2.5)
    tails = _polynomial(TAILS, ops.sqrt(ops.maximum(w, FAR)) - 3.0)
    return x * ops.where(w < FAR, centre, tails)


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    value = coefficients[0] * x + coefficients[1]
    for each in coefficients[2:]:
        value = value * x + each
    return value
