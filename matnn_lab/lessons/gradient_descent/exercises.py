"""Exercises of notebook 03, gradient descent."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.text import gettext as _


@exercise("03.1")
def gradient(answer: object) -> str | None:
    """Check a gradient by central differences on functions with known slopes."""
    function = ask.function(answer, "gradient(function, theta, h)")
    rng = np.random.default_rng(31)
    for n in (1, 2, 5):
        a, theta = rng.normal(size=n), rng.normal(size=n)

        def wave(t, a=a):
            return float(np.sum(np.sin(a * np.asarray(t)))) + float(np.prod(t))

        for h in (1e-2, 1e-4):
            found = function.array(wave, theta, h, shape=(n,))
            up, down = np.empty(n), np.empty(n)
            for i in range(n):
                step = h * np.eye(n)[i]
                up[i], down[i] = wave(theta + step), wave(theta - step)
            central = (up - down) / (2 * h)
            if agrees(found, central, 1e-6):
                continue
            here = wave(theta)
            together = (wave(theta + h) - wave(theta - h)) / (2 * h)
            raise_for_known_mistakes(
                found,
                [
                    (
                        2 * central,
                        _(
                            "Your slopes are twice too large: the two points lie 2h apart, so divide "
                            "by `2 * h`."
                        ),
                    ),
                    (
                        -central,
                        _("The sign is turned: subtract the lower point from the upper one."),
                    ),
                    ((up - here) / h, forward_not_central()),
                    ((here - down) / h, forward_not_central()),
                    (
                        (up - down) * h / 2,
                        _("Divide by `2 * h`, in brackets: `/ 2 * h` divides by 2 and multiplies."),
                    ),
                    (
                        (up - down),
                        _(
                            "You return differences of the function; divide by the distance `2 * h`."
                        ),
                    ),
                    (
                        np.full(n, together),
                        _("Move one parameter at a time; you seem to move all of them at once."),
                    ),
                ],
            )
            return _(
                "For a function of {n} parameters and h = {h:g} the slopes are not the central "
                "differences: move one parameter by h up and down and divide by 2h."
            ).format(n=n, h=h)
    return None


def forward_not_central() -> str:
    """Return the hint for a one-sided difference."""
    return _(
        "This is a one-sided difference, whose error is much larger: evaluate at theta + h and at "
        "theta − h."
    )


@exercise("03.2")
def sigmoid(answer: object) -> str | None:
    """Check the value and the local derivative of the sigmoid."""
    function = ask.function(answer, "sigmoid(x)")
    for x in (0.7, -1.3, 0.0, 4.0, -6.0, 20.0):
        found = function(x)
        if type(found) is not tuple or len(found) != 2:
            return _(
                "`sigmoid({x:g})` should return a pair `(value, local_derivative)`, but returns {found}."
            ).format(x=x, found=ask.describe(found))
        value = ask.number(found[0], _("The value at x = {x:g}").format(x=x))
        slope = ask.number(found[1], _("The local derivative at x = {x:g}").format(x=x))
        y = 1 / (1 + np.exp(-x))
        if not agrees(value, y):
            if agrees(value, y * (1 - y)) and agrees(slope, y):
                return _("The pair is turned round: the value comes first, then the derivative.")
            if agrees(value, 1 - y):
                return _("The value falls with x: the exponent is −x, not x.")
            return _("The value at x = {x:g} is {value:.4g}, but should be {y:.4g}.").format(
                x=x, value=value, y=y
            )
        if agrees(slope, y * (1 - y)):
            continue
        e = np.exp(-x)
        raise_for_known_mistakes(
            slope,
            [
                (
                    -y * (1 - y),
                    _(
                        "The sign of the derivative is turned: the sigmoid rises, its slope is positive."
                    ),
                ),
                (
                    x * (1 - x),
                    _("In y·(1 − y) the y is the value of the sigmoid, not the input x."),
                ),
                (1 - y**2, _("1 − y² is the derivative of tanh; the sigmoid has another one.")),
                (
                    y**2,
                    _(
                        "The inner derivative is missing: multiply by the derivative of 1 + exp(−x)."
                    ),
                ),
                (
                    -(y**2),
                    _(
                        "The inner derivative is missing: multiply by the derivative of 1 + exp(−x)."
                    ),
                ),
                (
                    -1 / (1 + e) ** 2 * e,
                    _("A sign is lost: the derivative of exp(−x) brings a second minus."),
                ),
                (y, _("You return the value twice; the derivative is another number.")),
            ],
        )
        return _(
            "The derivative at x = {x:g} is {slope:.4g}, but should be {expected:.4g}."
        ).format(x=x, slope=slope, expected=y * (1 - y))
    return None


@exercise("03.3")
def momentum_step(answer: object) -> str | None:
    """Check one step of momentum, then several in a row."""
    function = ask.function(answer, "momentum_step(theta, velocity, g, eta, mu)")
    rng = np.random.default_rng(33)
    for n, eta, mu in ((3, 0.07, 0.9), (1, 0.03, 0.5), (4, 0.2, 0.0), (2, 0.05, 0.99)):
        theta, velocity, g = rng.normal(size=(3, n))
        found = function(theta, velocity, g, eta, mu)
        if type(found) is not tuple or len(found) != 2:
            return _(
                "`momentum_step` should return the pair `(new_theta, new_velocity)`, but returns {found}."
            ).format(found=ask.describe(found))
        new_theta = ask.array(found[0], (n,), _("new_theta"))
        new_velocity = ask.array(found[1], (n,), _("new_velocity"))
        v = mu * velocity + g
        if agrees(new_velocity, v) and agrees(new_theta, theta - eta * v):
            continue
        if agrees(new_velocity, theta - eta * v) and agrees(new_theta, v):
            return _("The pair is turned round: new_theta comes first, then new_velocity.")
        raise_for_known_mistakes(
            new_velocity,
            [
                (
                    mu * velocity - eta * g,
                    _(
                        "This velocity contains the learning rate, another convention: in PyTorch's, "
                        "v ← μv + g, and η comes in when the parameters move."
                    ),
                ),
                (
                    mu * velocity + eta * g,
                    _(
                        "This velocity contains the learning rate, another convention: in PyTorch's, "
                        "v ← μv + g, and η comes in when the parameters move."
                    ),
                ),
                (
                    mu * velocity + (1 - mu) * g,
                    _(
                        "This velocity is an average; in PyTorch's convention g enters with weight 1."
                    ),
                ),
                (mu * velocity - g, _("The sign of g in the velocity is turned: v ← μv + g.")),
                (velocity + g, _("The old velocity should be multiplied by mu.")),
                (velocity, _("You return the old velocity; the next step needs the new one.")),
            ],
        )
        if not agrees(new_velocity, v):
            return _("The new velocity is not mu · velocity + g.")
        raise_for_known_mistakes(
            new_theta,
            [
                (
                    theta + eta * v,
                    _("The parameters move uphill: subtract the velocity times eta."),
                ),
                (theta - eta * velocity, _("Step with the new velocity, not with the old one.")),
                (theta - eta * g, _("You step along the gradient; step along the new velocity.")),
                (theta - v, _("The step is missing the learning rate eta.")),
                (eta * v, _("You return the step alone; subtract it from theta.")),
                (-eta * v, _("You return the step alone; add it to theta.")),
            ],
        )
        return _("The velocity is right, but new_theta is not theta − eta · new_velocity.")
    return None


@exercise("03.4")
def running_mean(answer: object) -> str | None:
    """Check the bias-corrected running mean on constant and on random gradients."""
    function = ask.function(answer, "running_mean(gradients, beta)")
    rng = np.random.default_rng(34)
    cases = [([2.5], 0.9), ([-1.2] * 4, 0.9), ([3.0] * 7, 0.999)]
    cases += [
        ([float(g) for g in rng.normal(size=n)], b) for n, b in ((2, 0.9), (5, 0.5), (30, 0.99))
    ]
    for gradients, beta in cases:
        found, t = function.number(gradients, beta), len(gradients)
        m = raw_mean(gradients, beta)
        if agrees(found, m / (1 - beta**t)):
            continue
        raise_for_known_mistakes(
            found,
            [
                (m, _("The bias correction is missing: divide m by 1 − beta to the power t.")),
                (
                    m / (1 - beta),
                    _("You divide by 1 − beta; the power is missing: 1 − beta to the power t."),
                ),
                (
                    m / (1 - beta ** (t + 1)),
                    _("The power is one too high: after the first gradient t = 1."),
                ),
                (m * (1 - beta**t), _("Divide by 1 − beta to the power t; you multiply.")),
                (
                    raw_mean(gradients, 1 - beta) / (1 - (1 - beta) ** t),
                    _(
                        "The weights are exchanged: beta belongs to the old m, 1 − beta to the new g."
                    ),
                ),
                (corrected_each_time(gradients, beta), correct_once()),
                (
                    float(np.mean(gradients)),
                    _("This is the plain mean; the running mean weights late gradients more."),
                ),
                (gradients[-1], _("This is the last gradient; the earlier ones are forgotten.")),
            ],
        )
        if t > 1 and agrees(found, m / (1 - beta ** (t - 1))):
            return _("The power is one too low: after the first gradient t = 1.")
        return _(
            "For {t} gradients and beta = {beta:g} the result is {found:.4g}, but should be {expected:.4g}."
        ).format(t=t, beta=beta, found=found, expected=m / (1 - beta**t))
    return None


def raw_mean(gradients: list[float], beta: float) -> float:
    """Return Adam's running mean before the bias correction."""
    m = 0.0
    for g in gradients:
        m = beta * m + (1 - beta) * g
    return m


