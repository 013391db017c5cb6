"""Pictures as data: they show what is there, on a scale on which what vanished looks vanished."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import (
    Affine,
    AveragePooling,
    BatchNormalization,
    Convolution,
    DataError,
    Dropout,
    Flatten,
    MaxPooling,
    Network,
    OptionError,
    ReLU,
    Sigmoid,
    Step,
    Tanh,
    presets,
)
from nnlib.functions import im2col
from nnlib.training.distributions import gradient_distributions
from nnlib.training.divergence import first_bad_layer
from nnlib.views import (
    Scale,
    convolution_window,
    feature_maps,
    first_filters,
    gradients_per_layer,
)


def images(network: Network, count: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, *network.input_shape))


def classes(network: Network, count: int = 6) -> np.ndarray:
    return np.arange(count) % network.classes


def small(seed: int = 0, dtype: str = "float64", **others) -> Network:
    layers = [Convolution(3, 3, padding=1), BatchNormalization(), ReLU(), MaxPooling(2)]
    layers += [Flatten(), Affine(7), Sigmoid(), Affine(4)]
    return Network(layers, (2, 6, 8), seed=seed, dtype=dtype, **others)


# --- scales -------------------------------------------------------------------------------------


def test_a_shade_is_a_place_between_the_ends_of_the_scale():
    values = np.array([-9.0, -2.0, 0.0, 1.0, 2.0, np.inf, -np.inf, np.nan], np.float32)
    shades = Scale(-2.0, 2.0).shade(values)
    np.testing.assert_array_equal(shades, [0, 0, 0.5, 0.75, 1, 1, 0, np.nan])
    assert Scale(-1e38, 3e38).shade(values.reshape(2, 4)).shape == (2, 4)


# --- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", presets.names())
def test_the_filters_before_training_are_rebuilt_from_the_seed(name):
    net = presets.build(name, seed=5)
    key = next(key for key in net.params if key.endswith(".W"))
    started = net.params[key].copy()
    net.values += 0.25
    filters = first_filters(net)
    assert filters is not None
    assert f"{filters.index}.W" == key
    as_pictures = [started, net.params[key]]
    if started.ndim == 2:
        as_pictures = [W.T.reshape(-1, 1, 28, 28) for W in as_pictures]
    assert np.array_equal(filters.before, as_pictures[0])
    assert np.array_equal(filters.after, as_pictures[1])
    again = first_filters(net, filters.before)
    assert again is not None
    assert again.scale == filters.scale


def test_filters_before_and_after_share_one_scale_around_zero():
    net = small()
    net.params["0.W"] *= 1e-6
    filters = first_filters(net)
    assert filters is not None
    reach = float(np.abs(filters.before).max())
    assert filters.scale == Scale(-reach, reach)
    assert np.ptp(filters.scale.shade(filters.before)) > 0.5
    np.testing.assert_allclose(filters.scale.shade(filters.after), 0.5, atol=1e-6)


def test_a_unit_of_an_affine_layer_is_a_picture_of_what_it_looks_at():
    """A unit that weighs one pixel only shows that pixel, also behind layers that keep shapes."""
    net = Network([ReLU(), MaxPooling(2), Flatten(), Dropout(0.1), Affine(5)], (3, 4, 8))
    net.values[:] = 0
    before_flatten = np.zeros((1, 3, 2, 4))
    before_flatten[0, 2, 1, 3] = 1
    net.params["4.W"][:, 4] = before_flatten.reshape(-1)
    filters = first_filters(net)
    assert filters is not None
    assert filters.after.shape == filters.before.shape == (5, 3, 2, 4)
    assert np.array_equal(filters.after[4], before_flatten[0])


def test_flat_data_have_filters_of_one_row_and_a_network_without_weights_has_none():
    filters = first_filters(Network([BatchNormalization(), Affine(3)], (6,)))
    assert filters is not None
    assert (filters.index, filters.name) == (1, "Affine")
    assert filters.after.shape == (3, 1, 1, 6)
    assert first_filters(Network([Flatten()], (1, 2, 2))) is None


# --- feature maps -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lenet", "lenet-5", "multi-layer"])
def test_feature_maps_are_what_each_layer_hands_on_in_inference(name):
    net = presets.build(name)
    x = images(net, 3)
    found = feature_maps(net, x[1])
    assert [maps.index for maps in found] == [
        index for index, layer in enumerate(net.layers) if layer.changes_values
    ]
    outputs = [y.copy() for y in net.activations(x[1:2])]
    for maps in found:
        assert maps.maps.ndim == 3
        assert np.array_equal(maps.maps.ravel(), outputs[maps.index].ravel())
        if outputs[maps.index].ndim == 4:
            assert np.array_equal(maps.maps, outputs[maps.index][0])


def test_a_vanished_map_looks_vanished_beside_a_healthy_one():
    net = small()
    net.params["5.W"] *= 1e-9
    net.params["5.b"][:] = 0
    found = {maps.index: maps for maps in feature_maps(net, images(net)[0])}
    healthy, vanished = found[0], found[5]
    assert healthy.scale is vanished.scale
    assert np.ptp(healthy.scale.shade(healthy.maps)) > 0.3
    np.testing.assert_allclose(vanished.scale.shade(vanished.maps), 0.5, atol=1e-7)
    assert found[6].scale == Scale(0.0, 1.0)  # Sigmoid keeps its own bounds


def test_the_shared_scale_holds_the_largest_number_and_never_shrinks_below_what_was_passed_in():
    net = small()
    found = [maps for maps in feature_maps(net, images(net)[0]) if maps.name != "Sigmoid"]
    largest = max(float(np.abs(maps.maps).max()) for maps in found)
    assert found[0].scale == Scale(-largest, largest)
    assert feature_maps(net, images(net)[0], reach=1e3)[0].scale == Scale(-1e3, 1e3)
    net.values[:] = 0
    assert feature_maps(net, 0 * images(net)[0])[0].scale == Scale(-1.0, 1.0)


def test_a_network_that_diverged_is_shown_in_silence():
    net = small()
    net.params["5.b"][0] = np.inf
    net.params["5.W"][:, 1] = np.nan
    assert first_bad_layer(net, images(net)) == "layer 6 (Affine)"
    maps = feature_maps(net, images(net)[0])
    assert np.isfinite([maps[0].scale.low, maps[0].scale.high]).all()
    assert np.isnan(maps[0].scale.shade(maps[4].maps)).any()
    first_filters(net)
    gradients_per_layer(net, images(net), classes(net))
    gradient_distributions(net, images(net), classes(net))


# --- gradients ----------------------------------------------------------------------------------


def loss_from(network: Network, index: int, y: np.ndarray, t: np.ndarray) -> float:
    """The loss where layer ``index`` hands on ``y``."""
    for layer in network.layers[index + 1 :]:
        y = layer.forward(y, training=True)
    return network.loss_function.forward(y, np.eye(network.classes)[t])


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_the_gradient_at_a_layers_outputs_is_the_numerical_one(loss):
    layers = [Convolution(3, 3), BatchNormalization(), Sigmoid(), AveragePooling(2), Flatten()]
    net = Network([*layers, Affine(7), Tanh(), Affine(4)], (2, 6, 8), loss, dtype="float64")
    x, t = images(net), classes(net)
    rng = np.random.default_rng(0)
    for layer in gradients_per_layer(net, x, t):
        direction = rng.standard_normal(layer.outputs.shape)
        h = 1e-6
        above = loss_from(net, layer.index, layer.outputs + h * direction, t)
        below = loss_from(net, layer.index, layer.outputs - h * direction, t)
        slope = float((layer.at_outputs * direction).sum())
        assert slope == pytest.approx((above - below) / (2 * h), rel=1e-4, abs=1e-8), layer.name


@pytest.mark.parametrize("first", [[], [Dropout(0.4)], [BatchNormalization(), Dropout(0.3)]])
def test_the_gradients_are_those_of_the_next_step_with_its_dropout_masks(first):
    layers = [*first, Convolution(3, 3), Dropout(0.2), Flatten(), Affine(5), Dropout(0.5)]
    net = Network(layers, (2, 6, 8), seed=3, dtype="float64")
    x, t = images(net), classes(net)
    net.gradient(x, t)  # so that the dropout generator is no longer where it began,
    net.values += 0.1 * np.random.default_rng(0).standard_normal(net.values.shape)  # nor weights
    found = gradients_per_layer(net, x, t)
    expected = net.gradient(x, t)
    for layer in found:
        for name, g in layer.at_parameters.items():
            np.testing.assert_allclose(g, expected[f"{layer.index}.{name}"], rtol=1e-9, atol=1e-14)
    assert sum(len(layer.at_parameters) for layer in found) == len(net.params)


def test_outputs_are_those_of_training_mode_and_weight_decay_is_left_out():
    net, decaying = small(), small(weight_decay=0.5)
    x, t = images(net), classes(net)
    plain, decayed = gradients_per_layer(net, x, t), gradients_per_layer(decaying, x, t)
    np.testing.assert_allclose(plain[1].outputs.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    for a, b in zip(plain, decayed, strict=True):
        assert a.outputs.shape == a.at_outputs.shape
        assert np.array_equal(a.at_outputs, b.at_outputs)
        for name in a.at_parameters:
            assert np.array_equal(a.at_parameters[name], b.at_parameters[name])


def test_norms_hold_where_the_square_of_a_gradient_is_zero_in_float32():
    net = Network([Affine(3, initial=1e-30), Sigmoid(), Affine(4, initial=1e-30)], (5,))
    x = images(net)
    layer = gradients_per_layer(net, x, classes(net))[0]
    g = layer.at_outputs.astype(np.float64)
    assert 0 < layer.norm < 1e-28
    assert layer.norm == pytest.approx(np.sqrt(np.square(g).sum()))
    assert layer.root_mean_square == pytest.approx(np.sqrt(np.square(g).mean()))
    W = layer.at_parameters["W"].astype(np.float64)
    assert layer.parameter_norms["W"] == pytest.approx(np.sqrt(np.square(W).sum()))


def test_gradient_distributions_share_one_axis_on_which_a_vanished_gradient_is_a_spike():
    net = Network([Affine(100), ReLU(), Affine(100, initial=1e-6), ReLU(), Affine(4)], (20,))
    found, reach = gradient_distributions(net, images(net, 300), classes(net, 300))
    assert [d.index for d in found] == [0, 1, 2, 3, 4]
    assert {(d.low, d.high) for d in found} == {(-reach, reach)}
    assert reach < 0.1  # fitted to the gradients, not to 1
    middle = len(found[0].shares) // 2
    assert found[0].shares[middle - 1 : middle + 1].sum() == pytest.approx(1)
    assert found[4].shares.max() < 0.5
    assert gradient_distributions(net, images(net), classes(net), reach=5.0)[1] == 5.0


def test_a_layer_that_no_gradient_reaches_has_no_say_in_the_axis():
    net = Network([Affine(100), Step(), Affine(100), ReLU(), Affine(4)], (20,))
    found, reach = gradient_distributions(net, images(net, 300), classes(net, 300))
    assert (found[0].zeros, found[0].std) == (1, 0)
    assert reach < 0.1
    net.values[:] = 0
    net.params["4.b"][:] = [1e6, 0, 0, 0]  # and where no gradient is left at all, it is −1 … 1
    found, reach = gradient_distributions(net, images(net, 1), np.array([0]))
    assert (found[4].zeros, reach) == (1, 1.0)


# --- one window ---------------------------------------------------------------------------------


@st.composite
def convolutions(draw):
    """A network that begins with a ReLU and a convolution, and one place in its output."""
    window, stride, pad = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.integers(0, 3))
    sizes = []
    for _ in "hw":
        size = window + stride * draw(st.integers(0, 4)) - 2 * pad
        while size < 1:
            size += stride
        sizes.append(size)
    layers = [ReLU(), Convolution(draw(st.integers(1, 3)), window, stride, pad), Flatten()]
    net = Network(layers, (draw(st.integers(1, 3)), *sizes), dtype="float64")
    _, oh, ow = net.layers[1].output_shape(net.input_shape)
    return net, draw(st.integers(0, oh - 1)), draw(st.integers(0, ow - 1))


@given(convolutions())
def test_a_window_is_the_pixels_the_row_and_the_output_at_its_place(case):
    net, i, j = case
    layer = net.layers[1]
    net.params["1.b"][:] = np.arange(1, 1 + layer.filters)
    image = np.random.default_rng(0).standard_normal(net.input_shape)
    window = convolution_window(net, image, 1, (i, j))
    k, pad = layer.kernel_size, layer.padding
    seen = np.pad(np.maximum(image, 0), ((0, 0), (pad, pad), (pad, pad)), constant_values=np.nan)
    top, left = window.top + pad, window.left + pad
    assert (top, left) == (i * layer.stride, j * layer.stride)
    seen = seen[:, top : top + k, left : left + k]
    assert np.array_equal(window.inside, ~np.isnan(seen[0]))
    assert np.array_equal(window.pixels, np.nan_to_num(seen))
    assert np.array_equal(window.row, window.pixels.ravel())
    cols = im2col(np.maximum(image, 0)[None], (k, k), layer.stride, pad)
    assert window.matrix_shape == cols.shape
    assert np.array_equal(cols[window.row_index], window.row)
    y = net.activations(image[None])[1][0, :, i, j]
    np.testing.assert_allclose(window.outputs, y, atol=1e-12)
    np.testing.assert_allclose(window.products.sum(axis=1) + window.bias, y, atol=1e-12)
    filters = window.weights.reshape(layer.params["W"].shape)
    assert np.array_equal(filters, layer.params["W"])


# --- what cannot be shown -----------------------------------------------------------------------


def test_what_cannot_be_shown_is_refused_with_what_to_do():
    net = small()
    x = images(net)
    for refused, text in [
        (lambda: feature_maps(net, x), r"one sample of shape \(2, 6, 8\).*Choose one sample"),
        (lambda: convolution_window(net, x, 0, (0, 0)), r"one sample.*not \(6, 2, 6, 8\)"),
        (lambda: gradients_per_layer(net, x[0], classes(net)), "samples of shape"),
        (lambda: gradients_per_layer(net, x, classes(net)[:2]), "Targets must be"),
        (lambda: gradients_per_layer(net, x[:0], classes(net)[:0]), "no samples"),
    ]:
        with pytest.raises(DataError, match=text):
            refused()
    for index, place, text in [
        (1, (0, 0), "none at index 1. Choose one of 0"),
        (-1, (0, 0), "none at index -1"),
        (99, (0, 0), "none at index 99"),
        (0, (6, 0), "6 rows and 8 columns; there is no row 6, column 0"),
        (0, (0, -1), "Rows go from 0 to 5, columns from 0 to 7"),
    ]:
        with pytest.raises(OptionError, match=text):
            convolution_window(net, x[0], index, place)
    with pytest.raises(OptionError, match="The network has none"):
        convolution_window(presets.build("two-layer"), np.zeros((1, 28, 28)), 0, (0, 0))
