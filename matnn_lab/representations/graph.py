"""From a crystal to a graph: atoms are nodes, and every pair within reach is an edge.

A crystal repeats without end, so an atom has images of every atom, of itself too, as neighbors, and two
atoms can be joined by several edges. An edge therefore carries the shift of the cell that its end lies in.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import inf, isfinite, pi
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from matnn_lab.arrays import is_count
from matnn_lab.text import gettext as _

LAST_ELEMENT = 118
# what double precision makes of one distance, however a cell is turned or repeated (Å)
ROUNDING = 1e-8
# distances that differ by less are sorted as one distance (Å)
TIE = 1e-6
# neighbors that are farther than the last by less tie with it: coordinates in a file are rounded, too. No
# round number, so that cell edges of 4.000 and 4.001 Å do not differ by exactly this (Å)
SHELL = 0.00137
# no two nuclei are nearer (Å)
CLOSEST = 0.1
# an error lists the reasons of so many bad rows, and the numbers of the others
REASONS = 20
# crystals are searched by pymatgen's compiled code, which finds the same edges in a fifth of the time; with
# checks and sorting, a few atoms take longer than in matscipy's unsorted search, a hundred take half as long,
# and thousands a tenth longer
COMPILED = True
# a whole number of 64 bits holds no more
MOST = 2**63 - 1
# up to so many pairs, looking at all is faster than choosing
ALL_PAIRS = 50_000


@dataclass(frozen=True)
class Neighbors:
    """The edges of one crystal, sorted by center, then distance (then neighbor and shift).

    Attributes
    ----------
    center, neighbor : numpy.ndarray of int, shape (n_edges,)
        Indices of the two atoms.
    shift : numpy.ndarray of int, shape (n_edges, 3)
        Cell that the neighbor lies in, in units of the cell vectors.
    vector : numpy.ndarray, shape (n_edges, 3)
        r_neighbor + shift · cell − r_center in Å.
    distance : numpy.ndarray, shape (n_edges,)
        Length of the vector in Å.
    """

    center: np.ndarray
    neighbor: np.ndarray
    shift: np.ndarray
    vector: np.ndarray
    distance: np.ndarray

    def __len__(self) -> int:
        return len(self.center)

    def __getitem__(self, rows: np.ndarray) -> "Neighbors":
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        # `take` copies rows three times as fast as an index in brackets
        return Neighbors(
            self.center.take(rows),
            self.neighbor.take(rows),
            self.shift.take(rows, axis=0),
            self.vector.take(rows, axis=0),
            self.distance.take(rows),
        )


def neighbors(structure: Any, cutoff: float) -> Neighbors:
    """Find every pair of atoms within a cutoff, images in other cells included.

    Parameters
    ----------
    structure : pymatgen Structure or Molecule, or ase.Atoms
        Periodic in any of the three directions; cells of any shape, atoms inside the cell or outside.
    cutoff : float
        Å.

    Returns
    -------
    Neighbors
        Every ordered pair (i, j, shift) with distance ≤ cutoff (up to 1e-8 Å of rounding), (i, i) with a
        shift included; the pair of an atom with itself is not. Empty if no two atoms are that close.

    Raises
    ------
    TypeError, ValueError
        If the structure is of another type, empty, disordered, holds something that is no element, has a
        flat cell or two atoms nearer than 0.1 Å, or if the cutoff is not a positive number.
    """
    rule = GraphRule.checked(cutoff)
    return _edges(_Sites.of(structure), rule)


def nearest_neighbors(
    structure: Any, k: int, cutoff: float = 8.0, *, ties: Literal["keep", "cut"] = "keep"
) -> Neighbors:
    """Find the k nearest neighbors of each atom within a cutoff.

    Parameters
    ----------
    structure : pymatgen Structure or Molecule, or ase.Atoms
    k : int
        Number of neighbors.
    cutoff : float
        Å; an atom with fewer than k neighbors within it keeps those it has.
    ties : {"keep", "cut"}
        What happens where several neighbors are equally far and only some of them fit. "keep" takes all that
        are as far as the kth (up to 0.0014 Å), so that an atom can have more than k. "cut" takes exactly k,
        those of lowest index and shift, as the published CGCNN does: a choice that nature does not make, and
        the edges change when the atoms are renumbered.

    Returns
    -------
    Neighbors

    Raises
    ------
    TypeError, ValueError
        As `neighbors`, and if k is no whole number above zero, ``ties`` is something else, or an atom has
        no neighbor within the cutoff.
    """
    rule = GraphRule.checked(cutoff, _whole(k), ties)
    return _edges(_Sites.of(structure), rule)


def crystal_volume(structure: Any) -> float:
    """Return the volume of the cell of a crystal, in Å³.

    Parameters
    ----------
    structure : pymatgen Structure, or ase.Atoms

    Raises
    ------
    TypeError, ValueError
        If the structure is none that has neighbors (see `neighbors`), or is not periodic in all three
        directions: the volume of a box around a molecule or a slab is no property of it.
    """
    sites = _Sites.of(structure)
    if not sites.periodic.all():
        raise ValueError(
            _(
                "{name} is periodic in {n} of three directions and has no volume of its own; give a crystal "
                "that is periodic in all three (pbc=True)."
            ).format(name=sites.name, n=int(sites.periodic.sum()))
        )
    return float(abs(np.linalg.det(sites.cell)))


class GraphRule(NamedTuple):
    """How a graph is made; ``CrystalGraphs.from_structures(structures, **rule._asdict())`` does it again.

    Attributes
    ----------
    cutoff : float or None
        Å; None if it is not known, and then nothing is.
    max_neighbors : int or None
        Number of nearest neighbors; None for all within the cutoff.
    ties : {"keep", "cut"}
        As in `nearest_neighbors`.
    """

    cutoff: float | None = None
    max_neighbors: int | None = None
    ties: Literal["keep", "cut"] = "keep"

    @classmethod
    def checked(
        cls,
        cutoff: float,
        max_neighbors: int | None = None,
        ties: Literal["keep", "cut"] = "keep",
    ) -> "GraphRule":
        """Return the rule if its parts make sense.

        Raises
        ------
        TypeError, ValueError
            In a sentence, if they do not.
        """
        if not isinstance(cutoff, Real) or isinstance(cutoff, bool) or not 0 < cutoff < inf:
            kind = ValueError if isinstance(cutoff, Real) else TypeError
            raise kind(
                _(
                    "The cutoff {cutoff!r} was given; give a distance in Å greater than zero, such as 5.0."
                ).format(cutoff=cutoff)
            )
        if ties not in ("keep", "cut"):
            raise ValueError(
                _("The rule ties={given!r} was given; choose 'keep' or 'cut'.").format(given=ties)
            )
        k = None if max_neighbors is None else _whole(max_neighbors)
        return cls(float(cutoff), k, ties)

    @property
    def known(self) -> bool:
        """Whether the graph says how it was made."""
        return self.cutoff is not None

    def __str__(self) -> str:
        if not self.known:
            return _("an unknown rule")
        if self.max_neighbors is None:
            return _("all neighbors within {cutoff:g} Å").format(cutoff=self.cutoff)
        words = (
            _("the {k} nearest neighbors within {cutoff:g} Å and all that tie with the last")
            if self.ties == "keep"
            else _("exactly the {k} nearest neighbors within {cutoff:g} Å (ties cut)")
        )
        return words.format(k=self.max_neighbors, cutoff=self.cutoff)

    def code(self) -> str:
        """Return the arguments that make such graphs, as one types them."""
        words = [f"cutoff={self.cutoff:g}"]
        if self.max_neighbors is not None:
            words.append(f"max_neighbors={self.max_neighbors}")
            if self.ties == "cut":
                words.append('ties="cut"')
        return ", ".join(words)


def _whole(k: object) -> int:
    if not is_count(k):
        kind = ValueError if isinstance(k, Real) and not isinstance(k, bool) else TypeError
        raise kind(
            _(
                "{k!r} neighbors were asked for; ask for a whole number of them, at least one."
            ).format(k=k)
        )
    return int(k)


@dataclass(frozen=True)
class _Sites:
    """What a graph needs to know of a structure, whichever package it comes from."""

    numbers: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    periodic: np.ndarray
    structure: Any

    @classmethod
    def of(cls, structure: Any) -> "_Sites":
        if hasattr(structure, "get_atomic_numbers"):  # ASE
            numbers, positions = structure.get_atomic_numbers(), structure.get_positions()
            cell, periodic = structure.cell.array.copy(), structure.get_pbc()
        elif hasattr(structure, "cart_coords"):  # pymatgen
            try:
                numbers = np.array([site.specie.Z for site in structure])
            except AttributeError:
                raise ValueError(
                    _(
                        "{name} is disordered; give a structure with one element on each site, such as an "
                        "ordered supercell."
                    ).format(name=structure.formula.replace(" ", ""))
                ) from None
            positions = structure.cart_coords
            lattice = getattr(structure, "lattice", None)
            cell = np.zeros((3, 3)) if lattice is None else lattice.matrix.copy()
            periodic = np.array((False,) * 3 if lattice is None else lattice.pbc)
        else:
            raise TypeError(
                _(
                    "An object of type {type} was given; give a pymatgen Structure or Molecule or an "
                    "ASE Atoms object."
                ).format(type=type(structure).__name__)
            )
        sites = cls(numbers, positions, cell, periodic, structure)
        sites._check()
        return sites

    @property
    def name(self) -> str:
        """The formula, for an error."""
        if hasattr(self.structure, "get_chemical_formula"):
            return self.structure.get_chemical_formula()
        return self.structure.formula.replace(" ", "")

    @cached_property
    def usual(self) -> bool:
        """Whether all directions are periodic and the cell is neither flat nor much skewed.

        For nine numbers plain floats are ten times as fast as arrays.
        """
        if not self.periodic.all():
            return False
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = self.cell.tolist()
        aa, bb, cc = (
            ax * ax + ay * ay + az * az,
            bx * bx + by * by + bz * bz,
            cx * cx + cy * cy + cz * cz,
        )
        ab, ac, bc = (
            ax * bx + ay * by + az * bz,
            ax * cx + ay * cy + az * cz,
            bx * cx + by * cy + bz * cz,
        )
        volume = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx)
        return (
            min(aa, bb, cc) > TIE**2
            and volume * volume > 1e-3 * aa * bb * cc
            and abs(ab) <= 0.75 * min(aa, bb)
            and abs(ac) <= 0.75 * min(aa, cc)
            and abs(bc) <= 0.75 * min(bb, cc)
        )

    def _check(self) -> None:
        if not len(self.numbers):
            raise ValueError(_("The structure is empty; give one with at least one atom."))
        if self.numbers.min() < 1 or self.numbers.max() > LAST_ELEMENT:
            raise ValueError(
                _(
                    "{name} holds something that is no element; give each site an element from H to Og."
                ).format(name=self.name)
            )
        # a sum is finite only if all of it is, and faster to look at
        if not isfinite(self.positions.sum() + self.cell.sum()):
            raise ValueError(
                _("{name} has a position that is NaN or infinite; give numbers in Å.").format(
                    name=self.name
                )
            )
        if self.usual:
            return
        vectors = self.cell[self.periodic]
        gram = vectors @ vectors.T
        long = gram.diagonal().min(initial=inf) > TIE**2
        if long and np.linalg.det(gram) > 1e-3 * gram.diagonal().prod():
            return
        short, _combination = shortest_vectors(vectors)
        lengths = np.linalg.norm(short, axis=1)
        volume = np.prod(np.abs(np.diag(np.linalg.qr(short.T, mode="r"))))
        if not lengths.min() > TIE or not volume > 1e-3 * lengths.prod():
            raise ValueError(
                _(
                    "The cell vectors of {name} lie in one plane or are zero; give a cell with a volume, or "
                    "switch off the periodicity."
                ).format(name=self.name)
            )


def shortest_vectors(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find short vectors that span the same lattice.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (n, 3)
        At most three, in rows.

    Returns
    -------
    short : numpy.ndarray, shape (n, 3)
        Of two vectors none becomes shorter by adding or taking off the other (Lagrange's reduction, done for
        all pairs), and the sum of three with any signs is no shorter than the longest of them.
    combination : numpy.ndarray of int, shape (n, n)
        ``short = combination @ vectors``, with determinant ±1.
    """
    short = np.array(vectors, dtype=float)
    n = len(short)
    combination = np.eye(n, dtype=np.int64)
    signs = [(1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)] if n == 3 else []
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    for _round in range(1000):
        before = combination.copy()
        for i, j in pairs:
            square = short[j] @ short[j]
            if square > 0:
                ratio = short[i] @ short[j] / square
                times = np.rint(ratio) if abs(ratio) > 0.5 + 1e-9 else 0
                short[i] -= times * short[j]
                combination[i] -= np.int64(times) * combination[j]
        longest = (short**2).sum(axis=1).argmax() if n else 0
        for sign in signs:
            total = np.array(sign) @ short
            if total @ total < (1 - 1e-9) * short[longest] @ short[longest]:
                short[longest] = total
                combination[longest] = np.array(sign) @ combination
                break
        if (combination == before).all():
            break
    return short, combination


