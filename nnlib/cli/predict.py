"""``predict``: what a trained network makes of pictures."""

from __future__ import annotations

import argparse

import numpy as np

from nnlib import project_file
from nnlib.cli.console import Console, one_line, percent_text
from nnlib.data import raster
from nnlib.errors import DataError, LayerLabError, ProjectError
from nnlib.network import Network
from nnlib.project_file import SavedProject
from nnlib.types import Array

UNREADABLE = 2


def predict(arguments: argparse.Namespace, console: Console) -> int:
    """The command. A picture that cannot be read does not keep the others from being read."""
    saved = project_file.load(arguments.file)
    if saved.weights is None:
        raise ProjectError(f"{arguments.file} has no weights yet: train it, then save it.")
    network = saved.network()
    _check(network, arguments.file)
    names = _class_names(saved, network)
    code = 0
    for file in arguments.images:
        try:
            shares = _shares(network, file)
        except LayerLabError as error:
            console.note(one_line(str(error)))
            code = UNREADABLE
            continue
        best = int(shares.argmax())
        if arguments.json:
            console.say_json(
                {
                    "file": file,
                    "prediction": names[best],
                    "probability": float(shares[best]),
                    "probabilities": [float(share) for share in shares],
                }
            )
        else:
            console.say(f"{file}: {names[best]} ({percent_text(float(shares[best]), digits=1)})")
    return code


def _check(network: Network, file: str) -> None:
    side = raster.SIDE
    if network.input_shape not in ((1, side, side), (side * side,)):
        raise DataError(
            f"The network in {file} takes samples of shape {network.input_shape}; pictures can be "
            f"given to networks for {side} × {side} grey pixels only."
        )


def _class_names(saved: SavedProject, network: Network) -> list[str]:
    if len(saved.classes) == network.classes:
        return list(saved.classes)
    return [str(number) for number in range(network.classes)]


def _shares(network: Network, file: str) -> Array:
    """The probabilities (K,) of the classes."""
    from nnlib.cli import pictures  # here, so that the other commands do without Pillow

    view = pictures.read(file).reshape(1, *network.input_shape)
    with np.errstate(all="ignore"):
        shares: Array = network.predict(view)[0]
    if not np.isfinite(shares).all():
        raise ProjectError(f"{file}: the network gives no numbers; its training diverged.")
    return shares
