"""Reverse-mode automatic differentiation of scalars: each operation beside its local derivative."""

import math
from numbers import Real

from matnn_lab.text import gettext as _


class Value:
    r"""A number that remembers from which numbers it was made.

    Every operation returns a new ``Value`` that stores its parents, each with the *local derivative*
    of the result with respect to that parent. :meth:`backward` walks this graph from the result to
    the leaves and applies the chain rule, :math:`\partial L/\partial p \mathrel{+}= (\partial o/\partial p)
    \,(\partial L/\partial o)`, once per edge.

    Parameters
    ----------
    data : float
        The number. It must be finite.
    *parents : tuple of (Value, float)
        Pairs of parent and local derivative, given by the operations; a leaf has none.

    Attributes
    ----------
    data : float
        The number itself.
    grad : float
        The derivative of the number whose ``backward`` was called with respect to this one.
        On leaves it adds up from call to call, as in PyTorch: set ``leaf.grad = 0.0`` before the next one.

    Notes
    -----
    Two values are equal only if they are one and the same place in the graph: compare their ``data`` to
    compare the numbers. Reverse accumulation is described by Baydin et al., JMLR 18 (153), 2018,
    section 3.2; the layout of the class follows the idea of A. Karpathy's micrograd.

    Examples
    --------
    >>> x = Value(3.0)
    >>> (x * x + 2 * x).backward()
    >>> x.grad
    8.0
    """

    data: float
    grad: float
    parents: "tuple[tuple[Value, float], ...]"
    __array_ufunc__ = None  # numpy.float64(2) * value then comes to __rmul__

    def __init__(self, data: float, *parents: "tuple[Value, float]") -> None:
        if not isinstance(data, Real):
            kind = type(data).__name__
            raise TypeError(
                _("A Value holds one number, but a {kind} was given.").format(kind=kind)
            )
        if not math.isfinite(data):
            raise ValueError(
                _(
                    "The number {data} is not finite: lower the learning rate or scale the inputs."
                ).format(data=data)
            )
        self.data = float(data)
        self.grad = 0.0
        self.parents = parents

    def __add__(self, other: "Value | float") -> "Value":
        other = _as_value(other)
        return Value(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other: "Value | float") -> "Value":
        other = _as_value(other)
        return Value(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, n: float) -> "Value":
        if not isinstance(n, Real):
            raise TypeError(
                _(
                    "The exponent must be a plain number, not a {kind}; write x**y as (y * x.log()).exp()."
                ).format(kind=type(n).__name__)
            )
        x = self.data
        if (x < 0 and not float(n).is_integer()) or (x == 0 and n < 1 and n != 0):
            raise ValueError(
                _("{x} to the power {n} has no finite real value and slope.").format(x=x, n=n)
            )
        return Value(_power(x, n), (self, n * _power(x, n - 1) if n != 0 else 0.0))

    def exp(self) -> "Value":
        """Return e to the power of this number; it is its own derivative."""
        y = _power(math.e, self.data)
        return Value(y, (self, y))

    def log(self) -> "Value":
        """Return the natural logarithm of this number, which must be positive."""
        if self.data <= 0:
            raise ValueError(
                _("The logarithm needs a positive number, but {x} was given.").format(x=self.data)
            )
        return Value(math.log(self.data), (self, 1 / self.data))

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent of this number."""
        y = math.tanh(self.data)
        return Value(y, (self, 1 - y**2))

    def relu(self) -> "Value":
        """Return max(0, x); the slope at 0 is taken as 0, as in PyTorch."""
        return Value(max(0.0, self.data), (self, 1.0 if self.data > 0 else 0.0))

    def backward(self) -> None:
        """Add the derivative of this number with respect to each ancestor to the ancestor's ``grad``."""
        order = self._ancestors_first()
        for node in order:
            if node.parents:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            for parent, local_derivative in node.parents:
                parent.grad += local_derivative * node.grad

    def _ancestors_first(self) -> "list[Value]":
        # with a stack of its own, so that a long chain meets no recursion limit
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, parents_done = stack.pop()
            if parents_done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((parent, False) for parent, _slope in node.parents)
        return order

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: "Value | float") -> "Value":
        return self + -_as_value(other)

    def __truediv__(self, other: "Value | float") -> "Value":
        other = _as_value(other)
        if other.data == 0:
            raise ValueError(_("{x} cannot be divided by zero.").format(x=self.data))
        return self * other**-1

    def __rsub__(self, other: float) -> "Value":
        return _as_value(other) - self

    def __rtruediv__(self, other: float) -> "Value":
        return _as_value(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"


def _as_value(number: Value | float) -> Value:
    return number if isinstance(number, Value) else Value(number)


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return math.inf  # which Value refuses, with a sentence that says what to do
