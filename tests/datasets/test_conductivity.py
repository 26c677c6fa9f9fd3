import numpy as np
import pytest

from matnn_lab.datasets.conductivity import (
    _differences,
    effective_conductivity,
    hashin_shtrikman_bounds,
    mean_current,
    wiener_bounds,
)
from matnn_lab.datasets.microstructures import two_phase
from matnn_lab.lessons.images_cnn_and_vit.data import partly_cracked


def laminate(size=16, share=4):
    rows = np.where(np.arange(size) < share, 10.0, 1.0)
    return np.repeat(rows[:, None], size, axis=1)


def test_a_laminate_conducts_as_its_layers_in_parallel_and_in_series():
    low, high = wiener_bounds(0.25, 1, 10)
    k = effective_conductivity(np.stack([laminate(), laminate().T]))
    np.testing.assert_allclose(k[0], [[high, 0], [0, low]], atol=1e-12)
    np.testing.assert_allclose(k[1], [[low, 0], [0, high]], atol=1e-12)
    assert high == pytest.approx(3.25)
    assert low == pytest.approx(1 / 0.775)


def test_a_uniform_medium_keeps_its_conductivity():
    np.testing.assert_allclose(
        effective_conductivity(np.full((8, 8), 3.7)), 3.7 * np.eye(2), atol=1e-12
    )


def test_the_tensor_is_symmetric_and_keeps_the_bounds_of_wiener():
    images = two_phase(8, 32)
    k = effective_conductivity(np.where(images, 100.0, 1.0), tolerance=1e-6)
    np.testing.assert_allclose(k, k.swapaxes(1, 2), atol=1e-3)
    low, high = wiener_bounds(images.mean(axis=(1, 2)), 1, 100)
    eigenvalues = np.linalg.eigvalsh(k)
    assert (eigenvalues[:, 0] > low).all()
    assert (eigenvalues[:, 1] < high).all()


def test_a_quarter_turn_exchanges_the_directions_and_flips_and_shifts_do_nothing():
    local = np.where(two_phase(4, 32), 100.0, 1.0)
    k = effective_conductivity(local, tolerance=1e-6)
    turned = effective_conductivity(np.rot90(local, axes=(1, 2)), tolerance=1e-6)
    np.testing.assert_allclose(turned[:, 0, 0], k[:, 1, 1], rtol=1e-6)
    for other in (local[:, ::-1], local[:, :, ::-1], np.roll(local, (5, 8), axis=(1, 2))):
        same = effective_conductivity(other, tolerance=1e-6)
        np.testing.assert_allclose(np.diagonal(same, 0, 1, 2), np.diagonal(k, 0, 1, 2), rtol=1e-6)


def test_keller_exchanging_the_phases_of_a_symmetric_material():
    """Keller (1964): k_x of the material times k_y of its negative is the product of the conductivities."""
    disk = np.hypot(*np.meshgrid(np.arange(64) - 31.5, np.arange(64) - 31.5)) < 22
    k = effective_conductivity(np.where(disk, 10.0, 1.0), tolerance=1e-8)
    negative = effective_conductivity(np.where(disk, 1.0, 10.0), tolerance=1e-8)
    assert k[0, 0] * negative[1, 1] == pytest.approx(10, rel=1e-3)


def test_mendelson_exchanging_the_phases_of_any_material():
    """Without mirror symmetry the whole tensor is needed: k' = σ₁σ₂ R k⁻¹ Rᵀ, R a quarter turn."""
    images = two_phase(8, 32)
    k = effective_conductivity(np.where(images, 10.0, 1.0))
    negative = effective_conductivity(np.where(images, 1.0, 10.0))
    turn = np.array([[0, -1], [1, 0]])
    np.testing.assert_allclose(negative, 10 * turn @ np.linalg.inv(k) @ turn.T, atol=0.03)


def test_a_checkerboard_conducts_as_the_geometric_mean():
    """Dykhne (1971): equal shares that look alike when exchanged have √(σ₁σ₂) exactly."""
    board = np.kron(np.indices((2, 2)).sum(axis=0) % 2, np.ones((32, 32)))
    k = effective_conductivity(np.where(board == 1, 4.0, 1.0))
    assert k[0, 0] == pytest.approx(2, rel=0.01)


