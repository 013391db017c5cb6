"""Network: one flat vector, the contract of its methods, and errors that say what to do."""

from __future__ import annotations

import numpy as np
import pytest

import nnlib
from nnlib import (
    Affine,
    BatchNormalization,
    Convolution,
    DataError,
    Dropout,
    Flatten,
    LayerLabError,
    MaxPooling,
    Network,
    ReLU,
    ShapeError,
    Sigmoid,
    Softmax,
    Tanh,
)
from nnlib.network import activation_after

IMAGES = [
    Convolution(3, 3, padding=1),
    BatchNormalization(),
    ReLU(),
    MaxPooling(2),
    Flatten(),
    Dropout(0.3),
    Affine(6),
    BatchNormalization(),
    Tanh(),
    Affine(4),
]
KEYS = ["0.W", "0.b", "1.gamma", "1.beta", "6.W", "6.b", "7.gamma", "7.beta", "9.W", "9.b"]


def make(seed=0, **others) -> Network:
    return Network(IMAGES, (2, 6, 6), seed=seed, **others)


def batch(count=8, dtype=np.float32):
    rng = np.random.default_rng(count)
    return rng.standard_normal((count, 2, 6, 6)).astype(dtype), rng.integers(0, 4, count)


def small(layers, inputs=5, **others) -> Network:
    return Network(layers, (inputs,), **others)


# --- parameters ---------------------------------------------------------------------------------


def test_parameters_and_gradients_are_views_of_the_flat_vectors():
    net = make()
    assert list(net.params) == list(net.grads) == KEYS
    for arrays, flat in ((net.params, net.values), (net.grads, net.slopes)):
        assert flat.ndim == 1
        assert flat.size == net.parameter_count == sum(a.size for a in arrays.values())
        flat[...] = np.arange(flat.size)
        assert np.concatenate([a.reshape(-1) for a in arrays.values()]).tolist() == flat.tolist()
        assert all(np.shares_memory(a, flat) for a in arrays.values())
    for key, layer in (("0.W", net.layers[0]), ("9.W", net.layers[9])):
        assert layer.params["W"] is net.params[key]
        assert layer.grads["W"] is net.grads[key]


def test_what_the_flat_vector_says_is_what_the_network_computes():
    net, (x, _) = make(), batch()
    net.values[...] = 0
    assert not net.forward(x).any()


def test_gradients_have_the_keys_shapes_and_type_of_the_parameters():
    net = make()
    grads = net.gradient(*batch())
    assert {k: (g.shape, g.dtype) for k, g in grads.items()} == {
        k: (p.shape, p.dtype) for k, p in net.params.items()
    }
    assert all(np.any(g) for g in grads.values())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_is_computed_in_the_asked_type(dtype):
    net = make(dtype=dtype)
    for given in (np.float32, np.float64, np.int64, np.uint8, bool):
        x = batch()[0].astype(given)
        assert net.forward(x).dtype == dtype
        assert net.predict(x).dtype == dtype
        assert {y.dtype for y in net.activations(x)} == {np.dtype(dtype)}


def test_the_given_layers_are_only_read():
    kept = [layer.copy() for layer in IMAGES]
    one, other = make(), make(seed=1)
    one.gradient(*batch())
    assert kept == IMAGES
    assert all(layer.params == {} for layer in IMAGES)
    assert not any(np.shares_memory(one.params[k], other.params[k]) for k in one.params)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    def run(seed):
        net = make(seed)
        optimizer = nnlib.optimizers.Adam()
        for _ in range(5):
            optimizer.update(net.params, net.gradient(*batch()))
        return net.values.tobytes() + net.predict(batch()[0]).tobytes()

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_dropout_and_weights_draw_from_separate_streams():
    with_dropout = small([Affine(8), Dropout(0.5), Affine(3)], seed=5)
    without = small([Affine(8), Affine(3)], seed=5)
    assert np.array_equal(with_dropout.params["0.W"], without.params["0.W"])
    assert np.array_equal(with_dropout.params["2.W"], without.params["1.W"])


# --- initial weights ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "right"),
    [
        (Affine(500), np.sqrt(2 / 400)),
        (Affine(500, initial="xavier"), np.sqrt(1 / 400)),
        (Affine(500, initial="he"), np.sqrt(2 / 400)),
        (Affine(500, initial=0.01), 0.01),
        (Affine(500, initial=1), 1.0),
        (Affine(500, initial=0.0), 0.0),
    ],
    ids=str,
)
def test_initial_weights_have_the_spread_of_their_rule(layer, right):
    net = small([layer, ReLU(), Affine(2)], 400)
    W = net.params["0.W"]
    assert W.std() == pytest.approx(right, rel=0.02)
    assert abs(W.mean()) <= 0.02 * right
    assert not net.params["0.b"].any()


