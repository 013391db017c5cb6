"""What holds for every layer, whoever wrote it: each new one is tested here by existing.

A layer takes part with its default options on every shape of `SHAPES` that it accepts, and with
the options of `VARIANTS` where the defaults leave something out.
"""

from __future__ import annotations

import json
import tracemalloc
import zlib

import numpy as np
import pytest

import nnlib
from nnlib.errors import ShapeError
from nnlib.gradient import numerical_gradient, relative_error
from nnlib.layers.base import BuildContext, Layer

SHAPES = [(7,), (12,), (2, 6, 6), (3, 4, 8)]
VARIANTS = [
    (nnlib.Affine(5, initial="he"), (7,)),
    (nnlib.Affine(1, initial=0.5), (1,)),
    (nnlib.Convolution(4, 3, stride=2, padding=1), (2, 5, 7)),
    (nnlib.Convolution(2, 1), (3, 2, 2)),
    (nnlib.Convolution(2, 4, padding=3), (1, 4, 4)),
    (nnlib.MaxPooling(3, stride=1), (2, 5, 4)),
    (nnlib.MaxPooling(1, stride=2), (2, 5, 5)),
    (nnlib.AveragePooling(3, stride=2), (2, 5, 7)),
    (nnlib.BatchNormalization(momentum=0.0), (4,)),
    (nnlib.Dropout(0.0), (6,)),
    (nnlib.Dropout(0.95), (2, 3, 3)),
]


def accepts(layer: Layer, shape: tuple[int, ...]) -> bool:
    try:
        layer.output_shape(shape)
    except ShapeError:
        return False
    return True


DEFAULTS = [member() for member in Layer.members.values()]
CASES = [(layer, shape) for layer in DEFAULTS for shape in SHAPES if accepts(layer, shape)]
CASES += VARIANTS


def name(value: object) -> str:
    if isinstance(value, Layer):
        return f"{value.display_name()}({value.summary()})"
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


every_case = pytest.mark.parametrize(("layer", "shape"), CASES, ids=name)
every_layer = pytest.mark.parametrize("layer", DEFAULTS, ids=name)
both_modes = pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


class Built:
    """A layer, built, whose random numbers start anew for every call."""

    def __init__(self, layer, shape, dtype=np.float64, seed=0):
        self.layer = layer.copy()
        self.noise = np.random.default_rng([seed, 1])
        self.start = self.noise.bit_generator.state
        rng = np.random.default_rng([seed, 2])
        self.layer.build(shape, BuildContext(rng, self.noise, np.dtype(dtype)))
        self.layer.grads = {key: np.zeros_like(p) for key, p in self.layer.params.items()}

    def forward(self, x, training=True):
        self.noise.bit_generator.state = self.start
        return self.layer.forward(x, training).copy()  # or the next one would overwrite it


def inputs(shape, count=4, dtype=np.float64):
    """Numbers between −2 and 2 that lie far apart, and far from 0 where many functions bend."""
    size = count * int(np.prod(shape))
    values = 4 * (np.arange(size) + 0.25) / size - 2
    assert np.abs(values).min() > 100 * nnlib.gradient.STEP
    rng = np.random.default_rng(zlib.crc32(repr(shape).encode()))
    return rng.permutation(values).reshape(count, *shape).astype(dtype)


def gradient_errors(layer, shape, training=True) -> dict[str, float]:
    """How far `backward` is from the numerical gradient, for the input "x" and every parameter."""
    built, x = Built(layer, shape), inputs(shape)
    y = built.forward(x, training)
    dy = np.random.default_rng(3).standard_normal(y.shape)
    analytic = {"x": built.layer.backward(dy)} | built.layer.grads

    def numeric(array: np.ndarray) -> np.ndarray:
        kept = array.copy()

        def loss(probe):
            array[...] = probe
            return float((built.forward(x, training) * dy).sum())

        slopes = numerical_gradient(loss, kept)
        array[...] = kept
        return slopes

    arrays = {"x": x} | built.layer.params
    return {key: relative_error(analytic[key], numeric(array)) for key, array in arrays.items()}


def test_every_known_layer_is_tested():
    assert {type(layer) for layer, _ in CASES} == set(Layer.members.values())


@every_case
@both_modes
@both_types
def test_shapes_and_number_types_are_the_declared_ones(layer, shape, training, dtype):
    built = Built(layer, shape, dtype)
    declared = layer.parameters(shape)
    assert {key: p.shape for key, p in built.layer.params.items()} == {
        key: p.shape for key, p in declared.items()
    }
    x = inputs(shape, 3, dtype)
    y = built.forward(x, training)
    assert y.shape == (3, *layer.output_shape(shape))
    dx = built.layer.backward(np.ones_like(y))
    assert dx.shape == x.shape
    arrays = [y, dx, *built.layer.params.values(), *built.layer.grads.values()]
    arrays += built.layer.buffers.values()
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@every_case
@both_modes
def test_backward_gives_the_numerical_gradient(layer, shape, training):
    errors = gradient_errors(layer, shape, training)
    assert max(errors.values()) < 1e-6, errors


