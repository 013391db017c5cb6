"""Every error that nnlib raises on purpose: what was expected, what came, where, what to do."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Any

Shape = tuple[int, ...]
_LONGEST_QUOTE = 80  # characters


class LayerLabError(Exception):
    """Base of all errors whose text is meant for the person at the program."""


class OptionError(LayerLabError, ValueError):
    """An option's value is of the wrong type or out of its bounds."""


class DataError(LayerLabError):
    """A data set, a file or a drawing is absent, damaged, or does not fit the network."""


class ProjectError(LayerLabError):
    """A project file cannot be read or written."""


class ShapeError(LayerLabError, ValueError):
    """A layer cannot work on the shape that it is given.

    Args:
        layer: what complains, for example ``"Affine"``.
        needs: what it needs, as the end of the sentence "Affine needs …".
        got: the shape that came, without the batch axis.
        fix: one sentence that says what to do.
        giver: who gave it, for example ``"layer 3 (MaxPooling)"``.
        insert: the name of a layer that helps when it stands before the one that complains.
        options: options of the one that complains that help.
    """

    def __init__(
        self,
        layer: str,
        needs: str,
        got: Shape | None = None,
        fix: str = "",
        giver: str = "",
        insert: str = "",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.layer, self.needs, self.got, self.fix, self.giver = layer, needs, got, fix, giver
        self.insert, self.options = insert, dict(options or {})
        text = f"{layer} needs {needs}"
        if got is not None:
            text += f", but {giver or 'its input'} gives {batch_shape_text(got)}"
        super().__init__(f"{text}. {fix}".strip())

    def given_by(self, giver: str) -> ShapeError:
        """The same complaint, now knowing which layer gave the shape."""
        return ShapeError(
            self.layer, self.needs, self.got, self.fix, giver, self.insert, self.options
        )


def batch_shape_text(shape: Shape) -> str:
    """A shape as the messages write it, with the batch axis: ``(N, 30, 12, 12)``."""
    return f"({', '.join(['N', *map(str, shape)])})"


def shape_text(shape: Shape) -> str:
    """A shape as people read it, without the batch axis: ``30 × 12 × 12``."""
    return " × ".join(map(str, shape))


def quoted(value: object) -> str:
    """A value that came from outside as messages quote it, however long it is."""
    text = reprlib.Repr().repr(value)
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
