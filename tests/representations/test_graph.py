import copy
import pickle
from dataclasses import replace

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

from matnn_lab.datasets import frames, prototype_crystals
from matnn_lab.representations import graph
from matnn_lab.representations.graph import (
    CLOSEST,
    CrystalGraphs,
    GraphRule,
    nearest_neighbors,
    neighbors,
    require_graphs,
    shortest_vectors,
)
from matnn_lab.representations.symmetry import random_rotation, transformed


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
    while True:
        crystal = Structure(Lattice(cell), ["Si"] * n, rng.uniform(-2, 2, size=(n, 3)))
        if crystal.is_valid(1.01 * CLOSEST):  # nearer atoms are refused
            return crystal


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
    monkeypatch.setattr(graph, "COMPILED", False)
    rng = np.random.default_rng(200 + seed)
    n, cutoff = rng.integers(1, 30), rng.uniform(0.5, 7)
    cloud = Atoms(f"Si{n}", positions=rng.normal(size=(n, 3)) * 5)
    for structure in (random_crystal(rng, n), cloud):
        all_pairs = neighbors(structure, cutoff)
        monkeypatch.setattr(graph, "ALL_PAIRS", 0)
        near_cubes = neighbors(structure, cutoff)
        monkeypatch.setattr(graph, "ALL_PAIRS", 50_000)
        assert ours(all_pairs) == ours(near_cubes)
        np.testing.assert_array_equal(all_pairs.distance.round(9), near_cubes.distance.round(9))


def structures_for_both_searches():
    """Crystals of every type, frames, and random cells with atoms far outside."""
    yield from one_of_each_type()
    yield from frames("silicon")["structure"].iloc[::60]
    for seed in range(60):
        rng = np.random.default_rng(seed)
        yield random_crystal(rng, rng.integers(1, 12))
    yield PEROVSKITE * [[1, 30, 0], [0, 1, -20], [0, 0, 1]]
    yield Structure(Lattice.cubic(0.4), ["H"], [[0.3, 0.3, 0.3]])


@pytest.mark.parametrize("cutoff", [0.5, 3.0, 5.77, 8.0])
def test_the_compiled_search_and_ours_find_the_same_edges(monkeypatch, cutoff):
    for structure in structures_for_both_searches():
        found = neighbors(structure, cutoff)
        monkeypatch.setattr(graph, "COMPILED", False)
        own = neighbors(structure, cutoff)
        monkeypatch.undo()
        assert ours(found) == ours(own)
        np.testing.assert_allclose(found.distance, own.distance, atol=1e-9)
        order = [np.lexsort((*each.shift.T, each.neighbor, each.center)) for each in (found, own)]
        np.testing.assert_allclose(found.vector[order[0]], own.vector[order[1]], atol=1e-9)


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
    nearest = nearest_neighbors(crystal, k, 8.0, ties="cut")
    wanted = np.concatenate([np.flatnonzero(everything.center == i)[:k] for i in range(n)])
    for name in ("center", "neighbor", "shift"):
        assert (getattr(nearest, name) == getattr(everything, name)[wanted]).all()


def test_nearest_neighbors_cut_equal_distances_by_index_and_shift():
    iron = bulk("Fe", a=2.87)
    everything, nearest = neighbors(iron, 8.0), nearest_neighbors(iron, 12, ties="cut")
    assert (nearest.shift == everything.shift[:12]).all()
    # eight at the corners, then four of the six along the axes
    np.testing.assert_allclose(nearest.distance, [2.87 * 3**0.5 / 2] * 8 + [2.87] * 4)


def test_all_that_tie_with_the_last_are_kept():
    # oxygen has 2 titanium, then 4 strontium and 8 oxygen at one distance; titanium 6 and 8; strontium 12
    counts = np.bincount(nearest_neighbors(PEROVSKITE, 12).center)
    assert counts.tolist() == [12, 14, 14, 14, 14]
    iron = nearest_neighbors(bulk("Fe", a=2.87), 12)
    np.testing.assert_allclose(iron.distance, [2.87 * 3**0.5 / 2] * 8 + [2.87] * 6)


def test_neighbors_that_differ_by_more_than_rounding_do_not_tie():
    longer = Structure(Lattice.tetragonal(4.0, 4.01), ["Po"], [[0, 0, 0]])
    assert len(nearest_neighbors(longer, 3)) == 4
    for edge in (4.0002, 4.0 + 1e-5, 4.0 - 1e-5, 3.9998):
        almost = Structure(Lattice.tetragonal(4.0, edge), ["Po"], [[0, 0, 0]])
        assert len(nearest_neighbors(almost, 3)) == 6


