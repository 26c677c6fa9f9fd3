"""Exercises of notebook 03, gradient descent."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def slopes(formula):
    """Return a gradient that applies a formula to the losses above, at and below each parameter."""

    def gradient(function, theta, h):
        result = []
        for step in h * np.eye(len(theta)):
            up, down = function(theta + step), function(theta - step)
            result.append(formula(up, function(theta), down, h))
        return np.array(result)

    return gradient


central = slopes(lambda up, here, down, h: (up - down) / (2 * h))


def all_at_once(function, theta, h):
    """Return what comes out if all parameters are moved together, a mistake."""
    return np.full(len(theta), (function(theta + h) - function(theta - h)) / (2 * h))


def one_number(function, theta, h):
    """Return what comes out if the formula of the text is copied, as for a single parameter, a mistake."""
    return all_at_once(function, theta, h)[0]


def never_fresh(function, theta, h):
    """Return what comes out if the two copies are made once, before the loop, a mistake."""
    up, down, result = np.array(theta), np.array(theta), []
    for i in range(len(theta)):
        up[i] += h
        down[i] -= h
        result.append((function(up) - function(down)) / (2 * h))
    return np.array(result)


def waves():
    """Give functions of one, two and five parameters, places and steps."""
    rng = np.random.default_rng(31)
    for n in (1, 2, 5):
        a, theta = rng.normal(size=n), rng.normal(size=n)

        def wave(t, a=a):
            return float(np.sum(np.sin(a * np.asarray(t)))) + float(np.prod(t))

        for h in (0.1, 1e-4):
            yield wave, theta, h


def forward_not_central() -> str:
    """Return the hint for a one-sided difference."""
    return _(
        "This is a one-sided difference, whose error is much larger: evaluate at theta + h and at "
        "theta − h."
    )


def no_copy() -> str:
    """Return the hint for two names of one array."""
    return _(
        "All slopes are 0, as if both points were one: `up = theta` makes a second name for the same "
        "array; `theta.copy()` makes a copy."
    )


def own_step() -> str:
    """Return the hint for a step that is not the given one."""
    return _(
        "Your slopes do not depend on the step: use the argument `h`, not a number of your own."
    )


def not_central(function, theta, h) -> str:
    """Return the hint for anything else."""
    return _(
        "For a function of {n} parameters and h = {h:g} the slopes are not the central "
        "differences: move one parameter by h up and down and divide by 2h."
    ).format(n=len(theta), h=h)


task(
    "03.1",
    "gradient(function, theta, h)",
    right=central,
    mistakes=[
        (
            slopes(lambda up, here, down, h: (up - down) / h),
            _(
                "Your slopes are twice too large: the two points lie 2h apart, so divide by `2 * h`."
            ),
        ),
        (
            slopes(lambda up, here, down, h: (down - up) / (2 * h)),
            _("The sign is turned: subtract the lower point from the upper one."),
        ),
        (slopes(lambda up, here, down, h: (up - here) / h), forward_not_central()),
        (slopes(lambda up, here, down, h: (here - down) / h), forward_not_central()),
        (
            slopes(lambda up, here, down, h: (up - down) / 2 * h),
            _("Divide by `2 * h`, in brackets: `/ 2 * h` divides by 2 and multiplies."),
        ),
        (
            slopes(lambda up, here, down, h: up - down),
            _("You return differences of the function; divide by the distance `2 * h`."),
        ),
        (
            all_at_once,
            _("Move one parameter at a time; you seem to move all of them at once."),
        ),
        (
            one_number,
            _(
                "You return one number; a gradient has a slope for each parameter in theta: go through "
                "them in a loop, and move one at a time."
            ),
        ),
        (slopes(lambda up, here, down, h: 0.0), no_copy()),
        (
            never_fresh,
            _("Earlier parameters stay moved: take fresh copies of theta for each parameter."),
        ),
        (lambda function, theta, h: central(function, theta, 1e-5), own_step()),
    ],
    otherwise=not_central,
    cases=waves,
)


def logistic(x):
    """Return the sigmoid."""
    return 1 / (1 + np.exp(-x))


def beside(slope):
    """Return an answer with the right value, beside a slope that is computed from x and the value."""
    return lambda x: (logistic(x), slope(x, logistic(x)))


def inner_derivative() -> str:
    """Return the hint for a chain rule that stops too early."""
    return _("The inner derivative is missing: multiply by the derivative of 1 + exp(−x).")


def falling() -> str:
    """Return the hint for a wrong sign in the exponent."""
    return _("The value falls with x: the exponent is −x, not x.")


task(
    "03.2",
    "sigmoid(x)",
    right=beside(lambda x, y: y * (1 - y)),
    mistakes=[
        (
            lambda x: (logistic(x) * (1 - logistic(x)), logistic(x)),
            _("The pair is turned round: the value comes first, then the derivative."),
        ),
        (logistic, _("Return a pair `(value, local_derivative)`; you return the value alone.")),
        (lambda x: (logistic(-x), logistic(x) * (1 - logistic(x))), falling()),
        (lambda x: (logistic(-x), -logistic(x) * (1 - logistic(x))), falling()),
        (
            beside(lambda x, y: -y * (1 - y)),
            _("The sign of the derivative is turned: the sigmoid rises, its slope is positive."),
        ),
        (
            beside(lambda x, y: x * (1 - x)),
            _("In y·(1 − y) the y is the value of the sigmoid, not the input x."),
        ),
        (
            beside(lambda x, y: 1 - y**2),
            _("1 − y² is the derivative of tanh; the sigmoid has another one."),
        ),
        (beside(lambda x, y: y**2), inner_derivative()),
        (beside(lambda x, y: -(y**2)), inner_derivative()),
        (
            beside(lambda x, y: y),
            _("You return the value twice; the derivative is another number."),
        ),
    ],
    otherwise=_(
        "At x = {x:g} the value and the local derivative should be {right[0]:.7g} and {right[1]:.7g}, but "
        "are {found[0]:.7g} and {found[1]:.7g}."
    ),
    cases=lambda: [(x,) for x in (0.7, -1.3, 0.0, 4.0, -6.0, 20.0)],
)


def pairs_of_momentum(velocity_rule, theta_rule=None):
    """Return an answer from its rule for the velocity, and one for the parameters."""

    def momentum_step(theta, velocity, g, eta, mu):
        new = velocity_rule(velocity, g, eta, mu)
        if theta_rule is None:
            return theta - eta * new, new
        return theta_rule(theta, velocity, new, g, eta), new

    return momentum_step


def right_velocity(velocity, g, eta, mu):
    """Return the velocity in PyTorch's convention."""
    return mu * velocity + g