def test_the_inputs_of_a_filter_are_all_pixels_of_its_window():
    net = Network([Convolution(200, 5), ReLU(), Flatten(), Affine(2)], (8, 5, 5))
    assert net.params["0.W"].std() == pytest.approx(np.sqrt(2 / (8 * 25)), rel=0.02)


def test_auto_looks_for_the_activation_function_that_follows():
    stack = [Affine(3), BatchNormalization(), ReLU(), Affine(3), Tanh(), Affine(3), Affine(3)]
    assert [activation_after(stack, i) for i in (0, 3, 5, 6)] == ["ReLU", "Tanh", "", ""]
    for activation, right in ((ReLU(), 2), (Sigmoid(), 1), (Tanh(), 1)):
        net = small([Affine(500), Dropout(), activation, Affine(2)], 400)
        assert net.params["0.W"].std() == pytest.approx(np.sqrt(right / 400), rel=0.02)


# --- loss and weight decay ----------------------------------------------------------------------


def test_weight_decay_pulls_on_weights_and_on_nothing_else():
    plain, decayed = make(), make(weight_decay=0.1)
    for net in (plain, decayed):
        net.values += 0.5  # biases, γ and β away from where they start
    x, t = batch()
    g = {k: a.copy() for k, a in plain.gradient(x, t).items()}
    h = decayed.gradient(x, t)
    for key, p in plain.params.items():
        pull = 0.1 * p if key.endswith(".W") else 0
        np.testing.assert_allclose(h[key], g[key] + pull, rtol=1e-5, atol=1e-7)
    squares = sum(float((p**2).sum()) for k, p in plain.params.items() if k.endswith(".W"))
    assert decayed.loss(x, t) - plain.loss(x, t) == pytest.approx(0.05 * squares, rel=1e-4)
    assert decayed.evaluate(x, t) == plain.evaluate(x, t)


def test_predictions_are_shares_that_sum_to_one():
    net, (x, _) = make(), batch(1203)  # more than one chunk
    p = net.predict(x)
    assert p.shape == (1203, 4)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert np.array_equal(p.argmax(axis=1), net.forward(x).argmax(axis=1))
    assert net.predict(x[:0]).shape == (0, 4)


def test_accuracy_counts_the_right_answers():
    net, (x, t) = make(), batch(700)
    answers = net.predict(x).argmax(axis=1)
    assert net.accuracy(x, answers) == 1
    assert net.accuracy(x, (answers + 1) % 4) == 0
    assert net.accuracy(x, t) == pytest.approx(float((answers == t).mean()))
    assert net.evaluate(x, t)[0] == pytest.approx(net.loss(x, t), rel=1e-5)


def test_inference_is_repeatable_and_changes_nothing():
    net, (x, t) = make(), batch()
    before, noise = net.state(), net.noise.bit_generator.state
    first = net.forward(x)
    net.predict(x), net.loss(x, t), net.activations(x), net.evaluate(x, t)
    assert np.array_equal(net.forward(x), first)
    assert all(np.array_equal(net.state()[key], a) for key, a in before.items())
    assert net.noise.bit_generator.state == noise


def test_activations_are_the_outputs_of_every_layer():
    net, (x, _) = make(), batch()
    outputs = net.activations(x)
    assert len(outputs) == len(net.layers)
    assert np.array_equal(outputs[-1], net.forward(x))
    assert [y.shape[1:] for y in outputs] == [
        report.output_shape for report in nnlib.analysis.analyse(IMAGES, (2, 6, 6)).layers
    ]


def test_inputs_and_targets_are_never_changed():
    net, (x, t) = make(), batch()
    rows = nnlib.functions.one_hot(t, 4)
    kept = x.copy(), t.copy(), rows.copy()
    for array in (x, t, rows):
        array.flags.writeable = False
    net.gradient(x, t), net.gradient(x, rows), net.predict(x), net.evaluate(x, rows)
    assert all(np.array_equal(a, b) for a, b in zip((x, t, rows), kept, strict=True))


def test_a_network_may_end_in_softmax_with_squared_error():
    net = small([Affine(3), Softmax()], loss="mean_squared_error")
    x = np.random.default_rng(0).standard_normal((6, 5))
    np.testing.assert_allclose(net.predict(x).sum(axis=1), 1, rtol=1e-6)


def test_a_network_that_learns_nothing_still_works():
    net = small([Sigmoid()], 3)
    assert net.parameter_count == 0
    assert net.gradient(np.zeros((2, 3)), np.array([0, 1])) == {}
    nnlib.optimizers.Adam().update({"all": net.values}, {"all": net.slopes})


def test_a_layer_without_parameters_may_come_first():
    x, t = np.random.default_rng(0).random((4, 5)), np.array([0, 1, 2, 0])
    errors = nnlib.gradient_check(small([Sigmoid(), Tanh(), Affine(3)]), x, t)
    assert max(errors.values()) < 1e-6


