"""Exercises of notebook 04, overfitting and regularisation."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


@exercise("04.1")
def split(answer: object) -> str | None:
    """Check that three sets of row numbers share nothing, hold all, and are drawn at random."""
    function = ask.function(answer, "split(n, seed)")
    for n, seed in ((10, 0), (100, 1), (101, 2), (2135, 3)):
        parts = three_parts(function, n, seed)
        together = np.concatenate(parts)
        if len(np.unique(together)) < len(together):
            shared = [
                names
                for names, (a, b) in {
                    _("train and validation"): (parts[0], parts[1]),
                    _("train and test"): (parts[0], parts[2]),
                    _("validation and test"): (parts[1], parts[2]),
                }.items()
                if np.intersect1d(a, b).size
            ]
            if not shared:
                return _("A row occurs twice in one part; draw without replacement.")
            return _("For n = {n}, {names} share rows: that is leakage.").format(
                n=n, names=", ".join(shared)
            )
        if together.min() < 0 or together.max() >= n or (together % 1).any():
            return _("For n = {n} the rows should be whole numbers from 0 to {last}.").format(
                n=n, last=n - 1
            )
        if len(together) < n:
            return _("For n = {n} only {count} rows are used; none should be lost.").format(
                n=n, count=len(together)
            )
        sizes = [len(part) for part in parts]
        wanted = [0.6 * n, 0.2 * n, 0.2 * n]
        if any(abs(size - want) >= 2 for size, want in zip(sizes, wanted, strict=True)):
            return _(
                "For n = {n} the parts have {sizes} rows; they should be 60 %, 20 % and 20 % of them."
            ).format(n=n, sizes=", ".join(map(str, sizes)))
        if n >= 100 and (np.diff(np.sort(parts[1])) == 1).all():
            return _(
                "The validation rows are a block of neighbours: shuffle before you cut, since files "
                "are often sorted by formula."
            )
        if n >= 1000 and (period := repeated_after(parts)):
            return _(
                "Rows that are {period} apart nearly always come into the same part: that is a pattern, "
                "and files can have patterns too; shuffle all rows before you cut."
            ).format(period=period)
        if not all(map(np.array_equal, parts, three_parts(function, n, seed))):
            return _("The same seed should give the same split: use np.random.default_rng(seed).")
        if n >= 100 and np.array_equal(parts[0], three_parts(function, n, seed + 1)[0]):
            return _("Another seed should give another split: use np.random.default_rng(seed).")
    return None


def repeated_after(parts: list[np.ndarray]) -> int | None:
    """Return a distance at which rows share their part much more often than by chance."""
    label = np.empty(sum(map(len, parts)))
    for number, part in enumerate(parts):
        label[part.astype(int)] = number
    same = [np.mean(label[distance:] == label[:-distance]) for distance in range(1, 21)]
    # by chance 0.6² + 0.2² + 0.2² = 0.44, give or take 0.011 for 2,135 rows
    return int(np.argmax(same)) + 1 if max(same) > 0.52 else None


def three_parts(function: ask.Function, n: int, seed: int) -> list[np.ndarray]:
    """Call the learner's split and return its three arrays of row numbers."""
    found = function(n, seed)
    if type(found) not in (tuple, list) or len(found) != 3:
        raise Hint(
            _(
                "`split({n}, {seed})` should return three arrays `(train, validation, test)`, but "
                "returns {found}."
            ).format(n=n, seed=seed, found=ask.describe(found))
        )
    names = (_("train"), _("validation"), _("test"))
    for part, name in zip(found, names, strict=True):
        if type(part) is np.ndarray and part.dtype.kind == "b":
            raise Hint(
                _(
                    "The part {name} is a mask of truth values; return the numbers of its rows, as "
                    "`np.flatnonzero(mask)` gives them."
                ).format(name=name)
            )
    parts = [ask.array(part, (None,), name) for part, name in zip(found, names, strict=True)]
    for part, name in zip(parts, names, strict=True):
        if not part.size:
            raise Hint(_("The part {name} is empty for n = {n}.").format(name=name, n=n))
    return parts