def stepping(theta_rule):
    """Return an answer with the right velocity and another step."""
    return pairs_of_momentum(right_velocity, theta_rule)


def other_convention() -> str:
    """Return the hint for a velocity that contains the learning rate."""
    return _(
        "This velocity contains the learning rate, another convention: in PyTorch's, "
        "v ← μv + g, and η comes in when the parameters move."
    )


def walks():
    """Give parameters, velocities and gradients, and learning rates and shares that are kept."""
    rng = np.random.default_rng(33)
    for n, eta, mu in ((3, 0.07, 0.9), (1, 0.03, 0.5), (4, 0.2, 0.0), (2, 0.05, 0.99)):
        yield *rng.normal(size=(3, n)), eta, mu


def not_momentum(theta, velocity, g, eta, mu) -> str:
    """Return the hint for anything else."""
    return _(
        "For eta = {eta:g} and mu = {mu:g} the pair is not new_theta = theta − eta · new_velocity with "
        "new_velocity = mu · velocity + g."
    ).format(eta=eta, mu=mu)


task(
    "03.3",
    "momentum_step(theta, velocity, g, eta, mu)",
    right=pairs_of_momentum(right_velocity),
    mistakes=[
        (
            lambda t, v, g, eta, mu: (mu * v + g, t - eta * (mu * v + g)),
            _("The pair is turned round: new_theta comes first, then new_velocity."),
        ),
        (
            lambda t, v, g, eta, mu: t - eta * (mu * v + g),
            _("Return the pair `(new_theta, new_velocity)`; you return new_theta alone."),
        ),
        (
            pairs_of_momentum(
                lambda v, g, eta, mu: mu * v - eta * g, lambda t, v, new, g, eta: t + new
            ),
            other_convention(),
        ),
        (
            pairs_of_momentum(
                lambda v, g, eta, mu: mu * v + eta * g, lambda t, v, new, g, eta: t - new
            ),
            other_convention(),
        ),
        (
            pairs_of_momentum(lambda v, g, eta, mu: mu * v + (1 - mu) * g),
            _("This velocity is an average; in PyTorch's convention g enters with weight 1."),
        ),
        (
            pairs_of_momentum(lambda v, g, eta, mu: mu * v - g),
            _("The sign of g in the velocity is turned: v ← μv + g."),
        ),
        (
            pairs_of_momentum(lambda v, g, eta, mu: v + g),
            _("The old velocity should be multiplied by mu."),
        ),
        (
            lambda t, v, g, eta, mu: (t - eta * (mu * v + g), v),
            _("You return the old velocity; the next step needs the new one."),
        ),
        (
            lambda t, v, g, eta, mu: (t - eta * g, v),
            _("You step along the gradient and return the old velocity; make the new one first."),
        ),
        (
            stepping(lambda t, v, new, g, eta: t + eta * new),
            _("The parameters move uphill: subtract the velocity times eta."),
        ),
        (
            stepping(lambda t, v, new, g, eta: t - eta * v),
            _("Step with the new velocity, not with the old one."),
        ),
        (
            stepping(lambda t, v, new, g, eta: t - eta * g),
            _("You step along the gradient; step along the new velocity."),
        ),
        (
            stepping(lambda t, v, new, g, eta: t - new),
            _("The step is missing the learning rate eta."),
        ),
        (
            stepping(lambda t, v, new, g, eta: eta * new),
            _("You return the step alone; subtract it from theta."),
        ),
        (
            stepping(lambda t, v, new, g, eta: -eta * new),
            _("You return the step alone; add it to theta."),
        ),
    ],
    otherwise=not_momentum,
    cases=walks,
)


