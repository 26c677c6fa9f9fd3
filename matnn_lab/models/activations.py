"""Activation functions φ and their derivatives, written with NumPy."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def sigmoid(z: ArrayLike) -> Array:
    """Return 1 / (1 + exp(−z)), written with tanh so that no exponential overflows."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z, dtype=float)))


def normal_cdf(z: ArrayLike) -> Array:
    """Return the share of a standard normal distribution below each ``z``."""
    return 0.5 * (
        1 + np.vectorize(math.erf, otypes=[float])(np.asarray(z, dtype=float) / math.sqrt(2))
    )


def relu(z: ArrayLike) -> Array:
    """Return max(0, z)."""
    return np.maximum(0.0, np.asarray(z, dtype=float))


def relu_slope(z: ArrayLike) -> Array:
    """Return the derivative of ReLU, 0 at the kink as PyTorch has it."""
    return (np.asarray(z) > 0).astype(float)


def gelu(z: ArrayLike) -> Array:
    """Return z Φ(z), the exact form with the error function (Hendrycks and Gimpel 2016)."""
    return np.asarray(z, dtype=float) * normal_cdf(z)


def gelu_slope(z: ArrayLike) -> Array:
    """Return the derivative of :func:`gelu`, Φ(z) + z Φ′(z)."""
    z = np.asarray(z, dtype=float)
    return normal_cdf(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def silu(z: ArrayLike) -> Array:
    """Return z σ(z)."""
    return np.asarray(z, dtype=float) * sigmoid(z)


def silu_slope(z: ArrayLike) -> Array:
    """Return the derivative of :func:`silu`."""
    z = np.asarray(z, dtype=float)
    return sigmoid(z) * (1 + z * (1 - sigmoid(z)))


def tanh_slope(z: ArrayLike) -> Array:
    """Return the derivative of tanh."""
    return 1 - np.tanh(np.asarray(z, dtype=float)) ** 2


ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "ReLU": (relu, relu_slope),
    "GELU": (gelu, gelu_slope),
    "SiLU": (silu, silu_slope),
    "tanh": (np.tanh, tanh_slope),
}
