import numpy as np
import pandas as pd
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition, Lattice, Molecule, Structure

from matnn_lab.representations import graph
from matnn_lab.representations.graph import CrystalGraphs, nearest_neighbors, neighbors


def random_cell(rng, size):
    """Three vectors of random direction, flat and needle-like cells among them."""
    while True:
        cell = rng.normal(size=(3, 3)) * size * rng.uniform(0.3, 1.5, size=(3, 1))
        if abs(np.linalg.det(cell)) > 0.15 * np.prod(np.linalg.norm(cell, axis=1)):
            return cell


def random_crystal(rng, n):
    cell = random_cell(rng, 1)
    volume = n * rng.uniform(4, 40)
    cell *= (volume / abs(np.linalg.det(cell))) ** (1 / 3)
    return Structure(Lattice(cell), ["Si"] * n, rng.uniform(-2, 2, size=(n, 3)))


def edges(center, neighbor, shift):
    return sorted(map(tuple, np.column_stack([center, neighbor, np.asarray(shift, dtype=int)])))


def ours(found):
    return edges(found.center, found.neighbor, found.shift)


@pytest.mark.parametrize("seed", range(10))
def test_edges_of_random_cells_are_those_of_pymatgen(seed):
    rng = np.random.default_rng(seed)
    for _case in range(30):
        crystal = random_crystal(rng, rng.integers(1, 8))
        cutoff = rng.uniform(0.5, 6)
        center, neighbor, shift, distance = crystal.get_neighbor_list(cutoff)
        found = neighbors(crystal, cutoff)
        assert ours(found) == edges(center, neighbor, shift)
        np.testing.assert_allclose(np.sort(found.distance), np.sort(distance), rtol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_edges_are_those_of_ase_whatever_directions_are_periodic(seed):
    rng = np.random.default_rng(100 + seed)
    for _case in range(20):
        n, size = rng.integers(1, 8), rng.uniform(2, 7)
        periodic = rng.random(3) < 0.5
        cell = random_cell(rng, size)
        # what lies outside along a direction without period stays where it is
        atoms = Atoms(f"Si{n}", positions=rng.normal(size=(n, 3)) * size, cell=cell, pbc=periodic)
        cutoff = rng.uniform(0.5, 6)
        center, neighbor, shift = neighbor_list("ijS", atoms, cutoff)
        found = neighbors(atoms, cutoff)
        assert ours(found) == edges(center, neighbor, shift)
        assert not found.shift[:, ~periodic].any()


def test_a_large_cell_has_the_edges_of_pymatgen():
    crystal = random_crystal(np.random.default_rng(3), 600)
    assert ours(neighbors(crystal, 4.0)) == edges(*crystal.get_neighbor_list(4.0)[:3])


@pytest.mark.parametrize("seed", range(30))
def test_looking_into_near_cubes_and_at_all_pairs_finds_the_same(monkeypatch, seed):
    rng = np.random.default_rng(200 + seed)
    n, cutoff = rng.integers(1, 30), rng.uniform(0.5, 7)
    cloud = Atoms(f"Si{n}", positions=rng.normal(size=(n, 3)) * 5)
    for structure in (random_crystal(rng, n), cloud):
        all_pairs = neighbors(structure, cutoff)
        monkeypatch.setattr(graph, "ALL_PAIRS", 0)
        near_cubes = neighbors(structure, cutoff)
        monkeypatch.undo()
        assert ours(all_pairs) == ours(near_cubes)
        np.testing.assert_array_equal(all_pairs.distance.round(9), near_cubes.distance.round(9))


def test_a_tiny_cell_reaches_over_many_images():
    crystal = Structure(Lattice.cubic(0.4), ["H"], [[0.3, 0.3, 0.3]])
    assert ours(neighbors(crystal, 3.13)) == edges(*crystal.get_neighbor_list(3.13)[:3])


def test_a_periodic_chain_with_no_other_cell_vectors_has_two_neighbors_an_atom():
    chain = Atoms("C", cell=[[1.3, 0, 0], [0, 0, 0], [0, 0, 0]], pbc=(True, False, False))
    assert ours(neighbors(chain, 1.5)) == [(0, 0, -1, 0, 0), (0, 0, 1, 0, 0)]


def test_a_molecule_has_the_same_edges_from_both_packages():
    ethanol = molecule("CH3CH2OH")
    same = Molecule(ethanol.get_chemical_symbols(), ethanol.positions)
    found = neighbors(same, 2.0)
    assert ours(found) == ours(neighbors(ethanol, 2.0))
    assert len(found) == 2 * sum(ethanol.get_all_distances()[np.triu_indices(9, 1)] < 2.0)
    assert not found.shift.any()


def test_vectors_end_at_the_shifted_neighbor():
    crystal = random_crystal(np.random.default_rng(5), 6)
    found = neighbors(crystal, 5.0)
    ends = crystal.cart_coords[found.neighbor] + found.shift @ crystal.lattice.matrix
    np.testing.assert_allclose(found.vector, ends - crystal.cart_coords[found.center], atol=1e-12)
    np.testing.assert_allclose(found.distance, np.linalg.norm(found.vector, axis=1))


def test_every_edge_runs_both_ways():
    found = neighbors(random_crystal(np.random.default_rng(6), 5), 4.5)
    back = edges(found.neighbor, found.center, -found.shift)
    assert ours(found) == back


def test_edges_are_sorted_by_center_distance_neighbor_and_shift():
    found = neighbors(bulk("NaCl", "rocksalt", a=5.64, cubic=True), 6.0)
    keys = [found.center, found.distance.round(6), found.neighbor, *found.shift.T]
    rows = list(zip(*keys, strict=True))
    assert rows == sorted(rows)


def test_one_atom_of_copper_has_twelve_images_of_itself_for_neighbors():
    found = neighbors(bulk("Cu", a=3.61), 2.7)
    assert len(found) == 12
    assert not found.center.any()
    assert not found.neighbor.any()
    assert len({tuple(shift) for shift in found.shift}) == 12


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 20), st.integers(1, 6))
def test_nearest_neighbors_are_the_first_of_all(seed, k, n):
    crystal = random_crystal(np.random.default_rng(seed), n)
    everything = neighbors(crystal, 8.0)
    nearest = nearest_neighbors(crystal, k, 8.0)
    wanted = np.concatenate([np.flatnonzero(everything.center == i)[:k] for i in range(n)])
    for name in ("center", "neighbor", "shift"):
        assert (getattr(nearest, name) == getattr(everything, name)[wanted]).all()