def raw_mean(gradients, beta):
    """Return Adam's running mean before the bias correction."""
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
    return m


def corrected_each_time(gradients, beta):
    """Return what comes out if the correction is fed back into the mean at every step."""
    m = 0.0
    for t, g in enumerate(gradients, start=1):
        m = (beta * m + (1 - beta) * g) / (1 - beta**t)
    return m


def to_the_power(change):
    """Return an answer that corrects with another power than the number of gradients."""

    def running_mean(gradients, beta):
        return raw_mean(gradients, beta) / (1 - beta ** change(len(gradients)))

    return running_mean


def series():
    """Give lists of gradients, equal and random ones, and shares that are kept."""
    rng = np.random.default_rng(34)
    yield from (([2.5], 0.9), ([-1.2] * 4, 0.9), ([3.0] * 7, 0.999))
    for n, beta in ((2, 0.9), (5, 0.5), (30, 0.99)):
        yield rng.normal(size=n).tolist(), beta


def not_the_mean(gradients, beta) -> str:
    """Return the hint for anything else."""
    return _(
        "For {t} gradients and beta = {beta:g} the result should be {right:.7g}: divide Adam's running mean "
        "once by 1 − beta to the power {t}."
    ).format(t=len(gradients), beta=beta, right=to_the_power(lambda t: t)(gradients, beta))


