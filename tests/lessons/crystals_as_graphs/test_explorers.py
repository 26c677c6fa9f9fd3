from itertools import product

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab.lessons.crystals_as_graphs import explorers

COPPER = Structure.from_spacegroup("Fm-3m", Lattice.cubic(3.615), ["Cu"], [[0, 0, 0]])
IRON = Structure.from_spacegroup("Im-3m", Lattice.cubic(2.8654), ["Fe"], [[0, 0, 0]])
SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.6401), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)
PEROVSKITE = Structure.from_spacegroup(
    "Pm-3m", Lattice.cubic(3.90528), ["Sr", "Ti", "O"], [[0.5] * 3, [0] * 3, [0, 0, 0.5]]
)
APICAL = next(i for i, site in enumerate(PEROVSKITE) if np.allclose(site.frac_coords, [0, 0, 0.5]))
CRYSTALS = {
    "copper": COPPER.get_primitive_structure(),
    "salt": SALT.get_primitive_structure(),
    "perovskite": PEROVSKITE,
}
CENTERS = {"copper": "Cu", "salt": "Na", "perovskite": "O"}
STRAINED = {
    "perovskite": (PEROVSKITE, APICAL, "stretch"),
    "copper": (COPPER, 0, "swell"),
    "iron": (IRON, 0, "stretch"),
}


def network(structure, edges, weight):
    """Give the mean over the atoms of a weighted sum of bond lengths, heavier elements counting more."""
    numbers = np.array(structure.atomic_numbers)
    return float(np.sum(weight * edges.distance * numbers[edges.neighbor]) / len(numbers))


def graph(**values):
    return explorers.growing_graph_explorer(CRYSTALS, CENTERS).figure(**values)


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def lengths(figure):
    edges = named(figure, "edges")
    points = np.array([edges.x, edges.y, edges.z], dtype=float).T.reshape(-1, 3, 3)
    return np.linalg.norm(points[:, 1] - points[:, 0], axis=1)


@pytest.mark.parametrize(
    ("crystal", "cutoff", "words"),
    [
        ("copper", 2.4, "0 edges from Cu to 0 of 1 atoms"),
        ("copper", 2.6, "12 edges from Cu to 1 of 1 atoms"),
        ("salt", 3.0, "6 edges from Na to 1 of 2 atoms"),
        ("salt", 4.0, "18 edges from Na to 2 of 2 atoms"),
        ("perovskite", 2.0, "2 edges from O to 1 of 5 atoms"),
        ("perovskite", 2.8, "14 edges from O to 4 of 5 atoms"),
    ],
)
def test_the_title_counts_the_neighbors_that_crystallography_knows(crystal, cutoff, words):
    assert words in graph(crystal=crystal, cutoff=cutoff).layout.title.text


def test_no_edge_that_is_drawn_is_longer_than_the_cutoff():
    for crystal, cutoff, edges in product(CRYSTALS, (2.0, 3.0, 4.5), ("one", "all")):
        drawn = lengths(graph(crystal=crystal, cutoff=cutoff, edges=edges))
        assert np.all(drawn <= cutoff + 1e-3)


def test_all_atoms_have_as_many_edges_together_as_each_alone():
    one = lengths(graph(crystal="salt", cutoff=3.0, edges="one"))
    both = lengths(graph(crystal="salt", cutoff=3.0, edges="all"))
    assert len(one) == 6
    assert len(both) == 12


def test_the_first_look_shows_edges():
    salt_first = {"salt": CRYSTALS["salt"], **CRYSTALS}
    explorer = explorers.growing_graph_explorer(salt_first, CENTERS)
    assert len(lengths(explorer.figure())) == 6


def test_everything_drawn_lies_in_the_cube_that_the_camera_sees():
    for crystal in CRYSTALS:
        for trace in graph(crystal=crystal, cutoff=4.5, edges="all").data:
            points = np.array([trace.x, trace.y, trace.z], dtype=float)
            assert np.nanmax(np.abs(points)) < explorers.HALF_WIDTH


def test_a_crystal_is_three_traces_so_that_the_page_stays_quick():
    for crystal, edges in product(CRYSTALS, ("one", "all")):
        assert len(graph(crystal=crystal, cutoff=4.5, edges=edges).data) == 3


def test_equal_distances_of_one_element_are_one_shell():
    alt = graph(crystal="perovskite", cutoff=3.0).layout.meta["alt"]
    assert "2 Ti at 1.95 Å, 4 Sr at 2.76 Å, 8 O at 2.76 Å" in alt


def test_stretching_keeps_the_volume_and_swelling_the_shape():
    stretched, swollen = explorers.stretch(PEROVSKITE, 0.02), explorers.swell(PEROVSKITE, 0.02)
    assert stretched.volume == pytest.approx(PEROVSKITE.volume)
    assert stretched.lattice.c == pytest.approx(1.02 * PEROVSKITE.lattice.c)
    assert swollen.lattice.abc == pytest.approx([1.02 * PEROVSKITE.lattice.a] * 3)


@pytest.mark.parametrize(
    ("crystal", "rule", "places"),
    [
        ("perovskite", "nearest", [0.0]),
        ("perovskite", "ties", []),
        ("perovskite", "sharp", [2.75]),
        ("perovskite", "smooth", []),
        ("copper", "nearest", []),
        ("copper", "ties", []),
        ("copper", "sharp", [0.5]),
        ("copper", "smooth", []),
        ("iron", "nearest", []),
        ("iron", "ties", [0.0]),
        ("iron", "sharp", []),
        ("iron", "smooth", []),
    ],
)
def test_a_rule_jumps_where_a_shell_crosses_it_and_nowhere_else(crystal, rule, places):
    structure, _atom, way = STRAINED[crystal]
    _predictions, jumps = explorers.strained_predictions(structure, way, rule, network)
    found = 100 * explorers.EPSILON[:-1][jumps]
    assert len(found) == len(places) or rule == "nearest"
    for place in places:  # between two strains that are 0.25 % apart
        assert np.any(np.abs(found - place) <= 0.25 + 1e-9)
    assert bool(places) == jumps.any()


def test_the_sharp_jump_is_large_and_the_smooth_curve_has_none():
    steps = {}
    for rule in ("sharp", "smooth"):
        curve, _jumps = explorers.strained_predictions(COPPER, "swell", rule, network)
        steps[rule] = np.sort(np.abs(np.diff(curve)))
    assert steps["sharp"][-1] > 20 * steps["sharp"][-2]
    assert steps["smooth"][-1] < 3 * np.median(steps["smooth"])


def test_the_curve_is_broken_where_it_jumps():
    figure = explorers.strain_explorer(STRAINED, network).figure(crystal="copper", rule="sharp")
    assert list(named(figure, "prediction").y).count(None) == 1
    assert "with a jump" in figure.layout.meta["alt"]


def test_strain_exchanges_strontium_for_oxygen_among_the_twelve():
    explorer = explorers.strain_explorer(STRAINED, network)
    titles = [
        explorer.figure(crystal="perovskite", rule="nearest", strain=strain).layout.title.text
        for strain in (-0.5, 0.5)
    ]
    assert "2 Sr + 2 Ti + 8 O" in titles[0]
    assert "4 Sr + 2 Ti + 6 O" in titles[1]
