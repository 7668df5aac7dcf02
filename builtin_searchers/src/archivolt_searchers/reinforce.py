"""Reinforcement learning: a policy over candidates, moved towards those with good scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from attrs.validators import and_, ge, gt, lt

from archivolt.components.strategies import Proposal, Searcher
from archivolt_searchers.policy import Policy, policy_of
from archivolt_searchers.random_search import draw_new

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from archivolt.values.history import History
    from archivolt.values.space import SearchSpace
    from archivolt.values.trial import Trial

    Array = NDArray[np.float64]

DRAWS = 200  # from the policy before a candidate is drawn at random
INTERVAL = 64  # ended trials from one stored state to the next
LOOK_BACK = 1000  # trials looked through for one that the policy proposed
DIGITS = 6  # that a stored number keeps
FIRST_DECAY, SECOND_DECAY, STEADY = 0.9, 0.999, 1e-8  # of Adam (Kingma and Ba, 2015)


@frozen(eq=False)
class State:
    """What was learnt from the trials before `learnt`."""

    logits: Array
    first: Array  # moments of the gradient
    second: Array
    steps: int = 0
    baseline: float | None = None  # moving average of the rewards
    worst: float | None = None  # reward so far, which a failed trial is given
    learnt: int = 0


@frozen
class Reinforce(Searcher):
    """Draw from a policy that is moved towards good trials (Zoph and Le, 2017).

    REINFORCE (Williams, 1992) with the score as reward, less a moving average of the rewards
    before. The policy has independent logits for every decision instead of a recurrent network,
    takes a step of Adam after every trial, and draws again what was tried already; trials that it
    did not propose teach it nothing. Now and then a proposal's memo holds the state, so that a
    resumed search replays the last few trials alone.
    """

    name = "reinforce"
    learning_rate: float = field(default=0.01, validator=gt(0.0))  # of Adam
    baseline_decay: float = field(default=0.9, validator=and_(ge(0.0), lt(1.0)))

    def propose(self, history: History, space: SearchSpace, rng: Generator) -> Proposal:
        policy = policy_of(space)
        latest = _latest(history)
        kept = latest.memo["policy"]["kept"] if latest is not None else None
        state = _new(policy)
        if kept is not None and history[kept].memo["policy"]["size"] == policy.size:
            state = _restored(history[kept].memo["policy"], state)
        settled = min((trial.number for trial in history.active), default=len(history))
        note: dict[str, Any] = {"kept": kept}
        for trial in _own(history, state.learnt, settled):
            state = self._learn(policy, state, trial, history)
        if settled - state.learnt >= INTERVAL:
            note = {"kept": len(history), **_stored(state, policy, settled)}
        # A trial that is trained further is active once more, long after it was learnt from.
        for trial in _own(history, max(settled, state.learnt), len(history)):
            if not trial.active:
                state = self._learn(policy, state, trial, history)
        for _ in range(DRAWS):
            candidate = policy.draw(state.logits, rng)
            if candidate is None or history.holds(candidate):
                continue
            if history.find(candidate.fingerprint) is None:
                return Proposal(candidate, memo={"policy": note})
        return draw_new(history, space, rng)

    def _learn(self, policy: Policy, state: State, trial: Trial, history: History) -> State:
        if trial.candidate not in policy.space:  # of a search that goes on with another space
            return state
        reward = _reward(trial, history)
        if reward is None:
            reward = state.worst
        if reward is None:  # failed, and nothing to compare it with
            return state
        baseline = reward if state.baseline is None else state.baseline
        gradient = (reward - baseline) * policy.gradient(state.logits, trial.candidate)
        steps = state.steps + 1
        first = FIRST_DECAY * state.first + (1 - FIRST_DECAY) * gradient
        second = SECOND_DECAY * state.second + (1 - SECOND_DECAY) * gradient**2
        mean = first / (1 - FIRST_DECAY**steps)
        spread = np.sqrt(second / (1 - SECOND_DECAY**steps)) + STEADY
        return State(
            state.logits + self.learning_rate * mean / spread,
            first,
            second,
            steps,
            self.baseline_decay * baseline + (1 - self.baseline_decay) * reward,
            reward if state.worst is None else min(state.worst, reward),
            state.learnt,
        )


def _reward(trial: Trial, history: History) -> float | None:
    """Return the reward of a trial; None for one that failed or is beyond a limit."""
    if not trial.scored or trial.score is None or not np.isfinite(trial.score):
        return None
    if not history.keeps_limits(trial):
        return None
    return trial.score if history.maximize else -trial.score


def _latest(history: History) -> Trial | None:
    """Return the last trial that the policy proposed."""
    for number in range(len(history) - 1, max(-1, len(history) - 1 - LOOK_BACK), -1):
        if "policy" in history[number].memo:
            return history[number]
    return None


def _own(history: History, start: int, end: int) -> Iterator[Trial]:
    if _latest(history) is None:
        return
    for number in range(start, end):
        if "policy" in history[number].memo:
            yield history[number]


def _new(policy: Policy) -> State:
    return State(policy.begin(), np.zeros(policy.size), np.zeros(policy.size))


def _stored(state: State, policy: Policy, learnt: int) -> dict[str, Any]:
    """Write a state as plain data: the logits that were moved, and their moments."""
    moved = np.flatnonzero(state.second)
    return {
        "moved": moved.tolist(),
        "logits": _short(state.logits[moved]),
        "first": _short(state.first[moved]),
        "second": _short(state.second[moved]),
        "steps": state.steps,
        "baseline": state.baseline,
        "worst": state.worst,
        "learnt": learnt,
        "size": policy.size,
    }


def _restored(note: Mapping[str, Any], state: State) -> State:
    moved = np.array(note["moved"], dtype=int)
    for array, name in ((state.logits, "logits"), (state.first, "first"), (state.second, "second")):
        array[moved] = note[name]
    return State(
        state.logits,
        state.first,
        state.second,
        note["steps"],
        note["baseline"],
        note["worst"],
        note["learnt"],
    )


def _short(values: Array) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
