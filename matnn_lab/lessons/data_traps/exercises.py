"""Exercises of notebook 19, data traps."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.lessons.data_traps.planted import SOURCES, UNITS, planted_table
from matnn_lab.representations.formulas import formula_amounts
from matnn_lab.text import gettext as _


def _copied(materials, values, sources):
    pairs = list(zip(materials, values, strict=True))
    homes: dict[tuple, set] = {}
    for pair, source in zip(pairs, sources, strict=True):
        homes.setdefault(pair, set()).add(source)
    return sum(len(homes[pair]) > 1 for pair in pairs)


def _repeated(keys):
    return sum(keys.count(key) > 1 for key in keys)


def _pairs_in_two(materials, values, sources):
    rows = set(zip(materials, values, sources, strict=True))
    pairs = [(material, value) for material, value, _source in rows]
    return len({pair for pair in pairs if pairs.count(pair) > 1})


def _tables_with_copies() -> Iterator[tuple[list[str], list[float], list[str]]]:
    """Yield tables for which each mistake gives another number."""
    yield (
        ["Fe", "Fe", "Fe", "Ni", "Ni", "Co", "Co", "Co", "Co", "Cu", "Mo"],
        [200.0, 200.0, 200.0, 310.0, 310.0, 200.0, 250.0, 270.0, 280.0, 90.0, 90.0],
        ["a", "b", "b", "c", "c", "a", "b", "c", "a", "a", "b"],
    )
    rng = np.random.default_rng(191)
    for n, n_sources in ((14, 3), (25, 4), (6, 6), (8, 1)):
        materials = [str(each) for each in rng.choice(["Al", "Ti", "V"], size=n)]
        values = [float(each) for each in 100 * rng.integers(1, 4, size=n)]
        yield materials, values, [f"paper {k}" for k in rng.integers(n_sources, size=n)]


task(
    "19.1",
    "copied_rows(materials, values, sources)",
    right=_copied,
    mistakes=[
        (
            lambda materials, values, sources: _repeated(list(zip(materials, values, strict=True))),
            _(
                "You count rows whose value stands twice in one source, too; a source that repeats itself "
                "has copied from nobody."
            ),
        ),
        (
            lambda materials, values, sources: _copied([0] * len(values), values, sources),
            _("Two materials can have the same strength by chance; the material must agree, too."),
        ),
        (
            lambda materials, values, sources: _copied(materials, [0] * len(values), sources),
            _("You compare the materials alone; the value must agree, too."),
        ),
        (_pairs_in_two, _("You count each value once; count all rows that have it.")),
        (
            lambda materials, values, sources: (
                _copied(materials, values, sources) / max(len(values), 1)
            ),
            _("This is a share; return how many rows there are."),
        ),
        (
            lambda materials, values, sources: (
                _copied(materials, values, sources) - _pairs_in_two(materials, values, sources)
            ),
            _("You leave out the first row of each value; original and copy both count."),
        ),
    ],
    otherwise=_(
        "For the materials {materials} with the values {values} from {sources} it is {right:g} rows, but "
        "your function returns {found:g}."
    ),
    cases=_tables_with_copies,
)


def _floor(keys, targets, middle="median"):
    targets = pd.Series(targets)
    return float((targets - targets.groupby(keys).transform(middle)).abs().mean())


def _floor_of_keys(keys, targets):
    targets = pd.Series(targets)
    off = (targets - targets.groupby(keys).transform("median")).abs()
    return float(off.groupby(keys).mean().mean())


def _keys_and_targets() -> Iterator[tuple[list[str], np.ndarray]]:
    rng = np.random.default_rng(192)
    for n, n_keys in ((5, 2), (12, 4), (30, 7), (9, 9)):
        keys = [f"alloy {k}" for k in rng.integers(n_keys, size=n)]
        yield keys, rng.exponential(300.0, size=n).round(1) + 100


task(
    "19.2",
    "floor_of(keys, targets)",
    right=_floor,
    mistakes=[
        (
            lambda keys, targets: _floor(keys, targets, "mean"),
            _("You answer with the mean of each key; the median leaves a lower MAE."),
        ),
        (
            _floor_of_keys,
            _(
                "You average over the keys; a mean absolute error averages over the rows, so that a key "
                "with many rows counts more."
            ),
        ),
        (
            lambda keys, targets: np.abs(targets - np.median(targets)).mean(),
            _("You give one answer to all rows; give each key its own."),
        ),
        (
            lambda keys, targets: _floor(keys, targets) * len(targets),
            _("This is the sum of the errors; take their mean."),
        ),
    ],
    otherwise=lambda keys, targets: _(
        "For {n} rows with {keys} keys the floor is {right:.2f}, and your function returns something else."
    ).format(n=len(keys), keys=len(set(keys)), right=_floor(keys, targets)),
    cases=_keys_and_targets,
)


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
        # another source works on compounds whose enthalpies are truly large
        large = table["source"] == next(each for each in SOURCES if each != source)
        table.loc[large, ["value", "expected"]] *= 1000
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


def _counts(formula: str, training: Sequence[str]) -> list[int]:
    """Return in how many training formulas each element of a formula is."""
    sets = [set(formula_amounts(each)) for each in training]
    return [sum(element in each for each in sets) for element in formula_amounts(formula)]


def _atoms(formula: str, training: Sequence[str]) -> float:
    amounts = [formula_amounts(each) for each in training]
    return min(sum(each.get(e, 0.0) for each in amounts) for e in formula_amounts(formula))


def _as_text(formula: str, training: Sequence[str]) -> int:
    return min(sum(element in each for each in training) for element in formula_amounts(formula))


def _witness_cases() -> Iterator[tuple[str, list[str]]]:
    # CaCO3 and NaCl stand twice; the rarest element of FeS2 has two rows and five atoms
    training = ["NaCl", "KCl", "CO2", "CaCO3", "CoO", "Cl2Co", "MgO", "CaO", "CaCO3", "NaCl"]
    for formula in ("COCl2", "NaCl", "CoCO3", "Na2O", "UO2", "CaCl2", "MgCO3"):
        yield formula, training
    yield "FeS2", ["Fe2O3", "Fe3O4", "FeS2", "FeO", "Al2S3", "Fe2O3", "FeO"]


task(
    "19.4",
    "witnesses(formula, training)",
    right=lambda formula, training: min(_counts(formula, training)),
    mistakes=[
        (
            lambda formula, training: min((n for n in _counts(formula, training) if n), default=0),
            _(
                "An element that is in none of the training formulas counts too: it has no row at all."
            ),
        ),
        (
            lambda formula, training: max(_counts(formula, training)),
            _("This is the commonest element of the formula; the rarest one is the weak point."),
        ),
        (
            lambda formula, training: sum(_counts(formula, training)),
            _("You add the elements up; take the rarest one alone."),
        ),
        (
            _as_text,
            _(
                "The letter “C” is not enough: the element C is not in CoO and not in NaCl. Let pymatgen "
                "read the formulas."
            ),
        ),
        (
            _atoms,
            _("You count atoms; a row that holds three of them is one row."),
        ),
        (
            lambda formula, training: min(_counts(formula, sorted(set(training)))),
            _("You count each formula once; one that stands in the list twice is two rows."),
        ),
    ],
    otherwise=_(
        "{formula} with the training formulas {training}: the rarest element is in {right:g} of them, but "
        "your function returns {found:g}."
    ),
    cases=_witness_cases,
)
