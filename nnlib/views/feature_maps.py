"""Feature maps: what every layer makes of one input. Saitoh, section 7.6."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlib.errors import DataError
from nnlib.network import Network
from nnlib.types import Array
from nnlib.views.scale import Scale, symmetric_scale


@dataclass(frozen=True)
class FeatureMaps:
    """One layer's output for one input.

    Attributes:
        index, name: which layer; the index counts from 0.
        maps: (C, H, W), one map a channel; an output (D,) is one map of one row, (1, 1, D).
        scale: layers with bounded outputs have their own bounds. All others share one scale with 0
            in the middle, so that a layer that hands on next to nothing shows next to nothing.
    """

    index: int
    name: str
    maps: Array
    scale: Scale


def feature_maps(network: Network, x: Array, reach: float = 0.0) -> tuple[FeatureMaps, ...]:
    """The feature maps of all layers that change values, in inference mode.

    Args:
        x: one sample, of the network's input shape.
        reach: the shared scale goes from −reach to reach at least; pass the last one back in to
            compare pictures made at different times.

    Raises:
        DataError: ``x`` is not one sample of that shape.
    """
    x = np.asarray(x)
    if x.shape != network.input_shape:
        raise DataError(
            f"Feature maps are of one sample of shape {network.input_shape}, not {x.shape}. "
            "Choose one sample of the batch, x[0]."
        )
    with np.errstate(all="ignore"):  # a network that diverged has maps too
        outputs = network.activations(x[None])
    kept = [
        (index, layer, y[0].reshape(y.shape[1:] if y.ndim == 4 else (1, 1, -1)).copy())
        for index, (layer, y) in enumerate(zip(network.layers, outputs, strict=True))
        if layer.changes_values
    ]
    shared = symmetric_scale((maps for _, layer, maps in kept if not layer.output_range), reach)
    return tuple(
        FeatureMaps(
            index,
            layer.display_name(),
            maps,
            Scale(*layer.output_range) if layer.output_range else shared,
        )
        for index, layer, maps in kept
    )