def patience_rule(losses, patience):
    """Return the epochs at which training stops and of the lowest loss so far, both from 1."""
    return stopping(losses, patience)


def stopping(losses, patience, late=0, equal_is_better=False):
    """Return the pair of a rule that waits longer, or takes an equal loss for a better one."""
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        lowest = losses[best - 1]
        if loss < lowest or (equal_is_better and loss == lowest):
            best = epoch
        if epoch - best >= patience + late:
            return epoch, best
    return len(losses), best


def rising_rule(losses, patience):
    """Return what comes out if each loss is compared with that of the epoch before, a mistake."""
    waited = 0
    for epoch in range(2, len(losses) + 1):
        waited = waited + 1 if losses[epoch - 1] >= losses[epoch - 2] else 0
        if waited >= patience:
            return epoch, int(np.argmin(losses[:epoch])) + 1
    return len(losses), int(np.argmin(losses)) + 1


def other_stop(losses, patience) -> str:
    """Return the hint for anything else."""
    shown = ", ".join(f"{loss:.2f}" for loss in losses[:8])
    stop, best = patience_rule(losses, patience)
    return _(
        "For the losses {losses} and patience {patience} training stops after epoch {stop} with the best "
        "epoch {best}: return the pair (stop_epoch, best_epoch)."
    ).format(
        losses=shown + (" …" if len(losses) > 8 else ""), patience=patience, stop=stop, best=best
    )


def losses_and_patience():
    """Give falling, rising, bumpy and flat validation losses, and patience."""
    yield from (
        ([0.9, 0.5, 0.4, 0.45, 0.5, 0.6, 0.7], 2),
        ([0.9, 0.5, 0.6, 0.4, 0.5, 0.6, 0.3], 2),
        ([0.9, 0.5, 0.6, 0.4, 0.5, 0.6, 0.3], 3),
        ([0.9, 0.5, 0.7, 0.6, 0.55, 0.4], 3),
        ([0.5, 0.5, 0.5, 0.5], 2),
        ([0.9, 0.8, 0.7], 3),
        ([0.3, 0.4], 1),
        ([1.0], 5),
    )
    rng = np.random.default_rng(42)
    for patience in (1, 3, 6):
        yield rng.random(20).tolist(), patience


task(
    "04.2",
    "early_stop(losses, patience)",
    right=patience_rule,
    mistakes=[
        (
            lambda losses, patience: patience_rule(losses, patience)[::-1],
            _("The pair is turned round: stop_epoch comes first, then best_epoch."),
        ),
        (
            lambda losses, patience: patience_rule(losses, patience)[1],
            _("Return the pair `(stop_epoch, best_epoch)`; you return one number."),
        ),
        (
            lambda losses, patience: np.subtract(patience_rule(losses, patience), 1),
            _("Count epochs from 1: the first loss belongs to epoch 1."),
        ),
        (
            rising_rule,
            _(
                "You wait for epochs in a row that rise; compare with the lowest loss so far, not with "
                "the epoch before."
            ),
        ),
        (
            lambda losses, patience: (
                patience_rule(losses, patience)[0],
                int(np.argmin(losses)) + 1,
            ),
            _(
                "You return the lowest loss of the whole list, but training has stopped before it was "
                "seen."
            ),
        ),
        (
            lambda losses, patience: stopping(losses, patience, late=1),
            _(
                "You stop one epoch late: stop as soon as `patience` epochs in a row have brought "
                "nothing lower."
            ),
        ),
        (
            lambda losses, patience: stopping(losses, patience, equal_is_better=True),
            _("An equal loss is no improvement: only a lower one resets the patience."),
        ),
    ],
    otherwise=other_stop,
    cases=losses_and_patience,
)


def data_part(X, y, w):
    """Return the gradient of the mean squared error."""
    return 2 * X.T @ (X @ w - y) / len(y)


def with_penalty(penalty, share=1.0):
    """Return an answer with this beside a share of the data part."""
    return lambda X, y, w, lam: share * data_part(X, y, w) + penalty(w, lam)


