"""The quota of what trials leave on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from archivolt.components.strategies import Scheduler
from archivolt.config.sections import ArtifactsConfig
from archivolt.errors import SpaceError
from archivolt.search.api import reopen, start
from archivolt.search.artifacts import Artifacts
from archivolt.search.events import Noted
from archivolt.search.fidelity import Fidelity
from archivolt.search.run import Run
from archivolt.storage.run_folder import RunFolder
from archivolt.testing.toy_space import ToyDense
from archivolt.values.candidate import Candidate
from archivolt.values.ensemble import Ensemble
from archivolt.values.history import History
from archivolt.values.selection import RULES, STANDARD_ERROR
from archivolt.values.trial import FAILED, FINISHED, RUNNING, SEARCH_ENDED, STOPPED, Trial

Write = Callable[..., Path]


def trial(number: int, score: float | None = None, **facts: Any) -> Trial:
    facts = {"state": FINISHED, **facts}
    return Trial(number, Candidate((ToyDense(number + 1),)), seed=0, score=score, **facts)


def left_behind(folder: RunFolder, trials: list[Trial], size: int = 100) -> None:
    for each in trials:
        folder.trial(each.number).mkdir(parents=True)
        (folder.trial(each.number) / "weights").write_bytes(b"w" * size)
        if each.state == FAILED:
            (folder.trial(each.number) / "failure.txt").write_text("why it failed")


def with_weights(folder: RunFolder) -> set[int]:
    return {int(path.parent.name) for path in folder.trials.glob("*/weights")}


def test_the_worst_go_first_and_what_is_needed_stays(tmp_path: Path) -> None:
    trials = [
        trial(0, 0.1),  # an ancestor of the best
        trial(1, 0.2, parent=0),  # the parent of the best
        trial(2, 0.9, parent=1),
        trial(3, None, state=FAILED),
        trial(4, 0.3),  # the parent of a trial in flight
        trial(5, None, state=RUNNING, parent=4),
        trial(6, 0.4),
        trial(7, 0.5),
    ]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)

    artifacts = Artifacts(folder, ArtifactsConfig(quota=700, keep=1), RULES[0])
    notes = list(artifacts.take(trials[7], History(trials=trials)))

    assert with_weights(folder) == {0, 1, 2, 4, 5, 7}
    assert (folder.trial(3) / "failure.txt").exists()
    assert not folder.trial(6).exists()
    assert len(notes) == 1
    assert "those of the worst are removed, and the 1 best are kept" in notes[0]


def test_whose_weights_a_trial_in_flight_begins_with_stay(tmp_path: Path) -> None:
    plan = {"strategy": {"name": "p:shares"}, "plan": {"sources": [[1, 0.5], [2, 0.5]]}}
    trials = [
        trial(0, 0.4),
        trial(1, 0.1),
        trial(2, 0.2),
        trial(3, None, state=RUNNING, memo={"transfer": [plan]}),
        trial(4, 0.9),
    ]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)

    list(
        Artifacts(folder, ArtifactsConfig(quota=450, keep=1), RULES[0]).take(
            trials[4], History(trials=trials)
        )
    )

    assert with_weights(folder) == {1, 2, 3, 4}


@frozen
class Picky(Scheduler):
    """Would promote these."""

    name = "picky"
    numbers: tuple[int, ...] = ()
    fails: Exception | None = None

    def waiting(self, history: History) -> tuple[int, ...]:
        if self.fails is not None:
            raise self.fails
        return self.numbers


def keeping(folder: RunFolder, quota: int, scheduler: Scheduler) -> Artifacts:
    config = ArtifactsConfig(quota=quota, keep=1)
    return Artifacts(folder, config, RULES[0], Fidelity(scheduler))


def test_what_a_promotion_may_go_on_from_stays_however_low_its_score(tmp_path: Path) -> None:
    trials = [trial(number, 0.1 * number) for number in range(6)]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)

    artifacts = keeping(folder, 350, Picky((0, 2)))
    list(artifacts.take(trials[5], History(trials=trials)))

    assert with_weights(folder) == {0, 2, 5}


def test_by_default_every_trial_short_of_its_schedule_may_be_promoted(tmp_path: Path) -> None:
    short = {"epochs": 2, "schedule_epochs": 4}
    trials = [
        trial(0, 0.1, target_epochs=2, **short),
        trial(1, 0.2, **short),  # it ended by itself, short of what was asked for
        trial(2, 0.3, target_epochs=2, **{**short, "state": STOPPED}),
        trial(3, 0.4, epochs=4, schedule_epochs=4),
        trial(4, 0.9, epochs=4, schedule_epochs=4),
    ]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)

    list(keeping(folder, 250, Scheduler()).take(trials[4], History(trials=trials)))

    assert with_weights(folder) == {0, 4}


def test_what_the_end_of_a_session_cut_short_stays(tmp_path: Path) -> None:
    trials = [
        trial(0, 0.1, state=STOPPED, cause=SEARCH_ENDED),
        trial(1, 0.2, state=STOPPED),
        trial(2, 0.9),
    ]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)

    config = ArtifactsConfig(quota=250, keep=1)
    list(Artifacts(folder, config, RULES[0]).take(trials[2], History(trials=trials)))

    assert with_weights(folder) == {0, 2}


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (ValueError("cannot tell"), "the scheduler 'picky' failed: ValueError: cannot tell"),
        (SpaceError("no such rung."), "no such rung."),
    ],
)
def test_nothing_is_removed_where_nobody_knows_who_may_be_promoted(
    fails: Exception, told: str, tmp_path: Path
) -> None:
    trials = [trial(number, 0.1 * number) for number in range(3)]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)
    artifacts = keeping(folder, 150, Picky(fails=fails))

    notes = [note for _ in range(2) for note in artifacts.take(trials[2], History(trials=trials))]

    assert with_weights(folder) == {0, 1, 2}
    assert len(notes) == 1
    assert f"no artifacts are removed: {told}" in notes[0]


def test_more_than_the_quota_is_kept_where_it_is_needed_and_told_once(tmp_path: Path) -> None:
    trials = [trial(number, 0.1 * number) for number in range(6)]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)
    artifacts = Artifacts(folder, ArtifactsConfig(quota=100, keep=4), RULES[0])

    history = History(trials=trials)
    notes = [note for _ in range(3) for note in artifacts.take(trials[0], history)]

    assert with_weights(folder) == {2, 3, 4, 5}
    assert len(notes) == 2
    assert "raise it, or lower artifacts.keep" in notes[1]


def test_the_next_choices_stay_too(tmp_path: Path) -> None:
    losses = (0.3, 0.1, 0.2, 0.4)
    trials = [
        evolve(trial(number, 0.9 - 0.001 * number), metrics={"loss": loss, STANDARD_ERROR: 0.1})
        for number, loss in enumerate(losses)
    ]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)
    artifacts = Artifacts(folder, ArtifactsConfig(quota=250, keep=1), RULES[0])

    list(artifacts.take(trials[3], History(trials=trials)))

    assert with_weights(folder) == {0, 1}  # the best score, and the first choice


def test_a_trial_that_is_trained_further_is_counted_once(tmp_path: Path) -> None:
    trials = [trial(0, 0.5), trial(1, 0.6)]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)
    artifacts = Artifacts(folder, ArtifactsConfig(quota=250, keep=1), RULES[0])

    history = History(trials=trials)
    notes = [note for _ in range(5) for note in artifacts.take(evolve(trials[0]), history)]

    assert notes == []
    assert with_weights(folder) == {0, 1}


def searched(config: Path, folder: Path) -> tuple[Run, list[str]]:
    run = start(config, run=folder)
    return run, [event.text for event in run.events() if isinstance(event, Noted)]


def test_a_search_keeps_to_its_quota_and_its_best_are_there(
    toy_config: Write, tmp_path: Path
) -> None:
    config = toy_config(budget={"trials": 40}, artifacts={"quota": "30B", "keep": 3})
    run, notes = searched(config, tmp_path / "run")

    kept = {int(path.parent.name) for path in run.path.glob("trials/*/weights.txt")}
    assert {row["number"] for row in run.leaderboard()[:3]} <= kept
    assert len(kept) < 20
    assert any("artifacts.quota" in note for note in notes)
    assert len(run.history) == 40
    assert run.replay(run.leaderboard()[-1]["number"])[1].score is not None


def test_a_resumed_search_counts_what_is_there_and_may_change_its_quota(
    toy_config: Write, tmp_path: Path
) -> None:
    run, notes = searched(toy_config(), tmp_path / "run")
    assert not any("artifacts" in note for note in notes)
    assert len(list(run.path.glob("trials/*/weights.txt"))) == 10

    again, changes = reopen(run.path, overrides=["artifacts={quota: 9, keep: 1}"])
    list(again.events(trials=1))

    assert changes == ()
    assert len(list(run.path.glob("trials/*/weights.txt"))) < 8


@pytest.mark.parametrize("quota", [None, "10GiB"])
def test_nothing_is_removed_within_the_quota(quota: str, toy_config: Write, tmp_path: Path) -> None:
    run, _ = searched(toy_config(artifacts={"quota": quota}), tmp_path / "run")

    assert len(list(run.path.glob("trials/*/weights.txt"))) == 10


def test_the_members_of_the_newest_ensemble_stay_since_they_may_teach(tmp_path: Path) -> None:
    trials = [trial(number, score) for number, score in enumerate((0.1, 0.2, 0.3, 0.9))]
    folder = RunFolder(tmp_path)
    left_behind(folder, trials)
    history = History(trials=trials)
    history.record_ensemble(Ensemble((0, 3), (0.5, 0.5)))

    list(Artifacts(folder, ArtifactsConfig(quota=250, keep=1), RULES[0]).take(trials[3], history))

    assert with_weights(folder) == {0, 3}