@every_case
def test_a_wrong_sign_in_backward_would_be_noticed(layer, shape, monkeypatch):
    right = type(layer).backward

    def wrong(self, dy):
        dx = -right(self, dy)
        for g in self.grads.values():
            np.negative(g, out=g)
        return dx

    monkeypatch.setattr(type(layer), "backward", wrong)
    if not isinstance(layer, nnlib.Step):  # its gradient is zero, and so is the wrong one
        errors = gradient_errors(layer, shape)
        assert min(errors.values()) > 0.99, errors


@every_case
@both_modes
def test_learning_alone_fills_the_same_gradients_as_backward(layer, shape, training):
    built = Built(layer, shape)
    dy = np.cos(built.forward(inputs(shape), training))
    built.layer.backward(dy)
    whole = {key: g.copy() for key, g in built.layer.grads.items()}
    for g in built.layer.grads.values():
        g[...] = np.nan
    built.layer.learn(dy)
    for key, g in built.layer.grads.items():
        assert np.array_equal(g, whole[key])


@every_case
@both_modes
def test_what_comes_in_is_never_changed(layer, shape, training):
    built, x = Built(layer, shape), inputs(shape)
    x.flags.writeable = False
    y = built.forward(x, training)
    dy = np.sin(y)
    kept = dy.copy()
    dy.flags.writeable = False
    built.layer.backward(dy)
    assert np.array_equal(x, inputs(shape))
    assert np.array_equal(dy, kept)


@every_case
def test_a_warm_layer_allocates_nothing_large(layer, shape):
    built = Built(layer, shape, np.float32)
    x = np.random.default_rng(0).standard_normal((3000, *shape), dtype=np.float32)
    for _ in range(2):
        built.layer.drawn = built.layer.draw(len(x))
        tracemalloc.start()
        y = built.layer.forward(x, training=True)
        built.layer.backward(y)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # NumPy works through buffers of some thousand numbers, whatever the size of the arrays.
    assert peak < 130_000 + 0.3 * x.nbytes, f"{peak:,} bytes beside inputs of {x.nbytes:,}"


@every_case
def test_the_same_seed_gives_the_same_bits(layer, shape):
    def run() -> list[np.ndarray]:
        built = Built(layer, shape, np.float32)
        y = built.forward(inputs(shape, dtype=np.float32))
        dx = built.layer.backward(np.cos(y))
        return [y, dx, *built.layer.params.values(), *built.layer.grads.values()]

    for a, b in zip(run(), run(), strict=True):
        assert a.tobytes() == b.tobytes()


@every_case
def test_the_memory_order_of_a_batch_does_not_matter(layer, shape):
    """Convolution hands on arrays in which the images of a batch lie next to each other."""
    x = inputs(shape)
    batch_last = np.ascontiguousarray(np.moveaxis(x, 0, -1))
    results = []
    for same in (x, np.moveaxis(batch_last, -1, 0)):
        built = Built(layer, shape)
        y = built.forward(same, training=False)
        results.append((y, built.layer.backward(np.cos(y)), *built.layer.grads.values()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


@every_case
def test_inference_judges_each_sample_by_itself(layer, shape):
    built, x = Built(layer, shape), inputs(shape)
    together = built.forward(x, training=False)
    apart = [built.forward(x[i : i + 1], training=False) for i in range(len(x))]
    np.testing.assert_allclose(together, np.concatenate(apart), rtol=1e-12)


@every_case
def test_a_layer_written_down_and_read_back_is_the_same(layer, shape):
    read = Layer.from_json(json.loads(json.dumps(layer.to_json())))
    assert read == layer
    assert read.to_json() == layer.to_json()
    x = inputs(shape)
    assert np.array_equal(Built(read, shape).forward(x), Built(layer, shape).forward(x))


@every_case
def test_a_copy_is_equal_and_not_built(layer, shape):
    built = Built(layer, shape).layer
    built.forward(inputs(shape), training=True)
    copy = built.copy()
    assert copy == layer
    assert (copy.params, copy.grads, copy.buffers) == ({}, {}, {})
    assert set(vars(copy)) == set(vars(type(layer)()))


@every_layer
def test_options_cannot_be_assigned(layer):
    for option, value in layer.options().items():
        with pytest.raises(AttributeError, match=rf"{option}.*replace\({option}="):
            setattr(layer, option, value)


@every_layer
def test_it_explains_itself(layer):
    assert layer.describe().endswith(".")
    assert layer.formula
    assert layer.category or isinstance(layer, nnlib.Disabled)  # which no palette shows
    assert all(option.help.endswith(".") for option in layer.declared_options())


@pytest.mark.parametrize(
    "layer", [layer for layer in DEFAULTS if layer.output_range is not None], ids=name
)
def test_bounded_outputs_keep_their_bounds(layer):
    low, high = layer.output_range
    for x in (inputs((12,)), 1e4 * inputs((12,))):
        y = Built(layer, (12,)).forward(x)
        assert low <= y.min() <= y.max() <= high


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (1, 1, 1), (2, 3, 4, 5)], ids=name)
@every_layer
def test_whatever_the_shape_it_works_or_says_why_not(layer, shape):
    if accepts(layer, shape):
        assert Built(layer, shape).forward(inputs(shape)).shape == (4, *layer.output_shape(shape))
        return
    with pytest.raises(ShapeError, match=layer.display_name()) as refusal:
        layer.output_shape(shape)
    assert refusal.value.fix
