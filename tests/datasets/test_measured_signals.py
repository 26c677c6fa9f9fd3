import numpy as np
import pytest

from matnn_lab import datasets
from matnn_lab.datasets import gold, iron, raman
from matnn_lab.datasets.gold import BINDING_ENERGY_EV
from matnn_lab.datasets.raman import OXIDES, RAMAN_SHIFT_PER_CM


@pytest.fixture(scope="module")
def glasses():
    return datasets.raman_glasses()


@pytest.fixture(scope="module")
def scans():
    return datasets.gold_scans()


def test_the_oxides_of_a_glass_add_up_to_one(glasses):
    assert np.allclose(glasses[list(OXIDES)].sum(axis=1), 1)
    assert len(glasses[list(OXIDES)].round(4).drop_duplicates()) == 249


def test_spectra_lie_on_the_axis_between_zero_and_one(glasses):
    spectra = np.stack(glasses["spectrum"])
    assert spectra.shape == (258, len(RAMAN_SHIFT_PER_CM))
    assert spectra.min() == 0
    assert spectra.max() == 1


def test_more_silica_moves_the_stretching_band_up(glasses):
    """Fewer oxygens that do not bridge: the band at 950 to 1200 cm⁻¹ shifts to higher wavenumbers."""
    band = RAMAN_SHIFT_PER_CM > 850
    spectra = np.stack(glasses["spectrum"])[:, band]
    centre = spectra @ RAMAN_SHIFT_PER_CM[band] / spectra.sum(axis=1)
    assert np.corrcoef(centre, glasses["sio2"])[0, 1] > 0.5


def test_gold_shows_its_doublet_where_tables_have_it(scans):
    vacuum = np.stack(scans.loc[scans["run"] == "vacuum", "spectrum"]).mean(axis=0)
    low = BINDING_ENERGY_EV < 86
    assert abs(BINDING_ENERGY_EV[low][vacuum[low].argmax()] - 84.0) < 0.4
    high = (BINDING_ENERGY_EV > 86) & (BINDING_ENERGY_EV < 90)
    assert abs(BINDING_ENERGY_EV[high][vacuum[high].argmax()] - 87.7) < 0.4


def test_the_runs_have_their_scans_in_order(scans):
    assert scans["run"].value_counts().to_dict() == {
        "vacuum": 4,
        "oxygen, first day": 300,
        "oxygen, second day": 100,
    }
    for _run, rows in scans.groupby("run"):
        assert rows["scan"].tolist() == list(range(len(rows)))


def test_the_edge_rises_with_the_oxidation_state():
    half = []
    for row in datasets.iron_edges().itertuples():
        before = row.energy < 7080
        line = np.polyfit(row.energy[before], row.absorption[before], 1)
        risen = row.absorption - np.polyval(line, row.energy)
        step = risen[(row.energy > 7200) & (row.energy < 7300)].mean()
        half.append(row.energy[np.argmax(risen > step / 2)])
        assert np.all(np.diff(row.energy) > 0)
    assert half == sorted(half)
    assert 7110 < half[0] < 7122 < half[-1] < 7128


def test_the_card_of_the_glasses_cites_the_paper_that_added_lime_and_magnesia():
    assert {"10.1016/j.gca.2021.08.023", "10.48550/arXiv.2304.12123"} <= set(raman.CARD.doi)


@pytest.mark.parametrize("module", [raman, gold, iron])
def test_a_change_does_not_reach_the_next_who_loads(module):
    load = getattr(datasets, module.CARD.name)
    column = load().columns[-1]
    load()[column][0][:] = -1
    assert load()[column][0].max() > 0


@pytest.mark.parametrize("module", [raman, gold, iron])
def test_a_damaged_file_is_found(module, monkeypatch, tmp_path):
    (tmp_path / "damaged.npz").write_bytes(b"no")
    monkeypatch.setattr(module, "FILE", tmp_path / "damaged.npz")
    with pytest.raises(datasets.DataFileError, match="damaged"):
        getattr(datasets, module.CARD.name)()
