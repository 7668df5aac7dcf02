"""Which epoch of a training is kept."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field
from attrs.validators import in_

from archivolt.values.problem import Metric
from archivolt.values.selection import HIGHEST_SCORE, ONE_STANDARD_ERROR, STANDARD_ERROR

LAST = "last"
EPOCHS = (ONE_STANDARD_ERROR, HIGHEST_SCORE, LAST)

Metrics = Mapping[str, float]  # the score by its name, `loss`, and `standard_error` where known


@define
class EpochChoice:
    """Chooses among the epochs of a trial as `archivolt.values.selection` does among trials.

    The best of fifty noisy scores flatters: of the epochs within one standard error of it, that
    with the lowest loss is kept. An epoch that was passed over does not come back.
    """

    metric: Metric
    rule: str = field(default=ONE_STANDARD_ERROR, validator=in_(EPOCHS))
    kept: Metrics | None = None
    highest: Metrics | None = None
    improved: int = 0  # the last epoch that made any of the two better

    def take(self, epoch: int, metrics: Metrics) -> bool:
        """Count an epoch, and tell whether it is the one to keep from now on."""
        if self.highest is None or self._rank(metrics) > self._rank(self.highest):
            self.highest, self.improved = metrics, epoch
        if self.rule == LAST:
            self.kept = metrics
            return True
        if self.kept is not None and not self._is_better(metrics, self.kept):
            return False
        self.kept, self.improved = metrics, epoch
        return True

    def _is_better(self, metrics: Metrics, kept: Metrics) -> bool:
        falls_behind = not self._is_equal(kept)
        return self._is_equal(metrics) and (falls_behind or metrics["loss"] < kept["loss"])

    def _is_equal(self, metrics: Metrics) -> bool:
        """Tell whether a score is as good as the best one, for all that the rows can tell."""
        assert self.highest is not None
        error = 0.0 if self.rule == HIGHEST_SCORE else self.highest.get(STANDARD_ERROR, 0.0)
        return self._rank(metrics)[0] >= self._rank(self.highest)[0] - error

    def _rank(self, metrics: Metrics) -> tuple[float, float]:
        """Order scores from worse to better; the loss decides between equal ones."""
        score = metrics[self.metric.name]
        return score if self.metric.maximize else -score, -metrics["loss"]
