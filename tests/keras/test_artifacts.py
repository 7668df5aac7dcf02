"""What a trial leaves behind matches, whenever its worker is killed."""

from __future__ import annotations

import numpy as np
import pytest

from archivolt.errors import DataError
from archivolt_keras import exchange
from archivolt_keras.artifacts import Kept, Standing, TrialArtifacts


class Killed(BaseException):
    """As by SIGKILL: nothing after it is run."""


def left(epoch: int) -> tuple[Kept, tuple[Standing, dict[str, np.ndarray]]]:
    """What a trial leaves after an epoch: the number of the epoch everywhere."""
    value = np.full(3, epoch, np.float32)
    standing = Standing("me", epoch, epoch, {}, {"loss": float(epoch)})
    return Kept({"kernel": value}, {"epoch": epoch}, value, {"velocity": value}), (
        standing,
        {"model/kernel": value},
    )


def read(artifacts: TrialArtifacts) -> set[int]:
    """Read everything that is there: the epochs that it is of."""
    standing = artifacts.read_standing("me")
    assert standing is not None
    arrays = [
        artifacts.read_weights()["kernel"],
        artifacts.read_predictions(),
        artifacts.read_optimizer()["velocity"],
        artifacts.read_state()["model/kernel"],
    ]
    epochs = {int(value) for array in arrays for value in array}
    return epochs | {standing.epochs, artifacts.read_facts()["epoch"]}


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let a process die before its `step`-th change of the folder."""
    steps = iter(range(step))

    def counted(function):
        def run(*args, **kwargs):
            if next(steps, None) is None:
                raise Killed
            return function(*args, **kwargs)

        return run

    monkeypatch.setattr(exchange.os, "replace", counted(exchange.os.replace))
    monkeypatch.setattr(exchange.Path, "unlink", counted(exchange.Path.unlink))


def test_what_is_read_is_of_one_epoch_wherever_the_worker_was_killed(tmp_path, monkeypatch):
    seen = []
    for step in range(20):
        artifacts = TrialArtifacts(tmp_path / str(step))
        artifacts.leave(*left(1))
        with monkeypatch.context() as patch:
            kill_at(patch, step)
            try:
                artifacts.leave(*left(2))
            except Killed:
                seen.append(read(artifacts))
                continue
        assert read(artifacts) == {2}
        break

    assert all(len(epochs) == 1 for epochs in seen)
    assert seen[0] == {1}
    assert seen[-1] == {2}
    assert len(seen) >= 6


@pytest.mark.parametrize("step", range(7))
def test_the_next_worker_goes_on_after_a_killed_one(step, tmp_path, monkeypatch):
    artifacts = TrialArtifacts(tmp_path)
    artifacts.leave(*left(1))
    with monkeypatch.context() as patch:
        kill_at(patch, step)
        with pytest.raises(Killed):
            artifacts.leave(*left(2))

    artifacts.leave(*left(3))

    assert read(artifacts) == {3}
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_what_is_left_no_more_is_gone_at_once_too(tmp_path, monkeypatch):
    artifacts = TrialArtifacts(tmp_path)
    artifacts.leave(*left(1))
    with monkeypatch.context() as patch:
        kill_at(patch, 2)  # committed, and nothing moved yet
        with pytest.raises(Killed):
            artifacts.leave(Kept({"kernel": np.full(3, 2, np.float32)}))

    assert artifacts.read_weights()["kernel"][0] == 2
    assert artifacts.read_standing("me") is None
    assert artifacts.read_optimizer() == {}
    with pytest.raises(OSError, match="validation"):
        artifacts.read_predictions()
    with pytest.raises(DataError, match="what network"):
        artifacts.read_facts()


def test_what_is_of_the_epoch_stays_where_a_further_one_is_no_better(tmp_path):
    artifacts = TrialArtifacts(tmp_path)
    artifacts.leave(*left(1))

    artifacts.leave(None, left(2)[1])

    assert artifacts.read_weights()["kernel"][0] == 1
    assert artifacts.read_predictions()[0] == 1
    standing = artifacts.read_standing("me")
    assert standing is not None
    assert standing.epochs == 2
