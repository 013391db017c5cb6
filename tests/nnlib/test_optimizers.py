"""Optimizers against their formulas, worked by hand in plain Python numbers."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

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


def test_the_first_steps_by_hand():
    """Three of them on paper, so that the formulas here and there are not wrong together."""
    assert list(sgd()) == pytest.approx([1.95, 2.05, 1.85])
    assert list(momentum()) == pytest.approx([1.95, 2.005, 1.8545])
    assert list(nesterov()) == pytest.approx([1.905, 2.0545, 1.71905])
    assert list(adagrad()) == pytest.approx([1.9, 1.989443, 1.902156], abs=1e-6)
    assert next(rmsprop()) == pytest.approx(START - 0.1 * 0.5 / (0.5 * sqrt(0.1)), abs=1e-6)
    assert next(adam()) == pytest.approx(START - 0.1, abs=1e-6)


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
def test_a_gradient_of_another_shape_is_refused(optimizer):
    with pytest.raises(ValueError, match="broadcast"):
        optimizer.copy().update({"w": np.ones((2, 3))}, {"w": np.ones((3, 2))})


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
