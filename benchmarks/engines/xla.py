"""JAX on the CPU: one compiled function for a whole step, the choice of the batch included."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from benchmarks.engines.base import Engine, shuffled_batches
from benchmarks.layout import faster
from benchmarks.plan import Plan
from nnlib import layers as ours
from nnlib.errors import LayerLabError
from nnlib.layers import Layer
from nnlib.network import Network

Weights = list[dict[str, Any]]


class JaxEngine(Engine):
    """A jitted training step whose state is donated.

    Args:
        layout: "NCHW" or "NHWC"; by default the faster one where the network has convolutions.
    """

    def __init__(
        self,
        plan: Plan,
        network: Network,
        x: NDArray[np.float32],
        t: NDArray[np.int64],
        cores: int,
        layout: str = "",
    ) -> None:
        if not layout:
            has_images = any(isinstance(layer, ours.Convolution) for layer in network.layers)
            layout = faster(plan.network) if has_images else "NCHW"
        self.layout = layout
        self._x, self._t = jnp.asarray(_arranged(x, layout)), jnp.asarray(t.astype(np.int32))
        weights, buffers = convert(network, layout)
        self._state = _start(weights, buffers, plan.optimizer)
        layers = tuple(network.layers)
        self._step = _make_step(layers, layout, plan)
        self._scores = jax.jit(
            lambda weights, buffers, x: _forward(layers, layout, weights, buffers, x, None)[0]
        )
        self._probabilities = jax.jit(
            lambda weights, buffers, x: jax.nn.softmax(
                _forward(layers, layout, weights, buffers, x, None)[0]
            )
        )
        self._batches = shuffled_batches(len(x), plan.batch_size)

    def step(self) -> int:
        batch = next(self._batches)
        self._state, loss = self._step(self._state, self._x, self._t, batch.astype(np.int32))
        self.last_loss = float(loss)
        return len(batch)

    def scores(self, x: NDArray[np.float32]) -> NDArray[Any]:
        """What the last layer gives in inference."""
        return self._look(self._scores, x)

    def predict(self, x: NDArray[np.float32]) -> NDArray[Any]:
        return self._look(self._probabilities, x)

    def _look(self, function: Any, x: NDArray[np.float32]) -> NDArray[Any]:
        state = self._state
        return np.asarray(function(state["weights"], state["buffers"], _arranged(x, self.layout)))

    def description(self) -> str:
        return f"{jax.__version__}, jit, {self.layout}"

    @property
    def parameter_count(self) -> int:
        return sum(leaf.size for leaf in jax.tree.leaves(self._state["weights"]))


def convert(network: Network, layout: str) -> tuple[Weights, Weights]:
    """The network's weights and its running statistics, layer by layer, as that layout needs them.

    Flattened pictures come in another order with channels last; the weights after it are put into
    that order, so that nothing has to be moved while the network runs.
    """
    weights, buffers = [], []
    shape, order = network.input_shape, None
    for layer in network.layers:
        arrays = {name: np.array(a) for name, a in (layer.params | layer.buffers).items()}
        if isinstance(layer, ours.Flatten) and len(shape) == 3 and layout == "NHWC":
            positions = np.arange(np.prod(shape)).reshape(shape)
            order = positions.transpose(1, 2, 0).ravel()
        elif isinstance(layer, ours.Convolution) and layout == "NHWC":
            arrays["W"] = np.ascontiguousarray(arrays["W"].transpose(2, 3, 1, 0))
        elif order is not None and isinstance(layer, ours.Affine):
            arrays["W"], order = arrays["W"][order], None
        elif order is not None:
            arrays = {name: array[order] for name, array in arrays.items()}
        weights.append({name: jnp.asarray(arrays[name]) for name in layer.params})
        buffers.append({name: jnp.asarray(arrays[name]) for name in layer.buffers})
        shape = layer.output_shape(shape)
    return weights, buffers


def _arranged(x: NDArray[np.float32], layout: str) -> NDArray[np.float32]:
    """Pictures (N, C, H, W) in the layout's order of axes."""
    return x if layout == "NCHW" else np.ascontiguousarray(x.transpose(0, 2, 3, 1))


def _start(weights: Weights, buffers: Weights, optimizer: str) -> dict[str, Any]:
    state = {"weights": weights, "buffers": buffers, "key": jax.random.key(0)}
    if optimizer == "Adam":
        state["m"] = jax.tree.map(jnp.zeros_like, weights)
        state["v"] = jax.tree.map(jnp.zeros_like, weights)
        state["count"] = jnp.zeros((), jnp.int32)
    return state


