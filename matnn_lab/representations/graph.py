"""From a crystal to a graph: atoms are nodes, and every pair within reach is an edge.

A crystal repeats without end, so an atom has images of every atom, of itself too, as neighbors, and two
atoms can be joined by several edges. An edge therefore carries the shift of the cell that its end lies in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from math import pi

import numpy as np
import torch
from tqdm.auto import tqdm

from matnn_lab.text import gettext as _

LAST_ELEMENT = 118
# distances that differ by less are one distance, as symmetry has it and rounding has not (Å)
TIE = 1e-6
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

    def __getitem__(self, rows) -> "Neighbors":
        return Neighbors(*(getattr(self, field.name)[rows] for field in fields(self)))


def neighbors(structure, cutoff: float) -> Neighbors:
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
        Every ordered pair (i, j, shift) with distance ≤ cutoff, (i, i) with a shift included; the pair of
        an atom with itself is not. Empty if no two atoms are that close.

    Raises
    ------
    TypeError, ValueError
        If the structure is of another type, empty, disordered, holds something that is no element, has a
        flat cell or two atoms on one place, or if the cutoff is not positive.
    """
    return _neighbors(_Sites.of(structure), cutoff)


def nearest_neighbors(structure, k: int, cutoff: float = 8.0) -> Neighbors:
    """Find the k nearest neighbors of each atom within a cutoff, as CGCNN does.

    Parameters
    ----------
    structure : pymatgen Structure or Molecule, or ase.Atoms
    k : int
        Number of neighbors. Where several are equally far and only some fit, the ones of lowest index and
        shift are taken: a choice that nature does not make.
    cutoff : float
        Å; an atom with fewer than k neighbors within it keeps those it has.

    Returns
    -------
    Neighbors

    Raises
    ------
    TypeError, ValueError
        As `neighbors`, and if k is below 1 or an atom has no neighbor within the cutoff.
    """
    return _nearest_neighbors(_Sites.of(structure), k, cutoff)


@dataclass(frozen=True)
class _Sites:
    """What a graph needs to know of a structure, whichever package it comes from."""

    numbers: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    periodic: np.ndarray
    structure: object

    @classmethod
    def of(cls, structure) -> "_Sites":
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
                    "A {type} was given; give a pymatgen Structure or Molecule or an ASE Atoms object."
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

    def _check(self) -> None:
        if not len(self.numbers):
            raise ValueError(_("The structure is empty; give one with at least one atom."))
        if self.numbers.min() < 1 or self.numbers.max() > LAST_ELEMENT:
            raise ValueError(
                _(
                    "{name} holds something that is no element; give each site an element from H to Og."
                ).format(name=self.name)
            )
        if not np.isfinite(self.positions).all() or not np.isfinite(self.cell).all():
            raise ValueError(
                _("{name} has a position that is NaN or infinite; give numbers in Å.").format(
                    name=self.name
                )
            )
        vectors = self.cell[self.periodic]
        gram = vectors @ vectors.T
        if not np.linalg.det(gram) > 1e-12 * gram.diagonal().prod():
            raise ValueError(
                _(
                    "The cell vectors of {name} lie in one plane or are zero; give a cell with a volume, or "
                    "switch off the periodicity."
                ).format(name=self.name)
            )


def _neighbors(sites: _Sites, cutoff: float) -> Neighbors:
    if not 0 < cutoff < np.inf:
        raise ValueError(
            _("The cutoff {cutoff} was given; give a distance in Å greater than zero.").format(
                cutoff=cutoff
            )
        )
    atom, shift, home = _images(sites, cutoff)
    place = sites.positions[atom] + shift @ sites.cell
    start = sites.positions + home @ sites.cell
    center, image, distance = _close(start, place, cutoff)
    together = distance < TIE
    if together.sum() > len(start):
        pair = (together & (center != atom[image])).argmax()
        raise ValueError(
            _(
                "Atoms {one} and {other} of {name} sit on the same place; remove one of the two."
            ).format(one=center[pair], other=atom[image[pair]], name=sites.name)
        )
    # images are in the order of atom and shift; the first of each center is the atom itself
    order = np.lexsort((image, np.round(distance / TIE), center))
    order = order[~together[order]]
    center, image = center[order], image[order]
    shift = shift[image] - home[center]
    return Neighbors(center, atom[image], shift, place[image] - start[center], distance[order])


