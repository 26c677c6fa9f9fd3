import re
from fractions import Fraction
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Composition, Element

from matnn_lab import datasets
from matnn_lab.representations.formulas import (
    ATOMIC_NUMBERS,
    composition_label,
    formula_amounts,
    formula_fractions,
    read_formulas,
)
from matnn_lab.representations.unread import KINDS

NMC = ("Ni", "Mn", "Co")


def test_elements_are_those_of_the_periodic_table():
    assert {symbol: Element(symbol).Z for symbol in ATOMIC_NUMBERS} == ATOMIC_NUMBERS
    assert len(ATOMIC_NUMBERS) == 103


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Fe₂O₃", "Fe2O3"),
        (" Fe2O3\n", "Fe2O3"),
        ("\ufeffFe2O3\u00a0", "Fe2O3"),
        ("Fe\u200b2O3", "Fe2O3"),
        ("Ｆｅ２Ｏ３", "Fe2O3"),
        ("Fe$_2$O$_{3}$", "Fe2O3"),
        ("Fe_2O_3", "Fe2O3"),
        ("Na_2O", "Na2O"),
        ("CaCO$_3$", "CaCO3"),
        ("CaCO_{3}", "CaCO3"),
        ("Ca(OH)_2", "CaO2H2"),
        ("(Cu50Zr50)0.95Al5", "Cu47.5Zr47.5Al5"),
        ("[(Fe0.5Co0.5)0.75B0.2Si0.05]96Nb4", "Fe36Co36B19.2Si4.8Nb4"),
        ("Fe<sub>2</sub>O<sub>3</sub>", "Fe2O3"),
        ("Fe 2 O 3", "Fe2O3"),
        ("Na2 S O4", "Na2SO4"),
        ("CuSO4·5H2O", "CuSO9H10"),
        ("CuSO₄⋅5H₂O", "CuSO9H10"),
        ("CuSO4•5 H2O", "CuSO9H10"),
        ("CuSO4・5H2O", "CuSO9H10"),
        ("CuSO4*5H2O", "CuSO9H10"),
        ("CuSO4 . 5H2O", "CuSO9H10"),
        ("LiFePO4·H2O", "LiFePO5H2"),
        ("2CaSO4·H2O", "Ca2S2O9H2"),
        ("CaSO4·½H2O", "Ca2S2O9H2"),
        ("CaSO4·1/2H2O", "Ca2S2O9H2"),
        ("Na0.3CoO2·1.3H2O", "Na3Co10O33H26"),
        ("BaO·6Fe2O3", "BaFe12O19"),
        ("CaO.SiO2", "CaSiO3"),
        ("3CaO.Al2O3", "Ca3Al2O6"),
        ("CaSO4.H2O", "CaSO5H2"),
        ("Li[Ni1/3Mn1/3Co1/3]O2", "Li3NiMnCoO6"),
        ("LiNi1/2Mn3/2O4", "Li2NiMn3O8"),
        ("(La0.7Sr0.3)0.98MnO3", "La0.686Sr0.294MnO3"),
        ("La.7Sr.3MnO3", "La7Sr3Mn10O30"),
        ("YBa2Cu3O6.9", "Y10Ba20Cu30O69"),
        ("Mg0.5H2O", "MgH4O2"),
        ("D2O", "H2O"),
        ("LiAlD4", "LiAlH4"),
        ("LiT", "LiH"),
        ("NaN", "Na1N1"),
        ("C60", "C"),
        ("Al100", "Al"),
        ("KOH", "K1O1H1"),
    ],
)
def test_what_has_one_meaning_is_read(written, plain):
    assert formula_fractions([written]) == formula_fractions([plain])


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("CuSO4.5H2O", "hydrate"),
        ("CaSO4.2H2O", "hydrate"),
        ("Zn(NO3)2.6H2O", "hydrate"),
        ("Na2CO3.10H2O", "hydrate"),
        ("CaSO4.0.5H2O", "hydrate"),
        ("CoCl2.6(H2O)", "hydrate"),
        ("(NH4)2SO4·FeSO4.6H2O", "hydrate"),
        ("CuSO4 5H2O", "hydrate"),
        ("CuSO4.5D2O", "hydrate"),
        ("ZnCl2.4NH3", "hydrate"),
        ("BaO.6Fe2O3", "hydrate"),
        ("Fe2O3(s)", "phase"),
        ("H2O (l)", "phase"),
        ("TiO2 (rutile)", "phase"),
        ("TiO2-anatase", "phase"),
        ("Ni60Nb40 glass", "phase"),
        ("α-Al2O3", "polymorph"),
        ("gamma-Fe2O3", "polymorph"),
        ("c-BN", "polymorph"),
        ("YBa2Cu3O7-x", "variable amount"),
        ("YBa2Cu3O7−δ", "variable amount"),
        ("LixCoO2", "variable amount"),
        ("La1-xSrxMnO3", "variable amount"),
        ("Y2O3:Eu3+", "dopant"),
        ("Na+", "charge"),
        ("SO4 2-", "charge"),
        ("Fe²⁺", "charge"),
        ("[PF6]-", "charge"),
        ("Ti-6Al-4V", "designation"),
        ("Ti 6Al 4V", "designation"),
        ("Ti 6 Al 4 V", "designation"),
        ("Al 7075", "designation"),
        ("Al7075", "designation"),
        ("Al 7075 T6", "designation"),
        ("SS316", "designation"),
        ("SUS304", "designation"),
        ("IN718", "designation"),
        ("YBCO", "designation"),
        ("PVDF", "designation"),
        ("Fe2O3_1", "typing"),
        ("Al2O3_10", "typing"),
        ("NaCl_3", "typing"),
        ("Fe_2O_3_1", "typing"),
        ("TIO2", "typing"),
        ("TIN", "typing"),
        ("TIC", "typing"),
        ("SIO2", "typing"),
        ("PBTIO3", "typing"),
        ("(Cu50Zr50)95Al5", "percent"),
        ("[(Cu64Zr36)96Al4]99Y1", "percent"),
        ("CP Ti", "designation"),
        ("Fe–Ni", "designation"),
        ("Al2O3/SiC", "designation"),
        ("TiO2/5Ag", "designation"),
        ("Fe2O3 + C", "designation"),
        ("316L", "designation"),
        ("Fe-20wt%Cr", "percent"),
        ("Al0,3CoCrFeNi", "decimal comma"),
        ("(Mg,Fe)2SiO4", "list of elements"),
        ("Fe(III)2O3", "oxidation state"),
        ("Cu(I)Cl", "oxidation state"),
        ("Si02", "typing"),
        ("Al203", "typing"),
        ("Li2C03", "typing"),
        ("Fe1½O", "typing"),
        ("СаО", "character"),
        ("Fe□O", "character"),
        ("Ca\nO", "character"),
        ("FE2O3", "unknown element"),
        ("Fe0O", "amount"),
        ("steel", "no formula"),
        ("fe2o3", "no formula"),
        ("Ca(OH]2", "no formula"),
        ("n.a.", "missing"),
        ("nan", "missing"),
        ("", "missing"),
        (" ", "missing"),
        (None, "missing"),
        (float("nan"), "missing"),
        (pd.NA, "missing"),
        (3, "no text"),
        (b"Fe", "no text"),
        (np.array(["Fe"]), "no text"),
        ({"Fe": "x"}, "amount"),
        ({}, "no formula"),
        ("Fe" * 300, "no formula"),
    ],
)
def test_what_has_two_meanings_or_none_is_refused_with_its_kind(formula, kind):
    found = read_formulas([formula])
    assert found.amounts == found.fractions == [None]
    assert found.unread["kind"].tolist() == [kind]
    assert kind in KINDS
    with pytest.raises((ValueError, TypeError)) as error:
        formula_fractions(["NaCl", formula])
    assert str(error.value).startswith("Row 1: ")
    assert len(re.findall(r"[.!?](?:\s|$)", str(error.value))) == 1