def linear_models():
    """Give samples, targets and weights of linear models, and strengths."""
    rng = np.random.default_rng(43)
    for n, d, lam in ((7, 3, 0.1), (4, 1, 0.5), (5, 2, 0.0), (3, 6, 2.0)):
        yield rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d), lam


def other_gradient(X, y, w, lam) -> str:
    """Return the hint for anything else."""
    return _(
        "For {n} samples, {d} weights and lam = {lam:g} the gradient is not right: add the gradient "
        "of the mean of (Xw − y)² and that of lam times the sum of w²."
    ).format(n=len(y), d=len(w), lam=lam)


task(
    "04.3",
    "gradient(X, y, w, lam)",
    right=with_penalty(lambda w, lam: 2 * lam * w),
    mistakes=[
        (
            with_penalty(lambda w, lam: 0),
            _("The penalty is missing: add the derivative of λ‖w‖²."),
        ),
        (
            with_penalty(lambda w, lam: 2 * lam * w, 0),
            _("Only the penalty is there: add the gradient of the mean squared error."),
        ),
        (
            with_penalty(lambda w, lam: lam * w),
            _("The derivative of λw² is 2λw; λw belongs to a penalty λ‖w‖²/2, as in PyTorch."),
        ),
        (
            with_penalty(lambda w, lam: -2 * lam * w),
            _("The sign of the penalty is turned: it adds to the loss."),
        ),
        (
            with_penalty(lambda w, lam: lam * np.sum(w**2)),
            _("You add the penalty itself; its gradient has one entry for each weight."),
        ),
        (
            with_penalty(lambda w, lam: 2 * lam * np.linalg.norm(w)),
            _("The gradient of ‖w‖² is 2w, a vector; you add a multiple of the norm."),
        ),
        (
            with_penalty(lambda w, lam: lam * np.sign(w)),
            _("λ·sign(w) is the gradient of λ Σ|w|, another penalty; here it is λ Σ w²."),
        ),
        (
            lambda X, y, w, lam: len(y) * data_part(X, y, w) + 2 * lam * w,
            _("The loss is a mean over the samples: divide the data part by n."),
        ),
        (
            lambda X, y, w, lam: data_part(X, y, w) + 2 * lam * w / len(y),
            _("The penalty does not belong to a sample: do not divide it by n."),
        ),
        (
            with_penalty(lambda w, lam: 2 * lam * w, 0.5),
            _("The square of the error brings a factor 2."),
        ),
        (with_penalty(lambda w, lam: lam * w, 0.5), _("Both squares bring a factor 2.")),
        (
            with_penalty(lambda w, lam: 2 * lam * w, -1),
            _("The sign of the data part is turned: the error is Xw − y."),
        ),
        (
            with_penalty(lambda w, lam: -2 * lam * w, -1),
            _("The sign is turned: this is the direction downhill."),
        ),
    ],
    otherwise=other_gradient,
    cases=linear_models,
)


def steps():
    """Give weights and directions, learning rates and strengths."""
    rng = np.random.default_rng(44)
    for n, eta, lam in ((3, 0.1, 0.4), (1, 0.01, 2.0), (5, 0.2, 0.0), (2, 0.05, 10.0)):
        yield *rng.normal(size=(2, n)), eta, lam


