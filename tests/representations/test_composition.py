import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matminer.featurizers.composition import ElementProperty, Stoichiometry, ValenceOrbital
from matminer.utils.data import MagpieData
from pymatgen.core import Composition

from matnn_lab.representations.composition import (
    LAST_ELEMENT,
    NORMS,
    STATISTICS,
    composition_features,
    element_fractions,
    element_properties,
    fraction_matrix,
    property_statistics,
)

FORMULAS = [
    "NaCl",
    "Fe2O3",
    "CaTiO3",
    "Al0.5CoCrFeNi",
    "K4[Fe(CN)6]",
    "H2O",
    "U3Si2",
    "LaNi5",
    "Cu",
]
# the columns in which pymatgen's table and Magpie's have the same value for every element H to Lr
SAME = ["Number", "Row", "Column", "NValence", "NUnfilled"] + [
    f"N{shell}{kind}" for shell in "spdf" for kind in ("Valence", "Unfilled")
]
# newer values in pymatgen's table: atomic weights of IUPAC, melting points, and electronegativities
# of rare earths that Pauling left out
NEWER = {
    "AtomicWeight": set(["Ne", "Zn", "Mo", "Yb", "Lu", "Po", "Rn"]),
    "Electronegativity": set(["Pm", "Eu", "Tb", "Yb"]),
}
MATMINER = dict(
    zip(STATISTICS, ("minimum", "maximum", "range", "mean", "avg_dev", "mode"), strict=True)
)
symbols = st.sampled_from(list(element_properties().index))
compositions = st.dictionaries(symbols, st.floats(0.01, 20), min_size=1, max_size=6)


def magpie(name):
    values = MagpieData(impute_nan=False).all_elemental_props[name]
    return np.array([values[symbol] for symbol in element_properties().index])


@pytest.mark.parametrize("name", SAME)
def test_property_has_the_values_of_magpie(name):
    np.testing.assert_array_equal(element_properties()[name], magpie(name))


@pytest.mark.parametrize("name", NEWER)
def test_newer_values_are_the_named_ones_only(name):
    ours, theirs = element_properties()[name], magpie(name)
    differ = set(ours.index[~np.isclose(ours, theirs, rtol=1e-6) & ~np.isnan(theirs)])
    assert differ == NEWER[name]


def test_mendeleev_number_is_pettifors_and_not_villars():
    ours = element_properties()["MendeleevNumber"]
    assert sorted(ours) == list(range(1, LAST_ELEMENT + 1))
    assert not np.array_equal(ours, magpie("MendeleevNumber"))
    assert list(ours.sort_values().index[[0, -1]]) == ["He", "H"]


def test_every_feature_of_the_same_table_is_that_of_matminer():
    theirs = ElementProperty("magpie", SAME, list(MATMINER.values()), impute_nan=False)
    expected = np.array([theirs.featurize(Composition(formula)) for formula in FORMULAS])
    names = [f"{statistic} {name}" for name in SAME for statistic in STATISTICS]
    ours = composition_features(FORMULAS)[names]
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-8)


@settings(deadline=None, max_examples=20)
@given(st.lists(compositions, min_size=1, max_size=4))
def test_statistics_of_magpies_whole_table_are_those_of_matminer(amounts):
    source = MagpieData(impute_nan=True)
    names = sorted(set(source.all_elemental_props) - {"OxidationStates", "IonizationEnergies"})
    table = np.array(
        [[source.all_elemental_props[n][e] for n in names] for e in element_properties().index]
    )
    theirs = ElementProperty(source, names, list(MATMINER.values()), impute_nan=False)
    expected = [theirs.featurize(Composition(each)) for each in amounts]
    ours = property_statistics(element_fractions(amounts), table)
    np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-8)


def test_norms_and_valence_shares_are_those_of_matminer():
    norms = Stoichiometry(p_list=(0, *NORMS))
    shares = ValenceOrbital(props=["frac"], impute_nan=False)
    for formula, row in zip(FORMULAS, composition_features(FORMULAS).iloc, strict=True):
        composition = Composition(formula)
        ours = row[[f"{p}-norm" for p in (0, *NORMS)]]
        np.testing.assert_allclose(ours, norms.featurize(composition), atol=1e-8)
        ours = row[[f"share of {shell} electrons" for shell in "spdf"]]
        np.testing.assert_allclose(ours, shares.featurize(composition), atol=1e-8)


