"""A regressor that was saved predicts the same when it is loaded, and knows its columns."""

import numpy as np
import pandas as pd
import pytest

from matnn_lab.models.files import load, save
from matnn_lab.training import NetworkRegressor


@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)])
def test_a_saved_ensemble_predicts_the_same(tmp_path, shape):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["mean X", "range X", "row"])
    y = rng.normal(size=shape)
    model = NetworkRegressor(hidden=[8], epochs=2, n_members=2, dropout=0.1).fit(X, y)
    save(model, tmp_path / "model.pt")
    again = load(tmp_path / "model.pt")
    for one, other in zip(
        model.predict(X, return_std=True), again.predict(X, return_std=True), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert again.histories_[0].rows == model.histories_[0].rows
    assert again.predict_dropout(X)[0].shape == y.shape
    with pytest.raises(ValueError, match="feature names"):
        again.predict(X.rename(columns={"row": "column"}))