def _make_step(layers: tuple[Layer, ...], layout: str, plan: Plan) -> Any:
    def loss_of(weights: Weights, buffers: Weights, x: Any, t: Any, key: Any) -> Any:
        scores, buffers = _forward(layers, layout, weights, buffers, x, key)
        logarithms = jax.nn.log_softmax(scores)
        return -jnp.take_along_axis(logarithms, t[:, None], axis=1).mean(), buffers

    @partial(jax.jit, donate_argnums=0)
    def step(state: dict[str, Any], x: Any, t: Any, batch: Any) -> Any:
        x = x.at[batch].get(mode="promise_in_bounds")
        t = t.at[batch].get(mode="promise_in_bounds")
        key, used = jax.random.split(state["key"])
        slope_of = jax.value_and_grad(loss_of, has_aux=True)
        (loss, buffers), slopes = slope_of(state["weights"], state["buffers"], x, t, used)
        updated = {"adam": _adam, "sgd": _sgd}[plan.optimizer.lower()](
            state, slopes, plan.learning_rate
        )
        return state | updated | {"buffers": buffers, "key": key}, loss

    return step


def _sgd(state: dict[str, Any], slopes: Weights, rate: float) -> dict[str, Any]:
    return {"weights": jax.tree.map(lambda w, g: w - rate * g, state["weights"], slopes)}


def _adam(state: dict[str, Any], slopes: Weights, rate: float) -> dict[str, Any]:
    count = state["count"] + 1
    m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, state["m"], slopes)
    v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, state["v"], slopes)
    corrected = rate * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    weights = jax.tree.map(
        lambda w, m, v: w - corrected * m / (jnp.sqrt(v) + 1e-8), state["weights"], m, v
    )
    return {"weights": weights, "m": m, "v": v, "count": count}


def _forward(
    layers: tuple[Layer, ...], layout: str, weights: Weights, buffers: Weights, x: Any, key: Any
) -> tuple[Any, Weights]:
    """Scores and the new running statistics; without a key it is inference."""
    kept = []
    for index, (layer, p, b) in enumerate(zip(layers, weights, buffers, strict=True)):
        if isinstance(layer, ours.Dropout):
            if key is not None:
                mask = jax.random.bernoulli(
                    jax.random.fold_in(key, index), 1 - layer.ratio, x.shape
                )
                x = jnp.where(mask, x / (1 - layer.ratio), 0)
        elif isinstance(layer, ours.BatchNormalization):
            x, b = _normalize(layer, layout, p, b, x, key is not None)
        else:
            x = _apply(layer, layout, p, x)
        kept.append(b)
    return x, kept


def _apply(layer: Layer, layout: str, p: dict[str, Any], x: Any) -> Any:
    is_last = layout == "NHWC"
    match layer:
        case ours.Affine():
            return x @ p["W"] + p["b"]
        case ours.Convolution():
            axes = (layout, "HWIO" if is_last else "OIHW", layout)
            strides, edges = (layer.stride,) * 2, [(layer.padding,) * 2] * 2
            y = lax.conv_general_dilated(x, p["W"], strides, edges, dimension_numbers=axes)
            return y + (p["b"] if is_last else p["b"][:, None, None])
        case ours.MaxPooling() | ours.AveragePooling():
            size, steps = (layer.size,) * 2, (layer.steps,) * 2
            window = (1, *size, 1) if is_last else (1, 1, *size)
            moves = (1, *steps, 1) if is_last else (1, 1, *steps)
            if isinstance(layer, ours.MaxPooling):
                return lax.reduce_window(x, -jnp.inf, lax.max, window, moves, "VALID")
            total = lax.reduce_window(x, 0.0, lax.add, window, moves, "VALID")
            return total / layer.size**2
        case ours.Flatten():
            return x.reshape(len(x), -1)
        case ours.ReLU():
            return jax.nn.relu(x)
        case ours.Sigmoid():
            return jax.nn.sigmoid(x)
        case ours.Tanh():
            return jnp.tanh(x)
    raise LayerLabError(f"The benchmark has no JAX twin for {layer.display_name()}.")


def _normalize(
    layer: ours.BatchNormalization,
    layout: str,
    p: dict[str, Any],
    b: dict[str, Any],
    x: Any,
    is_training: bool,
) -> tuple[Any, dict[str, Any]]:
    is_first = x.ndim == 4 and layout == "NCHW"
    mean, variance = b["mean"], b["variance"]
    if is_training:
        axes = (0, 2, 3) if is_first else tuple(range(x.ndim - 1))
        mean, variance = x.mean(axes), x.var(axes)
        share = layer.momentum
        b = {
            "mean": share * b["mean"] + (1 - share) * mean,
            "variance": share * b["variance"] + (1 - share) * variance,
        }
    scale = p["gamma"] / jnp.sqrt(variance + 1e-6)
    shift = p["beta"] - mean * scale
    if is_first:
        scale, shift = scale[:, None, None], shift[:, None, None]
    return x * scale + shift, b