def _images(sites: _Sites, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the images that can lie within the cutoff of an atom of the first cell.

    Returns
    -------
    atom : shape (m,)
    shift : shape (m, 3)
        From the atom's given position to the image.
    home : shape (n, 3)
        From the atom's given position into the first cell.
    """
    n, periodic = len(sites.positions), np.flatnonzero(sites.periodic)
    # the planes of a cell stand 1/|b| apart, with b the rows of the inverse
    inverse = (np.linalg.inv if len(periodic) == 3 else np.linalg.pinv)(sites.cell[periodic])
    reach = cutoff * np.sqrt((inverse**2).sum(axis=0)) + 1e-9
    fractional = sites.positions @ inverse
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
    """Find the pairs (row of start, row of place) within the cutoff, and their distances."""
    if len(start) * len(place) < ALL_PAIRS:
        square = sum((place[:, axis] - start[:, axis, None]) ** 2 for axis in range(3))
        center, image = (square <= cutoff**2).nonzero()
        return center, image, np.sqrt(square[center, image])
    center, image = _near(start, place, cutoff)
    distance = np.sqrt(((place[image] - start[center]) ** 2).sum(axis=1))
    close = distance <= cutoff
    return center[close], image[close], distance[close]


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


def _nearest_neighbors(sites: _Sites, k: int, cutoff: float) -> Neighbors:
    if k < 1:
        raise ValueError(_("{k} neighbors were asked for; ask for at least one.").format(k=k))
    # a sphere of three times the volume that holds k atoms on average is mostly enough
    volume = abs(np.linalg.det(sites.cell)) if sites.periodic.all() else np.inf
    radius = (3 * volume / len(sites.numbers) * 3 * k / (4 * pi)) ** (1 / 3)
    while radius < cutoff:
        found, rank, count = _ranked(sites, radius)
        # an equally distant neighbor just outside could come first by its index
        if count.min() >= k and found.distance[rank == k - 1].max() < radius - 2 * TIE:
            return found[rank < k]
        radius *= 1.3
    found, rank, count = _ranked(sites, cutoff)
    if not count.all():
        raise ValueError(
            _("Atom {atom} of {name} has no neighbor within {cutoff} Å; raise the cutoff.").format(
                atom=int(count.argmin()), name=sites.name, cutoff=cutoff
            )
        )
    return found[rank < k]


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

    @classmethod
    def from_structures(
        cls,
        structures: Iterable,
        cutoff: float,
        max_neighbors: int | None = None,
        *,
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
            Keep only so many nearest neighbors of each atom (CGCNN's rule); by default all within the
            cutoff.
        dtype : torch.dtype
            Precision; by default torch's default.
        progress : bool
            Show a progress bar.

        Raises
        ------
        TypeError, ValueError
            As `neighbors` and `nearest_neighbors`; the sentence begins with the row.
        """
        if hasattr(structures, "get_atomic_numbers") or hasattr(structures, "cart_coords"):
            raise TypeError(_("One structure was given; give a list, such as [structure]."))
        # leaving `disable` out lets the environment (TQDM_DISABLE) decide
        hidden = {} if progress else {"disable": True}
        parts = []
        for row, structure in enumerate(tqdm(structures, unit="crystal", **hidden)):
            try:
                sites = _Sites.of(structure)
                if max_neighbors is None:
                    parts.append((sites, _neighbors(sites, cutoff)))
                else:
                    parts.append((sites, _nearest_neighbors(sites, max_neighbors, cutoff)))
            except (TypeError, ValueError) as error:
                raise type(error)(
                    _("Row {row}: {sentence}").format(row=row, sentence=error)
                ) from None
        if not parts:
            raise ValueError(_("No structure was given; give at least one."))
        return cls._packed(parts, dtype or torch.get_default_dtype())

    @classmethod
    def _packed(cls, parts: list[tuple[_Sites, Neighbors]], dtype: torch.dtype) -> "CrystalGraphs":
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
        )

    def __len__(self) -> int:
        return len(self.n_atoms)

    def __repr__(self) -> str:
        return (
            f"CrystalGraphs({len(self)} crystals, {len(self.atomic_number)} atoms,"
            f" {len(self.center)} edges, {self.positions.dtype}, {self.positions.device})"
        )

    def __getitem__(self, rows) -> "CrystalGraphs":
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
        return CrystalGraphs(
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
        )

    def to(self, where: torch.device | torch.dtype | str) -> "CrystalGraphs":
        """Copy to a device, or to another precision of the real numbers."""

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            if isinstance(where, torch.dtype) and not tensor.is_floating_point():
                return tensor
            return tensor.to(where)

        return CrystalGraphs(
            **{field.name: moved(getattr(self, field.name)) for field in fields(self)}
        )

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


def _joined_ranges(first: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
    """Join the ranges first … first + length − 1."""
    before = length.cumsum(0) - length
    rows = (first - before).repeat_interleave(length)
    return rows + torch.arange(len(rows), device=rows.device)