def kinds_of_edges(structure, **rule):
    """Count, for each atom, how often it has which neighbor at which distance; atoms in any order."""
    found = nearest_neighbors(structure, **rule)
    numbers = np.array([site.specie.Z for site in structure])
    atoms = []
    for atom in range(len(structure)):
        own = found.center == atom
        distance = found.distance[own].round(4)
        atoms.append(
            (numbers[atom], *sorted(zip(distance, numbers[found.neighbor[own]], strict=True)))
        )
    return sorted(atoms)


def one_of_each_type():
    crystals = prototype_crystals()
    return crystals.groupby("prototype_name")["structure"].first()


@pytest.mark.parametrize(("name", "structure"), [*one_of_each_type().items(), ("SrTiO3", None)])
def test_kept_ties_do_not_ask_for_order_origin_orientation_or_cell(name, structure):
    structure = PEROVSKITE if structure is None else structure
    rng = np.random.default_rng(len(name))
    n, wanted = len(structure), kinds_of_edges(structure, k=12)
    for _case in range(3):
        order = rng.permutation(n)
        other = Structure.from_sites([structure[i] for i in order])
        other.translate_sites(range(n), rng.normal(size=3), to_unit_cell=True)
        other = transformed(other, random_rotation(rng))
        got = kinds_of_edges(other, k=12)
        assert [each[0] for each in got] == [each[0] for each in wanted]
        for one, two in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one[1:], two[1:], atol=2e-4)
    doubled = kinds_of_edges(structure * [[1, 1, 0], [0, 1, 0], [0, 0, 2]], k=12)
    assert [len(each) for each in doubled] == [len(each) for each in wanted for _copy in range(2)]


def test_a_shell_exactly_at_the_cutoff_is_in_whatever_the_orientation():
    cube = Structure(Lattice.cubic(4.0), ["Po"], [[0.1, 0.2, 0.3]])
    for seed in range(20):
        turned = transformed(cube, random_rotation(seed))
        assert len(neighbors(turned, 4.0)) == 6
        assert len(neighbors(turned * (2, 1, 3), 8.0)) == 6 * 32


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