def test_nearest_neighbors_cut_equal_distances_by_index_and_shift():
    iron = bulk("Fe", a=2.87)
    everything, nearest = neighbors(iron, 8.0), nearest_neighbors(iron, 12)
    assert (nearest.shift == everything.shift[:12]).all()
    # eight at the corners, then four of the six along the axes
    np.testing.assert_allclose(nearest.distance, [2.87 * 3**0.5 / 2] * 8 + [2.87] * 4)


def test_an_atom_with_fewer_neighbors_in_reach_keeps_those():
    water = molecule("H2O")
    assert np.bincount(nearest_neighbors(water, 12).center).tolist() == [2, 2, 2]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_distances_do_not_depend_on_origin_atom_order_or_cell(seed):
    rng = np.random.default_rng(seed)
    crystal = random_crystal(rng, 4)
    found = neighbors(crystal, 4.0)
    moved = crystal.copy().translate_sites(range(4), rng.normal(size=3), to_unit_cell=True)
    order = rng.permutation(4)
    again = neighbors(Structure.from_sites([moved[i] for i in order]), 4.0)
    np.testing.assert_allclose(np.sort(again.distance), np.sort(found.distance), atol=1e-9)
    larger = neighbors(crystal * [[1, 1, 0], [0, 1, 0], [0, 1, 2]], 4.0)
    np.testing.assert_allclose(
        np.sort(larger.distance), np.repeat(np.sort(found.distance), 2), atol=1e-9
    )


