"""Network: layers and a loss, with all parameters in one flat vector."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnlib.analysis import analyse
from nnlib.errors import DataError, LayerLabError, OptionError, Shape, batch_shape_text
from nnlib.flat import Flat, named
from nnlib.functions import one_hot
from nnlib.layers.base import BuildContext, Layer
from nnlib.losses import Loss
from nnlib.optimizers import Optimizer
from nnlib.parts import Parts
from nnlib.random import stream
from nnlib.types import Array, Labels, Params

CHUNK = 500  # samples that inference works on at once, to bound memory


class Network:
    """A stack of layers that can be trained.

    The given layers are only read; the network builds copies of its own.

    Args:
        layers: the stack, first layer first.
        input_shape: the shape of one sample, for example (1, 28, 28).
        loss: a loss or its name: "cross_entropy" or "mean_squared_error".
        seed: fixes initial weights and dropout masks.
        dtype: "float32" to train, "float64" to check gradients.
        weight_decay: λ; adds ½λΣW² to the loss, for W and not for b, γ, β. Saitoh, section 6.4.

    Attributes:
        params, grads: arrays by name, "0.W" is the W of the first layer. They are views into the
            flat vectors `values` and `slopes`.

    Raises:
        ShapeError: a layer cannot work on what the one before it gives.
        OptionError: an argument is of the wrong type or out of its bounds.

    A network is used by one thread at a time; it spreads large batches over several by itself.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape,
        loss: Loss | str = "cross_entropy",
        seed: int = 0,
        dtype: Any = "float32",
        weight_decay: float = 0.0,
    ) -> None:
        self.input_shape = _checked_shape(input_shape)
        _check_arguments(layers, seed, dtype, weight_decay)
        report = analyse(layers, self.input_shape)
        if report.problem:
            raise report.problem
        self.layers = [layer.copy() for layer in layers]
        self.loss_function = Loss.coerce(loss).copy()
        self.seed = seed
        self.dtype = np.dtype(dtype)
        self.weight_decay = float(weight_decay)
        assert report.loss.input_shape is not None
        (self.classes,) = report.loss.input_shape
        self._build()

    # Building

    def _build(self) -> None:
        rng, noise = stream(self.seed, "weights"), stream(self.seed, "dropout")
        shape = self.input_shape
        self.decaying: list[str] = []
        self.multiply_adds = 0
        for index, layer in enumerate(self.layers):
            activation = activation_after(self.layers, index)
            layer.build(shape, BuildContext(rng, noise, self.dtype, activation))
            self.decaying += [
                f"{index}.{name}" for name, p in layer.parameters(shape).items() if p.decays
            ]
            self.multiply_adds += layer.multiply_adds(shape)
            shape = layer.output_shape(shape)
        self.noise = noise
        self._bind()

    def _bind(self) -> None:
        """Move every parameter into one flat vector and leave views in its place."""
        for layer in self.layers:
            layer.grads = {name: np.zeros_like(array) for name, array in layer.params.items()}
        params, grads = (
            [getattr(layer, kind) for layer in self.layers] for kind in ("params", "grads")
        )
        flat = Flat(params, grads, self.dtype)
        self.values, self.slopes = flat.values, flat.slopes
        self.params: Params = dict(named(layer.params for layer in self.layers))
        self.grads: Params = dict(named(layer.grads for layer in self.layers))
        self._parts = Parts(
            self.layers,
            self.loss_function,
            flat,
            self.input_shape,
            self.classes,
            self.multiply_adds,
        )

    @property
    def parameter_count(self) -> int:
        """How many numbers it learns."""
        return int(self.values.size)

    def __getstate__(self) -> dict[str, Any]:
        """For copies: without what only refers to the layers' arrays."""
        bound = ("values", "slopes", "params", "grads", "_parts")
        return {key: value for key, value in self.__dict__.items() if key not in bound}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._bind()

    # Working

    def forward(self, x: Array, training: bool = False) -> Array:
        """Scores (N, K) for samples (N, *input_shape).

        Args:
            training: as in a training step: dropout masks are drawn, and batch normalization works
                with the batch's own statistics and takes them into its running ones.
        """
        x = self._checked(x)
        if training and not len(x):
            raise DataError("There is nothing to learn from: the batch has no samples.")
        if not training:
            return np.concatenate([*self._scores_by_chunk(x), self._no_scores()])
        return self._parts.training_scores(x)

    def activations(self, x: Array) -> list[Array]:
        """The output of every layer for samples (N, *input_shape), in inference mode."""
        x = self._checked(x)
        chunks = [self._outputs(x[start : start + CHUNK]) for start in range(0, len(x) or 1, CHUNK)]
        if len(chunks) == 1:
            return chunks[0]
        return [np.concatenate(parts) for parts in zip(*chunks, strict=True)]

    def loss(self, x: Array, t: Labels, training: bool = False) -> float:
        """The mean loss over the batch, weight decay included.

        Args:
            x: samples (N, *input_shape).
            t: class indices (N,) or one-hot rows (N, K).
        """
        x = self._checked(x)
        targets = self._targets(t, len(x))
        return self.loss_function.forward(self.forward(x, training), targets) + self.penalty()

    def penalty(self) -> float:
        """½λΣW², what weight decay adds to the loss."""
        if not self.weight_decay:
            return 0.0
        squares = sum(float(np.square(self.params[key]).sum()) for key in self.decaying)
        return 0.5 * self.weight_decay * squares

    def gradient(self, x: Array, t: Labels) -> Params:
        """The loss's gradient by backpropagation, with the keys of `params`, in training mode.

        The arrays are the network's own and hold until the next call.
        """
        self.loss_and_gradient(x, t)
        return self.grads

    def loss_and_gradient(self, x: Array, t: Labels) -> tuple[float, Array]:
        """The data's loss (weight decay apart) and the scores (N, K) of one training step.

        The gradient, weight decay included, is in `grads` and `slopes` afterwards.
        """
        loss, scores = self._step(x, t)
        self._parts.sum_up()
        return loss, scores

    def learn(self, x: Array, t: Labels, optimizer: Optimizer) -> tuple[float, Array]:
        """One training step: works out the gradient and has the optimizer follow it.

        It does what `loss_and_gradient` and ``optimizer.update(net.params, net.grads)`` do, and is
        faster. Where the loss is not finite, nothing is learned.

        Returns:
            The data's loss (weight decay apart) and the scores (N, K) before the step.

        Raises:
            DataError: the batch does not fit the network.
            OptionError: the optimizer is none.
            LayerLabError: the helping process was ended in the middle of the step.
        """
        if not isinstance(optimizer, Optimizer):
            raise OptionError(
                f"optimizer must be an optimizer, such as Adam(lr=0.001), not {optimizer!r}."
            )
        loss, scores = self._step(x, t)
        if math.isfinite(loss):
            self._parts.update(optimizer)
        else:
            self._parts.sum_up()
        return loss, scores

    def inbox(self, count: int) -> Array:
        """An array (count, *input_shape) to put a batch into that `learn` then need not copy.

        Fill it and call `learn` next: whatever else the network does may overwrite it.
        """
        return self._parts.inbox(count)

    def predict(self, x: Array) -> Array:
        """Probabilities (N, K) of the classes; argmax along the last axis is the answer."""
        scores = self._scores_by_chunk(self._checked(x))
        probabilities = [self.loss_function.probabilities(part) for part in scores]
        return np.concatenate([*probabilities, self._no_scores()])

    def accuracy(self, x: Array, t: Labels) -> float:
        """The share of samples whose largest score is that of the right class."""
        return self.evaluate(x, t)[1]

    def evaluate(self, x: Array, t: Labels) -> tuple[float, float]:
        """Loss (weight decay apart) and accuracy on samples of any number."""
        x = self._checked(x)
        targets = self._targets(t, len(x))
        total, right, start = 0.0, 0, 0
        for scores in self._scores_by_chunk(x):
            part = targets[start : start + len(scores)]
            start += len(scores)
            total += self.loss_function.forward(scores, part) * len(scores)
            right += int((scores.argmax(axis=1) == part.argmax(axis=1)).sum())
        return total / len(x), right / len(x)

    # Keeping

    def state(self) -> Params:
        """A copy of all that training changed: parameters and buffers by name."""
        return {key: array.copy() for key, array in self._kept()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` gave; nothing changes where a name or shape does not fit."""
        kept = dict(self._kept())
        if set(state) != set(kept):
            odd = ", ".join(sorted(set(state) ^ set(kept)))
            raise LayerLabError(f"These weights are of another network: {odd} do not match.")
        for key, array in kept.items():
            if state[key].shape != array.shape:
                raise LayerLabError(
                    f"These weights are of another network: {key} has shape {state[key].shape}, "
                    f"expected {array.shape}."
                )
        for key, array in kept.items():
            array[...] = state[key]

    def _kept(self) -> Iterator[tuple[str, Array]]:
        yield from self.params.items()
        for index, layer in enumerate(self.layers):
            for name, array in layer.buffers.items():
                yield f"{index}.{name}", array

    # Helping

    def _step(self, x: Array, t: Labels) -> tuple[float, Array]:
        x = self._checked(x)
        loss, scores = self._parts.step(x, self._targets(t, len(x)))
        if self.weight_decay:
            for key in self.decaying:
                self.grads[key] += self.dtype.type(self.weight_decay) * self.params[key]
        return loss, scores

    def _outputs(self, x: Array) -> list[Array]:
        outputs = []
        for layer in self.layers:
            x = layer.forward(x, training=False)
            outputs.append(x.copy(order="K"))
        return outputs

    def _no_scores(self) -> Array:
        return np.empty((0, self.classes), self.dtype)

    def _scores_by_chunk(self, x: Array) -> Iterator[Array]:
        for start in range(0, len(x), CHUNK):
            yield self._parts.scores(x[start : start + CHUNK])

    def _checked(self, x: Array) -> Array:
        x = np.asarray(x)
        if x.dtype.kind not in "fiub":
            raise DataError(f"The network takes samples that are real numbers, not {x.dtype}.")
        if x.shape[1:] != self.input_shape or x.ndim == 0:
            raise DataError(
                f"The network takes samples of shape {batch_shape_text(self.input_shape)}, "
                f"not {x.shape}. Reshape them, or build the network for that shape."
            )
        return x.astype(self.dtype, copy=False)

    def _targets(self, t: Labels, count: int) -> Array:
        """Targets as one-hot rows, checked."""
        if not count:
            raise DataError("There is nothing to judge by: the batch has no samples.")
        t = np.asarray(t)
        if t.shape == (count, self.classes):
            return t.astype(self.dtype, copy=False)
        if t.shape != (count,):
            raise DataError(
                f"Targets must be class indices ({count},) or one-hot rows "
                f"({count}, {self.classes}), not an array of shape {t.shape}."
            )
        if t.dtype.kind not in "iu":
            raise DataError(f"Class indices must be whole numbers, not {t.dtype}.")
        if t.min() < 0 or t.max() >= self.classes:
            raise DataError(
                f"Class indices must lie in 0 … {self.classes - 1}, "
                f"but they go from {t.min()} to {t.max()}."
            )
        return one_hot(t, self.classes, self.dtype)


def _check_arguments(layers: Any, seed: Any, dtype: Any, weight_decay: Any) -> None:
    """Raise `OptionError` where `Network` cannot be built from these."""
    if not isinstance(layers, Sequence) or not all(isinstance(layer, Layer) for layer in layers):
        raise OptionError(
            f"layers must be a list of layers, such as [Flatten(), Affine(10)], not {layers!r}."
        )
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise OptionError(f"seed must be a whole number of at least 0, not {seed!r}.")
    if dtype not in ("float32", "float64", np.float32, np.float64):
        raise OptionError(f"dtype must be float32 or float64, not {dtype!r}.")
    is_number = isinstance(weight_decay, int | float | np.number)
    if isinstance(weight_decay, bool) or not is_number or not 0 <= weight_decay < np.inf:
        raise OptionError(f"weight_decay must be a number of at least 0, not {weight_decay!r}.")


def _checked_shape(shape: Any) -> Shape:
    whole = isinstance(shape, Sequence) and all(isinstance(n, int | np.integer) for n in shape)
    if not whole or not shape or min(shape) < 1:
        raise OptionError(
            f"input_shape must be the shape of one sample, such as (1, 28, 28), not {shape!r}."
        )
    return tuple(int(n) for n in shape)


def activation_after(layers: Sequence[Layer], index: int) -> str:
    """The activation function that the layer at ``index`` feeds, or "" where none comes first."""
    for layer in layers[index + 1 :]:
        if layer.is_activation:
            return type(layer).__name__
        if any(option.name == "initial" for option in layer.declared_options()):
            return ""
    return ""
