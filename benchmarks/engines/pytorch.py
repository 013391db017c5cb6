"""PyTorch on the CPU: eager, with its fused optimizer, written as one would write it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.engines.base import Engine, shuffled_batches
from benchmarks.plan import Plan
from nnlib import layers as ours
from nnlib.errors import LayerLabError, Shape
from nnlib.layers import Layer
from nnlib.network import Network


class TorchEngine(Engine):
    """An `nn.Sequential` with the weights of nnlib's network."""

    def __init__(
        self,
        plan: Plan,
        network: Network,
        x: NDArray[np.float32],
        t: NDArray[np.int64],
        cores: int,
    ) -> None:
        torch.set_num_threads(cores)
        self.x, self.t = torch.from_numpy(x), torch.from_numpy(t)
        self.model = convert(network)
        self.loss = nn.CrossEntropyLoss()
        kind = getattr(torch.optim, plan.optimizer)
        self.optimizer = kind(self.model.parameters(), lr=plan.learning_rate, fused=True)
        self._batches = shuffled_batches(len(x), plan.batch_size)

    def step(self) -> int:
        if not self.model.training:
            self.model.train()
        batch = torch.from_numpy(next(self._batches))
        # Four times as fast as self.x[batch].
        x, t = torch.index_select(self.x, 0, batch), torch.index_select(self.t, 0, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(x), t)
        loss.backward()
        self.optimizer.step()
        self.last_loss = loss.item()
        return len(batch)

    def scores(self, x: NDArray[np.float32]) -> NDArray[Any]:
        """What the last layer gives in inference."""
        return self._look(x).numpy()

    def predict(self, x: NDArray[np.float32]) -> NDArray[Any]:
        return torch.softmax(self._look(x), dim=1).numpy()

    def _look(self, x: NDArray[np.float32]) -> torch.Tensor:
        if self.model.training:
            self.model.eval()
        with torch.inference_mode():
            return self.model(torch.from_numpy(x))

    def description(self) -> str:
        onednn = "on" if torch.backends.mkldnn.is_available() else "off"
        return f"{torch.__version__}, threads {torch.get_num_threads()}, eager, oneDNN {onednn}"

    @property
    def parameter_count(self) -> int:
        return sum(p.numel() for p in self.model.parameters())


def convert(network: Network) -> nn.Sequential:
    """The same network in PyTorch, with the same weights."""
    modules, shape = [], network.input_shape
    for layer in network.layers:
        module = _module(layer, shape)
        _copy_weights(layer, module)
        modules.append(module)
        shape = layer.output_shape(shape)
    return nn.Sequential(*modules)


def _module(layer: Layer, shape: Shape) -> nn.Module:
    match layer:
        case ours.Affine():
            return nn.Linear(shape[0], layer.units)
        case ours.Convolution():
            return nn.Conv2d(
                shape[0], layer.filters, layer.kernel_size, layer.stride, layer.padding
            )
        case ours.MaxPooling():
            return nn.MaxPool2d(layer.size, layer.steps)
        case ours.AveragePooling():
            return nn.AvgPool2d(layer.size, layer.steps)
        case ours.BatchNormalization():
            kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
            return kind(shape[0], eps=1e-6, momentum=1 - layer.momentum)
        case ours.Dropout():
            return nn.Dropout(layer.ratio)
        case ours.Flatten():
            return nn.Flatten()
        case ours.ReLU():
            return nn.ReLU()
        case ours.Sigmoid():
            return nn.Sigmoid()
        case ours.Tanh():
            return nn.Tanh()
    raise LayerLabError(f"The benchmark has no PyTorch twin for {layer.display_name()}.")


def _copy_weights(layer: Layer, module: nn.Module) -> None:
    arrays = layer.params | layer.buffers
    names = {
        "W": "weight",
        "b": "bias",
        "gamma": "weight",
        "beta": "bias",
        "mean": "running_mean",
        "variance": "running_var",
    }
    with torch.no_grad():
        for name, array in arrays.items():
            # PyTorch's Linear keeps the transpose of W.
            values = array.T if isinstance(layer, ours.Affine) and name == "W" else array
            getattr(module, names[name]).copy_(torch.from_numpy(np.ascontiguousarray(values)))
