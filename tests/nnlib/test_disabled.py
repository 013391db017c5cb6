"""A layer that is switched off: the network is the one without it, and places stay."""

from __future__ import annotations

import numpy as np
import pytest

import nnlib
from nnlib import Affine, Convolution, Disabled, Flatten, MaxPooling, OptionError, ReLU
from nnlib.analysis import analyse
from nnlib.layers import Layer

IMAGE = (1, 12, 12)
WITHOUT = [Convolution(3, 3), ReLU(), MaxPooling(2), Flatten(), Affine(20), ReLU(), Affine(4)]


def with_disabled(places: list[int]) -> list[Layer]:
    stack: list[Layer] = list(WITHOUT)
    for place in sorted(places, reverse=True):
        stack.insert(place, Disabled(nnlib.Dropout(0.5)))
    return stack


@pytest.mark.parametrize("places", [[0], [2], [7], [1, 2, 4]])
def test_it_trains_as_if_it_were_not_there(places):
    rng = np.random.default_rng(0)
    x, t = rng.random((40, *IMAGE), dtype=np.float32), rng.integers(0, 4, 40)
    found = []
    for stack in (WITHOUT, with_disabled(places)):
        net, optimizer = nnlib.Network(stack, IMAGE, seed=3), nnlib.optimizers.Adam()
        losses = [net.learn(x, t, optimizer)[0] for _ in range(3)]
        found.append((losses, net.values.tobytes(), net.predict(x).tobytes()))
    assert found[0] == found[1]


def test_the_others_keep_the_names_of_their_parameters():
    net = nnlib.Network([Flatten(), Disabled(ReLU()), Affine(4)], IMAGE)
    assert sorted(net.params) == ["2.W", "2.b"]


def test_its_outputs_are_shown_like_those_of_other_layers():
    net = nnlib.Network([Flatten(), Disabled(ReLU()), Affine(4)], IMAGE)
    flat, off, _ = net.activations(-np.ones((2, *IMAGE), np.float32))
    assert np.array_equal(flat, off)


def test_it_passes_on_any_shape_and_is_not_blamed():
    report = analyse([Convolution(3, 3), Disabled(MaxPooling(3)), Affine(4)], IMAGE)
    assert report.layers[1].output_shape == report.layers[1].input_shape == (3, 10, 10)
    assert "layer 1 (Convolution)" in str(report.problem)


def test_it_keeps_the_options_of_its_layer_through_a_file():
    layer = Disabled(Affine(7, initial=0.5))
    assert Layer.from_json(layer.to_json()) == layer
    assert layer.layer == Affine(7, initial=0.5)


def test_it_is_not_switched_off_twice():
    with pytest.raises(OptionError, match="cannot be switched off again"):
        Disabled(Disabled(ReLU()))
    inner = {"type": "Disabled", "layer": Disabled(ReLU()).to_json()}
    with pytest.raises(OptionError):
        Layer.from_json(inner)