def test_few_small_disks_conduct_as_the_dilute_limit():
    """A disk of conductivity σ₂ in σ₁: k = σ₁ [1 + 2 f (σ₂ - σ₁) / (σ₂ + σ₁)] to first order in f."""
    disk = np.hypot(*np.meshgrid(np.arange(128) - 63.5, np.arange(128) - 63.5)) < 12
    fraction = disk.mean()
    k = mean_current(np.where(disk, 3.0, 1.0))[0]
    assert (k - 1) / (2 * fraction * 0.5) == pytest.approx(1, abs=0.05)


def test_isotropic_materials_keep_the_bounds_of_hashin_and_shtrikman_in_the_mean():
    from matnn_lab.datasets.microstructures import specimens

    images = specimens("maze", range(10), 64) > 0
    k = effective_conductivity(np.where(images, 10.0, 1.0))
    low, high = hashin_shtrikman_bounds(images.mean(), 1, 10)
    assert low < np.trace(k.mean(axis=0)) / 2 < high
    widest = wiener_bounds(images.mean(), 1, 10)
    assert widest[0] < low < high < widest[1]


def test_disks_covered_by_shells_reach_a_bound_of_hashin_and_shtrikman_at_small_contrast():
    """To second order in the contrast all isotropic materials agree with both bounds."""
    low, high = hashin_shtrikman_bounds(0.3, 1, 1.01)
    assert high - low < 1e-7


def test_the_scheme_is_dual_to_itself_on_its_two_sets_of_corners():
    """Even and odd corners are two resistor networks, each the planar dual of the other: exact."""
    rng = np.random.default_rng(0)
    local = np.exp(rng.normal(size=(6, 6)))
    np.testing.assert_allclose(network(local, 0), turned_inverse(network(1 / local, 1)), rtol=1e-8)


def network(local, parity):
    """Return the tensor of the resistors that join corners of one parity, by dense linear algebra."""
    import torch

    size = local.shape[0]
    rows, columns = np.indices((size, size))
    even = (rows + columns) % 2 == parity
    maps = [
        part.numpy().reshape(size**2, -1).T
        for part in _differences(torch.eye(size**2, dtype=torch.float64).reshape(-1, size, size))
    ]
    # the first diagonal of a pixel joins corners of its own parity, the second those of the other
    chosen = np.where(even.ravel()[:, None], maps[0], maps[1])
    sigma = local.ravel()
    result = np.empty((2, 2))
    for axis, field in enumerate(np.eye(2)):
        pull = np.where(even.ravel(), field[0] + field[1], field[0] - field[1])
        potential = np.linalg.lstsq(
            chosen.T @ (sigma[:, None] * chosen), -chosen.T @ (sigma * pull), rcond=None
        )[0]
        flow = sigma * (chosen @ potential + pull)
        result[:, axis] = [flow.mean(), np.where(even.ravel(), flow, -flow).mean()]
    return result


def turned_inverse(k):
    turn = np.array([[0, -1], [1, 0]])
    return turn @ np.linalg.inv(k) @ turn.T


@pytest.mark.parametrize(
    ("local", "words"),
    [
        (np.ones(4), "shape"),
        (np.zeros((4, 4)), "positive"),
        (np.full((4, 4), np.nan), "NaN"),
    ],
)
def test_what_cannot_be_solved_is_refused(local, words):
    with pytest.raises(ValueError, match=words):
        effective_conductivity(local)


def test_too_few_iterations_are_an_error():
    with pytest.raises(RuntimeError, match="max_iterations"):
        mean_current(np.where(two_phase(1, 32), 100.0, 1.0), max_iterations=2)


def test_the_conductivity_of_an_insulator_in_si_units_is_solved_too():
    local = np.where(np.random.default_rng(0).random((8, 8)) > 0.5, 10.0, 1.0)
    k = effective_conductivity(local)
    assert np.allclose(effective_conductivity(local * 1e-16) * 1e16, k, rtol=1e-12)
    assert k[0, 0] < 0.9 * local.mean()  # the arithmetic mean is what no iteration at all gives