def _edges(sites: _Sites, rule: GraphRule) -> Neighbors:
    cutoff, k, ties = rule
    assert cutoff is not None, "the rule was checked"
    return _neighbors(sites, cutoff) if k is None else _nearest_neighbors(sites, cutoff, k, ties)


def _neighbors(sites: _Sites, cutoff: float) -> Neighbors:
    cell, combination = sites.cell, None
    if not sites.usual:
        vectors = cell[sites.periodic]
        gram = vectors @ vectors.T
        if (np.abs(gram) > 0.75 * gram.diagonal()).sum() > len(gram):
            # a needle or a sheared cell: count in shorter vectors
            cell, combination = cell.copy(), np.eye(3, dtype=np.int64)
            short, of_periodic = shortest_vectors(vectors)
            cell[sites.periodic] = short
            combination[np.ix_(sites.periodic, sites.periodic)] = of_periodic
    search = _compiled_pairs if COMPILED and sites.periodic.all() else _pairs
    center, neighbor, shift, vector = search(sites.positions, cell, sites.periodic, cutoff)
    distance = np.sqrt(np.einsum("ei,ei->e", vector, vector))
    # both searches find each atom itself, at no distance
    if np.count_nonzero(distance < CLOSEST) > len(sites.numbers):
        near = np.flatnonzero(distance < CLOSEST)
        own = (center[near] == neighbor[near]) & ~shift[near].any(axis=1)
        first = near[own.argmin()]
        _raise_for_near(sites, center[first], neighbor[first], distance[first])
    if combination is not None:
        shift = shift @ combination
    order = _sorted(center, distance, neighbor, shift, len(sites.numbers))
    order = order[distance[order] >= CLOSEST]  # without the atoms themselves
    return Neighbors(center, neighbor, shift, vector, distance)[order]


