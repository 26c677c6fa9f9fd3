"""Turn, mirror, shift and renumber a crystal or a molecule, and measure what a function makes of it.

Matrices act on column vectors, x ↦ Mx. A crystal is its atoms *and* its lattice, so both are turned.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pymatgen.core import Lattice, Molecule, Structure

from matnn_lab.text import gettext as _

Array = NDArray[np.float64]


def rotation(axis: ArrayLike, degrees: float) -> Array:
    """Return the matrix of a rotation by Rodrigues' formula.

    Parameters
    ----------
    axis : array_like of float, shape (3,)
        Direction of the axis, of any length.
    degrees : float
        Angle; counterclockwise for an observer to whom the axis points.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Orthogonal, with determinant +1.

    Raises
    ------
    ValueError
        If the axis is not three finite numbers or has no length.
    """
    x, y, z = _unit(axis, _("axis"))
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def reflection(normal: ArrayLike) -> Array:
    """Return the matrix of a mirror plane through the origin.

    Parameters
    ----------
    normal : array_like of float, shape (3,)
        Direction perpendicular to the plane, of any length.

    Returns
    -------
    numpy.ndarray, shape (3, 3)
        Orthogonal, with determinant −1.

    Raises
    ------
    ValueError
        If the normal is not three finite numbers or has no length.
    """
    n = _unit(normal, _("normal"))
    return np.eye(3) - 2 * np.outer(n, n)


def random_rotation(seed: int | np.random.Generator) -> Array:
    """Return the matrix of a rotation drawn evenly from all rotations.

    Parameters
    ----------
    seed : int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (3, 3)

    Notes
    -----
    QR decomposition of a Gaussian matrix with the signs of R's diagonal moved into Q: F. Mezzadri,
    Notices Am. Math. Soc. 54, 592 (2007). Angles drawn evenly one by one would prefer the poles.
    """
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.linalg.det(q)


def transformed(structure: Structure | Molecule, matrix: ArrayLike) -> Structure | Molecule:
    """Turn or mirror a crystal with its lattice, or a molecule, about the origin.

    Parameters
    ----------
    structure : pymatgen Structure or Molecule
        Site properties are left behind: a moment would have to be turned too.
    matrix : array_like of float, shape (3, 3)
        Orthogonal.

    Raises
    ------
    TypeError
        If it is no Structure or Molecule.
    ValueError
        If the matrix is not orthogonal: it would strain the crystal.
    """
    matrix = np.asarray(matrix, dtype=float)
    if matrix.shape != (3, 3) or not np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-8):
        raise ValueError(
            _(
                "The matrix given is not an orthogonal matrix of shape (3, 3); take one from rotation() or "
                "reflection(), since any other would strain the crystal."
            )
        )
    positions = _positions(structure) @ matrix.T
    if isinstance(structure, Molecule):
        return _with_positions(structure, positions)
    turned = Lattice(structure.lattice.matrix @ matrix.T, structure.lattice.pbc)
    return Structure(turned, structure.species_and_occu, structure.frac_coords)


def translated(structure: Structure | Molecule, vector: ArrayLike) -> Structure | Molecule:
    """Shift all atoms by the same vector (Å, Cartesian, shape (3,)); the lattice stays."""
    vector = np.asarray(vector, dtype=float)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise ValueError(_("The vector of a translation should be three finite numbers in Å."))
    return _with_positions(structure, _positions(structure) + vector)


def permuted(structure: Structure | Molecule, order: ArrayLike) -> Structure | Molecule:
    """List the same atoms in another order: atom ``order[k]`` becomes atom ``k``.

    Raises
    ------
    ValueError
        If the order does not name each atom once.
    """
    _positions(structure)
    order = np.asarray(order)
    if not np.array_equal(np.sort(order), np.arange(len(structure))):
        raise ValueError(
            _(
                "The order should name each of the {n} atoms once; take one from numpy's permutation."
            ).format(n=len(structure))
        )
    sites: list[Any] = [structure[int(k)] for k in order]
    return type(structure).from_sites(sites)


def invariance_errors(
    function: Callable[[Structure | Molecule], ArrayLike],
    structure: Structure | Molecule,
    seed: int = 0,
) -> dict[str, float]:
    """Measure by how much a function changes that should not change.

    Parameters
    ----------
    function : callable
        Takes the structure and returns a number or an array that belongs to the whole of it, such as its
        energy.
    structure : pymatgen Structure or Molecule
    seed : int
        Of the order, the shift, the rotation and the mirror plane.

    Returns
    -------
    dict of str to float
        Largest change of the result after a permutation, a translation, a rotation and a reflection.
    """
    before = np.asarray(function(structure), dtype=float)
    return {
        name: float(np.max(np.abs(np.asarray(function(changed), dtype=float) - before)))
        for name, (changed, _order, _matrix) in _changes(structure, seed).items()
    }


def equivariance_errors(
    function: Callable[[Structure | Molecule], ArrayLike],
    structure: Structure | Molecule,
    seed: int = 0,
) -> dict[str, float]:
    """Measure by how much vectors on the atoms fail to follow the crystal.

    Parameters
    ----------
    function : callable
        Takes the structure and returns one polar vector for each atom, shape (n_atoms, 3), such as the
        forces.
    structure : pymatgen Structure or Molecule
    seed : int
        As in :func:`invariance_errors`.

    Returns
    -------
    dict of str to float
        Largest component of ``f(changed) − changed f``: the vectors should change their order with the
        atoms, stay in a translation, and turn and mirror with the crystal.
    """
    before = np.asarray(function(structure), dtype=float)
    return {
        name: float(
            np.max(np.abs(np.asarray(function(changed), dtype=float) - before[order] @ matrix.T))
        )
        for name, (changed, order, matrix) in _changes(structure, seed).items()
    }


def _changes(
    structure: Structure | Molecule, seed: int
) -> dict[str, tuple[Structure | Molecule, NDArray[np.int64], Array]]:
    """Return, by name, the changed structure, its order of atoms and its matrix."""
    rng = np.random.default_rng(seed)
    order, same = rng.permutation(len(structure)), np.arange(len(structure))
    while len(structure) > 1 and np.array_equal(order, same):
        order = rng.permutation(len(structure))
    shift, turn, mirror = rng.normal(size=3), random_rotation(rng), reflection(rng.normal(size=3))
    return {
        "permutation": (permuted(structure, order), order, np.eye(3)),
        "translation": (translated(structure, shift), same, np.eye(3)),
        "rotation": (transformed(structure, turn), same, turn),
        "reflection": (transformed(structure, mirror), same, mirror),
    }


def _positions(structure: Structure | Molecule) -> Array:
    if not isinstance(structure, Structure | Molecule):
        raise TypeError(
            _("An object of type {type} was given; give a pymatgen Structure or Molecule.").format(
                type=type(structure).__name__
            )
        )
    return structure.cart_coords


def _with_positions(structure: Structure | Molecule, positions: Array) -> Structure | Molecule:
    if isinstance(structure, Molecule):
        return Molecule(structure.species_and_occu, positions)
    return Structure(
        structure.lattice, structure.species_and_occu, positions, coords_are_cartesian=True
    )


def _unit(vector: ArrayLike, name: str) -> Array:
    vector = np.asarray(vector, dtype=float)
    if vector.shape != (3,) or not np.isfinite(vector).all() or not vector.any():
        raise ValueError(
            _("The {name} should be three finite numbers that are not all zero.").format(name=name)
        )
    return vector / np.linalg.norm(vector)