# --- what does not fit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((2, 6, 6)),
        np.zeros((4, 72)),
        np.zeros((4, 2, 6, 5)),
        np.zeros((4, 6, 6, 2)),
        np.zeros(()),
        [[1.0]],
        np.array([["a"]]),
        np.zeros((4, 2, 6, 6), complex),
        np.full((4, 2, 6, 6), None),
    ],
    ids=lambda x: f"{np.asarray(x).shape} {np.asarray(x).dtype}",
)
def test_samples_that_do_not_fit_are_a_clear_error(x):
    net = make()
    for use in (net.forward, net.predict, net.activations):
        with pytest.raises(DataError, match="The network takes samples"):
            use(x)
    with pytest.raises(DataError, match="The network takes samples"):
        net.gradient(x, np.zeros(4, int))


@pytest.mark.parametrize(
    ("t", "said"),
    [
        (np.zeros(7, int), r"class indices \(8,\) or one-hot rows"),
        (np.zeros((8, 3)), r"\(8, 4\), not an array of shape \(8, 3\)"),
        (np.zeros((8, 1), int), "class indices"),
        (np.zeros(8), "must be whole numbers, not float64"),
        (np.full(8, "3"), "must be whole numbers"),
        (np.full(8, 4), r"0 … 3, but they go from 4 to 4"),
        (np.full(8, -1), r"0 … 3, but they go from -1 to -1"),
        (3, "class indices"),
    ],
)
def test_targets_that_do_not_fit_are_a_clear_error(t, said):
    net, (x, _) = make(), batch()
    for use in (net.loss, net.gradient, net.accuracy, net.evaluate):
        with pytest.raises(DataError, match=said):
            use(x, t)


def test_an_empty_batch_is_a_clear_error():
    net, (x, t) = make(), batch()
    for use in (net.loss, net.gradient, net.accuracy):
        with pytest.raises(DataError, match="no samples"):
            use(x[:0], t[:0])


@pytest.mark.parametrize("shape", [(), (0, 3), (1.5,), 784, (3, -1), ("a",), None, "abc"])
def test_an_input_shape_that_is_none_is_a_clear_error(shape):
    with pytest.raises(LayerLabError, match="input_shape must be the shape of one sample"):
        Network([Flatten(), Affine(2)], shape)


def test_a_stack_that_cannot_work_is_refused_by_the_first_layer_that_fails():
    with pytest.raises(ShapeError) as refusal:
        Network([Convolution(30, 5), ReLU(), MaxPooling(2), Affine(10)], (1, 28, 28))
    assert str(refusal.value) == (
        "Affine needs a flat input (N, D), but layer 3 (MaxPooling) gives (N, 30, 12, 12). "
        "Insert Flatten before it."
    )
    with pytest.raises(ShapeError, match=r"The loss needs scores.*End with Flatten and Affine"):
        Network([ReLU()], (1, 28, 28))
    for shape in ((1, 28, 28), (10,)):
        with pytest.raises(ShapeError, match="Add layers"):
            Network([], shape)
    with pytest.raises(ShapeError, match="the data gives"):
        Network([Affine(3)], (1, 28, 28))
    with pytest.raises(ShapeError, match="the network may have 50,000,000"):
        Network([Affine(16384), Affine(16384)], (784,))


def test_an_unknown_loss_is_refused_by_name():
    with pytest.raises(LayerLabError, match=r"no loss named 'hinge'.*CrossEntropy"):
        small([Affine(2)], loss="hinge")


# --- state --------------------------------------------------------------------------------------


def test_state_and_restore_are_bitwise_and_hold_the_statistics_too():
    one, other, (x, t) = make(), make(seed=9), batch()
    one.gradient(x, t)
    state = one.state()
    assert {"1.mean", "1.variance", "7.mean", "7.variance", *KEYS} == set(state)
    other.restore(state)
    assert other.predict(x).tobytes() == one.predict(x).tobytes()
    one.values += 1
    assert all(np.array_equal(other.state()[key], a) for key, a in state.items())
    assert np.shares_memory(other.params["0.W"], other.values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("0.W"), "0.W do not match"),
        (lambda s: s.update(extra=np.zeros(3)), "extra do not match"),
        (lambda s: s.update({"9.b": np.zeros(5)}), r"9.b has shape \(5,\), expected \(4,\)"),
        (lambda s: s.update({"7.mean": np.zeros((6, 1))}), "7.mean"),
        (lambda s: s.clear(), "do not match"),
    ],
)
def test_foreign_weights_are_refused_and_nothing_changes(change, said):
    net = make()
    before, foreign = net.state(), make(seed=2).state()
    change(foreign)
    with pytest.raises(LayerLabError, match=said):
        net.restore(foreign)
    assert all(np.array_equal(net.state()[key], a) for key, a in before.items())


def test_a_batch_of_one_is_no_trouble():
    net, (x, t) = make(), batch()
    assert all(np.isfinite(g).all() for g in net.gradient(x[:1], t[:1]).values())