task(
    "03.4",
    "running_mean(gradients, beta)",
    right=to_the_power(lambda t: t),
    mistakes=[
        (raw_mean, _("The bias correction is missing: divide m by 1 − beta to the power t.")),
        (
            to_the_power(lambda t: 1),
            _("You divide by 1 − beta; the power is missing: 1 − beta to the power t."),
        ),
        (
            to_the_power(lambda t: t + 1),
            _("The power is one too high: after the first gradient t = 1."),
        ),
        (
            to_the_power(lambda t: max(t - 1, 1)),
            _("The power is one too low: after the first gradient t = 1."),
        ),
        (
            lambda gradients, beta: raw_mean(gradients, beta) * (1 - beta ** len(gradients)),
            _("Divide by 1 − beta to the power t; you multiply."),
        ),
        (
            lambda gradients, beta: to_the_power(lambda t: t)(gradients, 1 - beta),
            _("The weights are exchanged: beta belongs to the old m, 1 − beta to the new g."),
        ),
        (
            corrected_each_time,
            _(
                "Correct once, at the end: the corrected mean must not go back into the running mean."
            ),
        ),
        (
            lambda gradients, beta: np.mean(gradients),
            _("This is the plain mean; the running mean weights late gradients more."),
        ),
        (
            lambda gradients, beta: gradients[-1],
            _("This is the last gradient; the earlier ones are forgotten."),
        ),
    ],
    otherwise=not_the_mean,
    cases=series,
)


def of_curvatures(formula):
    """Return an answer from the curvatures along the principal axes, in rising order."""
    return lambda hessian: formula(np.linalg.eigvalsh(hessian))


def hessians():
    """Give Hessians with known and with random axes; the first tells the likely mistakes apart."""
    yield from ((np.diag([0.1, 3.0, 1.0]),), (np.diag([6.0, 1.5]),), (np.array([[0.5]]),))
    rng = np.random.default_rng(35)
    for n in (2, 3, 5):
        axes = np.linalg.qr(rng.normal(size=(n, n)))[0]
        matrix = axes @ np.diag(rng.uniform(0.2, 20, n)) @ axes.T
        yield ((matrix + matrix.T) / 2,)


def not_the_limit(hessian) -> str:
    """Return the hint for anything else."""
    values = ", ".join(f"{curvature:.3g}" for curvature in np.linalg.eigvalsh(hessian))
    return _(
        "For a Hessian with the eigenvalues {values} this is not the limit: look at the largest."
    ).format(values=values)


task(
    "03.5",
    "largest_learning_rate(hessian)",
    right=of_curvatures(lambda c: 2 / c[-1]),
    mistakes=[
        (
            of_curvatures(lambda c: 1 / c[-1]),
            _("This is the rate that is best for the stiffest direction; the limit is twice it."),
        ),
        (
            of_curvatures(lambda c: c[-1]),
            _("This is the largest curvature; the rate is two divided by it."),
        ),
        (
            of_curvatures(lambda c: 2 / c[0]),
            _("This is the limit of the softest direction; the stiffest one diverges before."),
        ),
        (
            of_curvatures(lambda c: 1 / c[0]),
            _("The stiffest direction, the largest eigenvalue, sets the limit."),
        ),
        (
            of_curvatures(lambda c: c[-1] / 2),
            _("This is turned round: the rate is 2 / curvature."),
        ),
        (
            of_curvatures(lambda c: 2 / (c[0] + c[-1])),
            _(
                "2/(λmin + λmax) is the rate that converges fastest; the largest stable one is 2/λmax."
            ),
        ),
        (
            lambda hessian: 2 / np.trace(hessian),
            _("The trace adds all curvatures; only the largest eigenvalue sets the limit."),
        ),
        (
            lambda hessian: 2 / np.diag(hessian).max(),
            _(
                "The largest entry on the diagonal is not the largest curvature when the matrix "
                "has other entries: use eigenvalues."
            ),
        ),
        (
            lambda hessian: 2 / np.linalg.norm(hessian),
            _("The norm of all entries is larger than the largest eigenvalue."),
        ),
        (
            of_curvatures(lambda c: c[-1] / c[0]),
            _("This is the condition number, which tells how long it takes, not the limit."),
        ),
    ],
    otherwise=not_the_limit,
    cases=hessians,
)
