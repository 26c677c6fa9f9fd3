import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Lattice, Molecule, Structure

from matnn_lab.representations.symmetry import (
    equivariance_errors,
    invariance_errors,
    permuted,
    random_rotation,
    reflection,
    rotation,
    transformed,
    translated,
)

OPERATIONS = ["permutation", "translation", "rotation", "reflection"]


@pytest.fixture
def skewed():
    rng = np.random.default_rng(7)
    lattice = Lattice.from_parameters(4.1, 5.3, 6.2, 81, 97, 112)
    return Structure(lattice, ["Si", "O", "O", "Al"], rng.random((4, 3)))


@pytest.fixture
def water():
    return Molecule(["O", "H", "H"], [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])


def distances(structure):
    return structure.distance_matrix


def test_a_quarter_turn_about_z_takes_x_to_y():
    assert np.allclose(rotation([0, 0, 2], 90) @ [1, 0, 0], [0, 1, 0])


@given(st.integers(0, 10_000), st.floats(-720, 720))
def test_rotations_are_proper_and_mirrors_are_not(seed, degrees):
    axis = np.random.default_rng(seed).normal(size=3)
    for matrix, determinant in [
        (rotation(axis, degrees), 1),
        (random_rotation(seed), 1),
        (reflection(axis), -1),
    ]:
        assert np.allclose(matrix @ matrix.T, np.eye(3))
        assert np.linalg.det(matrix) == pytest.approx(determinant)
    assert np.allclose(rotation(axis, degrees) @ axis, axis)
    assert np.allclose(reflection(axis) @ axis, -axis)
    assert np.trace(rotation(axis, degrees)) == pytest.approx(1 + 2 * np.cos(np.deg2rad(degrees)))


def test_two_mirrors_make_a_rotation_by_twice_their_angle():
    a, b = np.array([1.0, 0, 0]), rotation([0, 0, 1], 25) @ [1, 0, 0]
    assert np.allclose(reflection(b) @ reflection(a), rotation([0, 0, 1], 50))


def test_random_rotations_prefer_no_direction():
    images = np.array([random_rotation(seed) @ [0, 0, 1] for seed in range(2000)])
    assert np.abs(images.mean(axis=0)).max() < 0.05
    assert np.abs(images.T @ images / 2000 - np.eye(3) / 3).max() < 0.03
    traces = np.array([np.trace(random_rotation(seed)) for seed in range(2000)])
    assert abs(traces.mean()) < 0.08  # the character of a vector averages to zero
    assert np.mean(traces**2) == pytest.approx(1, abs=0.12)


def test_the_lattice_turns_with_the_atoms(skewed):
    turn = random_rotation(3)
    turned = transformed(skewed, turn)
    assert np.allclose(turned.lattice.matrix, skewed.lattice.matrix @ turn.T)
    assert np.allclose(turned.cart_coords, skewed.cart_coords @ turn.T)
    assert np.allclose(distances(turned), distances(skewed))


def test_a_mirrored_crystal_keeps_its_distances_and_changes_its_hand(skewed):
    mirrored = transformed(skewed, reflection([1, 2, 3]))
    assert np.allclose(distances(mirrored), distances(skewed))
    assert np.sign(np.linalg.det(mirrored.lattice.matrix)) == -np.sign(
        np.linalg.det(skewed.lattice.matrix)
    )


def test_a_translation_and_a_new_order_keep_the_crystal(skewed):
    moved = translated(skewed, [0.3, -7.0, 2.0])
    assert np.allclose(distances(moved), distances(skewed))
    order = [2, 0, 3, 1]
    renamed = permuted(skewed, order)
    assert [site.specie for site in renamed] == [skewed[k].specie for k in order]
    assert np.allclose(renamed.frac_coords, skewed.frac_coords[order])


def test_molecules_are_changed_too(water):
    turned = transformed(water, rotation([0, 0, 1], 90))
    assert np.allclose(turned.cart_coords[1], [-0.76, 0, -0.48])
    assert np.allclose(distances(translated(turned, [1, 2, 3])), distances(water))
    assert permuted(water, [1, 2, 0])[2].specie.symbol == "O"


def test_what_depends_on_distances_alone_changes_by_nothing(skewed, water):
    for structure in (skewed, water):
        errors = invariance_errors(lambda s: np.sort(distances(s).ravel()), structure)
        assert list(errors) == OPERATIONS
        assert max(errors.values()) < 1e-10


@pytest.mark.parametrize(
    ("function", "broken"),
    [
        (lambda s: s.cart_coords[0, 0], set(OPERATIONS)),
        (lambda s: distances(s)[0, 1], {"permutation"}),
        (lambda s: np.linalg.norm(s.cart_coords, axis=1).sum(), {"translation"}),
        (lambda s: np.abs(s.cart_coords - s.cart_coords.mean(0))[:, 0].sum(), {"rotation", "reflection"}),
        (lambda s: np.sign(np.linalg.det(s.cart_coords[1:] - s.cart_coords[0])), {"reflection"}),
    ],
)  # fmt: skip
def test_each_broken_function_fails_its_own_test(function, broken):
    rng = np.random.default_rng(1)
    molecule = Molecule(["C", "H", "F", "Cl"], rng.normal(size=(4, 3)))
    errors = invariance_errors(function, molecule, seed=2)
    if "reflection" in broken and len(broken) == 1:
        errors.pop("permutation")  # an odd permutation mirrors this function too
    assert {name for name, error in errors.items() if error > 1e-6} == broken


def test_vectors_to_the_center_follow_the_molecule(water):
    def to_center(structure):
        return structure.cart_coords.mean(axis=0) - structure.cart_coords

    assert max(equivariance_errors(to_center, water).values()) < 1e-12
    assert invariance_errors(to_center, water)["rotation"] > 0.1


def test_axial_vectors_do_not_mirror_like_forces(water):
    def twisted(structure):
        x = structure.cart_coords - structure.cart_coords.mean(axis=0)
        return np.cross(x, np.linalg.norm(x, axis=1, keepdims=True) ** 2 * x.sum(0) + x[::-1])

    errors = equivariance_errors(twisted, Molecule(["C"] * 3, np.eye(3) + [[0, 0.3, 0]]))
    assert errors["rotation"] < 1e-12 < 1e-3 < errors["reflection"]


def test_wrong_input_is_told_in_one_sentence(water):
    with pytest.raises(ValueError, match="orthogonal"):
        transformed(water, 2 * np.eye(3))
    with pytest.raises(ValueError, match="not all zero"):
        rotation([0, 0, 0], 10)
    with pytest.raises(ValueError, match="three finite numbers"):
        translated(water, [1, 2])
    with pytest.raises(ValueError, match="each of the 3 atoms once"):
        permuted(water, [0, 0, 1])
    with pytest.raises(TypeError, match="list"):
        transformed([1], np.eye(3))
