"""A project: network, training settings and data reference, as one frozen value.

The window's document is such a value; the command line makes one from its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnlib import presets
from nnlib.data import Dataset
from nnlib.errors import OptionError, quoted
from nnlib.layers import Layer
from nnlib.losses import CrossEntropy, Loss
from nnlib.network import Network
from nnlib.training import TrainingSettings


@dataclass(frozen=True)
class ProjectSpec:
    """What a user has set up.

    Attributes:
        layers: the stack, unbuilt; it may be one that cannot work.
        loss: what the training minimises.
        training: optimizer, batch size, epochs …
        data: a data source's name or a path.
        seed: fixes initial weights and dropout masks.
        title: what the network is called, for example a preset's name.
    """

    layers: tuple[Layer, ...]
    loss: Loss = field(default_factory=CrossEntropy)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    data: str = "digits"
    seed: int = 0
    title: str = ""

    @classmethod
    def from_preset(cls, name: str, **others: Any) -> ProjectSpec:
        """The preset's network; the keywords are those of the class."""
        preset = presets.find(name)
        return cls(preset.layers, Loss.coerce(preset.loss), title=name, **others)

    def build(self, dataset: Dataset) -> Network:
        """The network for that data, with its initial weights."""
        return Network(
            self.layers,
            dataset.input_shape,
            self.loss,
            self.seed,
            weight_decay=self.training.weight_decay,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `from_json` reads them back."""
        return {
            "title": self.title,
            "layers": [layer.to_json() for layer in self.layers],
            "loss": self.loss.to_json(),
            "training": self.training.to_json(),
            "data": self.data,
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProjectSpec:
        """The project that `to_json` described; `OptionError` where it is not one."""
        layers, seed = data.get("layers"), data.get("seed", 0)
        title, source = data.get("title", ""), data.get("data", "digits")
        if not isinstance(layers, list) or len(layers) > 1000:
            raise OptionError("A project's layers must be a list of at most 1000 layers.")
        if type(seed) is not int or not 0 <= seed < 2**31:
            raise OptionError(f"A project's seed must be a whole number, not {quoted(seed)}.")
        if not isinstance(title, str) or not isinstance(source, str):
            raise OptionError("A project's title and data must be texts.")
        return cls(
            tuple(Layer.from_json(layer) for layer in layers),
            Loss.from_json(data.get("loss", "cross_entropy")),
            TrainingSettings.from_json(data.get("training", {"type": "TrainingSettings"})),
            source,
            seed,
            title[:200],
        )
