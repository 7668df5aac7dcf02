"""What a model is given of a batch: its parts, augmented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from attrs import frozen

if TYPE_CHECKING:
    import keras

    Tensor = Any


@frozen(eq=False)
class Mixing:
    """A layer that makes examples of several; see `archivolt.Augmentation`."""

    layer: keras.Layer

    @property
    def variables(self) -> Sequence[Any]:
        variables: Sequence[Any] = self.layer.variables
        return variables

    def __call__(self, examples: Tensor, shares: Tensor) -> tuple[Tensor, Tensor]:
        """Return mixed examples and their shares, `(batch, batch)`, in those of the batch."""
        mixed = self.layer({"images": examples, "labels": shares}, training=True)
        return mixed["images"], mixed["labels"]


@frozen(eq=False)
class Feeding:
    """Calls a model in training, augmentation before it.

    Args:
        model: Takes one tensor, or a mapping of feature parts by name.
        augment: Layers that change the examples of a batch before the model sees them.
    """

    model: keras.Model
    augment: tuple[keras.Layer | Mixing, ...] = ()

    @property
    def auxiliary(self) -> bool:
        """Whether the model has an auxiliary head beside its own."""
        return isinstance(getattr(self.model, "output", None), (list, tuple))

    @property
    def mixes(self) -> bool:
        """Whether examples are made of several."""
        return any(isinstance(each, Mixing) for each in self.augment)

    def __call__(self, parts: Mapping[str, Tensor]) -> tuple[Sequence[Tensor], Tensor | None]:
        """Return the logits of each head, and where examples are mixed their shares."""
        x: Any = parts
        shares = None
        if not isinstance(getattr(self.model, "input", None), Mapping) and len(parts) == 1:
            (x,) = parts.values()
        if self.augment:
            if len(parts) != 1:
                raise ValueError(f"augmentation is for one feature part, not for {list(parts)}")
            (name,) = parts
            batch, shares = self._augmented(*parts.values())
            x = {name: batch} if x is parts else batch
        given = self.model(x, training=True)
        return given if self.auxiliary else (given,), shares

    def _augmented(self, batch: Tensor) -> tuple[Tensor, Tensor | None]:
        shares = tf.eye(tf.shape(batch)[0]) if self.mixes else None
        for layer in self.augment:
            if isinstance(layer, Mixing):
                batch, shares = layer(batch, shares)
            else:
                batch = layer(batch, training=True)
        return batch, shares
