"""Looking changes nothing: a run that is watched is bit by bit the run that is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import (
    Affine,
    BatchNormalization,
    Convolution,
    Dataset,
    Dropout,
    Flatten,
    Layer,
    MaxPooling,
    Network,
    ReLU,
    Sigmoid,
)
from nnlib.optimizers import Adam, Momentum
from nnlib.training import Trainer, TrainingSettings
from nnlib.training.distributions import distributions, gradient_distributions
from nnlib.views import convolution_window, feature_maps, first_filters, gradients_per_layer

SHAPE = (2, 6, 6)
CONVOLUTIONS: list[Layer] = [
    Dropout(0.2), Convolution(4, 3, padding=1), BatchNormalization(), ReLU(), MaxPooling(2),
    Dropout(0.3), Flatten(), Affine(3),
]  # fmt: skip
FLAT: list[Layer] = [Flatten(), Affine(9), BatchNormalization(), Sigmoid(), Dropout(0.5), Affine(3)]

rng = np.random.default_rng(0)
X, T = rng.random((64, *SHAPE), dtype=np.float32), rng.integers(0, 3, 64)
DATA = Dataset("noise", X[:50], T[:50], X[50:], T[50:], ("a", "b", "c"))

VIEWS: dict[str, Callable[[Network, int], object]] = {
    "filters": lambda net, count: first_filters(net),
    "feature maps": lambda net, count: feature_maps(net, X[count]),
    "window": lambda net, count: [
        convolution_window(net, X[count], index, (count % 6, 5))
        for index, layer in enumerate(net.layers)
        if isinstance(layer, Convolution)
    ],
    "gradients": lambda net, count: gradients_per_layer(net, X[:count], T[:count]),
    "outputs' distributions": lambda net, count: distributions(net, X[:count]),
    "gradients' distributions": lambda net, count: gradient_distributions(
        net, X[:count], T[:count]
    ),
}
# Which view, between which two events, over how many samples (more or fewer than a batch has).
looks = st.lists(st.tuples(st.integers(0, 25), st.sampled_from(list(VIEWS)), st.integers(1, 40)))


def everything(trainer: Trainer) -> list[bytes]:
    """All that the rest of a run depends on."""
    state = trainer.state()
    arrays = [*trainer.network.state().values(), trainer.network.slopes, state["order"]]
    arrays += [a for slot in state["optimizer"]["slots"].values() for a in slot.values()]
    rest = (state["noise"], state["shuffler"], state["step"], state["optimizer"]["step_count"])
    return [*(array.tobytes() for array in arrays), repr(rest).encode()]


def run(stack: list[Layer], at: list[tuple[int, str, int]]) -> tuple[list, list[bytes]]:
    optimizer = Adam() if stack is FLAT else Momentum(lr=0.05)
    chosen = TrainingSettings(optimizer=optimizer, batch_size=12, epochs=3, weight_decay=0.01)
    trainer = Trainer(Network(stack, SHAPE, seed=4), DATA, chosen)
    events = []
    for moment, event in enumerate(trainer.run()):
        events.append(event)
        for when, name, count in at:
            if when == moment:
                before = everything(trainer)
                VIEWS[name](trainer.network, count)
                assert everything(trainer) == before, name
    return events, everything(trainer)


@settings(max_examples=30)
@given(st.sampled_from([CONVOLUTIONS, FLAT]), looks)
def test_a_run_that_is_watched_is_bitwise_the_run_that_is_not(stack, at):
    assert run(stack, at) == run(stack, [])


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("stack", [CONVOLUTIONS, FLAT], ids=["convolutions", "flat"])
def test_a_gradient_that_is_about_to_be_used_stays_as_it_is(stack, name):
    net = Network(stack, SHAPE, seed=1)
    gradient = net.gradient(X[:8], T[:8])
    before = {key: g.copy() for key, g in gradient.items()}
    VIEWS[name](net, 8)
    VIEWS[name](net, 3)
    assert all(np.array_equal(gradient[key], before[key]) for key in before)


def arrays_in(found: object) -> list[np.ndarray]:
    match found:
        case np.ndarray():
            return [found]
        case dict():
            return [array for value in found.values() for array in arrays_in(value)]
        case tuple() | list():
            return [array for value in found for array in arrays_in(value)]
    return arrays_in(vars(found)) if hasattr(found, "__dict__") else []


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("stack", [CONVOLUTIONS, FLAT], ids=["convolutions", "flat"])
def test_what_was_shown_stays_as_it_is_while_the_network_goes_on(stack, name):
    net = Network(stack, SHAPE, seed=1)
    found = VIEWS[name](net, 8)
    kept = [array.copy() for array in arrays_in(found)]
    if name != "window" or stack is CONVOLUTIONS:
        assert kept
    net.gradient(X[8:16], T[8:16])
    net.values += net.slopes
    net.activations(X[16:24])
    net.activations(X[16:17])
    VIEWS[name](net, 8)
    for array, copy in zip(arrays_in(found), kept, strict=True):
        assert np.array_equal(array, copy)
        assert not np.shares_memory(array, net.values)


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_never_changes_its_input(name):
    before = X.copy(), T.copy()
    VIEWS[name](Network(CONVOLUTIONS, SHAPE), 20)
    assert np.array_equal(X, before[0])
    assert np.array_equal(T, before[1])
