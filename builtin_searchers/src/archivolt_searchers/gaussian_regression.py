"""Gaussian process regression with one length scale a column, fitted in a few milliseconds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from scipy.linalg import lapack
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PRIOR_TOTAL = 2.0  # sum of the columns' weights before anything is known
PRIOR_SPREAD = 1.0  # standard deviation of the logarithm of a weight
PRIOR_SIGNAL = 2.0, 0.5  # variance, and standard deviation of its logarithm
PRIOR_NOISE = 0.05, 1.0
FURTHEST = 6.0  # standard deviations of the prior
JITTER = 1e-6


@frozen(eq=False)
class Posterior:
    """What the data say about the function: its mean and spread at any row."""

    rows: Array  # (data, width)
    weights: Array  # (width,): of the squared differences
    signal: float  # variance
    inverse: Array  # of the data's covariance, (data, data)
    solved: Array  # covariance \ (targets - mean), (data,)
    mean: float

    def predict(self, rows: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation of the noiseless function at rows, `(rows,)` each."""
        cross = self.signal * np.exp(-_distances(rows, self.rows, self.weights))
        mean = self.mean + cross @ self.solved
        variance = self.signal - np.einsum("ab,ab->a", cross @ self.inverse, cross)
        return mean, np.sqrt(np.maximum(variance, 1e-12))


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Keep the linear algebra within to one thread.

    On matrices as small as these, threads cost more than they save, and beside busy workers they
    wait for each other a hundred times as long.
    """
    limit: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limit


def normal_scores(scores: Array) -> Array:
    """Turn scores into the normal quantiles of their ranks; equal ones share the mean rank."""
    _, at, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - 0.5 * (counts - 1)  # 1 for the lowest
    quantiles: Array = ndtri((ranks[at] - 0.5) / len(scores))
    return quantiles


@frozen(eq=False)
class Fit:
    """What was fitted: the weight of the squared difference of each column, and two variances."""

    weights: Array  # (columns,)
    signal: float
    noise: float


def fit(rows: Array, targets: Array, owner: NDArray[np.int64], iterations: int) -> Fit:
    """Fit the weights of the columns, the signal and the noise to data.

    Takes the maximum of the marginal likelihood (Rasmussen and Williams, 2006, section 5.4.1)
    times log-normal priors, so that few data do not make a column count for all or nothing.

    Args:
        rows: Encoded candidates, `(data, width)`.
        targets: What is to be predicted, `(data,)`, of variance 1 or so.
        owner: The column that each coordinate belongs to, `(width,)`.
        iterations: Of L-BFGS, at most.
    """
    varied = rows.std(axis=0) > 0
    columns, within = np.unique(owner[varied], return_inverse=True)
    count = len(columns)
    alone = PRIOR_TOTAL / max(1, count)  # the weight of a column before anything is known
    centre = np.log([alone] * count + [PRIOR_SIGNAL[0], PRIOR_NOISE[0]])
    spread = np.array([PRIOR_SPREAD] * count + [PRIOR_SIGNAL[1], PRIOR_NOISE[1]])
    data = rows[:, varied]
    squares = data**2

    def loss(theta: Array) -> tuple[float, Array]:
        weights, (signal, noise) = np.split(np.exp(centre + spread * theta), [count])
        kernel = signal * np.exp(-_distances(data, data, weights[within]))
        log_root, inverse = _inverted(kernel, noise)
        residual, solved = _solve(inverse, targets)
        energy = 0.5 * residual @ solved + log_root + 0.5 * theta @ theta
        # With M = solved solved' - inverse, the likelihood changes by tr(M dK) / 2. A coordinate's
        # squared differences, weighted by M and the kernel, are two products of matrices.
        outer = np.outer(solved, solved) - inverse
        pull = outer * kernel
        moves = pull.sum(axis=1) @ squares - np.einsum("ae,ae->e", data, pull @ data)
        of_weights = np.bincount(within, moves, minlength=count) * weights
        of_rest = [-0.5 * pull.sum(), -0.5 * noise * np.trace(outer)]
        return float(energy), spread * np.concatenate([of_weights, of_rest]) + theta

    found = minimize(
        loss,
        np.zeros(count + 2),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-FURTHEST, FURTHEST)] * (count + 2),
        options={"maxiter": iterations, "maxfun": iterations + 5},
    )
    values = np.exp(centre + spread * found.x)
    weights = np.full(int(owner.max(initial=-1)) + 1, alone)
    weights[columns] = values[:count]
    return Fit(weights, float(values[-2]), float(values[-1]))


def condition(rows: Array, targets: Array, owner: NDArray[np.int64], fitted: Fit) -> Posterior:
    """Condition a process on data, `(data, width)` and `(data,)`."""
    weights = fitted.weights[owner]
    kernel = fitted.signal * np.exp(-_distances(rows, rows, weights))
    _, inverse = _inverted(kernel, fitted.noise)
    residual, solved = _solve(inverse, targets)
    mean = float(targets[0] - residual[0])
    return Posterior(rows, weights, fitted.signal, inverse, solved, mean)


def _inverted(kernel: Array, noise: float) -> tuple[float, Array]:
    """Return half the log determinant, and the inverse, of a kernel with noise."""
    covariance = kernel.copy()
    covariance.flat[:: len(kernel) + 1] += noise + JITTER
    factor, failed = lapack.dpotrf(covariance, lower=1)
    if failed:  # rounding alone can do it; the jitter is far above that
        raise np.linalg.LinAlgError("the covariance of the trials is not positive definite")
    lower, _ = lapack.dpotri(factor, lower=1)
    inverse: Array = np.tril(lower) + np.tril(lower, -1).T
    return float(np.log(np.diag(factor)).sum()), inverse


def _solve(inverse: Array, targets: Array) -> tuple[Array, Array]:
    """Take the mean that fits best from the targets; returns the rest, and `inverse @ rest`."""
    pulls = inverse.sum(axis=1)
    residual = targets - pulls @ targets / pulls.sum()
    return residual, inverse @ residual


def _distances(rows: Array, others: Array, weights: Array) -> Array:
    scaled = rows * np.sqrt(weights)
    other = scaled if others is rows else others * np.sqrt(weights)
    products = scaled @ other.T
    left, right = np.einsum("ae,ae->a", scaled, scaled), np.einsum("ae,ae->a", other, other)
    distances: Array = np.maximum(left[:, None] + right[None, :] - 2 * products, 0.0)
    return distances


def expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """Return how far above `best` a value is expected to lie, counting none below, `(rows,)`."""
    z = (mean - best) / deviation
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    improvement: Array = deviation * (z * ndtr(z) + density)
    return improvement
