"""Write the pages ``book/reference/*.md`` that name the public functions and classes of each folder.

What they say is taken from the docstrings when the site is built. The examples are those below; the tests
run them as they stand on the pages.
"""

from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "book/reference"

# title, what it is for, example, modules with the names that are shown (None: all of the folder's face)
PAGES: dict[str, tuple[str, str, str, dict[str, list[str] | None]]] = {
    "datasets": (
        "What we learn from",
        "Data sets that load without a network, each with a card, and two doors for your own files.",
        """\
>>> from matnn_lab.datasets import card, formation_enthalpies
>>> compounds = formation_enthalpies()
>>> len(compounds), card("formation_enthalpies").units["formation_enthalpy_ev_per_atom"]
(2135, 'eV/atom')""",
        {"": None},
    ),
    "representations": (
        "How a material becomes numbers",
        "Formulas, crystal graphs, powder patterns and images as arrays, and tests of symmetry.",
        """\
>>> from matnn_lab.representations.formulas import read_formulas
>>> from matnn_lab.representations.composition import composition_features
>>> read_formulas(["Fe₂O₃", "steel"]).unread["formula"].tolist()
['steel']
>>> composition_features(["Fe2O3", "NaCl"]).shape[0]
2""",
        {
            "formulas": ["read_formulas", "ReadFormulas", "formula_fractions", "composition_label"],
            "composition": ["composition_features", "element_fractions", "element_properties"],
            "graph": ["neighbors", "Neighbors", "nearest_neighbors", "GraphRule", "CrystalGraphs"],
            "basis": ["gaussian_basis", "bessel_basis", "polynomial_cutoff"],
            "spectra": ["powder_patterns", "Measurement", "bragg_angle"],
            "images": ["two_point_correlation", "radial_power_spectrum"],
            "symmetry": ["rotation", "random_rotation", "invariance_errors", "equivariance_errors"],
            "latent": ["principal_components", "similarity"],
            "radial": ["radial_distribution"],
        },
    ),
    "models": (
        "What learns",
        "Networks in PyTorch, and files that keep a trained model whole.",
        """\
>>> import torch
>>> from matnn_lab.models.mlp import MLP
>>> network = MLP(132, [64, 64], 1)
>>> network(torch.zeros(5, 132)).shape
torch.Size([5])""",
        {
            "mlp": ["MLP"],
            "cnn": ["CNN", "UNet"],
            "vit": ["ViT"],
            "spectrum": ["SpectrumCNN"],
            "vft": ["vft", "VFTNetwork", "Curve"],
            "cgcnn": ["CGCNN"],
            "invariant": ["SchNet"],
            "nequip": ["NequIP"],
            "potential": ["Potential", "Prediction"],
            "autoencoder": ["Autoencoder"],
            "files": ["save", "load", "ModelFileError"],
        },
    ),
    "training": (
        "How it learns",
        "One training loop for all models, and two regressors that need no loop.",
        """\
>>> import numpy as np
>>> from matnn_lab.training import NetworkRegressor
>>> x = np.linspace(-1, 1, 60)[:, None]
>>> regressor = NetworkRegressor(hidden=(16,), epochs=5, n_members=2)
>>> mean, spread = regressor.fit(x, x[:, 0]).predict(x[:3], return_std=True)
>>> mean.shape, spread.shape
((3,), (3,))""",
        {"": None},
    ),
    "evaluation": (
        "How far to trust it",
        "Splits, scores with intervals, rankings, uncertainty, and the audit of a table.",
        """\
>>> import pandas as pd
>>> from matnn_lab.evaluation import audit
>>> table = pd.DataFrame({"formula": ["Fe2O3", "Fe2O3", "NaCl"], "hv": [500.0, 900.0, 20.0]})
>>> audit(table, target="hv").findings["check"].tolist()[:2]
['repeated compositions', 'rare elements']""",
        {"": None},
    ),
    "potentials": (
        "Energies of crystals",
        "One door to pretrained potentials, each checked against a known value when it is loaded, and what "
        "one asks a potential for. Any calculator of ASE will do; here it is one that needs no weights.",
        """\
>>> from ase.build import bulk
>>> from ase.calculators.emt import EMT
>>> from matnn_lab import potentials
>>> copper = bulk("Cu")
>>> copper.calc = EMT()
>>> relaxed = potentials.relax(copper)
>>> print(f"{potentials.energy_curve(relaxed).bulk_modulus_gpa:.0f} GPa")
134 GPa""",
        {"": None},
    ),
    "widgets": (
        "Figures that move",
        "The explorer: a figure that a plain function draws, with controls. In JupyterLab it asks the "
        "function; on the site every figure is stored, and no Python is needed.",
        """\
>>> import plotly.graph_objects as go
>>> from matnn_lab.figures import label
>>> from matnn_lab.widgets import Explorer
>>> def line(slope):
...     figure = go.Figure(go.Scatter(x=[0, 1], y=[0, slope]))
...     return label(figure, x="x", y="y", alt=f"A line of slope {slope}.")
>>> explorer = Explorer(line, slope=[0.5, 1.0, 2.0])
>>> len(explorer.bake()["controls"])
1""",
        {"": None},
    ),
}


def entries(page: str, module: str, names: list[str] | None) -> str:
    """Return the list and the descriptions of the names of one module."""
    path = f"matnn_lab.{page}" + (f".{module}" if module else "")
    found = import_module(path)
    if names is None:
        names = [
            name for name in sorted(found.__all__, key=str.lower) if callable(getattr(found, name))
        ]
    lines = [f".. currentmodule:: {path}", "", ".. autosummary::", "   :nosignatures:", ""]
    lines += [f"   {name}" for name in names]
    for name in names:
        value = getattr(found, name)
        kind = "autoclass" if isinstance(value, type) else "autofunction"
        lines += ["", f".. {kind}:: {name}"]
        lines += ["   :members:"] if kind == "autoclass" else []
    heading = f"## `{path}`\n\n" if module else ""
    return f"{heading}```{{eval-rst}}\n" + "\n".join(lines) + "\n```\n"


def page_of(page: str) -> str:
    """Return a page of the reference."""
    title, purpose, example, modules = PAGES[page]
    parts = [f"# matnn_lab.{page}\n", f"*{title}.* {purpose}\n"]
    parts.append(f"```python\n{example}\n```\n")
    parts += [entries(page, module, names) for module, names in modules.items()]
    return "\n".join(parts)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for page in PAGES:
        (FOLDER / f"{page}.md").write_text(page_of(page), encoding="utf-8")


if __name__ == "__main__":
    main()
