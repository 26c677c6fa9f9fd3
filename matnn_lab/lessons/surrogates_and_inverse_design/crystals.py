"""Inverse design over compositions and structure types: stiff, light, neutral, affordable, stable.

The candidates are rows of the computed (CHGNet) prototype crystals; the oracle is their table, of which a
search sees a row only when it has asked for it.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import ExtraTreesRegressor

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation import energy_above_hull
from matnn_lab.representations.composition import composition_features

if TYPE_CHECKING:
    from pymatgen.analysis.cost import CostAnalyzer

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

DENSITY_G_CM3 = 5.0
PRICE_PER_KG = 100.0  # US dollars, by the table in pymatgen
ABOVE_HULL_EV = 0.1  # eV/atom
PROPERTIES = ["bulk_modulus_gpa", "density_g_cm3", "formation_energy_ev_per_atom"]

N_START, N_ROUND, N_ROUNDS = 60, 10, 8


def neutral(formula: str) -> bool:
    """Tell whether common oxidation states of the elements can add up to zero."""
    from pymatgen.core import Composition

    return bool(Composition(formula).oxi_state_guesses(max_sites=-1))


def price_per_kg(formula: str) -> float:
    """Return what the elements of a kilogram cost, in US dollars, by the table in pymatgen.

    The table is from 2013 to 2018, quotes laboratory prices for some elements (fluorine) and bulk prices for
    others, and leaves out what it costs to make the compound.
    """
    return float(_prices().get_cost_per_kg(formula))


@cache
def _prices() -> "CostAnalyzer":
    from pymatgen.analysis.cost import CostAnalyzer, CostDBElements

    return CostAnalyzer(CostDBElements())


@cache
def candidates() -> pd.DataFrame:
    """Give all neutral, affordable compounds of the computed prototype crystals.

    Returns
    -------
    pandas.DataFrame
        ``formula``, ``prototype_name``, ``chemical_system``, the three `PROPERTIES`, and
        ``above_hull_ev_per_atom``, the distance to the hull of the whole table.
    """
    table = prototype_crystals()
    formulas = table.loc[table["chemical_system"].str.contains("-"), "formula"].unique()
    wanted = {each for each in formulas if neutral(each) and price_per_kg(each) <= PRICE_PER_KG}
    kept = table[table["formula"].isin(wanted)].reset_index(drop=True)
    kept["density_g_cm3"] = [float(structure.density) for structure in kept["structure"]]
    whole, energies = table["formula"], table["formation_energy_ev_per_atom"]
    kept["above_hull_ev_per_atom"] = energy_above_hull(
        kept["formula"], kept["formation_energy_ev_per_atom"], known=(whole, energies)
    )
    columns = ["formula", "prototype_name", "chemical_system", *PROPERTIES]
    return kept[[*columns, "above_hull_ev_per_atom"]]


@cache
def inputs() -> Array:
    """Describe the candidates: features of the composition, and one column for each structure type."""
    table = candidates()
    types = pd.get_dummies(table["prototype_name"]).to_numpy(dtype=float)
    return np.hstack([composition_features(table["formula"]).to_numpy(), types])


def light_and_stable(rows: ArrayLike) -> NDArray[np.bool_]:
    """Ask the table which candidates are light enough, and near enough to the hull."""
    table = candidates().iloc[np.asarray(rows)]
    near = table["above_hull_ev_per_atom"] <= ABOVE_HULL_EV
    return ((table["density_g_cm3"] <= DENSITY_G_CM3) & near).to_numpy()


def forest(known: ArrayLike, seed: int, n_trees: int = 60) -> ExtraTreesRegressor:
    """Fit extremely randomized trees (Geurts et al. 2006) to the three properties of known rows."""
    known = np.asarray(known)
    model = ExtraTreesRegressor(n_trees, min_samples_leaf=2, random_state=seed)
    return model.fit(inputs()[known], candidates()[PROPERTIES].to_numpy()[known])


def propose(known: Rows, n: int, seed: int, *, stable: bool) -> tuple[Rows, Array]:
    """Propose the stiffest of the unknown candidates that are light enough, as the forest believes.

    Parameters
    ----------
    known : numpy.ndarray of int
        Rows whose properties are known.
    n, seed : int
        How many to propose, seed of the forest.
    stable : bool
        Want a predicted energy within 0.1 eV/atom of the hull of the known rows as well.

    Returns
    -------
    rows : numpy.ndarray of int, shape (n,)
    promised : numpy.ndarray, shape (n, 3)
        The `PROPERTIES` as predicted.
    """
    table = candidates()
    unknown = np.setdiff1d(np.arange(len(table)), known)
    said = forest(known, seed).predict(inputs()[unknown])
    wish = said[:, 0] - 1e3 * (said[:, 1] > DENSITY_G_CM3)
    if stable:
        asked, seen = table.iloc[unknown], table.iloc[known]
        energies = seen["formation_energy_ev_per_atom"]
        above = energy_above_hull(asked["formula"], said[:, 2], known=(seen["formula"], energies))
        wish = wish - 1e3 * (above > ABOVE_HULL_EV)
    best = np.argsort(-wish, kind="stable")[:n]
    return unknown[best], said[best]


def start(seed: int, n: int = N_START) -> Rows:
    """Draw the rows that are known at the beginning."""
    return np.random.default_rng([seed, 15]).permutation(len(candidates()))[:n]


def campaign(seed: int, way: str) -> Rows:
    """Ask for ten candidates a round: "random", "stiff" or "stiff and stable"; return the rows in order."""
    known = start(seed)
    if way == "random":
        return start(seed, N_START + N_ROUND * N_ROUNDS)
    for turn in range(N_ROUNDS):
        asked, _said = propose(known, N_ROUND, 100 * seed + turn, stable=way == "stiff and stable")
        known = np.concatenate([known, asked])
    return known


def best_so_far(rows: ArrayLike) -> Array:
    """Return the stiffest light and stable candidate known when a round ends, GPa; 0 if there is none."""
    rows = np.asarray(rows)
    modulus = candidates()["bulk_modulus_gpa"].to_numpy()[rows]
    value = np.where(light_and_stable(rows), modulus, 0.0)
    ends = N_START + N_ROUND * np.arange(N_ROUNDS + 1)
    return np.maximum.accumulate(value)[ends - 1]


WAYS = ("random", "stiff", "stiff and stable")