def test_sodium_chloride_is_as_computed_by_hand():
    row = composition_features(["NaCl"]).iloc[0]
    assert row["mean Electronegativity"] == pytest.approx((0.93 + 3.16) / 2)
    assert row["range Electronegativity"] == pytest.approx(3.16 - 0.93)
    assert row["average deviation Electronegativity"] == pytest.approx((3.16 - 0.93) / 2)
    assert row["maximum ionic character"] == pytest.approx(1 - np.exp(-((3.16 - 0.93) ** 2) / 4))
    assert row["charge imbalance"] == 0


def test_charge_imbalance_is_what_no_common_oxidation_state_balances():
    imbalance = composition_features(["NaCl", "NaCl3", "Fe2O3", "FeO", "Al2O3", "AlO"])
    expected = [0, 2 / 4, 0, 0, 0, 1 / 2]
    np.testing.assert_allclose(imbalance["charge imbalance"], expected, atol=1e-12)


@settings(deadline=None)
@given(compositions, st.floats(0.1, 50))
def test_only_proportions_count(amounts, factor):
    larger = {symbol: factor * amount for symbol, amount in amounts.items()}
    one, two = composition_features([amounts, larger]).to_numpy()
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(compositions)
def test_order_of_the_elements_does_not_count(amounts):
    backwards = dict(reversed(amounts.items()))
    one, two = composition_features([amounts, backwards]).to_numpy()
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(st.lists(compositions, min_size=1, max_size=5))
def test_a_formula_has_the_same_features_to_the_last_bit_in_any_company(amounts):
    together = composition_features(amounts)
    alone = np.vstack([composition_features([each]) for each in amounts])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(
    "same",
    [
        ["NaCl", "Na2Cl2", "ClNa", "Na0.10Cl0.1"],
        ["Ti0.1Mn0.077Co0.298Zn0.525", "Zn0.525Co0.298Mn0.077Ti0.1", "Ti100Mn77Co298Zn525"],
        ["Al0.1Co0.2Cr0.3Fe0.15Ni0.25", "Ni5Fe3Cr6Co4Al2"],
        ["CuSO4·5H2O", "CuSO9H10", "(H2O)5O4SCu"],
    ],
)
def test_one_alloy_has_one_row_to_the_last_bit(same):
    rows = composition_features(same).to_numpy()
    np.testing.assert_array_equal(rows, np.broadcast_to(rows[0], rows.shape))


def test_a_property_that_all_elements_share_has_no_round_off():
    rng = np.random.default_rng(0)
    row_four = ["Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"]
    formulas = []
    for _ in range(300):
        four = rng.choice(row_four, size=4, replace=False)
        amounts = rng.dirichlet(np.ones(4)).round(3) + 0.001
        formulas.append("".join(f"{e}{a:.3f}" for e, a in zip(four, amounts, strict=True)))
    features = composition_features(formulas)
    assert (features["mean Row"] == 4).all()
    assert (features["average deviation Row"] == 0).all()
    spread = features.std(ddof=0)
    assert not ((spread > 0) & (spread < 1e-9)).any()


def test_mean_of_a_constant_that_is_no_whole_number_is_that_constant():
    rng = np.random.default_rng(1)
    amounts = [dict(zip("HCNO", row, strict=True)) for row in rng.uniform(0.1, 1, size=(200, 4))]
    statistics = property_statistics(element_fractions(amounts), np.full((LAST_ELEMENT, 1), 14.62))
    assert (statistics[:, STATISTICS.index("mean")] == 14.62).all()
    assert (statistics[:, STATISTICS.index("average deviation")] == 0).all()


def test_norms_do_not_hang_on_which_element_has_which_share():
    norms = composition_features(["Ti0.1Ni0.2Zr0.7", "Ti0.7Ni0.1Zr0.2", "Fe0.2Cu0.7Ag0.1"])
    norms = norms[[f"{p}-norm" for p in (0, *NORMS)]]
    assert (norms.nunique() == 1).all()


def test_one_long_formula_costs_the_others_no_memory():
    steel = "Fe70Cr12Ni6Mn2Si1Mo1Cu1Nb1Ti1V1W1Al1C2"
    formulas = [*["NaCl", "Fe2O3"] * 10_000, steel]
    tracemalloc.start()
    features = composition_features(formulas)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * features.to_numpy().nbytes


