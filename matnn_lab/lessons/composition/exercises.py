"""Exercises of notebook 05, composition."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _

KJ_PER_MOL = 96.48533  # of one eV, CODATA 2018


task(
    "05.1",
    "kj_per_mol(enthalpy, n_atoms)",
    right=lambda enthalpy, n_atoms: enthalpy * n_atoms * KJ_PER_MOL,
    mistakes=[
        (
            lambda enthalpy, n_atoms: enthalpy * KJ_PER_MOL,
            _("This is per mole of atoms; the formula unit has more atoms."),
        ),
        (
            lambda enthalpy, n_atoms: enthalpy / n_atoms * KJ_PER_MOL,
            _("You divide by the number of atoms; the formula unit holds all of them together."),
        ),
        (
            lambda enthalpy, n_atoms: enthalpy * n_atoms,
            _("This is still in eV; one eV per particle is 96.485 kJ/mol."),
        ),
        (
            lambda enthalpy, n_atoms: enthalpy * n_atoms / KJ_PER_MOL,
            _("You divide by 96.485; one eV is more than one kJ/mol, so the number grows."),
        ),
        (
            lambda enthalpy, n_atoms: -enthalpy * n_atoms * KJ_PER_MOL,
            _("The sign is turned: a compound that releases heat keeps its minus sign."),
        ),
        (
            lambda enthalpy, n_atoms: enthalpy * n_atoms * 23.0605,
            _("23.06 is the factor to kcal/mol; to kJ/mol it is 96.485."),
        ),
    ],
    otherwise=_(
        "{enthalpy:g} eV/atom with {n_atoms} atoms in the formula unit is {right:.1f} kJ/mol, but your "
        "function returns {found:.4g}."
    ),
    cases=lambda: [(-1.0, 1), (-2.13, 2), (-1.708, 5), (0.25, 3), (-0.4, 13)],
    tolerance=2e-3,  # 96.5 will do
)


@exercise("05.2")
def mean_and_deviation(answer: object) -> str | None:
    """Check the weighted mean and average deviation of one property."""
    form = "describe(fractions, values)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(52)
    for n in (3, 2, 2, 5, 1):
        fractions, values = rng.dirichlet(np.ones(n)), rng.uniform(0.7, 4.0, size=n)
        mean, deviation = ask.parts(function(fractions, values), form, "(mean, deviation)")
        mean, deviation = ask.number(mean, "mean"), ask.number(deviation, "deviation")
        right = float(fractions @ values)
        spread = float(fractions @ np.abs(values - right))
        size = np.abs(values).max()  # of one element the deviation is zero
        if agrees(mean, right) and agrees(deviation, spread, size=size):
            continue
        if agrees(mean, spread) and agrees(deviation, right):
            return _("The pair is turned round: the mean comes first, then the average deviation.")
        if agrees(mean, values.mean()):
            return _("This mean counts each element once; weight it by the fractions.")
        if not agrees(mean, right):
            return _("The mean should be the sum of fraction times value, Σ f p.")
        if agrees(deviation, np.sqrt(fractions @ (values - right) ** 2)):
            return _(
                "This is a standard deviation; the average deviation takes absolute values, not squares."
            )
        if agrees(deviation, np.abs(values - right).mean()):
            return _("The deviations should be weighted by the fractions too.")
        if agrees(deviation, 0.0):
            return _("Without absolute values the deviations cancel to zero.")
        return _("The average deviation should be Σ f |p − mean|, with the weighted mean.")
    return None


@exercise("05.3")
def standardize(answer: object) -> str | None:
    """Check that training and test columns are scaled by the training columns alone."""
    form = "standardize(train, test)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(53)
    for n, m, columns, constant in ((40, 9, 3, False), (25, 1, 1, False), (30, 12, 4, True)):
        scale = 10.0 ** rng.integers(-3, 4, size=columns)
        train = rng.normal(3, 1, size=(n, columns)) * scale
        test = rng.normal(4, 2, size=(m, columns)) * scale
        if constant:
            train[:, 1] = test[:, 1] = 7.0
            test[0, 1] = 9.0  # what was the same in training need not stay so
        found_train, found_test = ask.parts(function(train, test), form, "(train, test)")
        if constant:
            for part in (found_train, found_test):
                if (
                    type(part) is np.ndarray
                    and part.dtype.kind == "f"
                    and not np.isfinite(part).all()
                ):
                    return _(
                        "A column that is the same in every training row gives 0/0: divide it by 1 instead."
                    )
        found_train = ask.array(found_train, (n, columns), _("The scaled train"))
        found_test = ask.array(found_test, (m, columns), _("The scaled test"))
        if constant:
            if np.abs(found_test[:, 1]).max() > 1e3:
                return _(
                    "In a column that is the same in every training row, a test value of 9 where training "
                    "has 7 comes out as {found:.2g}: divide such a column by 1."
                ).format(found=found_test[0, 1])
            if not found_test[:, 1].any():  # left out, since nothing was learned from it
                test[0, 1] = 7.0
        mean, std = train.mean(axis=0), train.std(axis=0)
        usual = np.where(std > 1e-12, std, 1.0)
        sample = np.where(std > 1e-12, train.std(axis=0, ddof=1), 1.0)
        if any(
            agrees(found_train, (train - mean) / each, 1e-4)
            and agrees(found_test, (test - mean) / each, 1e-4)
            for each in (usual, sample)
        ):
            continue
        both = np.vstack([train, test])
        pooled = np.where(both.std(axis=0) > 1e-12, both.std(axis=0), 1.0)
        if agrees(found_train, (train - both.mean(axis=0)) / pooled):
            return _(
                "You took mean and spread over train and test together: the test rows must stay unseen."
            )
        if m > 1 and agrees(found_test.mean(axis=0), np.zeros(columns)):
            return _(
                "You scaled test by its own mean: use the mean and the spread of train for both."
            )
        if agrees(found_train, (train - train.mean()) / train.std()):
            return _("You took one mean over the whole table; each column needs its own (axis=0).")
        if agrees(found_train, train - mean):
            return _("The columns still have their old spread: divide by the standard deviation.")
        if not agrees(found_train, (train - mean) / usual):
            return _("Each column of train should come out with mean 0 and standard deviation 1.")
        return _("test should be shifted and divided by the mean and the spread of train.")
    return None


@exercise("05.4")
def best_constants(answer: object) -> str | None:
    """Check the single answers with the lowest mean absolute and lowest root mean square error."""
    form = "best_answers(energies)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(54)
    for n in (5, 7, 3, 8, 1):
        energies = rng.exponential(0.3, size=n) - 1.5
        for_mae, for_rmse = ask.parts(function(energies), form, "(for_mae, for_rmse)")
        for_mae, for_rmse = ask.number(for_mae, "for_mae"), ask.number(for_rmse, "for_rmse")
        lowest = np.abs(energies - np.median(energies)).sum()
        best_mae = np.abs(energies - for_mae).sum() <= lowest + 1e-5
        best_rmse = agrees(for_rmse, energies.mean())
        if best_mae and best_rmse:
            continue
        if agrees(for_mae, energies.mean()) and agrees(for_rmse, np.median(energies)):
            return _("The pair is turned round: try both numbers in both errors.")
        if agrees(for_mae, energies.min()) and agrees(for_rmse, energies.min()):
            return _(
                "The lowest energy is the most stable structure, but its distance to the others is large."
            )
        if agrees(for_rmse, lowest / n) or agrees(for_mae, lowest / n):
            return _("Return the answers themselves, not the errors that they leave.")
        if not best_mae:
            return _(
                "For {n} energies another answer has a lower mean absolute error than your first number."
            ).format(n=n)
        return _(
            "For {n} energies another answer has a lower root mean square error than your second number."
        ).format(n=n)
    return None