task(
    "04.4",
    "adamw_step(theta, direction, eta, lam)",
    right=lambda w, d, eta, lam: (1 - eta * lam) * w - eta * d,
    mistakes=[
        (
            lambda w, d, eta, lam: w - eta * d,
            _("The decay is missing: theta also shrinks by η·λ·theta."),
        ),
        (
            lambda w, d, eta, lam: (1 - eta * lam) * w,
            _("Only the decay is there: also step along direction."),
        ),
        (
            lambda w, d, eta, lam: (1 - eta * lam) * (w - eta * d),
            _("You let the step decay too: only the old theta shrinks."),
        ),
        (
            lambda w, d, eta, lam: (1 - lam) * w - eta * d,
            _("The decay is missing the learning rate: theta shrinks by the factor 1 − ηλ."),
        ),
        (
            lambda w, d, eta, lam: (1 - 2 * eta * lam) * w - eta * d,
            _("The factor 2 of λ‖θ‖² does not occur here: AdamW shrinks by 1 − ηλ."),
        ),
        (
            lambda w, d, eta, lam: w - eta * lam * d,
            _("λ multiplies theta, not the direction."),
        ),
        (
            lambda w, d, eta, lam: (1 - eta * lam) * w + eta * d,
            _("The step goes uphill: subtract η times the direction."),
        ),
        (
            lambda w, d, eta, lam: (1 + eta * lam) * w - eta * d,
            _("The weights grow; decay multiplies theta by 1 − ηλ."),
        ),
        (
            lambda w, d, eta, lam: eta * (d + lam * w),
            _("You return the step alone; subtract it."),
        ),
        (
            lambda w, d, eta, lam: -eta * (d + lam * w),
            _("You return the step alone; add it to theta."),
        ),
    ],
    otherwise=_(
        "For eta = {eta:g} and lam = {lam:g} the new theta is not (1 − eta·lam)·theta − "
        "eta·direction."
    ),
    cases=steps,
)


def masked(h, keep, p):
    """Return what the next layer receives in training."""
    return h * keep / (1 - p)


def only_in_training(formula, otherwise=lambda h, keep, p: h):
    """Return an answer from what it does in training and in evaluation."""
    return lambda h, keep, p, training: (formula if training else otherwise)(h, keep, p)


def masks():
    """Give hidden vectors, masks and shares that are dropped, in evaluation and in training."""
    rng = np.random.default_rng(45)
    for shape, p in (((6,), 0.4), ((4, 3), 0.2), ((5, 2), 0.75), ((3,), 0.0)):
        h = rng.normal(size=shape)
        keep = (rng.random(shape) >= p).astype(float)
        keep.flat[0], keep.flat[-1] = 1.0, float(p == 0)
        yield from ((h, keep, p, False), (h, keep, p, True))


def other_dropout(h, keep, p, training) -> str:
    """Return the hint for anything else."""
    if not training:
        return _("With training = False the result should be h itself.")
    return _("For p = {p:g} and training = True the result is not h · keep / (1 − p).").format(p=p)


task(
    "04.5",
    "dropout(h, keep, p, training)",
    right=only_in_training(masked),
    mistakes=[
        (
            only_in_training(masked, lambda h, keep, p: h * keep),
            _("Outside training nothing is dropped: return h as it is."),
        ),
        (
            lambda h, keep, p, training: masked(h, keep, p),
            _("Outside training nothing is dropped or scaled: return h as it is."),
        ),
        (
            only_in_training(masked, lambda h, keep, p: h * (1 - p)),
            _(
                "This is the older convention, which scales in evaluation; inverted dropout scales in "
                "training, so that h stays as it is in evaluation."
            ),
        ),
        (
            only_in_training(masked, lambda h, keep, p: h / (1 - p)),
            _("The factor 1/(1 − p) belongs to training; in evaluation return h as it is."),
        ),
        (
            only_in_training(lambda h, keep, p: h * keep),
            _("The scaling is missing: divide what is kept by 1 − p."),
        ),
        (
            only_in_training(lambda h, keep, p: h / (1 - p)),
            _("Nothing is dropped: multiply by keep."),
        ),
        (
            lambda h, keep, p, training: h,
            _("Nothing is dropped: multiply by keep, and divide by 1 − p."),
        ),
        (
            only_in_training(lambda h, keep, p: h * keep * (1 - p)),
            _("Divide by 1 − p; you multiply, and h becomes smaller."),
        ),
        (
            only_in_training(lambda h, keep, p: masked(h, 1 - keep, p)),
            _("You keep what should be dropped: keep is 1 there."),
        ),
        (
            only_in_training(lambda h, keep, p: h * keep / p if p else h),
            _("p is the share that is dropped; the share that is kept is 1 − p."),
        ),
    ],
    otherwise=other_dropout,
    cases=masks,
)