SILICON = Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.43), ["Si"], [[0, 0, 0]])
DISORDERED = Structure(Lattice.cubic(3), [Composition("Cu0.5Au0.5")], [[0, 0, 0]])


@pytest.mark.parametrize(
    ("structure", "cutoff", "sentence"),
    [
        (SILICON, 0, "cutoff 0 was given"),
        (SILICON, -3.0, "cutoff -3.0 was given"),
        (SILICON, float("nan"), "cutoff nan was given"),
        (Atoms(), 3.0, "empty"),
        (Atoms("X"), 3.0, "no element"),
        (Structure(Lattice.cubic(3), ["X0+"], [[0, 0, 0]]), 3.0, "no element"),
        (DISORDERED, 3.0, "disordered"),
        (Atoms("Cu", cell=[3, 3, 0], pbc=True), 3.0, "one plane or are zero"),
        (Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 5]], cell=[5, 5, 5], pbc=True), 3.0, "0 and 1"),
        (Atoms("Cu", positions=[[0, np.nan, 0]]), 3.0, "NaN or infinite"),
    ],
)
def test_what_makes_no_graph_is_said_in_a_sentence(structure, cutoff, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        neighbors(structure, cutoff)
    assert str(caught.value).endswith(".")


def test_a_formula_is_no_structure():
    with pytest.raises(TypeError, match="A str was given; give a pymatgen Structure"):
        neighbors("NaCl", 3.0)


def test_nearest_neighbors_say_which_atom_has_none():
    with pytest.raises(ValueError, match="Atom 0 of Si8 has no neighbor within 2 Å"):
        nearest_neighbors(SILICON, 12, 2)
    with pytest.raises(ValueError, match="0 neighbors were asked for"):
        nearest_neighbors(SILICON, 0)


@pytest.fixture(scope="module")
def crystals():
    rng = np.random.default_rng(8)
    return [random_crystal(rng, n) for n in (1, 5, 2, 3, 8, 1)] + [molecule("H2O")]


@pytest.fixture(scope="module")
def graphs(crystals):
    return CrystalGraphs.from_structures(crystals, 4.0, dtype=torch.float64, progress=False)


def assert_equal(one, two):
    for name in CrystalGraphs.__dataclass_fields__:
        assert torch.equal(getattr(one, name), getattr(two, name)), name


def test_packed_graphs_hold_the_edges_of_each_crystal(crystals, graphs):
    assert len(graphs) == 7
    for row, crystal in enumerate(crystals):
        found, alone = neighbors(crystal, 4.0), graphs[row]
        assert len(alone) == 1
        for name in ("center", "neighbor", "shift", "vector", "distance"):
            np.testing.assert_array_equal(getattr(alone, name).numpy(), getattr(found, name))


@pytest.mark.parametrize(
    "rows",
    [
        [4, 0, 4],
        np.array([6, 5]),
        torch.tensor([2, 1, 0]),
        slice(2, None, 2),
        torch.tensor([True, False, True, True, False, False, True]),
        pd.Series([False, True, False, False, True, False, True]),
        -1,
    ],
    ids=str,
)
def test_taking_crystals_out_is_building_them_alone(crystals, graphs, rows):
    chosen = np.atleast_1d(np.arange(7)[rows])
    taken = graphs[rows]
    assert len(taken) == len(chosen)
    alone = [crystals[i] for i in chosen]
    assert_equal(
        taken, CrystalGraphs.from_structures(alone, 4.0, dtype=torch.float64, progress=False)
    )


def test_no_crystal_taken_is_no_graph(graphs):
    nothing = graphs[[]]
    assert len(nothing) == len(nothing.center) == len(nothing.positions) == 0


def test_a_batch_can_be_cut_again(graphs):
    assert_equal(graphs[[5, 3, 1, 0]][[2, 0]], graphs[[1, 5]])


def test_graphs_take_the_precision_of_torch_or_the_one_given(crystals, graphs):
    single = CrystalGraphs.from_structures(crystals, 4.0, progress=False)
    assert single.distance.dtype == single.shift.dtype == torch.float32
    assert_equal(single, graphs.to(torch.float32))
    assert single.center.dtype == torch.int64


def test_vectors_follow_the_positions_and_the_cell(graphs):
    moved = graphs.with_positions(graphs.positions, graphs.cell)
    torch.testing.assert_close(moved.vector, graphs.vector, atol=1e-12, rtol=0)
    torch.testing.assert_close(moved.distance, graphs.distance, atol=1e-12, rtol=0)
    stretched = graphs.with_positions(1.1 * graphs.positions, 1.1 * graphs.cell)
    torch.testing.assert_close(stretched.distance, 1.1 * graphs.distance, atol=1e-12, rtol=0)


def test_gradients_of_the_distances_are_right(graphs):
    one = graphs[2]

    def distances(positions, cell):
        return one.with_positions(positions, cell).distance

    inputs = one.positions.clone().requires_grad_(), one.cell.clone().requires_grad_()
    assert torch.autograd.gradcheck(distances, inputs)


def test_equal_edges_are_found_and_counted():
    crystals = [bulk("Cu", a=3.61), bulk("NaCl", "rocksalt", a=5.64), bulk("Si", a=5.43)]
    graphs = CrystalGraphs.from_structures(crystals, 8.0, max_neighbors=12, progress=False)
    rows, count = graphs.distinct_edges()
    # copper: 12 alike; sodium and chlorine: 6 of the other kind, 6 of their own; silicon: 4 and 8
    assert count.tolist() == [12, 6, 6, 6, 6, 4, 8, 4, 8]
    ends = torch.stack([graphs.center, graphs.neighbor])[:, rows]
    assert ends.tolist() == [[0, 1, 1, 2, 2, 3, 3, 4, 4], [0, 2, 1, 1, 2, 4, 3, 3, 4]]
    moving = graphs.with_positions(graphs.positions.clone().requires_grad_())
    rows, count = moving.distinct_edges()
    assert len(rows) == len(graphs.center)
    assert (count == 1).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_distinct_edges_stand_for_all(seed):
    rng = np.random.default_rng(seed)
    # coordinates in sixths of a cube give many equal distances, and planes where some are missing
    sites = np.unique(rng.integers(0, 6, size=(4, 3)) / 6, axis=0)
    crystal = Structure(Lattice.cubic(6.0), ["Si"] * len(sites), sites)
    graphs = CrystalGraphs.from_structures([crystal], 4.0, progress=False)
    rows, count = graphs.distinct_edges()
    all_of = rows.repeat_interleave(count.long())
    for name in ("center", "neighbor", "distance"):
        torch.testing.assert_close(getattr(graphs, name)[all_of], getattr(graphs, name))
    ends = torch.stack([graphs.center, graphs.neighbor, (1e4 * graphs.distance).round()])
    assert len(ends.unique(dim=1).T) == len(rows)


def test_the_mean_over_atoms_is_that_of_each_crystal(graphs):
    values = torch.randn(len(graphs.atomic_number), 3, dtype=torch.float64)
    by_crystal = [part.mean(dim=0) for part in values.split(graphs.n_atoms.tolist())]
    torch.testing.assert_close(graphs.mean_over_atoms(values), torch.stack(by_crystal))
    assert graphs.mean_over_atoms(values[:, 0]).shape == (7,)


def test_errors_of_many_structures_name_the_row():
    with pytest.raises(ValueError, match="Row 1: Cu0.5 ?Au0.5 is disordered"):
        CrystalGraphs.from_structures([SILICON, DISORDERED], 4.0, progress=False)
    with pytest.raises(ValueError, match="No structure was given"):
        CrystalGraphs.from_structures([], 4.0, progress=False)
    with pytest.raises(TypeError, match=r"such as \[structure\]"):
        CrystalGraphs.from_structures(SILICON, 4.0, progress=False)
