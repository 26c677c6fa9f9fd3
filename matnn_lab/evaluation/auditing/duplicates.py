"""Rows that are the same material under another name: groups of near-duplicates.

Both finders return a group number for each row, so that the result can go straight into ``groups`` of a
splitter, into ``leakage_report`` or into ``DataFrame.groupby``.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from matnn_lab.representations.formulas import Amounts, formula_fractions
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from pymatgen.core import Structure


# elements of a composition that may be there or not, each of which doubles the work
MANY = 8


def composition_groups(formulas: Sequence[str], *, tolerance: float = 0.0) -> np.ndarray:
    """Group formulas that differ by at most a tolerance.

    Parameters
    ----------
    formulas : sequence of n formulas
    tolerance : float
        Largest difference in the fraction of any element, 0.01 for one atomic percent. Groups are
        chains: two members can lie further apart if others lie between them.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Group of each row, numbered in the order of their first rows.

    Raises
    ------
    ValueError
        If the tolerance is not in [0, 1), or a formula cannot be read.
    """
    if not 0 <= tolerance < 1:
        raise ValueError(
            _("The tolerance {given} was given; give a fraction such as 0.01.").format(
                given=tolerance
            )
        )
    return fraction_groups(formula_fractions(formulas), tolerance=tolerance)


def fraction_groups(fractions: Sequence[Amounts], *, tolerance: float = 0.0) -> np.ndarray:
    """Group compositions that differ by at most a tolerance, as `composition_groups` does.

    Parameters
    ----------
    fractions : sequence of n dict
        As `matnn_lab.representations.formulas.formula_fractions` gives them.
    tolerance : float
        As for `composition_groups`.
    """
    # one comparison a composition, not a row
    rounded = [tuple((e, round(x, 9)) for e, x in each.items()) for each in fractions]
    row, different = pd.factorize(pd.Series(rounded, dtype=object))
    # a hair wider, since fractions such as 1/3 are not exact
    pairs = _near([dict(each) for each in different], tolerance + 1e-8)
    return _numbered(_connected(pairs, len(different))[row])


def _near(different: list[dict[str, float]], reach: float) -> np.ndarray:
    """Return the pairs of compositions that differ by at most ``reach`` in each element, shape (m, 2).

    Two such compositions have a set of elements in common that holds all elements with more than
    ``reach`` of either, since what one has more of than that, the other cannot lack. So each composition
    is filed under all sets between its large elements and all of its elements; of two in one file only
    the fractions of the elements of that set can differ by more than ``reach``.
    """
    files: dict[tuple[str, ...], list[int]] = defaultdict(list)
    everything = tuple(sorted({e for each in different for e in each}))
    for position, each in enumerate(different):
        small = [e for e, x in each.items() if x <= reach]
        if len(small) > MANY:  # one file of all compositions is less than very many files
            files = defaultdict(list, {everything: list(range(len(different)))})
            break
        for n in range(len(small) + 1):
            for left_out in combinations(small, n):
                files[tuple(e for e in each if e not in left_out)].append(position)
    pairs = []
    for elements, members in files.items():
        if len(members) < 2:
            continue
        points = np.array([[different[m].get(e, 0.0) for e in elements] for m in members])
        inside = cKDTree(points).query_pairs(reach, p=np.inf, output_type="ndarray")
        pairs.append(np.array(members)[inside])
    return np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=int)


def structure_groups(
    structures: Sequence["Structure"],
    *,
    ltol: float = 0.2,
    stol: float = 0.3,
    angle_tol: float = 5.0,
    volume_tolerance: float | None = None,
    n_jobs: int | None = None,
) -> np.ndarray:
    """Group crystals that are the same structure of the same compound, whatever cell they are given in.

    pymatgen's ``StructureMatcher`` compares pairs. Only crystals of one composition with equally many
    atoms in the primitive cell are compared, and each one only with the first member of every
    group found so far, so that 10⁴ crystals take minutes and not days.

    Parameters
    ----------
    structures : sequence of n pymatgen.core.Structure
    ltol, stol, angle_tol : float
        As in ``StructureMatcher``: relative length of the axes, root-mean-square shift of the atoms in
        units of (volume per atom)^⅓, angles in degrees.
    volume_tolerance : float, optional
        Volumes are scaled to each other before they are compared, so that one compound at many
        pressures or temperatures is one group; with 0.05, say, volumes must also agree within 5 %.
    n_jobs : int, optional
        Blocks compared at the same time through joblib.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Group of each row, numbered in the order of their first rows.

    Raises
    ------
    ValueError
        If a structure has no site, or a row is no structure.
    """
    for row, structure in enumerate(structures):
        if not hasattr(structure, "lattice"):
            raise ValueError(
                _("Row {row} is {kind} and no structure; leave it out.").format(
                    row=row, kind=type(structure).__name__
                )
            )
        if not len(structure):
            raise ValueError(
                _("Row {row} is a structure without sites; leave it out.").format(row=row)
            )
    by_formula = defaultdict(list)
    for row, structure in enumerate(structures):
        by_formula[structure.composition.reduced_formula].append(row)
    blocks = [rows for rows in by_formula.values() if len(rows) > 1]
    settings = {"ltol": ltol, "stol": stol, "angle_tol": angle_tol}
    found = Parallel(n_jobs=n_jobs)(
        delayed(_match_block)([structures[row] for row in rows], settings, volume_tolerance)
        for rows in blocks
    )
    group = np.arange(len(structures))
    for rows, first in zip(blocks, found, strict=True):
        group[rows] = np.array(rows)[first]
    return _numbered(group)


def _match_block(
    structures: Sequence["Structure"], settings: dict[str, Any], volume_tolerance: float | None
) -> np.ndarray:
    """Return for each structure of one compound the position of the first one that it matches."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    matcher = StructureMatcher(**settings, primitive_cell=False)
    # reduced once here, instead of at every comparison
    reduced = [
        each.get_reduced_structure(reduction_algo="niggli").get_primitive_structure()
        for each in structures
    ]
    volumes = [each.volume / len(each) for each in reduced]
    firsts: dict[int, list[int]] = defaultdict(list)
    match = np.arange(len(structures))
    for position, structure in enumerate(reduced):
        for first in firsts[len(structure)]:
            ratio = volumes[position] / volumes[first]
            if volume_tolerance is not None and abs(np.log(ratio)) > np.log1p(volume_tolerance):
                continue
            if matcher.fit(reduced[first], structure, skip_structure_reduction=True):
                match[position] = first
                break
        else:
            firsts[len(structure)].append(position)
    return match


def _connected(pairs: np.ndarray, n: int) -> np.ndarray:
    """Return the component of each of n nodes."""
    edges = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(edges, directed=False)[1]


def _numbered(labels: np.ndarray) -> np.ndarray:
    """Number labels from 0 in the order in which they first appear."""
    _different, first, row = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[row]
