"""The weights that the authors of CGCNN trained on the Materials Project and published.

They are those of https://github.com/txie-93/cgcnn, brought into our form by
``scripts/make_published_cgcnn.py``, and under the licence below.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from matnn_lab.datasets.files import read_shipped
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.representations.graph import GraphRule
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("published_cgcnn.npz")
SHA256 = "07b4b06479f082b4960f0f301387179a6ccd38bb8043e59f39e6926c3003bb78"
# keyword arguments of CrystalGraphs.from_structures that the weights were trained with
GRAPHS: dict[str, Any] = {"cutoff": 8.0, "max_neighbors": 12, "ties": "cut"}
NAMES = ("formation_energy", "band_gap", "bulk_modulus", "metal")


def cgcnn(name: str) -> CGCNN:
    """Load a pretrained CGCNN.

    Parameters
    ----------
    name : {"formation_energy", "band_gap", "bulk_modulus", "metal"}
        What it predicts for a crystal: the formation energy in eV/atom, the band gap in eV, the decadic
        logarithm of the bulk modulus in GPa, or the log-odds that it is a metal
        (``torch.sigmoid`` turns them into a probability).

    Returns
    -------
    CGCNN
        Ready to predict (in evaluation mode) for elements up to fermium, from graphs made with
        ``CrystalGraphs.from_structures(structures, **GRAPHS)``: exactly 12 neighbors, as the authors have
        it, so that a prediction can hang on the order of the atoms. Graphs of another rule are refused.

    Raises
    ------
    ValueError
        If there is no such model.
    DataFileError
        If the file of weights is missing or damaged.

    Notes
    -----
    Xie and Grossman, Phys. Rev. Lett. 120, 145301 (2018), doi:10.1103/PhysRevLett.120.145301, trained
    them on density-functional calculations of the Materials Project of April 2017 (Jain et al., APL Mater.
    1, 011002, 2013, doi:10.1063/1.4812323). Their band gaps are those of the functional, below the measured
    ones, and only crystals with a gap were shown to that model: asked for a metal, it answers with a gap.
    """
    if name not in NAMES:
        raise ValueError(
            _("There is no published model {name!r}; choose one of {names}.").format(
                name=name, names=", ".join(NAMES)
            )
        )
    model = CGCNN(n_convolutions=4, n_hidden=32)
    with np.load(io.BytesIO(read_shipped(FILE, SHA256))) as file:
        weights = {
            key.removeprefix(f"{name} "): torch.from_numpy(file[key])
            for key in file
            if key.startswith(f"{name} ")
        }
    model.embedding = nn.Embedding(*weights["embedding.weight"].shape)
    model.load_state_dict(weights)
    model.graph_rule = GraphRule(**GRAPHS)
    return model.eval()


LICENCE = """\
MIT License

Copyright (c) 2018 Tian Xie

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
