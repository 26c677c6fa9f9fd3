"""Exercises of notebook 19, data traps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise
from matnn_lab.lessons.data_traps.planted import SOURCES, UNITS, planted_table
from matnn_lab.text import gettext as _


@exercise("19.1")
def share_of_known(answer: object) -> str | None:
    """Check the share of test rows whose composition is in the training set."""
    form = "known_share(train, test)"
    function = ask.function(answer, form)
    cases = [
        (["Fe2O3", "NaCl", "TiO2"], ["Fe4O6", "ClNa", "FeO", "MgO"], 0.5),
        (["NaCl"], ["KCl", "KBr", "NaBr"], 0.0),
        (["GaAs", "GaAs", "InP", "ZnS"], ["GaAs", "ZnS", "ZnSe", "GaAs"], 0.75),
        (["Al2O3", "SiO2"], ["SiO2", "Si2O4", "O3Al2"], 1.0),
    ]
    for train, test, right in cases:
        found = function.number(train, test)
        if abs(found - right) < 1e-9:
            continue
        if abs(found - right * len(test)) < 1e-9:
            return _("This is a count; divide it by the number of test rows.")
        if abs(found - 100 * right) < 1e-6:
            return _("This is a percentage; return a share between 0 and 1.")
        if abs(found - np.mean([each in train for each in test])) < 1e-9:
            return _(
                "You compare the formulas as texts, but Fe2O3 and Fe4O6 are one composition; turn all "
                "formulas into compositions first."
            )
        if abs(found - (1 - right)) < 1e-9:
            return _("This is the share of new rows; the exercise asks for the known ones.")
        return _(
            "With the training formulas {train} and the test formulas {test} the share is {right:g}, but "
            "your function returns {found:.4g}."
        ).format(train=", ".join(train), test=", ".join(test), right=right, found=found)
    return None


@exercise("19.2")
def conflict_floor(answer: object) -> str | None:
    """Check the lowest mean absolute error of anyone who knows only the keys."""
    form = "floor_of(keys, targets)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(192)
    for n, n_keys in ((5, 2), (12, 4), (30, 7), (9, 9)):
        keys = [f"alloy {k}" for k in rng.integers(n_keys, size=n)]
        targets = rng.exponential(300.0, size=n).round(1) + 100
        found = function.number(keys, targets)
        groups = pd.Series(targets).groupby(keys)
        off = (targets - groups.transform("median")).abs()
        right = float(off.mean())
        if abs(found - right) <= 1e-6 * max(1.0, right):
            continue
        if abs(found - float((targets - groups.transform("mean")).abs().mean())) < 1e-6:
            return _("You answer with the mean of each key; the median leaves a lower MAE.")
        if abs(found - float(off.groupby(keys).mean().mean())) < 1e-6:
            return _(
                "You average over the keys; a mean absolute error averages over the rows, so that a key "
                "with many rows counts more."
            )
        if abs(found - float(np.abs(targets - np.median(targets)).mean())) < 1e-6:
            return _("You give one answer to all rows; give each key its own.")
        if abs(found - float(off.sum())) < 1e-6:
            return _("This is the sum of the errors; take their mean.")
        return _(
            "For {n} rows with {keys} keys the floor is {right:.2f}, but your function returns {found:.4g}."
        ).format(n=n, keys=len(set(keys)), right=right, found=found)
    return None


@exercise("19.3")
def unit_slip(answer: object) -> str | None:
    """Check that the source with the wrong unit, and the unit, are found in tables with other slips."""
    form = "culprit(table)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(193)
    for seed, unit in enumerate(UNITS):
        n = 240
        n_atoms = rng.integers(3, 9, size=n)
        enthalpies = -rng.lognormal(-0.3, 0.8, size=n)
        expected = enthalpies * rng.lognormal(0.0, 0.25, size=n)
        formulas = [f"Fe{k}O{n_atoms[k] + 7}" for k in range(n)]
        table = planted_table(formulas, enthalpies, expected, n_atoms, unit=unit, seed=seed)
        slipped = ~np.isclose(table["value"], enthalpies)
        source = table.loc[slipped, "source"].iloc[0]
        found = ask.parts(function(table.copy()), "culprit(table)", "(source, unit)")
        found = [str(part) if type(part) is np.str_ else part for part in found]
        if type(found[0]) is str and found[0] in UNITS:
            return _("The pair is turned round: the source comes first, then the unit.")
        said = ask.text(found[0], SOURCES, _("The source"))
        called = ask.text(found[1], UNITS, _("The unit"))
        if said != source:
            return _(
                "In another table, source {source} writes {unit}, but your function blames {said}: compare "
                "value and expected, source by source, with a median."
            ).format(source=source, unit=unit, said=said)
        if called != unit:
            return _(
                "The source is right. Its values are {ratio:.0f} times the expected ones, at the median: "
                "that is {unit} and not {called}."
            ).format(
                ratio=float((table["value"] / table["expected"])[slipped].median()),
                unit=unit,
                called=called,
            )
    return None


@exercise("19.4")
def rarest(answer: object) -> str | None:
    """Check the number of training rows that hold the rarest element of a formula."""
    form = "witnesses(formula, training)"
    function = ask.function(answer, form)
    training = ["NaCl", "KCl", "CO2", "CaCO3", "CoO", "Cl2Co", "MgO", "CaO"]
    cases = (("COCl2", 2), ("NaCl", 1), ("CoCO3", 2), ("Na2O", 1), ("UO2", 0), ("CaCl2", 2))
    for formula, right in cases:
        found = function.number(formula, training)
        if found == right:
            continue
        counts = _counts(formula, training)
        if found == max(counts) != right:
            return _(
                "This is the commonest element of the formula; the rarest one is the weak point."
            )
        if found == sum(counts):
            return _("You add the elements up; take the rarest one alone.")
        if formula == "COCl2" and found == 3:  # texts with "Cl"; seven have a "C", five an "O"
            return _(
                "The letter “C” is not enough: the element C is not in CoO and not in NaCl. Let pymatgen "
                "read the formulas."
            )
        return _(
            "{formula} with the training formulas {training}: the rarest element is in {right} of them, "
            "but your function returns {found:g}."
        ).format(formula=formula, training=", ".join(training), right=right, found=found)
    return None


def _counts(formula: str, training: Sequence[str]) -> list[int]:
    from pymatgen.core import Composition

    sets = [set(Composition(each).get_el_amt_dict()) for each in training]
    return [sum(e in each for each in sets) for e in Composition(formula).get_el_amt_dict()]
