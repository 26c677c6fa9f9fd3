"""The first surrogate's calculation: Cu-Au alloys of 32 atoms, relaxed with the EMT potential of ASE."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from ase import Atoms

Array = NDArray[np.float64]

N_ATOMS = 32  # 2 × 2 × 2 cubic cells of fcc
SHELLS = 4  # of neighbors in the features
FORCE_EV_A = 0.02  # at which the relaxation ends


def cell(gold: ArrayLike, edge_a: float = 3.8) -> "Atoms":
    """Build a cell of 32 atoms, gold where ``gold`` (32 booleans) is true and copper elsewhere."""
    from ase.build import bulk

    atoms = bulk("Cu", "fcc", a=edge_a, cubic=True) * (2, 2, 2)
    atoms.symbols[np.asarray(gold, dtype=bool)] = "Au"
    return atoms


def relaxed_energy(gold: ArrayLike) -> float:
    """Relax the places of the atoms and the cell with EMT, and return the energy in eV/atom.

    Notes
    -----
    Effective medium theory as ASE has it (Jacobsen, Stoltze and Nørskov, Surf. Sci. 366, 394 (1996),
    doi:10.1016/0039-6028(96)00816-3).
    """
    from ase.calculators.emt import EMT
    from ase.filters import FrechetCellFilter
    from ase.optimize import LBFGS

    share = np.mean(np.asarray(gold, dtype=float))
    atoms = cell(gold, 3.6 + 0.46 * share)
    atoms.calc = EMT()
    optimizer = LBFGS(FrechetCellFilter(atoms), logfile=None)  # type: ignore[arg-type]
    optimizer.run(fmax=FORCE_EV_A, steps=200)
    return float(atoms.get_potential_energy() / len(atoms))


def random_alloys(n: int, seed: int, most_gold: float = 1.0) -> NDArray[np.bool_]:
    """Draw occupations, shape (n, 32), with shares of gold drawn evenly from 0 to ``most_gold``."""
    rng = np.random.default_rng([seed, 15])
    counts = rng.integers(0, round(most_gold * N_ATOMS) + 1, n)
    return np.array([rng.permutation(N_ATOMS) < count for count in counts])


def ordered_alloys() -> dict[str, NDArray[np.bool_]]:
    """Give four arrangements that no random drawing finds: L1₂ (two ways), L1₀, and two separate slabs."""
    places = cell(np.zeros(N_ATOMS)).get_scaled_positions() * 4  # whole numbers, 0 to 3
    x, y, z = np.round(places).astype(int).T
    corner = (x % 2 == 0) & (y % 2 == 0) & (z % 2 == 0)
    return {
        "Cu₃Au, ordered (L1₂)": corner,
        "CuAu, ordered (L1₀)": z % 2 == 0,
        "CuAu₃, ordered (L1₂)": ~corner,
        "copper beside gold": z < 2,
    }


def pair_features(occupations: ArrayLike) -> Array:
    """Describe alloys by their share of gold, its square, and the order in each shell of neighbors.

    Returns
    -------
    numpy.ndarray, shape (n, 2 + SHELLS)
        The last columns are the mean product of the signs (gold 1, copper −1) of a pair in a shell, less
        what chance would give.
    """
    signs = 2 * np.atleast_2d(np.asarray(occupations, dtype=float)) - 1
    distances = np.round(cell(np.zeros(N_ATOMS), 4.0).get_all_distances(mic=True), 3)
    radii = np.unique(distances)[1 : SHELLS + 1]
    mean = signs.mean(axis=1)
    columns = [mean, mean**2]
    for radius in radii:
        pairs = distances == radius
        columns.append(np.einsum("ni,ij,nj->n", signs, pairs, signs) / pairs.sum() - mean**2)
    return np.stack(columns, axis=1)