def corrected_each_time(gradients: list[float], beta: float) -> float:
    """Return what comes out if the correction is fed back into the mean at every step."""
    m = 0.0
    for t, g in enumerate(gradients, start=1):
        m = (beta * m + (1 - beta) * g) / (1 - beta**t)
    return m


def correct_once() -> str:
    """Return the hint for a correction inside the loop."""
    return _("Correct once, at the end: the corrected mean must not go back into the running mean.")


@exercise("03.5")
def largest_learning_rate(answer: object) -> str | None:
    """Check the stability limit on Hessians with known and with random axes."""
    function = ask.function(answer, "largest_learning_rate(hessian)")
    rng = np.random.default_rng(35)
    hessians = [np.diag([6.0, 1.5]), np.array([[0.5]]), np.diag([0.1, 3.0, 1.0])]
    for n in (2, 3, 5):
        axes = np.linalg.qr(rng.normal(size=(n, n)))[0]
        matrix = axes @ np.diag(rng.uniform(0.2, 20, n)) @ axes.T
        hessians.append((matrix + matrix.T) / 2)
    for hessian in hessians:
        found = function.number(hessian)
        curvatures = np.linalg.eigvalsh(hessian)
        if agrees(found * curvatures[-1], 2.0):
            continue
        mistakes = [
            (
                1 / curvatures[-1],
                _(
                    "This is the rate that is best for the stiffest direction; the limit is twice it."
                ),
            ),
            (curvatures[-1], _("This is the largest curvature; the rate is two divided by it.")),
            (
                2 / curvatures[0],
                _("This is the limit of the softest direction; the stiffest one diverges before."),
            ),
            (
                1 / curvatures[0],
                _("The stiffest direction, the largest eigenvalue, sets the limit."),
            ),
            (curvatures[-1] / 2, _("This is turned round: the rate is 2 / curvature.")),
            (
                2 / np.trace(hessian),
                _("The trace adds all curvatures; only the largest eigenvalue sets the limit."),
            ),
            (
                2 / np.diag(hessian).max(),
                _(
                    "The largest entry on the diagonal is not the largest curvature when the matrix "
                    "has other entries: use eigenvalues."
                ),
            ),
            (2 / np.abs(hessian).max(), _("Use the largest eigenvalue, not the largest entry.")),
            (
                2 / np.linalg.norm(hessian),
                _("The norm of all entries is larger than the largest eigenvalue."),
            ),
            (
                curvatures[-1] / curvatures[0],
                _("This is the condition number, which tells how long it takes, not the limit."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For a Hessian with the eigenvalues {values} the limit is not {found:.4g}: look at the largest."
        ).format(values=", ".join(f"{c:.3g}" for c in curvatures), found=found)
    return None
