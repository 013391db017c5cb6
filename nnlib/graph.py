"""A computational graph of sums and products: backpropagation where every step can be seen.

Saitoh, chapter 5. A node computes forward and hands slopes backward. By hand, as in the book::

    apples, taxed = Mul(), Mul()
    price = taxed.forward(apples.forward(100, 2), 1.1)   # 220
    dapples, dtax = taxed.backward(1.0)                  # 1.1, 200
    dapple, dapple_num = apples.backward(dapples)        # 2.2, 110

`Variable` strings the nodes together while an expression is written::

    apple, number, tax = Variable(100), Variable(2), Variable(1.1)
    price = apple * number * tax
    price.backward()                                     # apple.grad is 2.2
"""

from __future__ import annotations

import numpy as np

from nnlib.errors import DataError, LayerLabError
from nnlib.types import Array

Number = float | Array
"""What flows along an edge: a number, or an array whose values flow side by side."""


class Node:
    """Two inputs, one output z. Inputs are two numbers, or two arrays of one shape."""

    def forward(self, x: Number, y: Number) -> Number:
        """z; keeps what `backward` needs.

        Raises:
            DataError: the inputs' shapes differ.
        """
        raise NotImplementedError

    def backward(self, dz: Number) -> tuple[Number, Number]:
        """The slopes dx and dy of the graph's end at x and y, from its slope dz at z."""
        raise NotImplementedError

    def check(self, x: Number, y: Number) -> None:
        """Refuse inputs of different shapes."""
        if np.shape(x) != np.shape(y):
            raise DataError(
                f"{type(self).__name__} needs two numbers or two arrays of one shape, "
                f"not {np.shape(x)} and {np.shape(y)}."
            )


class Add(Node):
    """z = x + y. It hands dz on to both. Saitoh, section 5.4.2."""

    def forward(self, x: Number, y: Number) -> Number:
        self.check(x, y)
        return x + y

    def backward(self, dz: Number) -> tuple[Number, Number]:
        return dz, dz


class Mul(Node):
    """z = x y. It hands on dz times the other input. Saitoh, section 5.4.1."""

    kept: tuple[Number, Number] | None = None

    def forward(self, x: Number, y: Number) -> Number:
        self.check(x, y)
        self.kept = x, y
        return x * y

    def backward(self, dz: Number) -> tuple[Number, Number]:
        if self.kept is None:
            raise LayerLabError("Mul.backward needs the inputs of a forward; call forward first.")
        x, y = self.kept
        return dz * y, dz * x


class Variable:
    """A value in a graph. Sums and products of variables and numbers are variables again.

    Attributes:
        value: a number or an array; not to be changed once it is part of a graph.
        grad: after `backward`, the slope of the graph's end at this value.
        node, inputs: what made it, and of what; None and () where it was given.
    """

    __array_ufunc__ = None  # array * variable is then our product and not NumPy's

    def __init__(
        self, value: Number, node: Node | None = None, inputs: tuple[Variable, ...] = ()
    ) -> None:
        self.value = value
        self.grad: Number = 0.0
        self.node, self.inputs = node, inputs

    def __add__(self, other: Variable | Number) -> Variable:
        return self._joined(Add(), other)

    def __mul__(self, other: Variable | Number) -> Variable:
        return self._joined(Mul(), other)

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Give this value the slope 1 and every value that it was made of its own slope.

        A value that is used several times gets the sum of what its uses hand back. Slopes that an
        earlier call left in this graph are replaced. Where this value is an array, each of its
        numbers gets the slope 1, so that the slopes are those of their sum.
        """
        order = self._inputs_first()
        for variable in order:
            variable.grad = np.zeros(np.shape(variable.value))[()]
        self.grad = np.ones(np.shape(self.value))[()]
        for variable in reversed(order):
            if variable.node is not None:
                slopes = variable.node.backward(variable.grad)
                for source, slope in zip(variable.inputs, slopes, strict=True):
                    source.grad = source.grad + slope

    def _joined(self, node: Node, other: Variable | Number) -> Variable:
        other = other if isinstance(other, Variable) else Variable(other)
        return Variable(node.forward(self.value, other.value), node, (self, other))

    def _inputs_first(self) -> list[Variable]:
        """This value and all behind it, each once and after those that it was made of.

        It walks with a list of its own, since a long sum is deeper than Python's recursion.
        """
        order: list[Variable] = []
        seen: set[int] = set()
        ahead = [(self, False)]
        while ahead:
            variable, is_done = ahead.pop()
            if is_done:
                order.append(variable)
            elif id(variable) not in seen:
                seen.add(id(variable))
                ahead.append((variable, True))
                ahead += [(source, False) for source in variable.inputs]
        return order
