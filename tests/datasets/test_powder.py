import numpy as np
import pytest

from matnn_lab.datasets import measured_powders, mineral_structures, minerals
from matnn_lab.datasets.powder import FILE, SAMPLES
from matnn_lab.representations.spectra import Reflections, bragg_angle


@pytest.fixture(scope="module")
def table():
    return measured_powders()


def test_angles_rise_evenly_in_each_pattern(table):
    for sample, step in (("fluorapatite", 0.02), ("NAC", 0.002)):
        angle = table.loc[table["sample"] == sample, "two_theta_deg"]
        assert np.allclose(np.diff(angle), step, atol=1e-6)
    assert list(table["sample"].unique()) == list(SAMPLES)


def test_laboratory_counts_are_whole_numbers(table):
    counts = table.loc[table["sample"] == "fluorapatite", "intensity"]
    assert (counts == counts.round()).all()
    assert counts.min() > 0


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_strongest_lines_are_where_the_mineral_has_them(table, sample):
    """With the wavelength of the table, the highest points lie at lines of the crystal of this formula."""
    part = table[table["sample"] == sample]
    formula, wavelength = SAMPLES[sample]
    entry = minerals().query("formula == @formula")["amcsd_id"].iloc[-1:]
    low, high = part["two_theta_deg"].min(), min(part["two_theta_deg"].max(), 60)
    (crystal,) = mineral_structures(entry)
    lines = Reflections.from_structures([crystal], wavelength, (low, high)).lines()
    strong = lines.nlargest(5, "intensity")
    known = bragg_angle(strong["d_a"], wavelength)
    relative = part["intensity"] / part["intensity"].max()
    for angle in known:
        near = np.abs(part["two_theta_deg"] / angle - 1) < 0.005
        assert relative[near].max() > 0.2


def test_the_notice_that_the_licence_asks_for_lies_beside_the_file():
    notice = FILE.with_name("powder_patterns_licence.md").read_text(encoding="utf-8")
    assert "MIT License" in notice
    assert "Copyright (c) 2026 Yue Wu" in notice
    assert "UChicago Argonne" in notice
