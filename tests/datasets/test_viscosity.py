import sys
from importlib.util import find_spec

import pytest

from matnn_lab.datasets import files
from matnn_lab.datasets.files import DataFileError
from matnn_lab.datasets.viscosity import OXIDES, melt_viscosities

needs_gpvisc = pytest.mark.skipif(find_spec("gpvisc") is None, reason="gpvisc is not installed")


@pytest.fixture(scope="module")
def table():
    return melt_viscosities()


@needs_gpvisc
def test_amounts_are_mole_percent_and_temperatures_kelvin(table):
    assert table[list(OXIDES)].sum(axis=1).between(99.96, 100.04).all()
    assert table["temperature_k"].between(275, 2800).all()
    assert table["log10_viscosity_pa_s"].between(-3.5, 16).all()


@needs_gpvisc
def test_water_has_the_viscosity_of_water(table):
    """About 1 mPa·s at 293 K: the unit is Pa·s and the logarithm has the base 10."""
    water = table[(table["h2o"] == 100) & (table["temperature_k"].round() == 293)]
    assert 10 ** water["log10_viscosity_pa_s"].item() == pytest.approx(1.0e-3, rel=0.01)


@needs_gpvisc
def test_rows_without_a_paper_are_whole_numbers(table):
    without = table[table["paper"].isna()]
    assert len(without) == 12231
    assert (without["log10_viscosity_pa_s"] % 1 == 0).all()
    assert table["paper"].nunique() == 200


@needs_gpvisc
def test_the_package_is_not_imported(table):
    assert "gpvisc" not in sys.modules


def test_one_sentence_says_how_to_get_the_package(monkeypatch):
    monkeypatch.setattr(files, "find_spec", lambda package: None)
    with pytest.raises(DataFileError, match="is not installed; run `pip install .* gpvisc`"):
        melt_viscosities()
