"""Exercises and quiz of notebook 19, data traps."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.quizzes import Choice, Question
from matnn_lab.evaluation.auditing.units import FACTORS
from matnn_lab.text import gettext as _

UNITS = ("kJ/mol", "kcal/mol", "meV", "eV per formula unit")
SOURCES = tuple("ABCDEF")


def planted_table(
    formulas: Sequence[str],
    enthalpies: Sequence[float],
    expected: Sequence[float],
    n_atoms: Sequence[int],
    *,
    unit: str = "kcal/mol",
    seed: int = 19,
) -> pd.DataFrame:
    """Hand enthalpies out to six sources, one of which writes them in another unit than it says.

    Parameters
    ----------
    formulas : sequence of n str
    enthalpies, expected : sequence of n floats
        True values and rough expectations, eV/atom.
    n_atoms : sequence of n ints
        Atoms in the formula unit.
    unit : str
        One of `UNITS`.
    seed : int
        Decides which row comes from which source, and which source is the culprit.

    Returns
    -------
    pandas.DataFrame
        Columns ``formula``, ``source``, ``n_atoms``, ``value``, ``expected``.
    """
    rng = np.random.default_rng(seed)
    n_atoms = np.asarray(n_atoms)
    source = rng.choice(SOURCES, size=len(formulas))
    culprit = rng.choice(SOURCES)
    factors = {unit: FACTORS["energy"][f"{unit} read as eV"] for unit in UNITS[:3]}
    factor = factors.get(unit, n_atoms)
    values = np.asarray(enthalpies, dtype=float)
    return pd.DataFrame(
        {
            "formula": list(formulas),
            "source": source,
            "n_atoms": n_atoms,
            "value": np.where(source == culprit, values * factor, values),
            "expected": np.asarray(expected, dtype=float),
        }
    )


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


QUIZ = [
    Question(
        _(
            "A table has 1,000 measurements of 400 alloys. Shuffled cross-validation gives an MAE of "
            "180 MPa, folds of whole alloys give 230 MPa. Which number goes with “for a new alloy”?"
        ),
        [
            Choice(
                _("230 MPa"),
                True,
                _("There no alloy of the test set is in the training set, as for a new alloy."),
            ),
            Choice(
                _("180 MPa, since it uses all rows"),
                False,
                _("Most test rows have another measurement of their alloy in the training set."),
            ),
            Choice(
                _("205 MPa, their mean"),
                False,
                _("The two answer different questions; their mean answers none."),
            ),
            Choice(
                _("Neither; drop all repeated rows first"),
                False,
                _(
                    "A second measurement at another temperature is data, not rubbish; keep it, on the same "
                    "side."
                ),
            ),
        ],
    ),
    Question(
        _("Two refinements of quartz, at 1 bar and at 10 GPa, stand in your table. They are …"),
        [
            Choice(
                _("duplicates: delete one."),
                False,
                _("Their volumes differ for a physical reason, which is information."),
            ),
            Choice(
                _(
                    "relatives: keep both on one side of the split, and give the model the pressure."
                ),
                True,
                _("One may teach the other, and only the pressure explains why they differ."),
            ),
            Choice(
                _("independent: different volumes, different materials."),
                False,
                _(
                    "It is one phase: whoever knows one volume is within a few percent of the other."
                ),
            ),
            Choice(
                _("in conflict: take the median volume."),
                False,
                _("That would be a volume at no pressure in particular."),
            ),
        ],
    ),
    Question(
        _(
            "The same energies are given once in eV/atom and once in eV per cell. What is the same for both?"
        ),
        [
            Choice(
                _("The MAE"), False, _("Its unit differs, and large cells weigh more per cell.")
            ),
            Choice(
                _("R², which has no unit"),
                False,
                _("The variance per cell comes from the size of the cell too, so R² changes."),
            ),
            Choice(
                _("The best model"),
                False,
                _("Per cell the large cells decide the loss; another model can win."),
            ),
            Choice(
                _("None of these"),
                True,
                _(
                    "Dividing by the number of atoms makes another target of it. Say which one you mean."
                ),
            ),
        ],
    ),
    Question(
        _(
            "A training set has no chloride, but fluorides, bromides and iodides. What do you expect for "
            "chlorides?"
        ),
        [
            Choice(
                _("Nothing useful: the element is unknown."),
                False,
                _(
                    "Its properties lie between those of relatives that are known; in the notebook this "
                    "worked."
                ),
            ),
            Choice(
                _("The same error as in cross-validation."),
                False,
                _("In cross-validation other chlorides are in the training set."),
            ),
            Choice(
                _("Better than for fluorides if only fluorides had been left out."),
                True,
                _(
                    "Chlorine lies between known neighbors; fluorine is at the edge of its group and of the "
                    "table."
                ),
            ),
            Choice(
                _("An error that only more trees can mend."),
                False,
                _(
                    "More trees average more models of the same data; the chlorides are still missing."
                ),
            ),
        ],
    ),
    Question(
        _("An audit finds nothing in a table. What may you conclude?"),
        [
            Choice(
                _("The data are right."),
                False,
                _("With shuffled targets it would have found just as little."),
            ),
            Choice(
                _("The data have none of the faults that it looks for."),
                True,
                _("Wrong values of plausible size, and rows copied with small changes, pass."),
            ),
            Choice(
                _("A random split is enough."),
                False,
                _("Which split is right depends on the use, which no audit of a table knows."),
            ),
            Choice(
                _("A model trained on them will be good."),
                False,
                _("Whether the features hold the answer is another question."),
            ),
        ],
    ),
]