def test_a_hydrate_is_named_as_it_should_be_written():
    with pytest.raises(ValueError, match="Row 0: .*'CuSO4.5H2O'.*write CuSO4·5H2O .*hydrate"):
        formula_fractions(["CuSO4.5H2O"])
    expected = {"H": 10 / 21, "O": 9 / 21, "S": 1 / 21, "Cu": 1 / 21}
    assert formula_fractions(["CuSO4·5H2O"]) == [expected]


def test_all_bad_rows_are_told_at_once_with_position_and_label():
    column = pd.Series(["NaCl", "steel", "MgO", None], index=["a", "b", "b", "c"])
    found = read_formulas(column)
    assert found.unread["row"].tolist() == [1, 3]
    assert found.unread["label"].tolist() == ["b", "c"]
    assert found.unread["formula"].tolist() == ["steel", None]
    assert found.amounts[2] == {"O": 1.0, "Mg": 1.0}
    assert read_formulas([]).unread.empty


@pytest.mark.parametrize(
    "same",
    [
        ("NaCl", "Na2Cl2", "ClNa", {"Na": 0.5, "Cl": 0.5}, Composition("Na4Cl4")),
        ("Fe0.1Ni0.2", "Fe0.10Ni0.20", "Ni2Fe", "FeNi2", {"Fe": 0.1 * 3, "Ni": 0.2 * 3}),
        ("Fe2O", "Fe0.2O0.1", Composition("Fe2O").fractional_composition, {"Fe": 1, "O": 1 / 2}),
        ("Al0.3CoCrFeNi", "Al3Co10Cr10Fe10Ni10", "(Al0.6Co2Cr2)0.5NiFe"),
        ("Li[Ni1/3Mn1/3Co1/3]O2", "Li3NiMnCoO6", {"Li": 3, "O": 6} | dict.fromkeys(NMC, 1)),
        ("LiNi1/3Mn1/3Co1/3O2", {"Li": 1, "O": 2} | dict.fromkeys(NMC, Fraction(1, 3))),
    ],
)  # fmt: skip
def test_one_composition_has_one_set_of_fractions_to_the_last_bit(same):
    read = formula_fractions(same)
    assert all(each == read[0] for each in read)
    assert all(list(each) == list(read[0]) for each in read)


