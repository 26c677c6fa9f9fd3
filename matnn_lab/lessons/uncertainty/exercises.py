"""Exercises of notebook 18, uncertainty."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


@exercise("18.1")
def gaussian_interval(answer: object) -> str | None:
    """Check the ends of a central interval of a normal distribution."""
    form = "gaussian_interval(mean, std, level)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(181)
    for level in (0.9, 0.5, 0.99):
        mean, std = rng.normal(-1, 1, 6), rng.uniform(0.02, 0.4, 6)
        low, high = ask.parts(function(mean, std, level), form, "(low, high)")
        low, high = ask.array(low, (6,), "low"), ask.array(high, (6,), "high")
        reach = NormalDist().inv_cdf((1 + level) / 2)
        if agrees(low, mean - reach * std, 1e-3) and agrees(high, mean + reach * std, 1e-3):
            continue
        if agrees(high, mean - reach * std, 1e-3):
            return _("The pair is turned round: the lower end comes first.")
        if agrees(high, mean + std):
            return _(
                "One standard deviation to each side holds 68 %; how many are needed depends on the level."
            )
        if agrees(high, mean + NormalDist().inv_cdf(level) * std, 1e-3):
            return _(
                "Beyond your upper end lie {tail:.0%}, and below the lower one as many; what is left "
                "outside should be {tail:.0%} in all."
            ).format(tail=1 - level)
        if agrees(high, mean + reach * std**2, 1e-3):
            return _("You multiply by the variance; the reach is a multiple of `std`.")
        return _(
            "For level {level:g} the interval should reach {reach:.3f} `std` to each side of `mean`."
        ).format(level=level, reach=reach)
    return None


@exercise("18.2")
def coverage_and_width(answer: object) -> str | None:
    """Check the share of true values in their interval and the mean width."""
    form = "coverage_and_width(true, low, high)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(182)
    for n in (21, 8, 50):
        middle, half = rng.normal(size=n), rng.uniform(0.3, 1.5, n)
        true, low, high = middle + rng.normal(size=n), middle - half, middle + half
        true[0], true[1] = high[0], low[1]
        held, width = ask.parts(function(true, low, high), form, "(coverage, width)")
        held, width = ask.number(held, "coverage"), ask.number(width, "width")
        inside = (low <= true) & (true <= high)
        if agrees(held, inside.mean()) and agrees(width, np.mean(high - low)):
            continue
        if agrees(held, inside.mean()) and agrees(width, half.mean()):
            return _("This is half of the width; the interval goes from `low` to `high`.")
        if agrees(held, np.mean(high - low)):
            return _("The pair is turned round: coverage first, then the width.")
        if agrees(held, inside.sum()):
            return _("This is a count; divide it by the number of rows.")
        if agrees(held, 100 * inside.mean()):
            return _("This is in percent; return a share between 0 and 1.")
        if agrees(held, ((low < true) & (true < high)).mean()):
            return _("A true value on the very end of its interval counts as held; use `<=`.")
        one_end = (true <= high).mean(), (true >= low).mean()
        if not agrees(held, inside.mean()) and any(agrees(held, each) for each in one_end):
            return _("You look at one end only; a value should lie between both.")
        return _("Coverage should be {held:.3f} and the mean width {width:.3f} here.").format(
            held=inside.mean(), width=np.mean(high - low)
        )
    return None


def _rank(n, coverage):
    """Return which of n scores is the one, counted from 1."""
    return int(np.ceil((n + 1) * coverage - 1e-9))


def _errors() -> Iterator[tuple[np.ndarray, float]]:
    rng = np.random.default_rng(1835)
    for n, level in (
        (26, 0.85),
        (9, 0.9),
        (40, 0.9),
        (57, 0.8),
        (19, 0.95),
        (200, 0.9),
    ):
        yield rng.exponential(0.1, size=n), level


def _next_one(errors, coverage):
    """Return the next larger error; infinity, which is no answer, where there is none."""
    return np.append(np.sort(errors), np.inf)[_rank(len(errors), coverage)]


task(
    "18.3",
    "half_width(errors, coverage)",
    right=lambda errors, coverage: np.sort(errors)[_rank(len(errors), coverage) - 1],
    mistakes=[
        (
            lambda errors, coverage: errors[_rank(len(errors), coverage) - 1],
            _("You count in the order in which the errors came; sort them first."),
        ),
        (
            _next_one,
            _(
                "This is one too far. The k-th smallest has the index k − 1 in Python; and np.quantile with "
                'method="higher" goes one too far as well, where method="inverted_cdf" does not.'
            ),
        ),
        (
            lambda errors, coverage: np.sort(errors)[round((len(errors) + 1) * coverage) - 1],
            _("You round to the nearest whole number; always round up."),
        ),
        (
            lambda errors, coverage: np.sort(errors)[
                int(np.ceil(len(errors) * coverage - 1e-9)) - 1
            ],
            _(
                "You take ⌈n · coverage⌉; the new row counts as one more, so it is ⌈(n + 1) · coverage⌉."
            ),
        ),
        (
            lambda errors, coverage: np.quantile(errors, coverage),
            _(
                "The plain quantile of the errors holds a little too few new rows; take the "
                "⌈(n + 1) · coverage⌉-th smallest."
            ),
        ),
        (
            lambda errors, coverage: np.sort(errors)[int((len(errors) + 1) * coverage + 1e-9) - 1],
            _("Round up: the next smaller error would hold a little less than was asked for."),
        ),
    ],
    otherwise=_(
        "For coverage {coverage:g} the half width is {right:.5g} here, but your function returns {found:.5g}."
    ),
    cases=_errors,
)


@exercise("18.4")
def retained_error(answer: object) -> str | None:
    """Check the error of what is left when the most doubtful rows are set aside."""
    function = ask.function(answer, "retained_error(errors, scores, n_aside)")
    rng = np.random.default_rng(184)
    for n, n_aside in ((10, 3), (25, 5), (12, 0), (30, 20)):
        errors, scores = rng.exponential(0.2, size=n), rng.random(n)
        given = function(errors, scores, n_aside)
        if n_aside == 0 and type(given) in (float, np.float64, np.float32) and np.isnan(given):
            return _(
                "With nothing set aside nothing is left: in Python `[:-0]` is `[:0]`, which takes no row; "
                "count the rows that stay, `[: len(errors) - n_aside]`."
            )
        found = ask.number(given, f"`{function.call(errors, scores, n_aside)}`")
        order = np.argsort(scores)
        right = errors[order[: n - n_aside]].mean()
        if agrees(found, right):
            continue
        if agrees(found, errors[order[n_aside:]].mean()):
            return _(
                "You set the most trusted rows aside; the ones with the highest scores should go."
            )
        if agrees(found, np.sort(errors)[: n - n_aside].mean()):
            return _(
                "You set the largest errors aside, which nobody knows in use; go by the scores."
            )
        if n_aside and agrees(found, errors[order[n - n_aside :]].mean()):
            return _("This is the error of the rows set aside; the rest is asked for.")
        if agrees(found, errors[order[: n - n_aside]].sum()):
            return _("This is a sum; the mean is asked for.")
        return _(
            "With {n_aside} of {n} rows set aside the mean error of the rest is {right:.4f}, but your "
            "function returns {found:.4g}."
        ).format(n_aside=n_aside, n=n, right=right, found=found)
    return None
