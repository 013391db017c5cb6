"""Layers on their way through drag and drop: JSON under a type of our own, never pickle.

What arrives may come from any program, so it is read with suspicion: whatever is not a short list
of layers counts as nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData

from nnlib.layers import Layer

LAYERS = "application/x-layerlab-layers+json"
"""A list of what `Layer.to_json` wrote."""

ROWS = "application/x-layerlab-rows+json"
"""Which cards of which stack these layers are: ``{"stack": …, "layers": [0, 3]}``."""

MAX_LAYERS = 1000
MAX_BYTES = 1_000_000


def write_layers(layers: Sequence[Layer]) -> QMimeData:
    """The layers as mime data."""
    data = QMimeData()
    _write(data, LAYERS, [layer.to_json() for layer in layers])
    return data


def read_layers(data: QMimeData) -> list[Layer]:
    """The layers in ``data``; none where it holds none or anything else."""
    described = _read(data, LAYERS)
    if not isinstance(described, list) or len(described) > MAX_LAYERS:
        return []
    try:
        return [Layer.from_json(layer) for layer in described]
    except (ValueError, TypeError, OverflowError, RecursionError):
        return []


def write_rows(data: QMimeData, stack: str, indices: Sequence[int]) -> None:
    """Add to ``data`` where its layers stand in the stack that is called ``stack``."""
    _write(data, ROWS, {"stack": stack, "layers": list(indices)})


def read_rows(data: QMimeData, stack: str) -> list[int]:
    """The indices that `write_rows` wrote for that stack; none for any other."""
    described = _read(data, ROWS)
    if not isinstance(described, dict) or described.get("stack") != stack:
        return []
    indices = described.get("layers")
    if not isinstance(indices, list) or any(type(i) is not int or i < 0 for i in indices):
        return []
    return indices


def _write(data: QMimeData, kind: str, value: Any) -> None:
    data.setData(kind, QByteArray(json.dumps(value).encode()))


def _read(data: QMimeData, kind: str) -> Any:
    if not data.hasFormat(kind):
        return None
    raw = data.data(kind)
    if raw.size() > MAX_BYTES:
        return None
    try:
        return json.loads(bytes(raw.data()))
    except (ValueError, RecursionError):
        return None
