import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, PredefinedSplit

from matnn_lab.datasets import prototype_crystals
from matnn_lab.evaluation.splitting.leakage import leakage_report
from matnn_lab.evaluation.splitting.splits import ChemicalSystemKFold, FormulaKFold, PrototypeKFold


def test_shares_are_those_of_the_test_rows():
    formulas = ["Fe2O3", "FeO", "MgO", "Fe4O6", "Fe3O4", "ZnS"]
    split = PredefinedSplit([-1, -1, -1, 0, 0, 0])
    report = leakage_report(split, formulas, formulas=formulas, paper=list("abcadd"))
    assert report.loc[1].to_dict() == {
        "train": 3,
        "test": 3,
        "shared formula": pytest.approx(1 / 3),
        "shared chemical system": pytest.approx(2 / 3),
        "shared paper": pytest.approx(1 / 3),
        "all elements known": pytest.approx(2 / 3),
    }


def test_each_split_shares_what_it_should_and_nothing_that_it_forbids():
    crystals = prototype_crystals()
    names = {"formulas": crystals["formula"], "prototype": crystals["prototype"]}

    def shared(splitter, groups):
        return leakage_report(splitter, crystals, None, groups, **names)

    random = shared(KFold(5, shuffle=True, random_state=0), None)
    assert (random.filter(like="shared") > 0.95).all(axis=None)
    formula = shared(FormulaKFold(), crystals["formula"])
    assert (formula["shared formula"] == 0).all()
    assert (formula["shared chemical system"] > 0.5).all()
    system = shared(ChemicalSystemKFold(), crystals["formula"])
    assert (system[["shared formula", "shared chemical system"]] == 0).all(axis=None)
    assert (system["shared prototype"] > 0.9).all()
    prototype = shared(PrototypeKFold(), crystals["prototype"])
    assert (prototype["shared prototype"] == 0).all()
    assert (prototype["shared formula"] > 0.7).all()


def test_labels_have_to_be_one_a_row():
    with pytest.raises(
        ValueError, match="2 entries of paper were given for 3 rows; give one a row"
    ):
        leakage_report(KFold(2), [1, 2, 3], paper=["a", "b"])


@pytest.mark.parametrize("missing", [[np.nan] * 6, pd.Series([np.nan] * 6), [None] * 6])
def test_a_missing_label_is_shared_with_no_other_row(missing):
    report = leakage_report(KFold(2), np.zeros((6, 1)), mineral=missing, paper=["a"] * 6)
    assert (report["shared mineral"] == 0).all()
    assert (report["shared paper"] == 1).all()