@pytest.mark.parametrize("bounds", [wiener_bounds, hashin_shtrikman_bounds])
def test_a_fraction_in_percent_has_no_bounds(bounds):
    with pytest.raises(ValueError, match="go from 30 to 30; give numbers from 0 to 1"):
        bounds(30, 1, 100)
    with pytest.raises(ValueError, match="greater than 0"):
        bounds(0.3, -1, 100)


def test_bounds_do_not_change_places():
    with pytest.raises(ValueError, match="smaller one first"):
        hashin_shtrikman_bounds(0.3, 100, 1)


def test_a_picture_in_colours_has_no_conductivity():
    with pytest.raises(ValueError, match="colours"):
        mean_current(np.ones((8, 8, 3)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        mean_current(np.ones((8, 8)), tolerance=2)
    with pytest.raises(ValueError, match="two numbers"):
        mean_current(np.ones((8, 8)), (1, 0, 0))  # type: ignore[arg-type]


def test_phases_that_are_text_or_lists_give_the_same_bounds():
    for bounds in (wiener_bounds, hashin_shtrikman_bounds):
        for low, high in (("1", "10"), ([1], [10])):
            assert bounds(0.5, low, high) == pytest.approx(bounds(0.5, 1, 10))


@pytest.mark.parametrize(
    "settings",
    [{"tolerance": "a"}, {"tolerance": None}, {"max_iterations": -1}, {"max_iterations": True}],
)
def test_settings_of_the_solver_that_cannot_be_are_refused_before_it_starts(settings):
    with pytest.raises(
        ValueError, match=r"tolerances?.*give (an array|a number)|tolerances, 1 are NaN"
    ):
        effective_conductivity(np.eye(4) + 1, **settings)


def solved_at_once(local):
    """Solve the same equation by least squares over all corners, without iterations."""
    height, width = local.shape
    number = np.arange(height * width).reshape(height, width)
    below, right = np.roll(number, -1, 0), np.roll(number, -1, 1)
    opposite = np.roll(below, -1, 1)
    steps = np.zeros((2, local.size, local.size))
    row = np.arange(local.size)
    for step, end, start in zip(steps, (opposite, right), (number, below), strict=True):
        np.add.at(step, (row, end.ravel()), 1)
        np.add.at(step, (row, start.ravel()), -1)
    weight = np.sqrt(np.tile(local.ravel(), 2))
    columns = []
    for field in ([1, 1], [1, -1]):
        drop = np.repeat(field, local.size)
        matrix = steps.reshape(-1, local.size) * weight[:, None]
        potential = np.linalg.lstsq(matrix, -weight * drop, rcond=None)[0]
        first, second = (weight**2 * (steps.reshape(-1, local.size) @ potential + drop)).reshape(
            2, -1
        )
        columns.append([(first + second).mean() / 2, (first - second).mean() / 2])
    return np.array(columns).T


@pytest.mark.parametrize("contrast", [1e2, 1e4, 1e6])
def test_islands_of_metal_in_an_insulator_conduct_as_a_solution_at_once_says(contrast):
    local = np.where(np.random.default_rng(1).random((12, 12)) > 0.8, contrast, 1.0)
    k = effective_conductivity(local, max_iterations=5000)
    np.testing.assert_allclose(k, solved_at_once(local), atol=1e-3 * k[0, 0])


def test_a_contrast_beyond_rounding_is_refused_instead_of_answered_wrongly():
    local = np.where(np.random.default_rng(1).random((12, 12)) > 0.8, 1e15, 1.0)
    with pytest.raises(RuntimeError, match="lower the contrast"):
        effective_conductivity(local)


def test_a_solved_image_waits_for_the_others_of_its_batch():
    """One of a hundred cracked images is solved to rounding long before the last; its steps were NaN."""
    images, _log_k = partly_cracked(200, 0, ("whole", "half"))
    local = np.where(images[:100], 100.0, 1.0)
    together = mean_current(local, tolerance=1e-7)
    alone = np.array([mean_current(each, tolerance=1e-7) for each in local[:5]])
    np.testing.assert_allclose(together[:5], alone, atol=1e-5)
