"""Published vectors of the elements: tabulated properties, and what models of crystals and texts learned."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

FILE = Path(__file__).with_name("element_vectors.npz")
SHA256 = "d25771519fa0c88341f9f49d6240627f5b011476d97c2834348a3d9d3f6f383a"
NAMES = ("magpie", "oliynyk", "skipatom", "mat2vec", "megnet16", "chgnet", "mace_mp0", "orb_v2")

CARD = Card(
    name="element_vectors",
    title=_("Published vectors of the elements (computed)"),
    kind="computed",
    source=_(
        "Files of the package ElementEmbeddings 0.8.0, which collected them from the publications named in "
        "the notes."
    ),
    doi=(
        "10.1038/npjcompumats.2016.28",
        "10.1021/acs.chemmater.6b02724",
        "10.1038/s41524-022-00729-3",
        "10.1038/s41586-019-1335-8",
        "10.1021/acs.chemmater.9b01294",
        "10.1038/s42256-023-00716-3",
    ),
    licence=_(
        "MIT, as the package; the notice is in `matnn_lab/datasets/notices/elementembeddings.md`"
    ),
    n=118,
    units={"element": "label"}
    | {name: _("array, no common unit; None where there is no vector") for name in NAMES},
    notes=(
        _(
            "`magpie` (22 numbers) and `oliynyk` (44, gaps filled by the package) are tables of properties. "
            "Group and period are among the numbers of both, and so are an electronegativity and a radius: "
            "a probe that reads these out of them only copies."
        ),
        _(
            "`skipatom` (200) was learned from which elements are neighbours in crystals, `mat2vec` (200) "
            "from abstracts of articles, `megnet16` (16) by a graph network that predicts formation energies."
        ),
        _(
            "`chgnet` (64), `mace_mp0` (128) and `orb_v2` (256) are no tables inside a network. The package "
            "averaged the vectors of all atoms of an element after the last layers of these pretrained "
            "potentials, over the crystals of the set MP-20 (computed); so they hold the usual surroundings "
            "of an element as well."
        ),
        _("Numbers are kept in half precision, about three digits."),
    ),
)


def element_vectors() -> pd.DataFrame:
    """Load published vectors of the elements.

    Returns
    -------
    pandas.DataFrame
        One row an element in order of the atomic number: its symbol in ``element``, and a column for each of
        ``NAMES`` with arrays, all of one length in a column, or None where there is no vector. The card is in
        ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    from pymatgen.core import Element

    symbols = [Element.from_Z(number).symbol for number in range(1, CARD.n + 1)]
    frame = pd.DataFrame({"element": symbols})
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        for name in NAMES:
            rows = dict(zip(content[f"{name} symbols"], content[name].astype(float), strict=True))
            found = [rows.get(symbol) for symbol in symbols]
            frame[name] = pd.Series(found, dtype=object)
    frame.attrs["card"] = CARD
    return frame
