"""What rows of a table have in common: a composition, a set of elements, a structure type."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from string import ascii_uppercase
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from matnn_lab.representations.formulas import composition_label, formula_fractions
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Structure
    from spglib import SpglibDataset


def compositions(formulas: Iterable[str]) -> np.ndarray:
    """Give formulas of the same composition the same label.

    Parameters
    ----------
    formulas : iterable of n formulas
        As for `matnn_lab.representations.formulas.formula_fractions`.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
        Elements in alphabetical order with their fractions, as in ``"Fe0.4 O0.6"`` for Fe2O3 and for
        Fe4O6. Fractions are rounded to four digits, small ones to two that count.

    Raises
    ------
    ValueError, TypeError
        If a formula cannot be read.
    """
    return np.array([composition_label(each) for each in formula_fractions(formulas)], dtype=object)


def chemical_systems(formulas: Iterable[str]) -> np.ndarray:
    """Give formulas of the same elements the same label, as in ``"Fe-O"``.

    Parameters and errors are those of `compositions`.

    Returns
    -------
    numpy.ndarray of str, shape (n,)
    """
    return np.array(
        ["-".join(sorted(terms)) for terms in formula_fractions(formulas)], dtype=object
    )


def element_sets(formulas: Iterable[str]) -> list[set[str]]:
    """Return the elements of each formula; parameters and errors are those of `compositions`."""
    return [set(terms) for terms in formula_fractions(formulas)]


def prototypes(structures: Iterable["Structure"], *, symprec: float = 0.1) -> np.ndarray:
    """Name the structure type of each crystal, whatever elements sit in it.

    The label reads like AFLOW's (Mehl et al., Comput. Mater. Sci. 136, S1 (2017),
    doi:10.1016/j.commatsci.2017.01.017): formula without elements, Pearson symbol, number of the space
    group, Wyckoff letters. ``"AB_cF8_225_a_b"`` is rock salt, and fluorite and antifluorite are both
    ``"AB2_cF12_225_a_c"``. Symmetry is spglib's; pymatgen brings equivalent choices of origin, axes and
    order of the elements to one label (Goodall et al., Sci. Adv. 8, eabn4117 (2022),
    doi:10.1126/sciadv.abn4117).

    Such a label needs no list of known structure types, so that it names every crystal; the price is
    that it looks at symmetry alone. Two structures with one label can still have different
    coordinates: the three elements gallium, iodine and black phosphorus are all ``A_oC8_64_f``.

    Parameters
    ----------
    structures : iterable of n pymatgen.core.Structure
        Ordered crystals.
    symprec : float
        How far an atom may lie from its symmetric place, in Å.

    Returns
    -------
    numpy.ndarray of str, shape (n,)

    Raises
    ------
    ValueError
        If a row is no structure, one has partly occupied sites, or spglib finds no symmetry.
    """
    return np.array([_prototype(row, each, symprec) for row, each in enumerate(structures)], object)


@cache
def _canonical() -> Callable[[str], str]:
    """Import pymatgen's choice among equal labels, without the check of the 288 references beside it.

    The module reads the whole AFLOW library, and to parse its BibTeX takes ten seconds.
    """
    from pymatgen.util import provenance

    with patch.object(provenance, "is_valid_bibtex", lambda reference: True, create=True):
        from pymatgen.analysis.prototypes import get_prototype_from_protostructure
    return get_prototype_from_protostructure


def _prototype(row: int, structure: "Structure", symprec: float) -> str:
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    if not hasattr(structure, "is_ordered"):
        raise ValueError(
            _(
                "Row {row}: {value!r} is no structure; give pymatgen structures, and leave other rows"
                " out."
            ).format(row=row, value=structure)
        )
    if not structure.is_ordered:
        raise ValueError(
            _(
                "Row {row}: {formula} has partly occupied sites; give ordered structures only."
            ).format(row=row, formula=structure.formula)
        )
    data = SpacegroupAnalyzer(structure, symprec=symprec).get_symmetry_dataset()
    if data is None:
        raise ValueError(
            _("Row {row}: spglib finds no symmetry in {formula}; try another symprec.").format(
                row=row, formula=structure.formula
            )
        )
    counts: dict[str, int] = defaultdict(int)
    orbits: dict[str, list[str]] = defaultdict(list)
    seen = set()
    for site, letter, orbit in zip(
        structure, data.wyckoffs, data.crystallographic_orbits, strict=True
    ):
        element = site.specie.symbol
        counts[element] += 1
        if orbit not in seen:
            seen.add(orbit)
            orbits[element].append(letter)
    elements = sorted(counts)
    divisor = np.gcd.reduce(list(counts.values()))
    amounts = [counts[element] // divisor for element in elements]
    formula = "".join(
        f"{place}{amount}" if amount > 1 else place
        for place, amount in zip(ascii_uppercase, amounts, strict=False)
    )
    letters = "_".join(
        "".join(f"{orbits[element].count(each)}{each}" for each in sorted(set(orbits[element])))
        for element in elements
    )
    pearson = _pearson(data)
    aflow = f"{formula}_{pearson}_{data.number}_{letters}"
    return _canonical()(f"{aflow}:{'-'.join(elements)}")


def _pearson(data: "SpglibDataset") -> str:
    """Return crystal family, centring and atoms in the cell (in the primitive one for R, as AFLOW)."""
    family = "amothc"[np.searchsorted([2, 15, 74, 142, 194], data.number)]
    centring = "C" if data.international[0] == "A" else data.international[0]
    n_atoms = len(data.std_types) // (3 if centring == "R" else 1)
    return f"{family}{centring}{n_atoms}"