def test_who_changes_what_was_read_changes_it_for_nobody_else():
    for read in (formula_amounts, lambda text: formula_fractions([text])[0]):
        first = read("Ca(OH)2")
        expected = dict(first)
        first["Ca"] = 7.0
        assert read("Ca(OH)2") == expected


def test_order_of_the_elements_is_that_of_their_atomic_numbers():
    terms = ("Ti0.1", "Mn0.077", "Co0.298", "Zn0.525")
    for order in permutations(terms):
        (fractions,) = formula_fractions(["".join(order)])
        assert list(fractions) == ["Ti", "Mn", "Co", "Zn"]
        assert fractions["Mn"] == 0.077


def test_amounts_are_as_written():
    assert formula_amounts("Ca(OH)2") == {"H": 2.0, "O": 2.0, "Ca": 1.0}
    assert formula_amounts("Al0.30Ni") == {"Al": 0.3, "Ni": 1.0}
    with pytest.raises(ValueError, match=r"^The formula 'steel' cannot be read; write"):
        formula_amounts("steel")
    with pytest.raises(TypeError, match=r"^3 is no formula; give a string"):
        formula_amounts(3)


@pytest.mark.parametrize(
    "name", ["formation_enthalpies", "alloys", "minerals", "prototype_crystals"]
)
def test_every_formula_of_the_course_is_read_as_pymatgen_reads_it(name):
    formulas = getattr(datasets, name)()["formula"].unique()
    found = read_formulas(formulas)
    assert found.unread.empty
    for formula, ours in zip(formulas[::7], found.fractions[::7], strict=True):
        theirs = Composition(formula).fractional_composition.get_el_amt_dict()
        assert set(ours) == set(theirs)
        for symbol, share in theirs.items():
            assert ours[symbol] == pytest.approx(share)


def test_a_lone_formula_is_not_taken_for_a_column():
    for read in (read_formulas, formula_fractions):
        with pytest.raises(TypeError, match=r"give a list of formulas, such as \['NaCl'\]"):
            read("NaCl")


def test_numpy_and_pandas_texts_are_texts():
    assert formula_fractions(np.array(["NaCl"])) == formula_fractions(pd.array(["NaCl"]))


def test_capitals_are_in_doubt_beside_a_formula_that_is_wrong_in_capitals():
    found = read_formulas(["FE2O3", "CO2", "KOH", "NaCl"])
    assert [each is not None for each in found.amounts] == [False, False, True, True]
    assert read_formulas(["Fe2O3", "CO2", "KOH", "NaCl"]).unread.empty


def test_a_table_is_not_taken_for_its_column():
    for read in (read_formulas, formula_fractions):
        with pytest.raises(TypeError, match=r"give one column of it, such as table\['formula'\]"):
            read(pd.DataFrame({"formula": ["NaCl"]}))


def test_ten_and_twenty_parts_in_a_million_are_two_compositions():
    labels = [
        composition_label(each)
        for each in formula_fractions(["Si0.99999P0.00001", "Si0.99998P0.00002", "Si99999P"])
    ]
    assert labels[0] == labels[2] != labels[1]
    assert composition_label({"Fe": 1 / 3, "O": 2 / 3}) == "Fe0.3333 O0.6667"
