"""Hidden vectors of crystals: from networks of notebook 11, from CHGNet, and from both without training.

What takes longer was stored by ``scripts/train_representations.py``.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from pymatgen.core import Composition, Structure
from sklearn.preprocessing import StandardScaler

from matnn_lab.datasets import mineral_structures
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.models.published import cgcnn
from matnn_lab.representations.composition import composition_features
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.representations.radial import radial_distribution
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("runs.npz")
Array = NDArray[np.float64]
REPRESENTATIONS = (
    *("composition", "radial distribution"),
    *("CGCNN, untrained", "CGCNN"),
    *("CHGNet, untrained", "CHGNet"),
)


@cache
def stored() -> Mapping[str, np.ndarray]:
    """Load what the script stored, all seeds of a run in one array with the seed as first axis."""
    found: dict[str, np.ndarray] = {}
    with np.load(FILE) as content:
        for name in content.files:
            found[name] = content[name]
    return found


def typed_minerals() -> tuple[pd.DataFrame, list[Structure]]:
    """Load the measured minerals of the map: their table and their structures.

    Returns
    -------
    pandas.DataFrame, list of pymatgen Structure
        Columns ``amcsd_id``, ``formula`` and ``type``: the formula with letters for elements, the space group
        and the number of atoms in the primitive cell, as in "ABC3 Pm-3m 5". Crystals of one such type mostly
        are of one structure, but nobody has looked at each.
    """
    kept = stored()
    table = pd.DataFrame(
        {name: kept[f"minerals/{name}"] for name in ("amcsd_id", "formula", "type")}
    )
    return table, mineral_structures(table["amcsd_id"].tolist())


def measured_compounds() -> tuple[pd.DataFrame, list[Structure]]:
    """Load compounds with a measured structure and a measured formation enthalpy, as matched in notebook 11.

    Returns
    -------
    pandas.DataFrame, list of pymatgen Structure
        Columns ``amcsd_id``, ``formula``, ``formation_enthalpy_ev_per_atom``, ``chemical_system``.
    """
    kept = stored()
    names = ("amcsd_id", "formula", "formation_enthalpy_ev_per_atom")
    table = pd.DataFrame({name: kept[f"compounds/{name}"] for name in names})
    table["chemical_system"] = [Composition(f).chemical_system for f in table["formula"]]
    return table, mineral_structures(table["amcsd_id"].tolist())


def mean_of_atoms(network: CGCNN, graphs: CrystalGraphs) -> Array:
    """Give the hidden vector of each crystal: the mean of its atoms after the last convolution."""
    with torch.no_grad():
        return graphs.mean_over_atoms(network.site_vectors(graphs)).numpy().astype(float)


def told_elements() -> torch.Tensor:
    """Give the 92 zeros and ones by which the published CGCNN is told each element, row Z for element Z."""
    return torch.from_numpy(stored()["told/elements"]).float()


def untrained_like(network: CGCNN, seed: int, told: torch.Tensor | None = None) -> CGCNN:
    """Make a network of the same shape with fresh random weights, in evaluation mode.

    Parameters
    ----------
    network : CGCNN
        The network whose shape is taken.
    seed : int
        All weights hang on it.
    told : torch.Tensor, shape (n_elements + 1, n_features), optional
        What the network was told about each element; an atom starts from a random linear map of it.
        Without it, an atom starts from a random vector of its element.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        fresh = CGCNN(**network.settings, element_features=told)
        if told is None:
            fresh.embedding = torch.nn.Embedding(*network.embedding.weight.shape)
    return fresh.eval()


def published_untrained(seed: int) -> CGCNN:
    """Make the published CGCNN with fresh random weights; it is told the same about the elements."""
    return untrained_like(cgcnn("formation_energy"), seed, told_elements())


def chgnet(seed: int | None = None) -> Any:
    """Load CHGNet 0.3.0, or make it with fresh random weights if a seed is given.

    Raises
    ------
    ImportError
        If the package chgnet is not installed.
    """
    try:
        from chgnet.model import CHGNet
    except ImportError:
        raise ImportError(
            _(
                "CHGNet is not installed; install it with `pip install chgnet`, or go on with the stored "
                "vectors."
            )
        ) from None
    model = CHGNet.load(model_name="0.3.0", use_device="cpu", verbose=False)
    if seed is not None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            # the energies of elements, which come from a table, stay out of z
            model = CHGNet(**model.model_args)
    return model.eval()


def chgnet_vectors(model: Any, structures: Sequence[Structure]) -> Array:
    """Give the mean of the atoms after CHGNet's last convolution, shape (n, 64)."""
    with torch.no_grad():
        found = model.predict_structure(
            list(structures), task="e", return_atom_feas=True, batch_size=16
        )
    found = found if isinstance(found, list) else [found]
    return np.array([each["atom_fea"].mean(axis=0) for each in found], dtype=float)


def described(formulas: Sequence[str], structures: Sequence[Structure]) -> dict[str, Array]:
    """Describe crystals without any learning: by composition, and by distances alone."""
    return {
        "composition": composition_features(formulas).to_numpy(),
        "radial distribution": radial_distribution(structures),
    }


def scaled(vectors: ArrayLike) -> Array:
    """Bring each column to mean zero and spread one; columns that do not vary are left out."""
    rows = np.asarray(vectors, dtype=float)
    spread = rows.std(axis=0)
    kept = spread > 1e-8 * (1 + np.abs(rows).max(axis=0))
    return StandardScaler().fit_transform(rows[:, kept])


def nearest(vectors: ArrayLike, k: int = 1) -> NDArray[np.int64]:
    """Give the k nearest other rows of each row by Euclidean distance, shape (n, k), nearest first."""
    from sklearn.neighbors import NearestNeighbors

    finder = NearestNeighbors(n_neighbors=k).fit(np.asarray(vectors, dtype=float))
    return finder.kneighbors(return_distance=False)


def elements_in_common(formulas: Sequence[str]) -> Array:
    """Give the share of elements that two formulas have in common, 0 to 1, shape (n, n)."""
    sets = [frozenset(re.findall(r"[A-Z][a-z]?", formula)) for formula in formulas]
    found = np.empty((len(sets), len(sets)))
    for row, one in enumerate(sets):
        found[row] = [len(one & other) / len(one | other) for other in sets]
    return found


def search_scores(vectors: ArrayLike, types: ArrayLike, common: Array) -> tuple[float, float]:
    """Score a similarity search by the nearest neighbor of each crystal.

    Returns
    -------
    float, float
        Share of crystals whose nearest is of the same type; mean share of elements in common with it.
    """
    types = np.asarray(types)
    first = nearest(vectors)[:, 0]
    rows = np.arange(len(types))
    return float(np.mean(types[first] == types)), float(common[rows, first].mean())


def chance(types: ArrayLike, common: Array) -> tuple[float, float]:
    """Give both scores of a search that returns any other crystal at random."""
    types = np.asarray(types)
    same = types[:, None] == types
    n = len(types)
    pairs = n * (n - 1)
    return float((same.sum() - n) / pairs), float((common.sum() - np.trace(common)) / pairs)
