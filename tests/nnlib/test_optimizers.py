"""Optimizers against their formulas, worked by hand in plain Python numbers."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from nnlib.errors import DataError, LayerLabError
from nnlib.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, Optimizer, RMSprop

START = 2.0
GRADIENTS = [0.5, -1.0, 2.0]
TINY = 1e-7  # the book's

every_optimizer = pytest.mark.parametrize(
    "optimizer", [kind() for kind in Optimizer.members.values()], ids=str
)


def sgd(lr=0.1):
    w = START
    for g in GRADIENTS:
        w -= lr * g
        yield w


def momentum(lr=0.1, alpha=0.9):
    w, v = START, 0.0
    for g in GRADIENTS:
        v = alpha * v - lr * g
        w += v
        yield w


def nesterov(lr=0.1, alpha=0.9):
    """As it is told of, not as it is coded: the gradient is taken where the momentum leads to.

    The true place is w; the optimizer keeps w + αv, where it is asked for the next gradient.
    """
    w, v = START, 0.0
    for g in GRADIENTS:
        v = alpha * v - lr * g
        w += v
        yield w + alpha * v


def adagrad(lr=0.1):
    w, h = START, 0.0
    for g in GRADIENTS:
        h += g * g
        w -= lr * g / (sqrt(h) + TINY)
        yield w


def rmsprop(lr=0.1, rho=0.9):
    w, h = START, 0.0
    for g in GRADIENTS:
        h = rho * h + (1 - rho) * g * g
        w -= lr * g / (sqrt(h) + TINY)
        yield w


def adam(lr=0.1, beta1=0.9, beta2=0.999):
    w, m, v = START, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, start=1):
        m += (1 - beta1) * (g - m)
        v += (1 - beta2) * (g * g - v)
        w -= lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + TINY)
        yield w


FORMULAS = {
    SGD: (SGD(lr=0.1), sgd),
    Momentum: (Momentum(lr=0.1, momentum=0.9), momentum),
    Nesterov: (Nesterov(lr=0.1, momentum=0.9), nesterov),
    AdaGrad: (AdaGrad(lr=0.1), adagrad),
    RMSprop: (RMSprop(lr=0.1, decay_rate=0.9), rmsprop),
    Adam: (Adam(lr=0.1), adam),
}


BY_HAND = {
    # 2 − 0.05; + 0.1; − 0.2
    SGD: [1.95, 2.05, 1.85],
    # v = −0.05; −0.045 + 0.1 = 0.055; 0.0495 − 0.2 = −0.1505
    Momentum: [1.95, 2.005, 1.8545],
    # the same places 1.95, 2.005, 1.8545, and from each 0.9 v further
    Nesterov: [1.95 - 0.045, 2.005 + 0.0495, 1.8545 - 0.13545],
    # h = 0.25; 1.25; 5.25: 2 − 0.05/0.5; + 0.1/1.118034; − 0.2/2.291288
    AdaGrad: [1.9, 1.989443, 1.902156],
    # h = 0.025; 0.0225 + 0.1 = 0.1225; 0.11025 + 0.4 = 0.51025:
    # 2 − 0.05/0.1581139; + 0.1/0.35; − 0.2/0.7143179
    RMSprop: [1.683772, 1.969487, 1.689499],
    # m = 0.05; 0.045 − 0.1 = −0.055; −0.0495 + 0.2 = 0.1505, over 0.1; 0.19; 0.271
    # v = 0.00025; 0.00124975; 0.00524850025, over 0.001; 0.001999; 0.002997001
    # 2 − 0.1·0.5/0.5; + 0.1·0.2894737/0.7906883; − 0.1·0.5553506/1.3233487
    Adam: [1.9, 1.936610, 1.894645],
}
"""The first three steps from 2 with slopes 0.5, −1, 2 and a learning rate of 0.1, on paper."""


@pytest.mark.parametrize("kind", Optimizer.members.values())
def test_the_first_three_steps_are_those_on_paper(kind):
    """Six digits, so that the formulas here and there are not wrong together."""
    optimizer, formula = FORMULAS[kind]
    optimizer, w = optimizer.copy(), np.array([START])
    places = []
    for g in GRADIENTS:
        optimizer.update({"w": w}, {"w": np.array([g])})
        places.append(float(w[0]))
    assert places == pytest.approx(BY_HAND[kind], abs=2e-6)
    assert list(formula()) == pytest.approx(BY_HAND[kind], abs=2e-6)


def test_the_defaults_are_the_books():
    """Saitoh, section 6.1."""
    assert SGD().options() == {"lr": 0.01}
    assert Momentum().options() == Nesterov().options() == {"lr": 0.01, "momentum": 0.9}
    assert AdaGrad().options() == {"lr": 0.01}
    assert RMSprop().options() == {"lr": 0.01, "decay_rate": 0.99}
    assert Adam().options() == {"lr": 0.001, "beta1": 0.9, "beta2": 0.999}


@pytest.mark.parametrize("kind", Optimizer.members.values())
def test_every_step_follows_the_formula(kind):
    optimizer, formula = FORMULAS[kind]
    optimizer = optimizer.copy()
    params = {"W": np.full((2, 3), START), "b": np.array([START])}
    arrays = dict(params)
    for g, right in zip(GRADIENTS, formula(), strict=True):
        optimizer.update(params, {"W": np.full((2, 3), g), "b": np.array([g])})
        np.testing.assert_allclose(params["W"], right, rtol=1e-13)
        np.testing.assert_allclose(params["b"], right, rtol=1e-13)
    assert all(params[key] is array for key, array in arrays.items())


@pytest.mark.parametrize("kind", [Momentum, Nesterov])
def test_without_momentum_it_is_sgd(kind):
    a, b = np.ones(3), np.ones(3)
    without, plain = kind(lr=0.1, momentum=0.0), SGD(lr=0.1)
    for g in GRADIENTS:
        without.update({"w": a}, {"w": np.full(3, g)})
        plain.update({"w": b}, {"w": np.full(3, g)})
    np.testing.assert_allclose(a, b, rtol=1e-14)


def random_steps(optimizer, params, count, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        grads = {k: rng.standard_normal(p.shape).astype(p.dtype) for k, p in params.items()}
        optimizer.update(params, grads)


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_types_are_kept_and_gradients_untouched(optimizer, dtype):
    optimizer = optimizer.copy()
    p, g = np.ones(5, dtype), np.linspace(-1, 1, 5, dtype=dtype)
    kept = g.copy()
    g.flags.writeable = False
    for _ in range(3):
        optimizer.update({"w": p}, {"w": g})
    assert np.array_equal(g, kept)
    arrays = [a for slot in optimizer.slots.values() for a in slot.values()]
    assert {a.dtype for a in [p, *arrays]} == {np.dtype(dtype)}


@every_optimizer
def test_a_zero_gradient_from_the_start_changes_nothing(optimizer):
    optimizer, p = optimizer.copy(), np.ones(3)
    for _ in range(3):
        optimizer.update({"w": p}, {"w": np.zeros(3)})
    assert p.tolist() == [1, 1, 1]


@every_optimizer
def test_the_size_and_the_memory_order_of_an_array_do_not_matter(optimizer):
    """Large arrays are worked on in pieces."""
    whole = np.random.default_rng(1).standard_normal((3, 40_000))
    columns = np.asfortranarray(whole)
    rows = {str(i): row.copy() for i, row in enumerate(whole)}
    a, b, c = optimizer.copy(), optimizer.copy(), optimizer.copy()
    rng = np.random.default_rng(2)
    for _ in range(3):
        g = rng.standard_normal(whole.shape)
        a.update({"w": whole}, {"w": g})
        b.update({"w": columns}, {"w": np.asfortranarray(g)})
        c.update(rows, {str(i): row for i, row in enumerate(g)})
    assert np.array_equal(whole, columns)
    assert np.array_equal(whole, np.stack(list(rows.values())))


@every_optimizer
@pytest.mark.parametrize(
    ("grads", "said"),
    [
        (
            {"a": np.ones(2), "w": np.ones((3, 2))},
            r"of w must .* shape \(2, 3\), not of shape \(3,",
        ),
        ({"a": np.ones(2), "w": np.ones((1, 3))}, r"not of shape \(1, 3\)"),  # it would broadcast
        ({"a": np.ones(2), "w": np.float64(1)}, r"not of shape \(\)"),
        ({"a": np.ones(2), "w": [[1.0] * 3] * 2}, "not a list"),
        ({"a": np.ones(2), "W": np.ones((2, 3))}, "no gradient for w. .* there are: a, W"),
        ({}, "no gradient for a. .* there are: none"),
    ],
)
def test_a_gradient_that_does_not_fit_is_refused_and_nothing_changes(optimizer, grads, said):
    optimizer, params = optimizer.copy(), {"a": np.zeros(2), "w": np.ones((2, 3))}
    with pytest.raises(LayerLabError, match=said):
        optimizer.update(params, grads)
    assert optimizer.step_count == 0
    assert not params["a"].any()
    assert (params["w"] == 1).all()


@every_optimizer
def test_what_is_no_state_is_refused_and_nothing_changes(optimizer):
    optimizer = optimizer.copy()
    random_steps(optimizer, {"w": np.ones(3)}, 2)
    before = repr(optimizer.state())
    good = optimizer.state()
    for wrong in (
        {}, {"step_count": 2}, good | {"step_count": -1}, good | {"step_count": "2"},
        good | {"slots": {"other": {}}}, good | {"slots": None},
        good | {"slots": dict.fromkeys(good["slots"] or ["x"], 3)},
        good | {"slots": {key: {"w": 3} for key in good["slots"] or ["x"]}},
    ):  # fmt: skip
        with pytest.raises(DataError, match="no state of"):
            optimizer.restore(wrong)
        assert repr(optimizer.state()) == before


@every_optimizer
def test_restored_it_goes_on_bit_by_bit(optimizer):
    one = {"W": np.ones((4, 3), np.float32), "b": np.zeros(3, np.float32)}
    first = optimizer.copy()
    random_steps(first, one, 5)
    two, state = {key: p.copy() for key, p in one.items()}, first.state()
    second = optimizer.copy()
    second.restore(state)
    random_steps(first, one, 5, seed=9)  # what is a copy does not move along
    random_steps(second, two, 5, seed=9)
    for key, p in one.items():
        assert p.tobytes() == two[key].tobytes()
    third, three = optimizer.copy(), {key: np.zeros_like(p) for key, p in one.items()}
    third.restore(state)
    random_steps(third, three, 1)
    assert third.step_count == 6


@every_optimizer
def test_a_copy_remembers_nothing(optimizer):
    used = optimizer.copy()
    random_steps(used, {"w": np.ones(3)}, 2)
    fresh = used.copy()
    assert fresh == used
    assert fresh.step_count == 0
    assert all(slot == {} for slot in fresh.slots.values())


@every_optimizer
def test_it_finds_the_bottom_of_a_bowl(optimizer):
    """f = x²/20 + y² from (−7, 2), the valley of Saitoh, section 6.1."""
    optimizer = optimizer.copy()
    optimizer.lr = {"Momentum": 0.1, "Nesterov": 0.1, "RMSprop": 0.05}.get(
        type(optimizer).__name__, 0.5
    )
    p = np.array([-7.0, 2.0])
    for _ in range(300):
        optimizer.update({"w": p}, {"w": p * [0.1, 2.0]})
    assert p[0] ** 2 / 20 + p[1] ** 2 < 1e-2
