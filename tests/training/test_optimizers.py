from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from matnn_lab.training.optimizers import SGD, Adam, Momentum

STEPS = 200


def quadratic(seed):
    """A random bowl with curvatures between 0.05 and 1, and its gradient."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    hessian = axes @ np.diag(rng.uniform(0.05, 1, 4)) @ axes.T
    return rng.normal(size=4), lambda theta: hessian @ theta


def rosenbrock(theta):
    x, y = theta
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


def largest_difference(optimizer, make_torch, start, gradient):
    """Walk both optimisers from one start, each on its own path, and compare after every step."""
    theta = np.array(start)
    twin = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    torch_optimizer = make_torch([twin])
    worst = 0.0
    for _step in range(STEPS):
        theta = optimizer.step(theta, gradient(theta))
        twin.grad = torch.as_tensor(gradient(twin.detach().numpy()))
        torch_optimizer.step()
        worst = max(worst, np.abs(theta - twin.detach().numpy()).max())
    return worst


SOME = settings(max_examples=20, deadline=None)


def pair(name, eta, mu):
    """Our optimizer, and what makes PyTorch's."""
    return {
        "SGD": (SGD(eta), partial(torch.optim.SGD, lr=eta)),
        "momentum": (Momentum(eta, mu), partial(torch.optim.SGD, lr=eta, momentum=mu)),
        # other memories are tried on given gradients below
        "Adam": (Adam(eta), partial(torch.optim.Adam, lr=eta)),
    }[name]


@pytest.mark.parametrize(("name", "largest"), [("SGD", 1.5), ("momentum", 1.5), ("Adam", 0.05)])
@SOME
@given(seed=st.integers(0, 1000), share=st.floats(1e-3, 1), mu=st.floats(0, 0.99))
def test_each_walks_with_pytorch_on_a_bowl(name, largest, seed, share, mu):
    start, gradient = quadratic(seed)
    assert largest_difference(*pair(name, share * largest, mu), start, gradient) < 1e-6


@SOME
@given(
    seed=st.integers(0, 1000),
    eta=st.floats(1e-4, 0.3),
    beta_1=st.floats(0, 0.99),
    beta_2=st.floats(0.5, 0.9999),
    epsilon=st.floats(1e-8, 1e-2),
)
def test_adam_takes_the_steps_of_pytorch_on_any_gradients(seed, eta, beta_1, beta_2, epsilon):
    # Both get the same random gradients: where each follows its own, short memories make the walk
    # around a minimum chaotic, and the last bit of round-off grows.
    gradients = np.random.default_rng(seed).normal(size=(STEPS, 4)) * [1e-3, 1.0, 10.0, 1e4]
    drawn = iter(np.repeat(gradients, 2, axis=0))
    make = lambda p: torch.optim.Adam(p, lr=eta, betas=(beta_1, beta_2), eps=epsilon)  # noqa: E731
    optimizer = Adam(eta, (beta_1, beta_2), epsilon)
    assert largest_difference(optimizer, make, np.zeros(4), lambda theta: next(drawn)) < 1e-6


@pytest.mark.parametrize(("name", "largest"), [("SGD", 3e-4), ("momentum", 3e-4), ("Adam", 3e-2)])
@SOME
@given(
    start=st.tuples(st.floats(-1.5, 1.5), st.floats(-0.5, 1.5)),
    share=st.floats(0.03, 1),
    mu=st.floats(0, 0.9),
)
def test_each_walks_with_pytorch_in_the_rosenbrock_valley(name, largest, start, share, mu):
    assert largest_difference(*pair(name, share * largest, mu), start, rosenbrock) < 1e-6


@given(curvature=st.floats(0.1, 10), factor=st.floats(0.05, 0.95))
def test_descent_converges_below_two_over_the_curvature_and_diverges_above(curvature, factor):
    for eta, converges in [(2 * factor / curvature, True), ((2 + factor) / curvature, False)]:
        optimizer, theta = SGD(eta), np.array([1.0])
        for _step in range(50):
            theta = optimizer.step(theta, curvature * theta)
        assert (abs(theta[0]) < 1) == converges


def test_momentum_without_momentum_is_sgd():
    start, gradient = quadratic(0)
    with_it, without = Momentum(0.1, 0.0), SGD(0.1)
    np.testing.assert_array_equal(
        with_it.step(start, gradient(start)), without.step(start, gradient(start))
    )


@given(scale=st.floats(1e-3, 1e6))
def test_first_step_of_adam_has_the_length_of_the_learning_rate(scale):
    theta = Adam(0.1).step(np.zeros(3), scale * np.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1], rtol=1e-4)


def test_a_step_changes_neither_parameters_nor_gradient():
    for optimizer in (SGD(0.1), Momentum(0.1), Adam(0.1)):
        theta, g = np.ones((2, 3)), np.full((2, 3), 2.0)
        new = optimizer.step(theta, g)
        assert new.shape == (2, 3)
        assert not np.array_equal(new, theta)
        np.testing.assert_array_equal(theta, 1.0)
        np.testing.assert_array_equal(g, 2.0)


def test_a_learning_rate_can_follow_a_schedule():
    eta = lambda step: 0.5 / (1 + step)  # noqa: E731
    optimizer, theta = Momentum(eta(0)), np.array([1.0, -2.0])
    twin = torch.tensor(theta, requires_grad=True)
    torch_optimizer = torch.optim.SGD([twin], lr=1.0, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LambdaLR(torch_optimizer, eta)
    for step in range(50):
        optimizer.learning_rate = eta(step)
        theta = optimizer.step(theta, theta)
        twin.grad = twin.detach().clone()
        torch_optimizer.step()
        schedule.step()
    np.testing.assert_allclose(theta, twin.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda: SGD(0), "learning_rate"),
        (lambda: SGD(-0.1), "learning_rate"),
        (lambda: SGD(float("nan")), "learning_rate"),
        (lambda: SGD("0.1"), "learning_rate"),
        (lambda: Momentum(0.1, 1.0), "momentum"),
        (lambda: Momentum(0.1, -0.1), "momentum"),
        (lambda: Adam(0.1, (1.0, 0.9)), r"betas\[0\]"),
        (lambda: Adam(0.1, (0.9, -1)), r"betas\[1\]"),
        (lambda: Adam(0.1, epsilon=0), "epsilon"),
        (lambda: SGD(0.1).step([1.0, 2.0], [1.0]), "shape"),
        (lambda: Adam(0.1).step([1.0], [np.nan]), "NaN"),
        (lambda: Momentum(0.1).step([1.0], [np.inf]), "scale the inputs"),
    ],
)
def test_a_wrong_use_is_answered_in_one_sentence(do, words):
    with pytest.raises(ValueError, match=words) as caught:
        do()
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("optimizer", [Momentum(0.1), Adam(0.1)])
def test_an_optimizer_serves_one_set_of_parameters(optimizer):
    optimizer.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="make a new one"):
        optimizer.step(np.ones(2), np.ones(2))
