"""The streaming graph as it grows: copies of layers, states, and refusals that name a layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
from attrs import define, field, frozen

from archivolt_audio.streaming.errors import CAUSAL, NotStreamableError
from archivolt_audio.streaming.steps import AtLast, FromEnd, Held, Steps

Tensor = Any
Operation = Any  # a Keras layer, or one of Keras' operations


@frozen(eq=False)
class State:
    """What a layer knows of the frames before; zeros before the first."""

    name: str
    tensor: Tensor


@define(eq=False)
class StepGraph:
    """Layers of a network, made anew for the steps of one call."""

    slowest: int  # frames of a call: from one step to the next behind all strides
    states: dict[str, Tensor] = field(factory=dict)
    following: dict[str, Tensor] = field(factory=dict)  # by the names of the states
    _made: int = 0

    def state(
        self, op: Operation, shape: Iterable[int], dtype: str, name: str | None = None
    ) -> State:
        """Add a state, `(batch, *shape)`, for `keep` to follow."""
        name = name or f"state_{len(self.states)}_{op.name}"
        tensor = self.states[name] = keras.Input(tuple(shape), dtype=dtype, name=name)
        return State(name, tensor)

    def keep(self, state: State, following: Tensor) -> None:
        """Say what a state is after the call."""
        self.following[state.name] = following

    def copy(self, op: Operation, **changes: Any) -> Operation:
        """Make a layer or an operation like `op`, with a name of its own and no weights yet."""
        config = {**op.get_config(), **changes}
        if "name" in config:  # two parts of a model may have layers of the same name
            self._made += 1
            config["name"] = f"step_{self._made}_{op.name}"
        return type(op).from_config(config)

    def call(self, op: Operation, *args: Any, **kwargs: Any) -> Any:
        """Call a copy of `op`, with its weights, on tensors of a step."""
        return self.call_as(op, self.copy(op), *args, **kwargs)

    def call_as(self, op: Operation, copy: Operation, *args: Any, **kwargs: Any) -> Any:
        """Call a copy of `op` that was made before, and give it the weights of `op`."""
        output = copy(*args, **kwargs)
        if hasattr(op, "get_weights"):
            copy.set_weights(op.get_weights())
        return output

    def at_end(self, op: Operation, x: Steps) -> Tensor:
        """Return the one step that a call adds behind all strides, `(batch, …)`.

        Raises:
            NotStreamableError: the steps come faster, so that a call adds several.
        """
        if x.count != 1:
            raise refusal(
                op,
                f"it sums up steps of {x.every} frames, where a call takes {self.slowest}",
                "Sum up behind the last stride.",
            )
        return x.tensor[:, 0]


def refusal(op: Operation, why: str, instead: str = CAUSAL) -> NotStreamableError:
    return NotStreamableError(f"{type(op).__name__} {op.name!r}", why, instead)


def steps_in(op: Operation, values: Any) -> list[Steps]:
    """Return the sequences among the arguments of an operation.

    Raises:
        NotStreamableError: one of them is known only at the end of a clip, or is not whole.
    """
    found = []
    for each in keras.tree.flatten(values):
        if isinstance(each, (FromEnd, AtLast, Held)):
            raise refusal(op, "it reads a sequence from its end")
        if isinstance(each, Steps):
            if each.lead:
                raise refusal(op, "it reads zeros before the first step that no window takes up")
            found.append(each)
    return found


def tensors_of(values: Any) -> Any:
    """Put the tensors of sequences in their places among arguments."""
    return keras.tree.map_structure(
        lambda each: each.tensor if isinstance(each, Steps) else each, values
    )
