import numpy as np
import pytest

from matnn_lab.lessons.what_neural_networks_do import explorers
from matnn_lab.potentials.titania import lattice_energy, rutile

FORMULAS = ["NaCl", "KCl", "LiCl", "MgO", "CaO", "BaTiO3", "AlNi", "AlNi3", "GaAs", "MgAl2O4"]
LOW, HIGH = (8.8, 0.58, 0.285), (12.2, 0.74, 0.325)


class Exact:
    """A surrogate without error."""

    def predict(self, cells):
        return np.array([lattice_energy(rutile(*cell)) for cell in cells])


class Off:
    """A surrogate that is 10 meV/atom too high everywhere."""

    def predict(self, cells):
        return Exact().predict(cells) + 0.01


@pytest.fixture(scope="module")
def spaces():
    rng = np.random.default_rng(0)
    far = rng.normal(size=(len(FORMULAS), 4))
    by_class = far.copy()
    by_class[:3] *= 1e-3  # the three chlorides lie together
    return {"random": far, "by class": by_class}


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def test_the_class_is_the_most_electronegative_nonmetal():
    formulas = ["TiO2", "BaTiO3", "Ni3Al", "GaAs", "CaCO3", "NaClO4", "PtSi", "CaH2", "Ca(OH)2"]
    expected = ["O", "O", "metal", "As", "O", "O", "Si", "H", "O"]
    assert explorers.chemical_classes(formulas).tolist() == expected


def test_a_formula_has_the_class_of_its_multiple():
    assert explorers.chemical_classes(["MgF2", "Mg2F4", "F2Mg"]).tolist() == ["F"] * 3


def test_the_chosen_material_is_not_its_own_neighbor(spaces):
    explorer = explorers.neighbor_explorer(FORMULAS, spaces, FORMULAS[:4])
    for material in FORMULAS[:4]:
        for space in spaces:
            neighbors = named(explorer.figure(material=material, space=space), "five nearest").text
            assert len(set(neighbors)) == 5
            assert material not in neighbors


def test_neighbors_are_found_in_all_dimensions(spaces):
    explorer = explorers.neighbor_explorer(FORMULAS, spaces, FORMULAS[:4])
    figure = explorer.figure(material="NaCl", space="by class")
    assert set(named(figure, "five nearest").text[:2]) == {"KCl", "LiCl"}
    distance = np.linalg.norm(spaces["random"] - spaces["random"][3], axis=1)
    expected = [FORMULAS[i] for i in np.argsort(distance)[1:6]]
    figure = explorer.figure(material="MgO", space="random")
    assert list(named(figure, "five nearest").text) == expected


def test_every_compound_is_on_the_map_once(spaces):
    figure = explorers.neighbor_explorer(FORMULAS, spaces, FORMULAS[:4]).figure(material="NaCl")
    shown = [
        text
        for trace in figure.data
        if trace.name not in ("five nearest", "chosen")
        for text in trace.text
    ]
    assert sorted(shown) == sorted(FORMULAS)


def test_the_map_says_what_it_shows_in_words(spaces):
    figure = explorers.neighbor_explorer(FORMULAS, spaces, FORMULAS[:4]).figure(
        material="NaCl", space="by class"
    )
    for words in ("NaCl", "KCl", "LiCl", "by class"):
        assert words in figure.layout.meta["alt"]


def test_a_surrogate_without_error_lies_on_the_calculation():
    explorer = explorers.surrogate_explorer({"exact": Exact(), "off": Off()}, LOW, HIGH)
    figure = explorer.figure(ratio=0.67, u=0.305, surrogate="exact")
    assert np.allclose(named(figure, "calculated").y, named(figure, "surrogate").y)
    assert "mean error 0.0 meV/atom" in figure.layout.title.text


def test_the_error_is_given_in_mev():
    explorer = explorers.surrogate_explorer({"exact": Exact(), "off": Off()}, LOW, HIGH)
    figure = explorer.figure(ratio=0.67, u=0.305, surrogate="off")
    assert np.allclose(named(figure, "error").y, 10, atol=0.01)
    assert "10.0 meV/atom at trained volumes, 10.0 outside" in figure.layout.title.text


@pytest.mark.parametrize(
    ("ratio", "u", "words"),
    [
        (0.67, 0.305, "shape within the training range"),
        (0.52, 0.305, "shape never trained on"),
        (0.67, 0.335, "shape never trained on"),
    ],
)
def test_the_title_says_whether_the_shape_was_trained(ratio, u, words):
    explorer = explorers.surrogate_explorer({"exact": Exact(), "off": Off()}, LOW, HIGH)
    assert words in explorer.figure(ratio=ratio, u=u).layout.title.text


def test_the_energy_curve_has_its_minimum_where_the_potential_has():
    curve = explorers.energy_curve(0.67, 0.305)
    assert explorers.VOLUMES[curve.argmin()] == pytest.approx(10.1, abs=0.15)
