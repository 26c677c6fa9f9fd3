import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.lessons.cgcnn import explorers

SYMBOLS = ["O", "S", "Na", "K", "Ti"]


def perovskite(a, b, x, edge=3.9):
    coords = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Structure(Lattice.cubic(edge), [a, b, x, x, x], coords)


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    family = rng.normal(size=(2, 6))
    rows = np.array([family[0], family[0], family[1], family[1], -family.sum(axis=0)])
    return {"trained": rows + 0.05 * rng.normal(size=rows.shape), "random": rng.normal(size=(5, 6))}


@pytest.fixture
def elements(vectors):
    return explorers.element_explorer(vectors, SYMBOLS, ["O", "Na"])


@pytest.fixture
def sites():
    crystals = {"SrTiO₃": perovskite("Sr", "Ti", "O"), "KMgF₃": perovskite("K", "Mg", "F")}
    own = {"SrTiO₃": [-0.1, -0.6, -5.4, -5.4, -5.4], "KMgF₃": [-0.2, -0.2, -4.7, -4.7, -4.7]}
    change = dict.fromkeys(crystals, [-2.0, -4.0, 2.0, 2.0, 2.0])
    two = {name: values[::-1] for name, values in own.items()}
    return explorers.site_explorer(crystals, {"one": own, "two": two}, change)


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_the_title_names_the_element_of_the_same_family_first(elements):
    title = elements.figure(element="O", network="trained").layout.title.text
    assert title.startswith("trained: most like O are S,")
    title = elements.figure(element="Na", network="trained").layout.title.text
    assert "most like Na are K," in title


def test_an_element_is_like_itself(vectors):
    np.testing.assert_allclose(np.diag(explorers.similarity(vectors["random"])), 1.0)


def test_the_periodic_table_has_each_element_in_its_group_and_period(elements):
    table = named(elements.figure(), "periodic table")
    place = dict(zip(table.text, zip(table.x, table.y, strict=True), strict=True))
    assert place["O"] == (16, 2)
    assert place["K"] == (1, 4)


def test_electronegative_elements_lie_to_the_right_of_the_map():
    rows = np.outer([3.44, 2.58, 0.93, 0.82, 1.54], np.arange(1.0, 5.0))
    rows += 0.01 * np.random.default_rng(1).normal(size=rows.shape)
    positions, share = explorers.principal_components(rows, SYMBOLS)
    assert positions[:, 0].argmax() == 0
    assert positions[:, 0].argmin() == 3
    assert share > 0.99


def test_sites_of_a_perovskite_are_told_apart_by_their_neighbors():
    assert explorers.site_names(perovskite("Sr", "Ti", "O")) == ["A", "B", "X", "X", "X"]
    moved = perovskite("Sr", "Ti", "O")
    moved.translate_sites(range(5), [0.5, 0.5, 0.5])
    assert explorers.site_names(moved) == ["A", "B", "X", "X", "X"]
    with pytest.raises(ValueError, match="no cubic perovskite"):
        explorers.site_names(
            Structure(Lattice.cubic(3), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])
        )


def test_atoms_on_corners_and_faces_are_drawn_on_every_side():
    places, which = explorers.with_images(perovskite("Sr", "Ti", "O"))
    assert np.bincount(which).tolist() == [8, 1, 2, 2, 2]
    assert places.min() == 0
    assert places.max() == pytest.approx(3.9)


def test_six_bonds_lead_from_the_center_to_the_faces():
    structure = perovskite("Sr", "Ti", "O")
    places, which = explorers.with_images(structure)
    x, y, z = explorers.bonds(places, [explorers.site_names(structure)[row] for row in which])
    assert len(x) == 18
    first = np.array([x[:2], y[:2], z[:2]], dtype=float)
    assert np.linalg.norm(first[:, 0] - first[:, 1]) == pytest.approx(3.9 / 2)


def test_shares_of_the_bonds_move_the_sites_and_leave_the_mean(sites):
    means = set()
    for share in explorers.SHARES:
        figure = sites.figure(share=share)
        means.add(figure.layout.title.text.split("<br>")[0])
        titanium = named(figure, "atoms").marker.color[8]
        assert titanium == pytest.approx(-0.6 - 4 * share)
    assert means == {"SrTiO₃: mean over the five sites −3.380 eV/atom"}


def test_all_states_share_one_color_scale(sites):
    limits = {named(sites.figure(share=s), "atoms").marker.cmax for s in explorers.SHARES}
    assert len(limits) == 1
    assert limits.pop() >= 5.4 + 2 * max(explorers.SHARES)
