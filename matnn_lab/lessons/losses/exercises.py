"""Exercises of notebook 02, losses."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _

KJ_PER_MOL = 96.485  # in one eV per atom


@exercise("02.1")
def huber_gradient(answer: object) -> str | None:
    """Check the slope of the mean Huber loss on residuals on both sides of δ."""
    function = ask.function(answer, "huber_gradient(predicted, targets, delta)")
    rng = np.random.default_rng(21)
    for n, delta in ((4, 0.4), (7, 2.0), (1, 0.1), (12, 30.0)):
        targets = rng.normal(scale=10, size=n)
        residuals = delta * rng.choice([-1, 1], n) * np.resize([0.3, 2.5, 0.8, 4.0], n)
        predicted = targets + residuals
        found = function.array(predicted, targets, delta, shape=(n,))
        pull = np.clip(residuals, -delta, delta)
        if agrees(found, pull / n, size=np.abs(targets).max() / n):  # r is a difference
            continue
        size = np.abs(residuals)
        loss = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
        raise_for_known_mistakes(
            found,
            [
                (
                    pull,
                    _(
                        "These are the slopes of the summed loss; the loss is a mean, so divide by "
                        "the number of samples."
                    ),
                ),
                (
                    -pull / n,
                    _(
                        "The sign is turned: where the prediction is too high, the slope is positive."
                    ),
                ),
                (
                    -pull,
                    _(
                        "The sign is turned, and the division by the number of samples is missing: "
                        "the loss is a mean."
                    ),
                ),
                (
                    residuals / n,
                    _("Beyond ±delta the slope no longer grows: clip the residuals."),
                ),
                (
                    2 * pull / n,
                    _("This is twice too large: the parabola of Huber's loss is r²/2, not r²."),
                ),
                (
                    pull / delta / n,
                    _("This is the slope of smooth L1, Huber's loss divided by delta."),
                ),
                (
                    np.where(size <= delta, residuals, np.sign(residuals)) / n,
                    _("Outside, the line has the slope ±delta, not ±1."),
                ),
                (loss, _("These are the losses; the exercise asks for their slopes.")),
                (loss / n, _("These are the losses; the exercise asks for their slopes.")),
            ],
        )
        worst = np.abs(found - pull / n).argmax()
        return _(
            "For a residual of {residual:.3g}, delta = {delta:g} and {n} samples the slope is "
            "{found:.4g}, but should be {expected:.4g}."
        ).format(
            residual=residuals[worst],
            delta=delta,
            n=n,
            found=found[worst],
            expected=pull[worst] / n,
        )
    return None


task(
    "02.2",
    "mse_in_kj_per_mol(mse_ev)",
    right=lambda mse: mse * KJ_PER_MOL**2,
    mistakes=[
        (
            lambda mse: mse * KJ_PER_MOL,
            _("You convert once; the unit of an MSE is squared, and so is the factor."),
        ),
        (
            lambda mse: mse / KJ_PER_MOL,
            _("A number in kJ/mol is larger than the same energy in eV/atom."),
        ),
        (
            lambda mse: mse / KJ_PER_MOL**2,
            _("The factor is upside down: 1 eV/atom is 96.485 kJ/mol, so multiply."),
        ),
        (
            lambda mse: np.sqrt(mse) * KJ_PER_MOL,
            _("This is the RMSE in kJ/mol; the MSE is its square."),
        ),
        (
            lambda mse: mse * 23.0605**2,
            _("This is in (kcal/mol)²; one eV per atom is 96.485 kJ/mol."),
        ),
        (lambda mse: mse, _("You return the number as it was, still in (eV/atom)².")),
    ],
    otherwise=_(
        "An MSE of {mse_ev:g} (eV/atom)² becomes {found:.6g}, but should be {right:.6g} (kJ/mol)²."
    ),
    cases=lambda: [(0.01,), (0.024,), (1.0,), (3.7,)],
    tolerance=1e-3,  # of the factor
)


@exercise("02.3")
def logsumexp(answer: object) -> str | None:
    """Check a log-sum-exp on small logits, then on those where the naive one overflows."""
    function = ask.function(answer, "logsumexp(logits)")
    rng = np.random.default_rng(23)
    cases = [rng.normal(scale=2, size=shape) for shape in ((1, 2), (4, 3), (3, 6))]
    large = rng.normal(scale=3, size=(4, 3))
    cases += [
        large + 1000,
        large - 1000,
        np.array([[1000.0, 0, -1000], [0, 0, 0], [-2e4, -2e4, 5]]),
    ]
    for logits in cases:
        n, _classes = logits.shape
        largest = logits.max(axis=1)
        expected = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
        result = function(logits)
        raw = result if type(result) is np.ndarray and result.dtype.kind == "f" else None
        if raw is not None and raw.shape == (n,) and not np.isfinite(raw).all():
            return _(
                "For logits between {low:.0f} and {high:.0f} your result is not finite: subtract the "
                "largest logit of each row before the exponential."
            ).format(low=logits.min(), high=logits.max())
        found = ask.array(result, (n,), _("`logsumexp(logits)`"))
        if agrees(found, expected):
            continue
        raise_for_known_mistakes(
            found,
            [
                (
                    expected - largest,
                    _("Add the largest logit again after the logarithm; you subtracted it before."),
                ),
                (np.exp(expected - largest), _("The logarithm of the sum is missing.")),
                (np.exp(np.minimum(expected, 700)), _("The logarithm of the sum is missing.")),
                (
                    largest,
                    _("This is the largest logit alone; the sum over all classes is missing."),
                ),
                (
                    logits.sum(axis=1),
                    _("This is the sum of the logits; take the exponential before you add."),
                ),
                (
                    expected - np.log(logits.shape[1]),
                    _("This is the logarithm of the mean of the exponentials, not of their sum."),
                ),
                (-expected, _("The sign is turned.")),
            ],
        )
        if np.ptp(found - expected) > 0 and agrees(
            np.exp(found - logits.max()), np.exp(expected - logits.max()), 1e-3
        ):
            return _("Subtract the largest logit of each row, not the largest one of all.")
        worst = np.abs(found - expected).argmax()
        return _(
            "For the row {row} the result is {found:.6g}, but should be {expected:.6g}."
        ).format(
            row=np.array2string(logits[worst], precision=3),
            found=found[worst],
            expected=expected[worst],
        )
    return None


@exercise("02.4")
def cross_entropy_gradient(answer: object) -> str | None:
    """Check the gradient of the mean cross-entropy on batches of several sizes."""
    function = ask.function(answer, "cross_entropy_gradient(logits, labels)")
    rng = np.random.default_rng(24)
    for n, classes, spread in ((5, 3, 2.0), (1, 3, 1.0), (4, 7, 3.0), (6, 2, 800.0)):
        logits = rng.normal(scale=spread, size=(n, classes))
        labels = rng.integers(classes, size=n)
        result = function(logits, labels)
        if (
            type(result) is np.ndarray
            and result.dtype.kind == "f"
            and result.shape == logits.shape
            and not np.isfinite(result).all()
        ):
            return _(
                "For logits between {low:.0f} and {high:.0f} your gradient is not finite: subtract the "
                "largest logit of each row before the exponential."
            ).format(low=logits.min(), high=logits.max())
        found = ask.array(result, (n, classes), _("`cross_entropy_gradient(logits, labels)`"))
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        p, y = exponentials / exponentials.sum(axis=1, keepdims=True), np.eye(classes)[labels]
        if agrees(found, (p - y) / n):
            continue
        over_batch = exponentials / exponentials.sum()
        over_all = np.exp(logits - logits.max())
        over_all /= over_all.sum()
        raise_for_known_mistakes(
            found,
            [
                (
                    p - y,
                    _(
                        "Each row is p − y, the gradient of the sum; the loss is a mean over the "
                        "samples, so divide by their number."
                    ),
                ),
                (
                    (p - y) / (n * classes),
                    _("Divide by the number of samples, not by the number of entries."),
                ),
                ((p - y) / classes, _("Divide by the number of samples, not of classes.")),
                ((y - p) / n, _("The sign is turned: it is p − y.")),
                (
                    y - p,
                    _("The sign is turned, and the division by the number of samples is missing."),
                ),
                (p / n, _("The ones of the observed classes are missing: it is p − y.")),
                (p, _("These are the probabilities; subtract the ones of the observed classes.")),
                (
                    (logits - y) / n,
                    _("You subtract from the logits; turn them into probabilities first."),
                ),
                (
                    (over_batch - y) / n,
                    _("The probabilities of each sample should add up to one, row by row."),
                ),
                (
                    (over_all - y) / n,
                    _("The probabilities of each sample should add up to one, row by row."),
                ),
                (
                    -y / np.maximum(p, 1e-300) / n,
                    _("This is the slope with respect to the probabilities, not to the logits."),
                ),
            ],
        )
        return _(
            "For {n} samples and {classes} classes the gradient is not (p − y) / n: each row should add "
            "up to zero, and only the entry of the observed class is negative."
        ).format(n=n, classes=classes)
    return None


@exercise("02.5")
def inverse_frequency(answer: object) -> str | None:
    """Check class weights: inverse to the counts, with a mean of 1 over the samples."""
    function = ask.function(answer, "inverse_frequency(labels, n_classes)")
    rng = np.random.default_rng(25)
    for counts in ([1, 4, 10], [3, 1], [20, 5, 2, 8], [2, 2, 2]):
        labels, classes = rng.permutation(np.repeat(np.arange(len(counts)), counts)), len(counts)
        found = function.array(labels, classes, shape=(classes,))
        n = np.array(counts, dtype=float)
        right = n.sum() / (classes * n)
        if agrees(found, right):
            continue
        others = 1 - n / n.sum()
        if found.any() and agrees(found / np.abs(found).sum(), others / others.sum()):
            return _(
                "These weights follow 1 − the share of the class, which falls too slowly: a class ten "
                "times rarer needs ten times the weight, so divide by the count."
            )
        raise_for_known_mistakes(
            found,
            [
                (
                    1 / n,
                    _("The scale is missing: the weights averaged over the samples should be 1."),
                ),
                (
                    n.sum() / n,
                    _("This averages over the samples to the number of classes; divide by it."),
                ),
                (
                    (1 / n) / (1 / n).sum(),
                    _("These weights add up to 1; their average over the samples should be 1."),
                ),
                (
                    classes * (1 / n) / (1 / n).sum(),
                    _(
                        "The mean over the classes is 1 here; the mean over the samples should be, in "
                        "which a frequent class enters often."
                    ),
                ),
                (
                    n / n.sum(),
                    _("These are the shares of the classes; rare classes need the larger weight."),
                ),
                (n, _("These are the counts; rare classes need the larger weight.")),
                (
                    np.sqrt(1 / n) * n.sum() / np.sum(np.sqrt(n)),
                    _("The weights should fall as 1/count, not as one over its root."),
                ),
            ],
        )
        if agrees(found / found[0], right / right[0]):
            return _(
                "The ratios are right, but averaged over the samples the weights give {mean:.4g} and "
                "not 1."
            ).format(mean=float(np.sum(found * n) / n.sum()))
        return _(
            "For the counts {counts} the weights should be {right}: inversely proportional to the "
            "counts."
        ).format(counts=counts, right=np.array2string(right, precision=3))
    return None
