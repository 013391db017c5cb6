"""Named networks, from the book and from the papers it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnlib.errors import OptionError, Shape
from nnlib.initializers import InitialWeights
from nnlib.layers import (
    Affine,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    Flatten,
    Layer,
    MaxPooling,
    ReLU,
    Sigmoid,
)
from nnlib.network import Network

IMAGE: Shape = (1, 28, 28)


@dataclass(frozen=True)
class Preset:
    """A network ready to be loaded: its name, what it shows, and its layers."""

    name: str
    summary: str
    layers: tuple[Layer, ...]
    input_shape: Shape = IMAGE
    loss: str = "cross_entropy"


def _hidden(activation: type[Layer], count: int, initial: InitialWeights = "auto") -> list[Layer]:
    """``count`` layers of 100 units, each with its activation function."""
    return [layer for _ in range(count) for layer in (Affine(100, initial=initial), activation())]


def _sigmoid_deep(std: float) -> tuple[Layer, ...]:
    return (Flatten(), *_hidden(Sigmoid, 5, std), Affine(10, initial=std))


def _deep_conv() -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for filters, last_padding in ((16, 1), (32, 2), (64, 1)):
        layers += [Convolution(filters, 3, padding=1), ReLU()]
        layers += [Convolution(filters, 3, padding=last_padding), ReLU(), MaxPooling(2)]
    layers += [Flatten(), Affine(50), ReLU(), Dropout(0.5), Affine(10), Dropout(0.5)]
    return tuple(layers)


PRESETS: Sequence[Preset] = (
    Preset(
        "perceptron",
        "One layer of weights: what can be told apart by straight lines.",
        (Flatten(), Affine(10)),
    ),
    Preset(
        "two-layer",
        "The book's first network: 784 – 50 – 10.",
        # Adam's steps have nearly the same size whatever the gradient, so that large output weights
        # let the hidden layer act faster. On 10,000 held-back training samples of MNIST, after 5
        # epochs: 96.17 %, with Auto's 0.14 instead 95.76 % (means of 8 seeds).
        (Flatten(), Affine(50), ReLU(), Affine(10, initial=0.4)),
    ),
    Preset(
        "multi-layer",
        "Five hidden layers with ReLU and He weights: deep, and it learns.",
        (Flatten(), *_hidden(ReLU, 5), Affine(10)),
    ),
    Preset(
        "sigmoid-deep",
        "Five sigmoid layers with std 1: they saturate, and the gradient vanishes.",
        _sigmoid_deep(1.0),
    ),
    Preset(
        "sigmoid-deep-small",
        "Five sigmoid layers with std 0.01: all units say the same, and nothing is learned.",
        _sigmoid_deep(0.01),
    ),
    Preset(
        "sigmoid-deep-norm",
        "Std 0.01 again, with batch normalization: the units differ, and the network learns.",
        (
            Flatten(),
            *(
                layer
                for _ in range(5)
                for layer in (Affine(100, initial=0.01), BatchNormalization(), Sigmoid())
            ),
            Affine(10, initial=0.01),
        ),
    ),
    Preset(
        "dropout",
        "Six hidden layers that lose one unit in five at every step: less is learned by heart.",
        (
            Flatten(),
            *(layer for _ in range(6) for layer in (Affine(100), ReLU(), Dropout(0.2))),
            Affine(10),
        ),
    ),
    Preset(
        "lenet-5",
        "LeNet as in 1998: sigmoid and average pooling.",
        (
            Convolution(6, 5, padding=2),
            Sigmoid(),
            AveragePooling(2),
            Convolution(16, 5),
            Sigmoid(),
            AveragePooling(2),
            Flatten(),
            Affine(120),
            Sigmoid(),
            Affine(84),
            Sigmoid(),
            Affine(10),
        ),
    ),
    Preset(
        "lenet",
        "LeNet as one would build it today: ReLU and max pooling.",
        (
            Convolution(6, 5, padding=2),
            ReLU(),
            MaxPooling(2),
            Convolution(16, 5),
            ReLU(),
            MaxPooling(2),
            Flatten(),
            Affine(120),
            ReLU(),
            Affine(84),
            ReLU(),
            Affine(10),
        ),
    ),
    Preset(
        "simple-conv",
        "The book's chapter 7: one convolution, one pooling, two Affine layers.",
        (
            Convolution(30, 5),
            ReLU(),
            MaxPooling(2),
            Flatten(),
            Affine(100),
            ReLU(),
            Affine(10),
        ),
    ),
    Preset(
        "deep-conv",
        "The book's chapter 8: six convolutions with small filters, and dropout.",
        _deep_conv(),
    ),
)


def names() -> list[str]:
    """The names of all presets."""
    return [preset.name for preset in PRESETS]


def find(name: str) -> Preset:
    """The preset with that name.

    Raises:
        OptionError: there is none; the text lists those that exist.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise OptionError(f"There is no network named {name!r}. Known: {', '.join(names())}.")


def build(name: str, seed: int = 0, dtype: str = "float32", std: float | None = None) -> Network:
    """A new network after the preset.

    Args:
        std: where given, every weight array starts with that standard deviation instead.
    """
    preset = find(name)
    layers = preset.layers
    if std is not None:
        layers = tuple(
            layer.replace(initial=std) if "initial" in layer.options() else layer
            for layer in layers
        )
    return Network(layers, preset.input_shape, preset.loss, seed, dtype)
