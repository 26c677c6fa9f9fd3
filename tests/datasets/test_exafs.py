import numpy as np
import pytest

from matnn_lab.datasets.exafs import PHASE_SLOPE_A, Shell, backscattering, exafs, wavenumber

K = np.linspace(3, 14, 1200)


def test_the_wavenumber_is_that_of_a_free_electron():
    """The field's rule: E − E₀ = 3.81 k², so 100 eV above the edge k is 5.12 Å⁻¹."""
    assert wavenumber([7000, 7112, 7212], 7112) == pytest.approx([0, 0, 5.123], abs=1e-3)


def test_shells_add_up():
    near, far = Shell(6, 1.95), Shell(8, 3.05)
    assert np.allclose(exafs(K, [near, far]), exafs(K, [near]) + exafs(K, [far]))
    assert np.allclose(exafs(K, [Shell(12, 1.95)]), 2 * exafs(K, [near]))


@pytest.mark.parametrize("distance", [1.9, 2.5, 3.4])
def test_the_transform_peaks_at_the_distance_less_the_phase(distance):
    """sin(2kR + φ) with φ = φ₀ + ak peaks at R + a/2, as each textbook warns."""
    weight = exafs(K, [Shell(6, distance)]) * K**2 * np.hanning(len(K))
    r = np.linspace(1, 5, 4001)
    transform = np.abs(np.exp(2j * r[:, None] * K) @ weight)
    assert r[transform.argmax()] == pytest.approx(distance + PHASE_SLOPE_A / 2, abs=0.01)


def test_the_logarithm_of_the_ratio_is_a_line_in_k_squared():
    """The ratio method: two spectra that differ in σ² alone have ln(χ₁/χ₂) = −2Δσ² k²."""
    one, two = (exafs(K, [Shell(6, 2.0, variance)]) for variance in (0.003, 0.008))
    assert np.allclose(np.log(one / two), 2 * 0.005 * K**2)


def test_the_amplitude_falls_as_the_square_of_the_distance():
    no_loss = {"mean_free_path_a": 1e9, "amplitude": 1.0}
    for distance in (2.0, 4.0):
        largest = backscattering(K) / (K * distance**2)
        chi = exafs(K, [Shell(1, distance, 0.0)], **no_loss)
        assert np.all(np.abs(chi) <= largest * (1 + 1e-9))
        assert np.max(np.abs(chi) / largest) > 0.999


def test_zero_is_refused():
    with pytest.raises(ValueError, match="greater than 0"):
        exafs([0.0, 1.0], [Shell(6, 2.0)])
    with pytest.raises(ValueError, match="distances"):
        exafs([1.0], [Shell(6, 0.0)])


def test_energies_in_kev_and_distances_in_nm_are_refused():
    with pytest.raises(ValueError, match="eV, not keV"):
        wavenumber([7.2, 7.3], 7.112)
    for distance in (0.255, 255.0):
        with pytest.raises(ValueError, match="not nm or pm"):
            exafs([3.0, 4.0], [Shell(12, distance)])


def test_nothing_is_amplified_on_its_way():
    for changed in ({"mean_free_path_a": -8.0}, {"amplitude": np.nan}):
        with pytest.raises(ValueError, match="mean free paths|amplitudes"):
            exafs([3.0, 4.0], [Shell(12, 2.55)], **changed)
    with pytest.raises(ValueError, match="variances"):
        exafs([3.0, 4.0], [Shell(12, 2.55, -0.01)])


def test_a_shell_may_be_a_tuple():
    assert np.array_equal(exafs([3.0, 4.0], [(12, 2.55)]), exafs([3.0, 4.0], [Shell(12, 2.55)]))


@pytest.mark.parametrize(
    "shells", [(6, 2.5, 0.004), [(6,)], [(6, 2.5, 0.004, 1)], 5, "Fe", {"N": 6}]
)
def test_what_is_no_shell_is_said_in_one_sentence(shells):
    with pytest.raises(ValueError, match="give number, distance in Å"):
        exafs([2.0, 3.0], shells)


def test_energies_in_kev_are_not_all_below_the_edge():
    with pytest.raises(ValueError, match="energies .eV, not keV."):
        wavenumber([7.1, 7.2], 7112.0)
    with pytest.raises(ValueError, match="NaN"):
        backscattering([np.nan])


def test_a_shell_is_read_from_text_as_from_numbers():
    k = np.linspace(2, 14, 50)
    assert np.array_equal(exafs(k, [("6", "2.5")]), exafs(k, [(6, 2.5)]))
    with pytest.raises(ValueError, match="cannot be read as real numbers"):
        exafs(k, [("6", "2,5")])