PEROVSKITE = Structure(
    Lattice.cubic(3.9), ["Sr", "Ti", "O", "O", "O"],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
)  # fmt: skip
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
        (Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 1e-5]]), 3.0, "0 and 1 of Cu2 are only 1e-05 Å"),
        (Atoms("Cu2", positions=[[0, 0, 0], [0.05, 0, 0]]), 3.0, "0 and 1 of Cu2 are only 0.05 Å"),
        (
            Atoms("Cu", cell=[0.05, 3, 3], pbc=True),
            3.0,
            "Atom 0 of Cu is 0.05 Å from its own image",
        ),
        (Atoms("Cu", cell=[[3, 0, 0], [0, 3, 0], [2.1, 1.3, 0]], pbc=True), 3.0, "one plane"),
        (Atoms("Cu", cell=[[3, 0, 0], [0, 3, 0], [3 * 2**0.5, 1, 0]], pbc=True), 3.0, "one plane"),
        (
            Atoms("Cu", cell=[[3, 0, 0], [-1.5, 2.6, 0], [-1.5, -2.6, 0]], pbc=True),
            3.0,
            "one plane",
        ),
        (Atoms("Cu", positions=[[0, np.nan, 0]]), 3.0, "NaN or infinite"),
    ],
)
def test_what_makes_no_graph_is_said_in_a_sentence(structure, cutoff, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        neighbors(structure, cutoff)
    assert str(caught.value).endswith(".")


def test_a_formula_is_no_structure():
    with pytest.raises(
        TypeError, match="An object of type str was given; give a pymatgen Structure"
    ):
        neighbors("NaCl", 3.0)


def test_nearest_neighbors_say_which_atom_has_none():
    with pytest.raises(ValueError, match="Atom 0 of Si8 has no neighbor within 2 Å"):
        nearest_neighbors(SILICON, 12, 2)


@pytest.mark.parametrize(
    ("kind", "arguments", "sentence"),
    [
        (ValueError, (0,), "0 neighbors were asked for"),
        (ValueError, (1.5,), "1.5 neighbors were asked for; ask for a whole number"),
        (TypeError, ("12",), "'12' neighbors were asked for"),
        (TypeError, (True,), "True neighbors"),
        (TypeError, (12, "8"), "The cutoff '8' was given"),
        (TypeError, (12, None), "The cutoff None was given"),
    ],
)
def test_what_is_no_rule_is_said_in_a_sentence(kind, arguments, sentence):
    with pytest.raises(kind, match=sentence):
        nearest_neighbors(SILICON, *arguments)
    arguments = arguments[::-1] if len(arguments) == 2 else (8.0, *arguments)
    with pytest.raises(kind, match=sentence):
        CrystalGraphs.from_structures([SILICON, DISORDERED], *arguments, progress=False)


def test_what_becomes_of_ties_is_one_of_two():
    with pytest.raises(ValueError, match="ties='all' was given; choose 'keep' or 'cut'"):
        nearest_neighbors(SILICON, 12, ties="all")
    assert len(nearest_neighbors(SILICON, np.int64(12), np.float32(8))) == 8 * 16


@pytest.mark.parametrize("shear", [10, 10**4, 10**6, -(10**7)])
def test_a_sheared_cell_is_the_same_crystal(shear):
    cell = np.array([[3.2, 0, 0], [0.4, 2.9, 0], [0.7, -0.3, 3.4]])
    sheared = (
        np.array([[1, 0, 0], [shear, 1, 0], [0, shear, 1]])
        if abs(shear) < 10**5
        else np.array([[1, 0, 0], [shear, 1, 0], [0, 0, 1]])
    )
    one, two = (
        Atoms("CuAu", positions=[[0, 0, 0], [1.5, 1.4, 1.6]], cell=rows, pbc=True)
        for rows in (cell, sheared @ cell)
    )
    found, wanted = neighbors(two, 6.0), neighbors(one, 6.0)
    assert len(found) == len(wanted)
    np.testing.assert_allclose(np.sort(found.distance), np.sort(wanted.distance), atol=1e-5)
    # the shifts lead to the neighbors in the cell that was given
    ends = two.positions[found.neighbor] + found.shift @ two.cell.array
    np.testing.assert_allclose(ends - two.positions[found.center], found.vector, atol=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_short_vectors_span_the_same_lattice(seed, n):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(3, 3))[:n]
    mixed = np.tril(rng.integers(-20, 20, size=(n, n)), -1) + np.eye(n, dtype=int)
    short, combination = shortest_vectors(mixed @ vectors)
    np.testing.assert_allclose(combination @ mixed @ vectors, short, atol=1e-8)
    assert abs(round(np.linalg.det(combination))) == 1
    gram = short @ short.T
    assert (np.abs(gram) <= (0.5 + 1e-6) * gram.diagonal() + np.diag(gram.diagonal())).all()


@pytest.fixture(scope="module")
def crystals():
    rng = np.random.default_rng(8)
    return [random_crystal(rng, n) for n in (1, 5, 2, 3, 8, 1)] + [molecule("H2O")]


@pytest.fixture(scope="module")
def graphs(crystals):
    return CrystalGraphs.from_structures(crystals, 4.0, dtype=torch.float64, progress=False)


def assert_equal(one, two, but=()):
    assert one.rule == two.rule
    for name in set(CrystalGraphs.__dataclass_fields__) - set(GraphRule._fields) - set(but):
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
    assert taken.rows.tolist() == chosen.tolist()
    again = CrystalGraphs.from_structures(alone, 4.0, dtype=torch.float64, progress=False)
    assert_equal(taken, again, but=["rows"])


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
    # copper: 12 alike; sodium and chlorine: 6 of the other kind, 12 of their own; silicon: 4 and 12
    assert count.tolist() == [12, 6, 12, 6, 12, 4, 12, 4, 12]
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


def test_graphs_know_how_they_were_made_whatever_is_done_to_them(crystals):
    some = crystals[1:6]
    made = CrystalGraphs.from_structures(some, 5, 3, ties="cut", progress=False)
    copies = [
        made, made[1:3], made[[2, 0]][0], made.to(torch.float64), pickle.loads(pickle.dumps(made)),
        copy.deepcopy(made), made.with_positions(made.positions + 1.0),
        CrystalGraphs.concatenate([made[:2], made[2:]]),
    ]  # fmt: skip
    for each in copies:
        assert (each.cutoff, each.max_neighbors, each.ties) == (5.0, 3, "cut")
    again = CrystalGraphs.from_structures(some, **made.rule._asdict(), progress=False)
    assert_equal(made, again)
    everything = CrystalGraphs.from_structures(some, 4.0, progress=False)
    assert everything.rule == (4.0, None, "keep")
    assert str(everything.rule) == "all neighbors within 4 Å"


def test_graphs_are_put_end_to_end(graphs):
    assert_equal(CrystalGraphs.concatenate([graphs[:2], graphs[2:3], graphs[3:]]), graphs)
    assert_equal(CrystalGraphs.concatenate([graphs[3:], graphs[:3]])[[4, 5]], graphs[[0, 1]])
    other = CrystalGraphs.from_structures([SILICON], 3.0, progress=False)
    with pytest.raises(ValueError, match="Graphs of different rules .*within 4 Å; .*within 3 Å"):
        CrystalGraphs.concatenate([graphs, other])
    with pytest.raises(ValueError, match="No graphs were given"):
        CrystalGraphs.concatenate([])


def test_a_model_can_say_which_graphs_it_needs():
    graphs = CrystalGraphs.from_structures([SILICON], 4.0, 12, progress=False)
    require_graphs(graphs)
    require_graphs(graphs, GraphRule(4.0, 12))
    require_graphs(graphs, GraphRule())
    require_graphs(replace(graphs, cutoff=None), GraphRule(8.0))
    with pytest.raises(
        ValueError, match=r"hold the 12 nearest .* within 4 Å .* needs exactly the 12"
    ):
        require_graphs(graphs, GraphRule(4.0, 12, "cut"))
    with pytest.raises(ValueError, match=r"from_structures\(structures, cutoff=5\)"):
        require_graphs(graphs, GraphRule(5.0))
    with pytest.raises(
        TypeError, match=r"An object of type Structure was given, and the model wants graphs; give"
    ):
        require_graphs(SILICON, GraphRule(5.0))


CHAIN = Structure(Lattice.cubic(20), ["C"], [[0, 0, 0]])
BAD = [SILICON, DISORDERED, CHAIN, "NaCl", SILICON, Atoms()]


def test_all_bad_structures_are_named_at_once():
    with pytest.raises(ValueError, match="4 of 6 structures make no graph") as caught:
        CrystalGraphs.from_structures(BAD, 8.0, 12, progress=False)
    first, *reasons = str(caught.value).splitlines()
    assert [reason.split(":")[0] for reason in reasons] == ["Row 1", "Row 2", "Row 3", "Row 5"]
    for reason, words in zip(
        reasons,
        ["is disordered", "no neighbor within 8 Å", "An object of type str was given", "is empty"],
        strict=True,
    ):
        assert words in reason


def test_bad_structures_are_left_out_if_asked_and_the_rows_are_told():
    with pytest.warns(UserWarning, match="4 of 6 structures make no graph") as caught:
        graphs = CrystalGraphs.from_structures(BAD, 8.0, 12, skip_bad=True, progress=False)
    assert len(caught) == 1
    assert graphs.rows.tolist() == [0, 4]
    assert graphs[1].rows.tolist() == [4]
    targets = np.arange(6.0)
    assert targets[graphs.rows].tolist() == [0, 4]
    with pytest.raises(ValueError, match="2 of 2 structures make no graph"):
        CrystalGraphs.from_structures(BAD[1:3], 8.0, 12, skip_bad=True, progress=False)


def test_the_rows_of_many_bad_structures_are_all_named():
    with pytest.raises(TypeError, match="100 of 100 structures") as caught:
        CrystalGraphs.from_structures(["NaCl"] * 100, 8.0, progress=False)
    assert len(str(caught.value).splitlines()) == 22
    assert str(caught.value).endswith("98, 99.")


def test_errors_of_many_structures_name_the_row():
    with pytest.raises(ValueError, match="Row 1: Cu0.5 ?Au0.5 is disordered"):
        CrystalGraphs.from_structures([SILICON, DISORDERED], 4.0, progress=False)
    with pytest.raises(ValueError, match="No structure was given"):
        CrystalGraphs.from_structures([], 4.0, progress=False)
    with pytest.raises(TypeError, match=r"such as \[structure\]"):
        CrystalGraphs.from_structures(SILICON, 4.0, progress=False)
