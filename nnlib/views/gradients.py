"""Gradients layer by layer: how much of the loss's slope still arrives at the first layers.

Where it shrinks from layer to layer on its way back, the first layers learn nothing: the vanishing
gradient. Saitoh, section 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.network import Network
from nnlib.types import Array, Labels, Params


@dataclass(frozen=True)
class LayerGradients:
    """What went forward and back through one layer for one batch.

    Attributes:
        index, name: which layer; the index counts from 0.
        changes_values: False for a layer that only moves numbers (Flatten).
        outputs: (N, …), what it handed on.
        at_outputs: (N, …), the gradient of the mean loss over the batch at each of these numbers.
        at_parameters: the gradient at each of its parameters, by name, weight decay apart.
    """

    index: int
    name: str
    changes_values: bool
    outputs: Array
    at_outputs: Array
    at_parameters: Params

    @property
    def norm(self) -> float:
        """‖g‖, the length of the gradient at the outputs."""
        return norm(self.at_outputs)

    @property
    def root_mean_square(self) -> float:
        """√(mean g²) of the gradient at the outputs: compares layers of different size."""
        return norm(self.at_outputs) / float(np.sqrt(self.at_outputs.size))

    @property
    def parameter_norms(self) -> dict[str, float]:
        """‖g‖ of the gradient at each parameter, by name."""
        return {name: norm(g) for name, g in self.at_parameters.items()}


def gradients_per_layer(network: Network, x: Array, t: Labels) -> tuple[LayerGradients, ...]:
    """Outputs and gradients of every layer for one batch, as the next training step would see them.

    They come from a twin of the network, in training mode and with the dropout masks that the
    network would draw next: the network's own gradient, statistics and generator stay as they are.

    Args:
        x: samples (N, *input_shape).
        t: class indices (N,) or one-hot rows (N, K).

    Raises:
        DataError: the batch does not fit the network, or is empty.
    """
    masks = network.noise.bit_generator.state
    twin = Network(
        network.layers, network.input_shape, network.loss_function, network.seed, network.dtype
    )
    twin.restore(network.state())
    with np.errstate(all="ignore"):  # a network that diverged has gradients too
        twin.noise.bit_generator.state = masks
        twin.loss(x, t, training=True)
        dy = twin.loss_function.backward().copy()
        twin.noise.bit_generator.state = masks
        outputs = _forward(twin, np.asarray(x).astype(twin.dtype))
        return _backward(twin, outputs, dy)


def norm(g: Array) -> float:
    """‖g‖ of an array of any shape.

    In float64: the square of a vanished gradient is zero in float32, and that of an exploded one
    is infinite.
    """
    return float(np.linalg.norm(g.astype(np.float64).ravel()))


def _forward(network: Network, x: Array) -> list[Array]:
    """A copy of every layer's output in training mode: the layers write over their own."""
    outputs = []
    for layer in network.layers:
        x = layer.forward(x, training=True)
        outputs.append(x.copy())
    return outputs


def _backward(network: Network, outputs: list[Array], dy: Array) -> tuple[LayerGradients, ...]:
    """The gradients of all layers, first layer first, from that at the scores."""
    found: list[LayerGradients] = []
    for index, layer in reversed(list(enumerate(network.layers))):
        at_outputs = dy.copy()
        if index:
            dy = layer.backward(dy)
        else:
            layer.learn(dy)
        at_parameters = {name: g.copy() for name, g in layer.grads.items()}
        found.append(
            LayerGradients(
                index,
                layer.display_name(),
                layer.changes_values,
                outputs[index],
                at_outputs,
                at_parameters,
            )
        )
    return tuple(reversed(found))
