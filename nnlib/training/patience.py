"""Early stopping for one network: it is checked, and the best weights are kept and given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlib.errors import DataError
from nnlib.network import Network
from nnlib.training.events import Checked
from nnlib.training.settings import TrainingSettings
from nnlib.training.stopping import EarlyStopping
from nnlib.types import Params


class Patience:
    """`EarlyStopping` with the weights that belong to it, kept statistics included.

    Attributes:
        rule: what decides.
        checked_at: the step of the last check, -1 before there is one.
    """

    def __init__(self, network: Network, settings: TrainingSettings) -> None:
        assert settings.patience is not None
        self.rule = EarlyStopping(settings.patience, settings.minimum_improvement)
        self.checked_at = -1
        self._network = network
        self._best: Params | None = None
        self._last: Params | None = None  # kept aside while the network holds the best weights

    def use(self, settings: TrainingSettings) -> None:
        """Go on with other settings and all that is known from the checks so far."""
        assert settings.patience is not None
        self.rule.patience = settings.patience
        self.rule.minimum_improvement = settings.minimum_improvement

    def check(self, step: int, loss: float) -> Checked:
        """Take in the validation loss of the weights that the network has now."""
        self.checked_at = step
        is_best = self.rule.check(step, loss)
        if is_best:
            self._best = self._network.state()
        return Checked(step, loss, is_best, self.rule.waited)

    @property
    def gives_best(self) -> bool:
        """Whether the network holds the best weights now, and the last ones are kept aside."""
        return self._last is not None

    def give_best(self) -> None:
        """Put the best weights into the network, and keep the last ones to go on from."""
        if self._best is not None and not self.gives_best:
            self._last = self._network.state()
            self._network.restore(self._best)

    def take_back(self) -> None:
        """Undo `give_best`: training goes on from the last weights, not from the best."""
        if self._last is not None:
            self._network.restore(self._last)
            self._last = None

    def state(self) -> dict[str, Any]:
        """A copy of all that the rest of the run depends on: numbers, None, and two sets of arrays.

        ``best`` and ``last`` are what `Network.state` gave, or None.
        """
        return {
            **self.rule.state(),
            "checked_at": self.checked_at,
            "best": _copy(self._best),
            "last": _copy(self._last),
        }

    def restored(self, state: Mapping[str, Any], settings: TrainingSettings) -> Patience:
        """Another one, for the same network, that goes on from what `state` gave.

        Raises:
            DataError: the state is damaged or of another network.
        """
        made = Patience(self._network, settings)
        made.rule.restore(state)
        checked_at = state.get("checked_at")
        made._best, made._last = state.get("best"), state.get("last")
        wanted = {key: (a.shape, a.dtype) for key, a in self._network.state().items()}
        for kept in (made._best, made._last):
            if kept is not None and {k: (a.shape, a.dtype) for k, a in kept.items()} != wanted:
                raise DataError("The saved best weights are of another network than this one.")
            if kept is not None and not all(np.isfinite(array).all() for array in kept.values()):
                raise DataError("The saved best weights are damaged: not all are finite.")
        knows_best = made.rule.best_step is not None
        if (
            type(checked_at) is not int
            or (made._best is not None) != knows_best
            or (made._last is not None and not knows_best)
        ):
            raise DataError("The saved state of early stopping is damaged.")
        made.checked_at = checked_at
        return made


def _copy(arrays: Params | None) -> Params | None:
    return None if arrays is None else {key: array.copy() for key, array in arrays.items()}
