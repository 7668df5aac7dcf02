"""Gaussian process regression with one length scale a column, fitted in a few milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from attrs import frozen
from scipy.linalg import lapack
from scipy.optimize import fmin_l_bfgs_b
from scipy.special import ndtr, ndtri
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Rows = NDArray[np.float32]  # encoded candidates; their distances need no more digits

Real = TypeVar("Real", np.float32, np.float64)

PRIOR_TOTAL = 2.0  # sum of the columns' weights before anything is known
PRIOR_SPREAD = 1.0  # standard deviation of the logarithm of a weight
PRIOR_SIGNAL = 2.0, 0.5  # variance, and standard deviation of its logarithm
PRIOR_NOISE = 0.05, 1.0
FURTHEST = 6.0  # standard deviations of the prior
JITTER = 1e-6


@frozen(eq=False)
class Posterior:
    """What the data say about the function: its mean and spread at any row."""

    roots: Rows  # (width,): of the weights of the squared differences
    scaled: Rows  # rows * roots, (data, width); those that are waited for come last
    lengths: Rows  # of the scaled rows, squared, (data,)
    signal: float  # variance
    factor: Array  # of the data's covariance, lower, (data, data)
    solved: Array  # covariance \ (targets - mean), 0 for those that are waited for, (data,)
    mean: float
    expected: Array  # the function's mean at the rows with a target, (targets,)

    def predict(self, rows: Rows) -> tuple[Array, Array]:
        """Return mean and standard deviation of the noiseless function at rows, `(rows,)` each."""
        scaled = rows * self.roots
        distances = _distances(scaled, _lengths(scaled), self.scaled, self.lengths)
        cross = self.signal * np.exp(-distances)
        mean = self.mean + cross @ self.solved
        explained, _ = lapack.dtrtrs(self.factor, cross.T, lower=1)
        variance = self.signal - (explained**2).sum(axis=0)
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


def fit(
    rows: Rows,
    targets: Array,
    owner: NDArray[np.int64],
    iterations: int,
    priors: Mapping[int, float] = MappingProxyType({}),
) -> Fit:
    """Fit the weights of the columns, the signal and the noise to data.

    Takes the maximum of the marginal likelihood (Rasmussen and Williams, 2006, section 5.4.1)
    times log-normal priors, so that few data do not make a column count for all or nothing.

    Args:
        rows: Encoded candidates, `(data, width)`.
        targets: What is to be predicted, `(data,)`, of variance 1 or so.
        owner: The column that each coordinate belongs to, `(width,)`.
        iterations: Of L-BFGS, at most.
        priors: The weights of some columns before anything is known; the others share alike.
    """
    varied = np.ptp(rows, axis=0) > 0
    columns, within = np.unique(owner[varied], return_inverse=True)
    count = len(columns)
    alike = sum(column not in priors for column in columns.tolist())
    weights_before = np.full(int(owner.max(initial=-1)) + 1, PRIOR_TOTAL / max(1, alike))
    weights_before[list(priors)] = list(priors.values())
    centre = np.log([*weights_before[columns], PRIOR_SIGNAL[0], PRIOR_NOISE[0]])
    spread = np.array([PRIOR_SPREAD] * count + [PRIOR_SIGNAL[1], PRIOR_NOISE[1]])
    data = rows[:, varied].astype(np.float64)
    squares = data**2

    def loss(theta: Array) -> tuple[float, Array]:
        weights, (signal, noise) = np.split(np.exp(centre + spread * theta), [count])
        scaled = data * np.sqrt(weights[within])
        lengths = _lengths(scaled)
        kernel = signal * np.exp(-_distances(scaled, lengths, scaled, lengths))
        log_root, inverse = _inverted(kernel, noise)
        pulls = inverse.sum(axis=1)
        residual = targets - pulls @ targets / pulls.sum()  # from the mean that fits best
        solved = inverse @ residual
        energy = 0.5 * residual @ solved + log_root + 0.5 * theta @ theta
        # With M = solved solved' - inverse, the likelihood changes by tr(M dK) / 2. A coordinate's
        # squared differences, weighted by M and the kernel, are two products of matrices.
        outer = np.outer(solved, solved) - inverse
        pull = outer * kernel
        moves = pull.sum(axis=1) @ squares - (data * (pull @ data)).sum(axis=0)
        of_weights = np.bincount(within, moves, minlength=count) * weights
        of_rest = [-0.5 * pull.sum(), -0.5 * noise * np.trace(outer)]
        return float(energy), spread * np.concatenate([of_weights, of_rest]) + theta

    found, _, _ = fmin_l_bfgs_b(
        loss,
        np.zeros(count + 2),
        bounds=[(-FURTHEST, FURTHEST)] * (count + 2),
        maxiter=iterations,
        maxfun=iterations + 5,
    )
    values = np.exp(centre + spread * found)
    weights_before[columns] = values[:count]
    return Fit(weights_before, float(values[-2]), float(values[-1]))


def condition(
    rows: Rows,
    targets: Array,
    owner: NDArray[np.int64],
    fitted: Fit,
) -> Posterior:
    """Condition a process on data.

    Args:
        rows: Encoded candidates, `(data, width)`.
        targets: What was found at the first of them, `(targets,)`. What is expected at the others
            stands in for theirs (Ginsbourger et al., 2010): so the mean stays as it is, and there
            is nothing left to be learnt.
        owner: The column that each coordinate belongs to, `(width,)`.
        fitted: The weights of the columns, and the variances.
    """
    count = len(targets)
    roots = np.sqrt(fitted.weights).astype(np.float32)[owner]
    scaled = rows * roots
    lengths = _lengths(scaled)
    kernel = fitted.signal * np.exp(-_distances(scaled, lengths, scaled, lengths))
    factor = _factor(kernel, fitted.noise)
    # The factor of some rows is the corner of the factor of more.
    both, _ = lapack.dpotrs(
        factor[:count, :count], np.column_stack([targets, np.ones(count)]), lower=1
    )
    mean = float(both[:, 0].sum() / both[:, 1].sum())
    solved = np.zeros(len(rows))
    solved[:count] = both[:, 0] - mean * both[:, 1]
    expected = targets - (fitted.noise + JITTER) * solved[:count]
    return Posterior(roots, scaled, lengths, fitted.signal, factor, solved, mean, expected)


def _factor(kernel: Array, noise: float) -> Array:
    """Return the Cholesky factor, lower, of a kernel with noise."""
    covariance = kernel.copy()
    covariance.flat[:: len(kernel) + 1] += noise + JITTER
    factor, failed = lapack.dpotrf(covariance, lower=1)
    if failed:  # rounding alone can do it; the jitter is far above that
        raise np.linalg.LinAlgError("the covariance of the trials is not positive definite")
    lower: Array = factor
    return lower


def _inverted(kernel: Array, noise: float) -> tuple[float, Array]:
    """Return half the log determinant, and the inverse, of a kernel with noise."""
    factor = _factor(kernel, noise)
    lower, _ = lapack.dpotri(factor, lower=1)
    inverse: Array = np.tril(lower) + np.tril(lower, -1).T
    return float(np.log(np.diag(factor)).sum()), inverse


def _lengths(rows: NDArray[Real]) -> NDArray[Real]:
    lengths: NDArray[Real] = np.einsum("ae,ae->a", rows, rows)
    return lengths


def _distances(
    rows: NDArray[Real],
    lengths: NDArray[Real],
    others: NDArray[Real],
    other_lengths: NDArray[Real],
) -> Array:
    """Return squared distances, `(rows, others)`, of rows whose squared lengths are known."""
    distances = lengths[:, None] + other_lengths[None, :] - 2 * (rows @ others.T)
    return np.maximum(distances, 0.0, dtype=np.float64)


def expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """Return how far above `best` a value is expected to lie, counting none below, `(rows,)`."""
    z = (mean - best) / deviation
    density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    improvement: Array = deviation * (z * ndtr(z) + density)
    return improvement
