"""Which model of a run is exported."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from archivolt.errors import RunError, nearest
from archivolt_export.errors import ExportError
from archivolt_keras.about import read_about
from archivolt_keras.deliver import without_front_end
from archivolt_keras.evaluator import KerasEvaluator
from archivolt_keras.model_files import load_model
from archivolt_keras.network import NETWORK
from archivolt_keras.prepared import Prepared

if TYPE_CHECKING:
    import keras

    from archivolt.search.run import Run

BEST, ENSEMBLE, STUDENT, TRIAL = "best", "ensemble", "student", "trial"
CHOICES = (BEST, ENSEMBLE, STUDENT, f"{TRIAL} N")


@frozen(eq=False)
class Chosen:
    """A model that was delivered of a run."""

    what: str  # "the best model", "trial 7"
    run: Run  # whose rows judge it
    model: keras.Model  # raw inputs to predictions
    bytes: int  # of its file
    about: dict[str, Any]  # model.json

    def behind_front_end(self) -> tuple[keras.Model, int]:
        """Return the model without its preprocessing, and the bytes of its Keras file."""
        problem = self.run.problem
        prepared = Prepared.open(Path(problem.folder), problem.task)
        network = self.model.get_layer(NETWORK)
        model = without_front_end(network, problem, prepared.encoding)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            return model, path.stat().st_size


def choose(run: Run, which: str = BEST) -> Chosen:
    """Load a model of a run.

    Args:
        run: A run of the Keras evaluator.
        which: `best`, `ensemble`, `student` or `trial N`.

    Raises:
        ExportError: there is no such choice.
        RunError: the run has no such model.
        DataError: what the trial left is gone or damaged.
    """
    if not isinstance(run.config.evaluator, KerasEvaluator):
        name = run.config.evaluator.name
        raise RunError(str(run.path), f"holds no Keras models: its evaluator is {name!r}.")
    number = re.fullmatch(rf"(?:{TRIAL}[ :=-]?)?(\d+)", which.strip())
    if number is not None:
        return _trial(run, int(number[1]))
    if which == BEST:
        return _delivered(run, run.best.folder, "the best model")
    if which == ENSEMBLE:
        return _delivered(run, run.ensemble.folder, "the ensemble")
    if which == STUDENT:
        # Its rows are those of the run, which alone has them in hand where Python passed them.
        return _delivered(run, _student(run).single.folder, "the student")
    raise ExportError(f"no model of a run is called {which!r}.", nearest(which, CHOICES))


def _student(run: Run) -> Run:
    import archivolt

    names = [branch.name for branch in run.branches()]
    if STUDENT not in names:
        raise RunError(str(run.path), "has no student.", "Make one with `archivolt distill`.")
    return archivolt.open(run.path / STUDENT)


def _trial(run: Run, number: int) -> Chosen:
    history = run.history
    if not 0 <= number < len(history):
        raise RunError(str(run.path), f"holds no trial {number}: there are {len(history)}.")
    trial = history[number]
    if not trial.scored:
        raise RunError(str(run.path), f"trial {number} has no score: it is {trial.state}.")
    with tempfile.TemporaryDirectory() as folder:
        run.config.evaluator.deliver(trial, run.problem, run.artifacts(number), Path(folder))
        return _delivered(run, Path(folder), f"trial {number}")


def _delivered(run: Run, folder: Path, what: str) -> Chosen:
    about = read_about(folder)
    path = folder / about["file"]
    return Chosen(what, run, load_model(path), path.stat().st_size, about)
