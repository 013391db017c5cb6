"""The named networks: they are those of the book and of the papers, down to the last parameter."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnlib import OptionError, presets
from nnlib.analysis import analyse
from nnlib.layers import AveragePooling, Sigmoid


def affine(*sizes: int) -> int:
    return sum(a * b + b for a, b in itertools.pairwise(sizes))


def convolution(filters: int, channels: int, kernel: int) -> int:
    return filters * (channels * kernel * kernel + 1)


LENET = convolution(6, 1, 5) + convolution(16, 6, 5) + affine(16 * 5 * 5, 120, 84, 10)
DEEP = sum(
    convolution(f, c, 3) for f, c in ((16, 1), (16, 16), (32, 16), (32, 32), (64, 32), (64, 64))
)
COUNTS = {
    "perceptron": affine(784, 10),
    "two-layer": affine(784, 50, 10),
    "multi-layer": affine(784, 100, 100, 100, 100, 100, 10),
    "sigmoid-deep": affine(784, 100, 100, 100, 100, 100, 10),
    "sigmoid-deep-small": affine(784, 100, 100, 100, 100, 100, 10),
    "sigmoid-deep-norm": affine(784, 100, 100, 100, 100, 100, 10) + 5 * 2 * 100,
    "dropout": affine(784, 100, 100, 100, 100, 100, 100, 10),
    "lenet-5": LENET,
    "lenet": LENET,
    "simple-conv": convolution(30, 1, 5) + affine(30 * 12 * 12, 100, 10),
    "deep-conv": DEEP + affine(64 * 4 * 4, 50, 10),
}


def test_the_sums_are_the_known_ones():
    assert COUNTS["two-layer"] == 39_760
    assert COUNTS["multi-layer"] == 119_910
    assert COUNTS["lenet-5"] == 61_706
    assert COUNTS["simple-conv"] == 433_890
    assert COUNTS["deep-conv"] == 123_552


def test_the_names():
    assert set(presets.names()) == set(COUNTS)
    assert len(presets.names()) == len(set(presets.names()))
    with pytest.raises(
        OptionError, match=r"no network named 'alexnet'. Known: perceptron, two-layer"
    ):
        presets.build("alexnet")


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_has_the_right_size_and_works(name):
    preset, net = presets.find(name), presets.build(name)
    assert net.parameter_count == COUNTS[name]
    assert analyse(preset.layers, preset.input_shape, classes=10).problem is None
    assert preset.summary.endswith(".")
    x = np.random.default_rng(0).random((2, 1, 28, 28), dtype=np.float32)
    assert net.predict(x).shape == (2, 10)
    assert all(np.isfinite(g).all() for g in net.gradient(x, np.array([3, 7])).values())


@pytest.mark.parametrize("name", presets.names())
def test_the_seed_decides_the_weights(name):
    assert np.array_equal(presets.build(name, seed=1).values, presets.build(name, seed=1).values)
    assert not np.array_equal(presets.build(name, seed=1).values, presets.build(name).values)
    assert presets.build(name, dtype="float64").values.dtype == np.float64


def test_sigmoid_deep_starts_with_the_spread_of_its_lesson():
    for name, std in (("sigmoid-deep", 1.0), ("sigmoid-deep-small", 0.01)):
        weights = [p for key, p in presets.build(name).params.items() if key.endswith("W")]
        assert [p.std() for p in weights] == pytest.approx([std] * 6, rel=0.05)
    other = presets.build("sigmoid-deep", std=0.5)
    assert other.params["1.W"].std() == pytest.approx(0.5, rel=0.05)


def spreads(name: str, kind=Sigmoid) -> list[float]:
    x = np.random.default_rng(0).random((500, 1, 28, 28), dtype=np.float32)
    net = presets.build(name)
    outputs = zip(net.layers, net.activations(x), strict=True)
    return [float(y.std()) for layer, y in outputs if isinstance(layer, kind)]


def test_sigmoid_deep_saturates_with_std_1_and_collapses_with_std_001():
    """Saitoh, section 6.2.2."""
    assert min(spreads("sigmoid-deep")) > 0.4
    assert max(spreads("sigmoid-deep-small")[1:]) < 0.05


def test_batch_normalization_brings_the_vanished_gradient_back():
    """Saitoh, section 6.3: what the initial weights spoil, the normalization makes good."""
    x = np.random.default_rng(0).random((100, 1, 28, 28), dtype=np.float32)
    slopes = {
        name: float(np.abs(presets.build(name).gradient(x, np.arange(100) % 10)["1.W"]).mean())
        for name in ("sigmoid-deep-small", "sigmoid-deep-norm")
    }
    assert slopes["sigmoid-deep-norm"] > 1e6 * slopes["sigmoid-deep-small"]


def test_lenet_5_is_the_old_one():
    kinds = {type(layer) for layer in presets.find("lenet-5").layers}
    assert {Sigmoid, AveragePooling} <= kinds
