"""Minerals whose powder patterns notebook 09 simulates, with their crystal systems and how they are split."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from matnn_lab.arrays import generator
from matnn_lab.datasets import measured_powders, mineral_structures, minerals
from matnn_lab.datasets.powder import SAMPLES
from matnn_lab.models.inputs import check_choice
from matnn_lab.representations.spectra import CU_K_ALPHA, GRID, Reflections
from matnn_lab.text import gettext as _

SYSTEMS = ["cubic", "tetragonal", "hexagonal", "trigonal", "orthorhombic", "monoclinic"]
N_POWDERS, MAX_ATOMS, MAX_ENTRIES = 1200, 60, 3
SYSTEM_OF = {"fluorapatite": "hexagonal", "NAC": "cubic"}
BLUR_POINTS = 0.64  # a Gaussian of 0.15° on the grid
SHARES = (0.6, 0.8)  # where validation and test begin


def crystal_system(space_group: str) -> str:
    """Read the crystal system from a Hermann-Mauguin symbol whose parts are apart, such as "P 63/m m c".

    Raises
    ------
    ValueError
        If the symbol has no part behind the letter of the lattice.
    """
    parts = [part.lstrip("-") for part in str(space_group).split()[1:]]
    if not all(parts) or not parts:
        raise ValueError(
            _(
                "The symbol {symbol!r} was given; write the lattice and the directions apart, as in "
                '"F d 3 m".'
            ).format(symbol=space_group)
        )
    if len(parts) > 1 and parts[1][0] == "3":
        return "cubic"
    high = {"6": "hexagonal", "4": "tetragonal", "3": "trigonal"}
    if parts[0][0] in high:
        return high[parts[0][0]]
    others = [part for part in parts if part != "1"]
    if len(others) > 1:
        return "orthorhombic"
    return "monoclinic" if others else "triclinic"


@cache
def powders(n: int = N_POWDERS) -> tuple[pd.DataFrame, Reflections]:
    """Choose minerals of at most 60 atoms a cell, and compute their reflections.

    Formulas are drawn at random, each with its first entries, three at most, until there are n entries. The
    formulas of the measured powders are left out, and triclinic crystals, which are too few.

    Returns
    -------
    table : pandas.DataFrame, n rows
        ``amcsd_id``, ``mineral``, ``formula``, ``space_group``, ``n_atoms`` (of a cell), ``system`` and
        ``target``, its place in SYSTEMS.
    reflections : Reflections
        Of the crystals in the rows of the table.
    """
    table = minerals()
    measured = [formula for formula, _wavelength in SAMPLES.values()]
    table = table[(table["n_atoms"] <= MAX_ATOMS) & ~table["formula"].isin(measured)].copy()
    table["system"] = [crystal_system(symbol) for symbol in table["space_group"]]
    table = table[table["system"].isin(SYSTEMS)]
    table = table[table.groupby("formula").cumcount() < MAX_ENTRIES].copy()
    table["target"] = [SYSTEMS.index(system) for system in table["system"]]
    formulas = pd.unique(table["formula"])
    place = pd.Series(np.random.default_rng(9).permutation(len(formulas)), index=formulas)
    table = table.iloc[np.argsort(place[table["formula"]].to_numpy(), kind="stable")].iloc[:n]
    columns = ["amcsd_id", "mineral", "formula", "space_group", "n_atoms", "system", "target"]
    table = table[columns].reset_index(drop=True)
    return table, Reflections.from_structures(mineral_structures(table["amcsd_id"].tolist()))


def split(groups: NDArray, seed: int) -> tuple[NDArray[np.intp], ...]:
    """Return rows for training, validation and test (60, 20, 20 %), no group on two sides.

    Parameters
    ----------
    groups : array, shape (n,)
        What must stay together, such as formulas; row numbers for a split entry by entry.
    """
    names, group = np.unique(groups, return_inverse=True)
    place = generator(seed).permutation(len(names))[group]
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], [int(share * len(names)) for share in SHARES])
    return tuple(np.split(order, ends))


def measured_patterns() -> dict[str, NDArray[np.float32]]:
    """Bring the measured patterns onto the grid of the simulated ones, each scaled to a highest point of 1.

    Angles of another wavelength are turned into those of Cu Kα with Bragg's law, points are averaged over
    each step of the grid, and the sharp lines of the synchrotron are widened to 0.15°. Where nothing was
    measured (below 15° for fluorapatite) the first value is taken. Nothing else is corrected.
    """
    found = {}
    step = GRID[1] - GRID[0]
    edges = np.append(GRID - step / 2, GRID[-1] + step / 2)
    for sample, part in measured_powders().groupby("sample", sort=False):
        sine = np.sin(np.radians(part["two_theta_deg"] / 2)) * CU_K_ALPHA / part["wavelength_a"]
        angle = np.degrees(2 * np.arcsin(sine[sine < 1]))
        total, _edges = np.histogram(angle, edges, weights=part["intensity"][sine < 1])
        count, _edges = np.histogram(angle, edges)
        seen = np.interp(GRID, GRID[count > 0], total[count > 0] / count[count > 0])
        if sample == "NAC":
            seen = gaussian_filter1d(seen, BLUR_POINTS)
        found[str(sample)] = (seen / seen.max()).astype(np.float32)
    return found


@cache
def computed_twins(sample: str) -> Reflections:
    """Compute the reflections of all entries of the database that have the formula of a measured powder."""
    check_choice(sample=sample, known=SAMPLES)
    formula, _wavelength = SAMPLES[sample]
    table = minerals()
    ids = table.loc[table["formula"] == formula, "amcsd_id"]
    return Reflections.from_structures(mineral_structures(ids.tolist()))
