"""Stochastic gradient descent, momentum and Adam in NumPy, step for step as in ``torch.optim``.

An optimiser turns parameters and the gradient of the loss into new parameters. What it remembers
from step to step (a velocity, running means) is kept in the object, so one object serves one training run.
``learning_rate`` may be changed between steps; that is all a learning-rate schedule does.
"""

import math
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.text import gettext as _


class SGD:
    r"""Gradient descent, :math:`\theta \leftarrow \theta - \eta\, g`.

    It is called stochastic when ``g`` comes from a mini-batch instead of the whole data set.

    Parameters
    ----------
    learning_rate : float
        The step length :math:`\eta > 0`, in units of parameter² / loss.

    References
    ----------
    H. Robbins and S. Monro, Ann. Math. Statist. 22, 400 (1951), doi:10.1214/aoms/1177729586.
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = _positive(learning_rate, "learning_rate")

    def step(self, parameters: ArrayLike, gradients: ArrayLike) -> NDArray[np.float64]:
        """Return the new parameters.

        Parameters
        ----------
        parameters, gradients : array_like
            Any shape, the same for both. Neither is changed.

        Raises
        ------
        ValueError
            If the shapes differ or a gradient is NaN or infinite.
        """
        theta, g = _checked(parameters, gradients)
        return theta - self.learning_rate * g


class Momentum:
    r"""Gradient descent as a heavy ball.

    Each step is :math:`v \leftarrow \mu v + g`, then :math:`\theta \leftarrow \theta - \eta v`.

    Parameters
    ----------
    learning_rate : float
        The step length :math:`\eta > 0`.
    momentum : float
        The share :math:`0 \le \mu < 1` of the velocity kept at each step. The velocity starts at zero.

    Notes
    -----
    This is PyTorch's convention. Sutskever et al. (ICML 2013) write
    :math:`v \leftarrow \mu v - \eta g,\ \theta \leftarrow \theta + v`: with a constant learning rate both
    walk the same path, but when it changes, only PyTorch's convention changes the whole next step at once.
    Texts that average, :math:`v \leftarrow \mu v + (1-\mu) g`, need a learning rate larger by
    :math:`1/(1-\mu)`.

    References
    ----------
    B. T. Polyak, USSR Comput. Math. Math. Phys. 4 (5), 1 (1964), doi:10.1016/0041-5553(64)90137-5.
    """

    def __init__(self, learning_rate: float, momentum: float = 0.9) -> None:
        self.learning_rate = _positive(learning_rate, "learning_rate")
        self.momentum = _fraction(momentum, "momentum")
        self.velocity: NDArray[np.float64] | None = None

    def step(self, parameters: ArrayLike, gradients: ArrayLike) -> NDArray[np.float64]:
        """Return the new parameters and remember the velocity; see :meth:`SGD.step`."""
        theta, g = _checked(parameters, gradients, self.velocity)
        v = np.zeros_like(theta) if self.velocity is None else self.velocity
        self.velocity = self.momentum * v + g
        return theta - self.learning_rate * self.velocity


class Adam:
    r"""Steps divided by the recent size of the gradient, one parameter at a time.

    .. math::

        m \leftarrow \beta_1 m + (1-\beta_1) g, \quad
        s \leftarrow \beta_2 s + (1-\beta_2) g^2, \quad
        \theta \leftarrow \theta - \eta\,
        \frac{m/(1-\beta_1^t)}{\sqrt{s/(1-\beta_2^t)} + \epsilon}

    Parameters
    ----------
    learning_rate : float
        The step length :math:`\eta > 0`; the first step moves each parameter by almost exactly this much.
    betas : tuple of float
        How much of the running means of ``g`` and ``g²`` is kept at each step, both in [0, 1).
    epsilon : float
        Added outside the square root and after bias correction, as in the paper's Algorithm 1 and in PyTorch.

    References
    ----------
    D. P. Kingma and J. Ba, ICLR 2015, doi:10.48550/arXiv.1412.6980, Algorithm 1.
    """

    def __init__(
        self,
        learning_rate: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate = _positive(learning_rate, "learning_rate")
        self.betas = (_fraction(betas[0], "betas[0]"), _fraction(betas[1], "betas[1]"))
        self.epsilon = _positive(epsilon, "epsilon")
        self.mean: NDArray[np.float64] | None = None
        self.mean_square: NDArray[np.float64] | None = None
        self.steps = 0

    def step(self, parameters: ArrayLike, gradients: ArrayLike) -> NDArray[np.float64]:
        """Return the new parameters and remember the running means; see :meth:`SGD.step`."""
        theta, g = _checked(parameters, gradients, self.mean)
        if self.mean is None or self.mean_square is None:
            self.mean, self.mean_square = np.zeros_like(theta), np.zeros_like(theta)
        self.steps += 1
        beta_1, beta_2 = self.betas
        self.mean = beta_1 * self.mean + (1 - beta_1) * g
        self.mean_square = beta_2 * self.mean_square + (1 - beta_2) * g**2
        m_hat = self.mean / (1 - beta_1**self.steps)
        s_hat = self.mean_square / (1 - beta_2**self.steps)
        return theta - self.learning_rate * m_hat / (np.sqrt(s_hat) + self.epsilon)


def _checked(
    parameters: ArrayLike, gradients: ArrayLike, state: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    theta, g = np.asarray(parameters, dtype=np.float64), np.asarray(gradients, dtype=np.float64)
    if theta.shape != g.shape:
        raise ValueError(
            _(
                "The parameters have shape {theta} but the gradient has shape {g}; they must agree."
            ).format(theta=theta.shape, g=g.shape)
        )
    if state is not None and state.shape != theta.shape:
        raise ValueError(
            _(
                "This optimizer has stepped parameters of shape {old} and was given {new}: make a new one."
            ).format(old=state.shape, new=theta.shape)
        )
    if not np.isfinite(g).all():
        raise ValueError(
            _("The gradient holds NaN or infinity: lower the learning rate or scale the inputs.")
        )
    return theta, g


def _positive(number: float, name: str) -> float:
    if not isinstance(number, Real) or not 0 < number < math.inf:
        raise ValueError(
            _("{name} must be a positive number, but {number!r} was given.").format(
                name=name, number=number
            )
        )
    return float(number)


def _fraction(number: float, name: str) -> float:
    if not isinstance(number, Real) or not 0 <= number < 1:
        raise ValueError(
            _("{name} must be at least 0 and less than 1, but {number!r} was given.").format(
                name=name, number=number
            )
        )
    return float(number)
