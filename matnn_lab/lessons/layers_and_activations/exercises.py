"""Exercises of notebook 01, layers and activations."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def relu(z: np.ndarray) -> np.ndarray:
    """Return the larger of 0 and z."""
    return np.maximum(0, z)


def batches() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give batches with weights and biases; among them one of a single sample and a square W."""
    rng = np.random.default_rng(11)
    for n, d_in, d_out in ((6, 3, 3), (5, 3, 2), (1, 4, 3), (3, 1, 4)):
        yield rng.normal(size=(n, d_in)), rng.normal(size=(d_out, d_in)), rng.normal(size=d_out)


def square_turned(inputs: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return what comes out if W is not transposed, for a square W; else NaN."""
    return relu(inputs @ weight + bias) if inputs.shape[1] == len(weight) else np.full(1, np.nan)


task(
    "01.1",
    "batch_layer(X, W, b)",
    right=lambda X, W, b: relu(X @ W.T + b),
    mistakes=[
        (
            lambda X, W, b: relu(X @ W.T + b).T,
            _("The batch is turned: give one row for each sample, shape (n, d_out)."),
        ),
        (
            lambda X, W, b: relu(X @ W.T + b)[0] if len(X) == 1 else relu(X @ W.T + b),
            _("A batch of one sample is still a batch: its output has the shape (1, d_out)."),
        ),
        (
            lambda X, W, b: X @ W.T + b,
            _("φ is missing: apply ReLU, the larger of 0 and z, to the result."),
        ),
        (lambda X, W, b: relu(X @ W.T), _("The bias b is missing.")),
        (
            lambda X, W, b: relu(X @ W.T) + b,
            _("Add the bias before φ, not after: φ(Wx + b)."),
        ),
        (
            lambda X, W, b: relu(-X @ W.T - b),
            _("The sign is turned: ReLU keeps what is positive."),
        ),
        (
            lambda X, W, b: np.abs(X @ W.T + b),
            _("This is the absolute value; ReLU sets negative numbers to 0."),
        ),
        (
            square_turned,
            _(
                "W has one row for each output, so a batch needs `X @ W.T`; for a square W nobody "
                "warns you."
            ),
        ),
    ],
    otherwise=_(
        "The shape is right and the numbers are not: multiply by W, add b, then take ReLU."
    ),
    cases=batches,
)


@exercise("01.2")
def collapse(answer: object) -> str | None:
    """Check the one layer that does what two layers without φ do."""
    form = "collapse(W1, b1, W2, b2)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(12)
    for d_in, d_hidden, d_out in ((3, 3, 3), (3, 4, 2), (1, 5, 1), (4, 2, 3)):
        first, first_bias = rng.normal(size=(d_hidden, d_in)), rng.normal(size=d_hidden)
        second, second_bias = rng.normal(size=(d_out, d_hidden)), rng.normal(size=d_out)
        result = ask.parts(function(first, first_bias, second, second_bias), form, "(W, b)")
        weight, bias = ask.array(result[0], None, "W"), ask.array(result[1], (d_out,), "b")
        if not agrees(weight, second @ first):
            if d_in == d_hidden == d_out:
                raise_for_known_mistakes(
                    weight,
                    [
                        (
                            first @ second,
                            _("The order is turned: the layer that acts first stands right."),
                        )
                    ],
                )
            raise_for_known_mistakes(
                weight,
                [
                    (
                        (second @ first).T,
                        _("W is transposed: it should have one row for each output."),
                    ),
                ],
            )
            return _(
                "W should be the matrix that does both steps, of shape (outputs of the second layer, "
                "inputs of the first); yours is {found}."
            ).format(found=ask.describe(weight))
        if agrees(bias, second @ first_bias + second_bias):
            continue
        raise_for_known_mistakes(
            bias,
            [
                (second_bias, _("The first bias is lost: it passes through W2 as well.")),
                (second @ first_bias, _("The second bias b2 is missing.")),
                (
                    first_bias + second_bias if d_hidden == d_out else np.empty(0),
                    _("b1 passes through the second layer: multiply it by W2."),
                ),
            ],
        )
        return _("W is right; b should be what the two layers give for x = 0.")
    return None


@exercise("01.3")
def silu_slope(answer: object) -> str | None:
    """Check the derivative of SiLU on arrays that reach into both flat ends."""
    function = ask.function(answer, "silu_slope(z)")
    for z in (np.array([1.0, -1.0, 0.3]), np.array([0.0]), np.linspace(-8, 8, 33)):
        found = ask.array(function(z), None, _("The result of `silu_slope(z)`"))
        s = 1 / (1 + np.exp(-z))
        right = s * (1 + z * (1 - s))
        if agrees(found, right):
            continue
        if found.shape != z.shape:
            return _(
                "For an array of {n} numbers the result should be an array of {n} slopes."
            ).format(n=len(z))
        raise_for_known_mistakes(
            found,
            [
                (s, _("By the product rule there is a second term: z times the slope of σ.")),
                (s * (1 - s), _("This is the slope of σ alone; SiLU is z times σ(z).")),
                (
                    z * s * (1 - s),
                    _("By the product rule there is a second term: σ(z) times the slope of z."),
                ),
                (z * s, _("This is SiLU itself; the exercise asks for its slope.")),
                (s * (1 - z * (1 - s)), _("The sign of the second term is turned.")),
                (s + (1 - s), _("The second term lost a factor: it is z·σ(z)·(1 − σ(z)).")),
                (s + z * (1 - s), _("The second term lost a factor: it is z·σ(z)·(1 − σ(z)).")),
                (s + s * (1 - s), _("The second term lost a factor: it is z·σ(z)·(1 − σ(z)).")),
                ((z > 0).astype(float), _("This is the slope of ReLU.")),
            ],
        )
        worst = np.abs(found - right).argmax()
        shown, wanted = ask.apart(found[worst], right[worst])
        return _("At z = {z:g} the slope is {found}, but should be {right}.").format(
            z=z[worst], found=shown, right=wanted
        )
    return None


@exercise("01.4")
def he_layer(answer: object) -> str | None:
    """Check shape, mean and variance of random weights, and that the generator is used."""
    function = ask.function(answer, "he_layer(d_in, d_out, rng)")
    for seed, (d_in, d_out) in enumerate(((400, 100), (50, 800), (200, 200))):
        call = f"he_layer({d_in}, {d_out}, rng)"
        result = ask.parts(function(d_in, d_out, np.random.default_rng(seed)), call, "(W, b)")
        weight = ask.array(result[0], None, _("W from `{call}`").format(call=call))
        bias = ask.array(result[1], None, _("b from `{call}`").format(call=call))
        if weight.shape == (d_in, d_out) != (d_out, d_in):
            return _("W is transposed: one row for each output, shape (d_out, d_in).")
        if weight.shape != (d_out, d_in) or bias.shape != (d_out,):
            return _(
                "W should have the shape ({d_out}, {d_in}) and b ({d_out},); they are {w} and {b}."
            ).format(d_out=d_out, d_in=d_in, w=ask.describe(weight), b=ask.describe(bias))
        if np.any(bias):
            return _("The biases should start at zero.")
        if abs(weight.mean()) > 5 * weight.std() / np.sqrt(weight.size):
            return _("The weights should be as often negative as positive: draw with mean 0.")
        variance, right = weight.var(), 2 / d_in
        if not 0.9 < variance / right < 1.1:
            known = [
                (
                    right**2,
                    _(
                        "`rng.normal` wants the standard deviation: the square root of the variance."
                    ),
                ),
                (1 / d_in, _("The factor 2 is missing: ReLU throws half of the signal away.")),
                (2 / d_out, _("Divide by the number of inputs, not of outputs.")),
                (
                    2 / (d_in + d_out),
                    _("This is Glorot's rule; He's for ReLU is a variance of 2/d_in."),
                ),
                (np.sqrt(right), _("The variance is 2/d_in; you take its square root twice.")),
                (1.0, _("The weights have variance 1: scale them.")),
            ]
            for value, hint in known:
                if 0.9 < variance / value < 1.1:
                    return hint
            shown, wanted = ask.apart(variance, right, 3)
            return _("The variance of W is {found}, but should be {right}.").format(
                found=shown, right=wanted
            )
        again = ask.parts(function(d_in, d_out, np.random.default_rng(seed)), call, "(W, b)")
        if not agrees(ask.array(again[0], (d_out, d_in)), weight):
            return _("Draw from the generator `rng`, so that the same seed gives the same weights.")
        other = ask.parts(function(d_in, d_out, np.random.default_rng(seed + 100)), call, "(W, b)")
        if agrees(ask.array(other[0], (d_out, d_in)), weight):
            return _("Draw from the generator `rng`, so that another seed gives other weights.")
    return None


def n_weights(sizes: list[int]) -> int:
    """Return the number of weights of a network with these widths."""
    return sum(a * b for a, b in pairwise(sizes))


task(
    "01.5",
    "count_parameters(sizes)",
    right=lambda sizes: n_weights(sizes) + sum(sizes[1:]),
    mistakes=[
        (n_weights, _("The biases are missing: one for each output of each layer.")),
        (
            lambda sizes: n_weights(sizes) + sum(sizes),
            _("The inputs have no bias: count one for each output of each layer."),
        ),
        (
            lambda sizes: n_weights(sizes) + sum(sizes[:-1]),
            _("A layer has one bias for each output, not for each input."),
        ),
        (
            lambda sizes: n_weights(sizes) + sum(sizes[1:-1]),
            _("The last layer has biases as well."),
        ),
        (
            lambda sizes: n_weights(sizes) + len(sizes) - 1,
            _("A layer has one bias for each of its outputs."),
        ),
        (sum, _("These are the units; count the weights between them.")),
        (
            lambda sizes: sum(sizes[1:]),
            _("These are the biases alone; the weights are missing."),
        ),
    ],
    otherwise=_(
        "For the widths {sizes} your count is {found:.10g}, but the layers have {right:.10g} parameters."
    ),
    cases=lambda: [([5, 4, 3, 2],), ([3, 2],), ([170, 64, 1],), ([1, 1],), ([170, 128, 128, 1],)],
    tolerance=1e-9,  # a count is exact
)