def _sorted(
    center: np.ndarray, distance: np.ndarray, neighbor: np.ndarray, shift: np.ndarray, n: int
) -> np.ndarray:
    """Return the order by center, then distance, neighbor and shift, of edges between n atoms."""
    step = np.rint(distance / TIE).astype(np.int64)
    if not len(step):
        return step
    # one whole number for all four
    reach = max(int(shift.max()), -int(shift.min()))
    width, steps = 2 * reach + 1, int(step.max()) + 1
    if n * n * steps * width**3 > MOST:
        return np.lexsort((*shift.T[::-1], neighbor, step, center))
    cell = shift @ np.array([width**2, width, 1])
    return np.argsort(((center * steps + step) * n + neighbor) * width**3 + cell, kind="stable")


def _compiled_pairs(
    positions: np.ndarray, cell: np.ndarray, _periodic: np.ndarray, cutoff: float
) -> tuple[np.ndarray, ...]:
    """Find center, neighbor, shift and vector of all pairs by pymatgen's compiled search."""
    from pymatgen.optimization.neighbors import find_points_in_spheres

    positions = np.ascontiguousarray(positions, dtype=float)
    cell = np.ascontiguousarray(cell, dtype=float)
    everywhere = np.ones(3, dtype=np.int64)
    center, neighbor, shift, _distance = find_points_in_spheres(
        positions, positions, float(cutoff), everywhere, cell, ROUNDING
    )
    vector = positions.take(neighbor, axis=0)
    vector += shift @ cell
    vector -= positions.take(center, axis=0)
    return center, neighbor, shift.astype(np.int64), vector


