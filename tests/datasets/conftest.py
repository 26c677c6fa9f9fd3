"""The four data sets, loaded once."""

import pandas as pd
import pytest

from matnn_lab import datasets


@pytest.fixture(scope="session")
def enthalpies() -> pd.DataFrame:
    return datasets.formation_enthalpies()


@pytest.fixture(scope="session")
def crystals() -> pd.DataFrame:
    return datasets.prototype_crystals()


@pytest.fixture(scope="session")
def alloys() -> pd.DataFrame:
    return datasets.alloys()


@pytest.fixture(scope="session")
def minerals() -> pd.DataFrame:
    return datasets.minerals()