def test_no_feature_of_any_element_or_pair_is_missing():
    elements = list(element_properties().index)
    pairs = [f"{a}{b}" for a in elements for b in elements[::7]]
    features = composition_features(elements + pairs)
    assert np.isfinite(features.to_numpy()).all()
    assert (features.dtypes == np.float64).all()
    assert features.columns.is_unique


def test_values_filled_in_are_named_and_lie_between_chemical_neighbors():
    table = element_properties()
    imputed = table.attrs["imputed"]
    assert set(imputed) == {
        "Electronegativity",
        "AtomicRadius",
        "VanDerWaalsRadius",
        "MolarVolume",
        "BoilingT",
        "BulkModulus",
    }
    # strontium stands between barium and calcium on Pettifor's scale; measured: 11.6 GPa
    moduli = table["BulkModulus"]
    assert "Sr" in imputed["BulkModulus"]
    assert moduli["Sr"] == pytest.approx((moduli["Ba"] + moduli["Ca"]) / 2)


def test_changing_the_returned_table_changes_no_feature():
    before = composition_features(["NaCl"])
    element_properties()["Electronegativity"] = 0.0
    assert composition_features(["NaCl"]).equals(before)


@pytest.mark.parametrize(
    ("formula", "same"),
    [
        ("Ca(OH)2", "CaO2H2"),
        ("CuSO4(H2O)5", "CuSO9H10"),
        ("K4[Fe(CN)6]", "K4FeC6N6"),
        ("Ba(Fe2(OH)3)2", "BaFe4O6H6"),
        ("(Na2O)0.5SiO2", "NaSiO2.5"),
        ("Fe 2 O3", "Fe2O3"),
        ("CH3COOH", "C2H4O2"),
        (Composition("Fe2O3"), "Fe2O3"),
        ({"Na": 1, "Cl": 1}, "NaCl"),
    ],
)
def test_formula_is_read_as_written_out(formula, same):
    one, two = fraction_matrix([formula, same]).to_numpy()
    np.testing.assert_allclose(one, two, atol=1e-12)


@settings(deadline=None)
@given(compositions)
def test_formulas_are_read_as_by_pymatgen(amounts):
    formula = "".join(f"{symbol}{amount:.6f}" for symbol, amount in amounts.items())
    row = fraction_matrix([formula]).iloc[0]
    composition = Composition(formula)
    for element in composition:
        assert row[element.symbol] == pytest.approx(composition.get_atomic_fraction(element))


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("", "cannot be read"),
        ("fe2o3", "cannot be read"),
        ("Fe-2O3", "cannot be read"),
        ("Fe2O3.2H2O", "cannot be read"),
        ("Ca(OH2", "cannot be read"),
        ("Na+", "cannot be read"),
        ({}, "cannot be read"),
        ("Xx2O", "not an element"),
        ("Rf2O", "not an element"),
        ("Fe0O", "is 0"),
        ({"Fe": -1, "O": 2}, "is -1"),
        ({"Fe": float("nan")}, "is nan"),
    ],
)
def test_bad_formula_is_named_with_its_row_in_one_sentence(formula, reason):
    with pytest.raises(ValueError) as error:
        composition_features(["NaCl", formula])
    message = str(error.value)
    assert message.startswith("Row 1: ")
    assert str(formula) in message
    assert reason in message
    assert len(re.findall(r"[.!?](?:\s|$)", message)) == 1


@pytest.mark.parametrize("formula", [3, None, float("nan"), ["Fe"]])
def test_what_is_no_formula_is_named_with_its_row(formula):
    with pytest.raises(TypeError, match="Row 1: .* is no formula; give a string"):
        composition_features(["NaCl", formula])


def test_a_lone_formula_is_not_taken_for_a_list_of_letters():
    with pytest.raises(TypeError, match=r"give a list of formulas, such as \['NaCl'\]"):
        composition_features("NaCl")


def test_no_formula_gives_an_empty_table_with_all_columns():
    assert composition_features([]).shape == (0, composition_features(["Cu"]).shape[1])


def test_fractions_sum_to_one():
    np.testing.assert_allclose(fraction_matrix(FORMULAS).sum(axis=1), 1)