def _pairs(
    positions: np.ndarray, cell: np.ndarray, periodic: np.ndarray, cutoff: float
) -> tuple[np.ndarray, ...]:
    """Find center, neighbor, shift and vector of all pairs, whatever directions are periodic."""
    atom, shift, home = _images(positions, cell, np.flatnonzero(periodic), cutoff + 2 * ROUNDING)
    place = positions[atom] + shift @ cell
    start = positions + home @ cell
    center, image = _close(start, place, cutoff + ROUNDING)
    return center, atom[image], shift[image] - home[center], place[image] - start[center]


def _raise_for_near(sites: _Sites, one: int, other: int, distance: float) -> None:
    if one == other:
        raise ValueError(
            _(
                "Atom {one} of {name} is {distance:.2g} Å from its own image; give a larger cell, in Å."
            ).format(one=one, name=sites.name, distance=distance)
        )
    if distance < TIE:
        raise ValueError(
            _(
                "Atoms {one} and {other} of {name} sit on the same place; remove one of the two."
            ).format(one=one, other=other, name=sites.name)
        )
    raise ValueError(
        _(
            "Atoms {one} and {other} of {name} are only {distance:.2g} Å apart; remove one of the two, or "
            "give positions in Å."
        ).format(one=one, other=other, name=sites.name, distance=distance)
    )


