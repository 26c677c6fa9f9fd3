"""Exercises of notebook 04, overfitting and regularisation."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import SINGLE, agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import Hint, exercise
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
                "The validation rows are a block of neighbors: shuffle before you cut, since files "
                "are often sorted by formula."
            )
        if not all(map(np.array_equal, parts, three_parts(function, n, seed))):
            return _("The same seed should give the same split: use np.random.default_rng(seed).")
        if n >= 100 and np.array_equal(parts[0], three_parts(function, n, seed + 1)[0]):
            return _("Another seed should give another split: use np.random.default_rng(seed).")
    return None


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


@exercise("04.2")
def early_stop(answer: object) -> str | None:
    """Check the rule of patience on falling, rising, bumpy and flat validation losses."""
    function = ask.function(answer, "early_stop(losses, patience)")
    rng = np.random.default_rng(42)
    cases = [
        ([0.9, 0.5, 0.4, 0.45, 0.5, 0.6, 0.7], 2),
        ([0.9, 0.5, 0.6, 0.4, 0.5, 0.6, 0.3], 2),
        ([0.9, 0.5, 0.6, 0.4, 0.5, 0.6, 0.3], 3),
        ([0.9, 0.5, 0.7, 0.6, 0.55, 0.4], 3),
        ([0.5, 0.5, 0.5, 0.5], 2),
        ([0.9, 0.8, 0.7], 3),
        ([0.3, 0.4], 1),
        ([1.0], 5),
    ]
    cases += [([float(x) for x in rng.random(20)], int(p)) for p in (1, 3, 6)]
    for losses, patience in cases:
        found = ask.parts(function(losses, patience), "early_stop", "(stop_epoch, best_epoch)")
        stop = ask.integer(found[0], _("stop_epoch"))
        best = ask.integer(found[1], _("best_epoch"))
        right_stop, right_best = patience_rule(losses, patience)
        if (stop, best) == (right_stop, right_best):
            continue
        shown = ", ".join(f"{loss:.2f}" for loss in losses[:8])
        if len(losses) > 8:
            shown += " …"
        if (stop, best) == (right_best, right_stop):
            return _("The pair is turned round: stop_epoch comes first, then best_epoch.")
        if (stop, best) == (right_stop - 1, right_best - 1):
            return _("Count epochs from 1: the first loss belongs to epoch 1.")
        if (stop, best) == rising_rule(losses, patience):
            return _(
                "For the losses {losses} and patience {patience} you wait for {patience} epochs in a row "
                "that rise; compare with the lowest loss so far, not with the epoch before."
            ).format(losses=shown, patience=patience)
        if best == int(np.argmin(losses)) + 1 != right_best:
            return _(
                "For the losses {losses} and patience {patience} you return the lowest loss of the "
                "whole list, but training has stopped before it was seen."
            ).format(losses=shown, patience=patience)
        if best == right_best and (stop - right_stop) == 1:
            return _(
                "For the losses {losses} and patience {patience} you stop one epoch late: stop as "
                "soon as {patience} epochs in a row have brought nothing lower."
            ).format(losses=shown, patience=patience)
        if len(set(losses)) == 1:
            return _("An equal loss is no improvement: only a lower one resets the patience.")
        return _(
            "For the losses {losses} and patience {patience} training stops after epoch {stop} with "
            "the best epoch {best}, but you return {found_stop} and {found_best}."
        ).format(
            losses=shown,
            patience=patience,
            stop=right_stop,
            best=right_best,
            found_stop=stop,
            found_best=best,
        )
    return None


def patience_rule(losses: list[float], patience: int) -> tuple[int, int]:
    """Return the epochs at which training stops and of the lowest loss so far, both from 1."""
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses), best


def rising_rule(losses: list[float], patience: int) -> tuple[int, int]:
    """Return what comes out if each loss is compared with that of the epoch before, a mistake."""
    waited = 0
    for epoch in range(2, len(losses) + 1):
        waited = waited + 1 if losses[epoch - 1] >= losses[epoch - 2] else 0
        if waited >= patience:
            return epoch, int(np.argmin(losses[:epoch])) + 1
    return len(losses), int(np.argmin(losses)) + 1


@exercise("04.3")
def gradient(answer: object) -> str | None:
    """Check the gradient of a mean squared error with weight decay on random linear models."""
    function = ask.function(answer, "gradient(X, y, w, lam)")
    rng = np.random.default_rng(43)
    for n, d, lam in ((7, 3, 0.1), (4, 1, 0.5), (5, 2, 0.0), (3, 6, 2.0)):
        X, y, w = rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d)
        found = function.array(X, y, w, lam, shape=(d,))
        data, decay = 2 * X.T @ (X @ w - y) / n, 2 * lam * w
        if agrees(found, data + decay, SINGLE):
            continue
        alone = _("The penalty is missing: add the derivative of λ‖w‖².")
        mistakes = [
            (data, alone),
            (decay, _("Only the penalty is there: add the gradient of the mean squared error.")),
            (
                data + decay / 2,
                _("The derivative of λw² is 2λw; λw belongs to a penalty λ‖w‖²/2, as in PyTorch."),
            ),
            (data - decay, _("The sign of the penalty is turned: it adds to the loss.")),
            (
                data + lam * np.sum(w**2),
                _("You add the penalty itself; its gradient has one entry for each weight."),
            ),
            (
                data + 2 * lam * np.linalg.norm(w),
                _("The gradient of ‖w‖² is 2w, a vector; you add a multiple of the norm."),
            ),
            (
                data + lam * np.sign(w),
                _("λ·sign(w) is the gradient of λ Σ|w|, another penalty; here it is λ Σ w²."),
            ),
            (
                n * data + decay,
                _("The loss is a mean over the samples: divide the data part by n."),
            ),
            (
                data + decay / n,
                _("The penalty does not belong to a sample: do not divide it by n."),
            ),
            (data / 2 + decay, _("The square of the error brings a factor 2.")),
            (data / 2 + decay / 2, _("Both squares bring a factor 2.")),
            (-data + decay, _("The sign of the data part is turned: the error is Xw − y.")),
            (-(data + decay), _("The sign is turned: this is the direction downhill.")),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For {n} samples, {d} weights and lam = {lam:g} the gradient is not right: add the gradient "
            "of the mean of (Xw − y)² and that of lam times the sum of w²."
        ).format(n=n, d=d, lam=lam)
    return None


@exercise("04.4")
def adamw_step(answer: object) -> str | None:
    """Check one step with decoupled weight decay."""
    function = ask.function(answer, "adamw_step(theta, direction, eta, lam)")
    rng = np.random.default_rng(44)
    for n, eta, lam in ((3, 0.1, 0.4), (1, 0.01, 2.0), (5, 0.2, 0.0), (2, 0.05, 10.0)):
        theta, direction = rng.normal(size=(2, n))
        found = function.array(theta, direction, eta, lam, shape=(n,))
        right = (1 - eta * lam) * theta - eta * direction
        if agrees(found, right):
            continue
        mistakes = [
            (theta - eta * direction, _("The decay is missing: theta also shrinks by η·λ·theta.")),
            ((1 - eta * lam) * theta, _("Only the decay is there: also step along direction.")),
            (
                (1 - eta * lam) * (theta - eta * direction),
                _("You let the step decay too: only the old theta shrinks."),
            ),
            (
                (1 - lam) * theta - eta * direction,
                _("The decay is missing the learning rate: theta shrinks by the factor 1 − ηλ."),
            ),
            (
                (1 - 2 * eta * lam) * theta - eta * direction,
                _("The factor 2 of λ‖θ‖² does not occur here: AdamW shrinks by 1 − ηλ."),
            ),
            (
                theta - eta * lam * direction,
                _("λ multiplies theta, not the direction."),
            ),
            (
                (1 - eta * lam) * theta + eta * direction,
                _("The step goes uphill: subtract η times the direction."),
            ),
            (
                (1 + eta * lam) * theta - eta * direction,
                _("The weights grow; decay multiplies theta by 1 − ηλ."),
            ),
            (eta * (direction + lam * theta), _("You return the step alone; subtract it.")),
            (-eta * (direction + lam * theta), _("You return the step alone; add it to theta.")),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For eta = {eta:g} and lam = {lam:g} the new theta is not (1 − eta·lam)·theta − "
            "eta·direction."
        ).format(eta=eta, lam=lam)
    return None


@exercise("04.5")
def dropout(answer: object) -> str | None:
    """Check inverted dropout with a given mask, in training and in use."""
    function = ask.function(answer, "dropout(h, keep, p, training)")
    rng = np.random.default_rng(45)
    for shape, p in (((6,), 0.4), ((4, 3), 0.2), ((5, 2), 0.75), ((3,), 0.0)):
        h = rng.normal(size=shape)
        keep = (rng.random(shape) >= p).astype(float)
        keep.flat[0], keep.flat[-1] = 1.0, float(p == 0)
        in_use = function.array(h, keep, p, False, shape=shape)
        if not agrees(in_use, h):
            raise_for_known_mistakes(
                in_use,
                [
                    (h * keep, _("Outside training nothing is dropped: return h as it is.")),
                    (
                        h * keep / (1 - p),
                        _("Outside training nothing is dropped or scaled: return h as it is."),
                    ),
                    (
                        h * (1 - p),
                        _(
                            "This is the older convention, which scales in use; inverted dropout "
                            "scales in training, so that h stays as it is in use."
                        ),
                    ),
                    (
                        h / (1 - p),
                        _("The factor 1/(1 − p) belongs to training; in use, return h as it is."),
                    ),
                ],
            )
            return _("With training = False the result should be h itself.")
        found = function.array(h, keep, p, True, shape=shape)
        right = h * keep / (1 - p)
        if agrees(found, right):
            continue
        raise_for_known_mistakes(
            found,
            [
                (h * keep, _("The scaling is missing: divide what is kept by 1 − p.")),
                (h / (1 - p), _("Nothing is dropped: multiply by keep.")),
                (h, _("Nothing is dropped: multiply by keep, and divide by 1 − p.")),
                (h * keep * (1 - p), _("Divide by 1 − p; you multiply, and h becomes smaller.")),
                (h * (1 - keep) / (1 - p), _("You keep what should be dropped: keep is 1 there.")),
            ],
        )
        if p > 0 and agrees(found, h * keep / p):
            return _("p is the share that is dropped; the share that is kept is 1 − p.")
        return _("For p = {p:g} and training = True the result is not h · keep / (1 − p).").format(
            p=p
        )
    return None
