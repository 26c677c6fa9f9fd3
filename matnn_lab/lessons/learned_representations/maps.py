"""Maps of hidden vectors in two dimensions, of minerals and of noise."""

import re

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE

from matnn_lab.lessons.learned_representations.crystals import scaled

Array = NDArray[np.float64]
PERPLEXITIES = (5, 15, 30, 100)
STARTS = ("PCA", "random 1", "random 2")
DATA = ("minerals", "noise")


def table(data: str, vectors: Array) -> Array:
    """Give the scaled vectors, or noise: each column shuffled by itself, so that no two belong together."""
    rows = scaled(vectors)
    if data == "minerals":
        return rows
    return np.random.default_rng(0).permuted(rows, axis=0)


def tsne(rows: Array, perplexity: float, start: str) -> Array:
    """Draw rows in two dimensions by t-SNE, from the plane of PCA or from a random start, shape (n, 2)."""
    init, seed = ("pca", 0) if start == "PCA" else ("random", int(start.split()[1]))
    model = TSNE(perplexity=perplexity, init=init, random_state=seed, n_jobs=1)
    return model.fit_transform(rows)


def key(data: str, perplexity: float, start: str) -> str:
    """Name a stored map."""
    return f"map/{data}/{perplexity}/{start}"


def family(formula: str) -> str:
    """Name the family of a compound by its most electronegative partner."""
    present = set(re.findall(r"[A-Z][a-z]?", formula))
    if "O" in present:
        return "oxides, oxysalts"
    if present & {"F", "Cl", "Br", "I"}:
        return "halides"
    if present & {"S", "Se", "Te"}:
        return "sulfides, selenides, tellurides"
    return "others"