def _images(
    positions: np.ndarray, cell: np.ndarray, periodic: np.ndarray, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the images that can lie within the cutoff of an atom of the first cell.

    Returns
    -------
    atom : shape (m,)
    shift : shape (m, 3)
        From the atom's given position to the image.
    home : shape (n, 3)
        From the atom's given position into the first cell.
    """
    n = len(positions)
    # the planes of a cell stand 1/|b| apart, with b the rows of the inverse
    inverse = (np.linalg.inv if len(periodic) == 3 else np.linalg.pinv)(cell[periodic])
    reach = cutoff * np.sqrt((inverse**2).sum(axis=0)) + 1e-9
    fractional = positions @ inverse
    home = np.zeros((n, 3), dtype=np.int64)
    home[:, periodic] = -np.floor(fractional)
    inside = fractional + home[:, periodic]
    low, high = inside.min(axis=0) - reach, inside.max(axis=0) + reach
    first = np.ceil(low - inside.max(axis=0)).astype(int)
    last = np.floor(high - inside.min(axis=0)).astype(int)
    grid = np.zeros((int(np.prod(last - first + 1)), 3), dtype=np.int64)
    grid[:, periodic] = np.indices(last - first + 1).reshape(len(periodic), len(grid)).T + first
    there = inside[:, None] + grid[:, periodic]
    atom, row = ((there >= low) & (there <= high)).all(axis=2).nonzero()
    return atom, grid[row] + home[atom], home


def _close(start: np.ndarray, place: np.ndarray, cutoff: float) -> tuple[np.ndarray, ...]:
    """Find the pairs (row of start, row of place) within the cutoff."""
    if len(start) * len(place) < ALL_PAIRS:
        square = sum((place[:, axis] - start[:, axis, None]) ** 2 for axis in range(3))
        return (square <= cutoff**2).nonzero()
    center, image = _near(start, place, cutoff)
    distance = np.sqrt(((place[image] - start[center]) ** 2).sum(axis=1))
    close = distance <= cutoff
    return center[close], image[close]


def _near(start: np.ndarray, place: np.ndarray, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Find the pairs that can be within the cutoff.

    Space is cut into cubes as wide as the cutoff, so that only the 27 cubes around an atom matter. Cubes
    are numbered along z first: three in a column follow each other, and nine columns are looked up.
    """
    # a hair wider, so that rounding does not put two atoms at the cutoff two cubes apart
    width = cutoff * (1 + 1e-9)
    corner = place.min(axis=0) - width
    cube, own = (np.floor((points - corner) / width).astype(int) for points in (place, start))
    size = cube.max(axis=0) + 2
    strides = np.array([size[1] * size[2], size[2], 1])
    number = cube @ strides
    order = np.argsort(number, kind="stable")
    columns = np.array([(x, y, -1) for x in (-1, 0, 1) for y in (-1, 0, 1)]) @ strides
    lowest = (own @ strides)[:, None] + columns
    first, stop = np.searchsorted(number[order], [lowest.ravel(), lowest.ravel() + 3])
    image = order[_ranges(first, stop - first)]
    return np.repeat(np.repeat(np.arange(len(start)), 9), stop - first), image


def _ranges(first: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Join the ranges first … first + length − 1."""
    before = np.cumsum(length) - length
    return np.arange(length.sum()) + np.repeat(first - before, length)


def _nearest_neighbors(sites: _Sites, cutoff: float, k: int, ties: str) -> Neighbors:
    # a sphere of three times the volume that holds k atoms on average is mostly enough
    volume = abs(np.linalg.det(sites.cell)) if sites.periodic.all() else np.inf
    radius = (3 * volume / len(sites.numbers) * 3 * k / (4 * pi)) ** (1 / 3)
    while radius < cutoff:
        found, rank, count = _ranked(sites, radius)
        # an equally distant neighbor just outside belongs to it, or could come first by its index
        if count.min() >= k and found.distance[rank == k - 1].max() < radius - 2 * SHELL:
            return _first(found, rank, count, k, ties)
        radius *= 1.3
    found, rank, count = _ranked(sites, cutoff)
    if not count.all():
        raise ValueError(
            _(
                "Atom {atom} of {name} has no neighbor within {cutoff:g} Å; leave this structure out, or "
                "raise the cutoff for all structures alike."
            ).format(atom=int(count.argmin()), name=sites.name, cutoff=cutoff)
        )
    return _first(found, rank, count, k, ties)


def _first(found: Neighbors, rank: np.ndarray, count: np.ndarray, k: int, ties: str) -> Neighbors:
    """Take the first k neighbors of each atom, with those that are as far as the kth if ties are kept."""
    if ties == "cut":
        return found[rank < k]
    first = np.cumsum(count) - count
    last = found.distance[first + np.minimum(count, k) - 1]
    return found[found.distance < np.repeat(last, count) + SHELL]


def _ranked(sites: _Sites, radius: float) -> tuple[Neighbors, np.ndarray, np.ndarray]:
    """Find the neighbors, the place of each among those of its center, and the number of each atom."""
    found = _neighbors(sites, radius)
    count = np.bincount(found.center, minlength=len(sites.numbers))
    return found, _ranges(np.zeros_like(count), count), count


@dataclass(frozen=True, repr=False)
class CrystalGraphs:
    """The graphs of one or many crystals, packed end to end into one graph.

    Crystals are taken out by index, slice or mask, ``graphs[rows]``, which is again a `CrystalGraphs`; no
    distance is computed anew. ``len(graphs)`` is the number of crystals.

    Attributes
    ----------
    atomic_number : torch.Tensor of int, shape (n_atoms,)
    positions : torch.Tensor, shape (n_atoms, 3)
        Å.
    cell : torch.Tensor, shape (n_crystals, 3, 3)
        Cell vectors in rows, in Å; zero for a molecule.
    center, neighbor : torch.Tensor of int, shape (n_edges,)
        Indices into the atoms, sorted by center, then distance.
    shift : torch.Tensor, shape (n_edges, 3)
        Cell that the neighbor lies in, whole numbers in the precision of the positions.
    vector, distance : torch.Tensor, shapes (n_edges, 3) and (n_edges,)
        From center to neighbor, in Å.
    n_atoms, n_edges : torch.Tensor of int, shape (n_crystals,)
        Atoms and edges of each crystal.
    crystal : torch.Tensor of int, shape (n_atoms,)
        Index of the crystal of each atom.
    rows : torch.Tensor of int, shape (n_crystals,)
        Row of each crystal in the list that it was built from; what is taken out keeps its row.
    cutoff, max_neighbors, ties : float or None, int or None, str
        How the edges were found, as in `GraphRule`; a cutoff of None says that it is not known.
    """

    atomic_number: torch.Tensor
    positions: torch.Tensor
    cell: torch.Tensor
    center: torch.Tensor
    neighbor: torch.Tensor
    shift: torch.Tensor
    vector: torch.Tensor
    distance: torch.Tensor
    crystal: torch.Tensor
    n_atoms: torch.Tensor
    n_edges: torch.Tensor
    rows: torch.Tensor
    cutoff: float | None = None
    max_neighbors: int | None = None
    ties: Literal["keep", "cut"] = "keep"

    @classmethod
    def from_structures(
        cls,
        structures: Iterable,
        cutoff: float,
        max_neighbors: int | None = None,
        *,
        ties: Literal["keep", "cut"] = "keep",
        skip_bad: bool = False,
        dtype: torch.dtype | None = None,
        progress: bool = True,
    ) -> "CrystalGraphs":
        """Build the graphs of many structures.

        Parameters
        ----------
        structures : iterable of pymatgen Structure or Molecule, or ase.Atoms
        cutoff : float
            Å.
        max_neighbors : int
            Keep only so many nearest neighbors of each atom, as CGCNN does; by default all within the
            cutoff.
        ties : {"keep", "cut"}
            Whether an atom keeps all neighbors that are as far as the last, or exactly ``max_neighbors``; see
            `nearest_neighbors`.
        skip_bad : bool
            Leave out the structures that make no graph, with a warning that gives the reasons;
            ``graphs.rows`` tells which are in, so that ``targets[graphs.rows]`` belong to them.
        dtype : torch.dtype
            Precision; by default torch's default.
        progress : bool
            Show a progress bar.

        Raises
        ------
        TypeError, ValueError
            As `neighbors` and `nearest_neighbors`. All structures are tried first, and the error names every
            row that makes no graph, with the reason.
        """
        rule = GraphRule.checked(cutoff, max_neighbors, ties)
        graphs, bad = cls.tried(structures, rule, dtype=dtype, progress=progress)
        n = len(bad) + (0 if graphs is None else len(graphs))
        if bad and (graphs is None or not skip_bad):
            kinds = {type(error) for error in bad.values()}
            raise (kinds.pop() if len(kinds) == 1 else ValueError)(reasons(bad, n))
        if graphs is None:
            raise ValueError(_("No structure was given; give at least one."))
        if bad:
            warnings.warn(reasons(bad, n), stacklevel=2)
        return graphs

    @classmethod
    def tried(
        cls,
        structures: Iterable,
        rule: GraphRule,
        *,
        dtype: torch.dtype | None = None,
        progress: bool = True,
    ) -> tuple["CrystalGraphs | None", dict[int, Exception]]:
        """Build the graphs of all structures that make one, and say why the others do not.

        Parameters
        ----------
        structures, dtype, progress
            As in `from_structures`.
        rule : GraphRule

        Returns
        -------
        graphs : CrystalGraphs or None
            None if no structure makes a graph; ``graphs.rows`` tells which are in.
        bad : dict of int to Exception
            The reason by row; `reasons` makes a text of them.

        Raises
        ------
        TypeError
            If a single structure was given.
        """
        if hasattr(structures, "get_atomic_numbers") or hasattr(structures, "cart_coords"):
            raise TypeError(_("One structure was given; give a list, such as [structure]."))
        # leaving `disable` out lets the environment (TQDM_DISABLE) decide
        hidden = {} if progress else {"disable": True}
        parts, rows = [], []
        bad: dict[int, Exception] = {}
        for row, structure in enumerate(tqdm(structures, unit="crystal", **hidden)):
            try:
                sites = _Sites.of(structure)
                parts.append((sites, _edges(sites, rule)))
                rows.append(row)
            except (TypeError, ValueError) as error:
                bad[row] = error
        if not parts:
            return None, bad
        return cls._packed(parts, rows, rule, dtype or torch.get_default_dtype()), bad

    @classmethod
    def concatenate(cls, parts: Iterable["CrystalGraphs"]) -> "CrystalGraphs":
        """Put graphs that were made by one rule end to end; each crystal keeps its number in ``rows``.

        Raises
        ------
        ValueError
            If there are none, or they were made by different rules.
        """
        parts = list(parts)
        if not parts:
            raise ValueError(_("No graphs were given; give at least one."))
        if different := [part.rule for part in parts if part.rule != parts[0].rule]:
            raise ValueError(
                _(
                    "Graphs of different rules were given ({one}; {other}); build all by the same."
                ).format(one=parts[0].rule, other=different[0])
            )
        n_atoms, n_crystals = (
            [len(getattr(p, name)) for p in parts] for name in ("positions", "n_atoms")
        )
        joined: dict[str, Any] = {
            name: torch.cat([getattr(p, name) for p in parts]) for name in cls._tensors()
        }
        atoms_before, crystals_before = np.cumsum([0, *n_atoms]), np.cumsum([0, *n_crystals])
        for name, before in (
            ("center", atoms_before),
            ("neighbor", atoms_before),
            ("crystal", crystals_before),
        ):
            moved = [getattr(p, name) + int(b) for p, b in zip(parts, before[:-1], strict=True)]
            joined[name] = torch.cat(moved)
        return cls(**joined, **parts[0].rule._asdict())

    @property
    def rule(self) -> GraphRule:
        """How the edges were found."""
        return GraphRule(self.cutoff, self.max_neighbors, self.ties)

    @classmethod
    def _tensors(cls) -> list[str]:
        return [field.name for field in fields(cls) if field.name not in GraphRule._fields]

    @classmethod
    def _packed(
        cls,
        parts: Sequence[tuple[_Sites, Neighbors]],
        rows: Sequence[int],
        rule: GraphRule,
        dtype: torch.dtype,
    ) -> "CrystalGraphs":
        n_atoms = np.array([len(sites.numbers) for sites, _edges in parts])
        n_edges = np.array([len(edges) for _sites, edges in parts])
        before = np.repeat(np.cumsum(n_atoms) - n_atoms, n_edges)

        def joined(name: str, of: int) -> np.ndarray:
            return np.concatenate([getattr(part[of], name) for part in parts])

        def real(array: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(array).to(dtype)

        return cls(
            atomic_number=torch.as_tensor(joined("numbers", 0)).long(),
            positions=real(joined("positions", 0)),
            cell=real(np.stack([sites.cell for sites, _edges in parts])),
            center=torch.as_tensor(joined("center", 1) + before),
            neighbor=torch.as_tensor(joined("neighbor", 1) + before),
            shift=real(joined("shift", 1)),
            vector=real(joined("vector", 1)),
            distance=real(joined("distance", 1)),
            crystal=torch.as_tensor(np.repeat(np.arange(len(parts)), n_atoms)),
            n_atoms=torch.as_tensor(n_atoms),
            n_edges=torch.as_tensor(n_edges),
            rows=torch.as_tensor(rows),
            **rule._asdict(),
        )

    def __len__(self) -> int:
        return len(self.n_atoms)

    def __repr__(self) -> str:
        return (
            f"CrystalGraphs({len(self)} crystals, {len(self.atomic_number)} atoms,"
            f" {len(self.center)} edges, {self.positions.dtype}, {self.positions.device})"
        )

    def __getitem__(self, rows: ArrayLike | torch.Tensor | slice) -> "CrystalGraphs":
        """Take crystals out by an index, a slice, or an array of indices or of True and False."""
        device = self.n_atoms.device
        if not isinstance(rows, torch.Tensor | slice):
            rows = np.asarray(rows)
            rows = torch.tensor(rows, dtype=None if rows.size else torch.int64)
        rows = torch.atleast_1d(torch.arange(len(self), device=device)[rows])
        n_atoms, n_edges = self.n_atoms[rows], self.n_edges[rows]
        first_atom = (self.n_atoms.cumsum(0) - self.n_atoms)[rows]
        atoms = _joined_ranges(first_atom, n_atoms)
        edges = _joined_ranges((self.n_edges.cumsum(0) - self.n_edges)[rows], n_edges)
        moved = (n_atoms.cumsum(0) - n_atoms - first_atom).repeat_interleave(n_edges)
        return replace(
            self,
            atomic_number=self.atomic_number[atoms],
            positions=self.positions[atoms],
            cell=self.cell[rows],
            center=self.center[edges] + moved,
            neighbor=self.neighbor[edges] + moved,
            shift=self.shift[edges],
            vector=self.vector[edges],
            distance=self.distance[edges],
            crystal=torch.arange(len(rows), device=device).repeat_interleave(n_atoms),
            n_atoms=n_atoms,
            n_edges=n_edges,
            rows=self.rows[rows],
        )

    def to(self, where: torch.device | torch.dtype | str) -> "CrystalGraphs":
        """Copy to a device, or to another precision of the real numbers."""

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            if isinstance(where, torch.dtype) and not tensor.is_floating_point():
                return tensor
            return tensor.to(where)

        tensors: dict[str, Any] = {name: moved(getattr(self, name)) for name in self._tensors()}
        return replace(self, **tensors)

    def with_positions(
        self, positions: torch.Tensor, cell: torch.Tensor | None = None
    ) -> "CrystalGraphs":
        """Put the atoms elsewhere, with the same edges; gradients flow to the positions and the cell.

        Parameters
        ----------
        positions : torch.Tensor, shape (n_atoms, 3)
            Å.
        cell : torch.Tensor, shape (n_crystals, 3, 3)
            Å; by default the present one.

        Returns
        -------
        CrystalGraphs
            Vectors r_neighbor + shift · cell − r_center and their lengths are computed anew; which pairs
            are joined is not.
        """
        cell = self.cell if cell is None else cell
        there = torch.einsum("ei,eij->ej", self.shift, cell[self.crystal[self.center]])
        vector = positions[self.neighbor] + there - positions[self.center]
        return replace(
            self,
            positions=positions,
            cell=cell,
            vector=vector,
            distance=torch.linalg.vector_norm(vector, dim=1),
        )

    def mean_over_atoms(self, values: torch.Tensor) -> torch.Tensor:
        """Average over each crystal: shape (n_atoms, …) in, (n_crystals, …) out."""
        share = (1 / self.n_atoms.to(values.dtype))[self.crystal]
        shares = values * share.view(-1, *[1] * (values.ndim - 1))
        return values.new_zeros(len(self), *values.shape[1:]).index_add(0, self.crystal, shares)

    def distinct_edges(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the edges that differ in their two atoms or their distance.

        Symmetry makes many edges alike: the twelve of a copper atom have one distance and lead to images
        of one atom. What sees nothing of an edge but its ends and its length can do one of them and
        count it twelve times.

        Returns
        -------
        rows : torch.Tensor of int, shape (n_distinct,)
            The first edge of each kind.
        count : torch.Tensor, shape (n_distinct,)
            How many there are, in the precision of the distances. If gradients are to flow to the
            distances, each edge stands for itself.
        """
        first = torch.ones(len(self.center), dtype=torch.bool, device=self.center.device)
        if not self.distance.requires_grad:
            first[1:] = (self.distance.diff().abs() > 2 * TIE) | (self.neighbor.diff() != 0)
            first[1:] |= self.center.diff() != 0
        rows = first.nonzero()[:, 0]
        ends = torch.cat([rows, rows.new_tensor([len(first)])])
        return rows, ends.diff().to(self.distance.dtype)


def require_graphs(given: object, rule: GraphRule | None = None) -> None:
    """Refuse what are no graphs, and graphs that were made by another rule than a model learned from.

    Parameters
    ----------
    given
        What the model was called with.
    rule : GraphRule
        What it needs; by default any. Graphs that do not know their rule pass.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(given, CrystalGraphs):
        words = rule.code() if rule and rule.known else "cutoff=8.0, max_neighbors=12"
        raise TypeError(
            _(
                "An object of type {type} was given, and the model wants graphs; give "
                "CrystalGraphs.from_structures([structure], {arguments})."
            ).format(type=type(given).__name__, arguments=words)
        )
    if rule and rule.known and given.rule.known and given.rule != rule:
        raise ValueError(
            _(
                "The graphs hold {given}, and the model needs {rule}; build them with "
                "CrystalGraphs.from_structures(structures, {arguments})."
            ).format(given=given.rule, rule=rule, arguments=rule.code())
        )


def _joined_ranges(first: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """Join the ranges first … first + length − 1."""
    before = length.cumsum(0) - length
    rows = (first - before).repeat_interleave(length)
    return rows + torch.arange(len(rows), device=rows.device)


def reasons(bad: Mapping[int, Exception | str], n: int) -> str:
    """Name every row of n that makes no graph, with its reason; past twenty, the row alone."""
    told = [
        _("Row {row}: {sentence}").format(row=row, sentence=error)
        for row, error in list(bad.items())[:REASONS]
    ]
    if len(bad) == 1:
        return told[0]
    if rest := ", ".join(map(str, list(bad)[REASONS:])):
        told.append(_("And rows {rows}.").format(rows=rest))
    first = _("{bad} of {n} structures make no graph.").format(bad=len(bad), n=n)
    return "\n".join([first, *told])
