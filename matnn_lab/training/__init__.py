"""How a model learns: one loop, what it did, losses, optimizers, and regressors that need no loop.

`loop` trains any PyTorch model and returns a `history` · `regressor` is the ensemble with scikit-learn's
face, `crystal_regressor` the one that reads structures · `losses`, `optimizers` and `autograd` are what
the notebooks write out · `batches` and `energy_forces` pack data. Each name below is loaded when it is
first used.
"""

from matnn_lab.faces import lazy

__all__, __getattr__ = lazy(
    __name__,
    {
        "crystal_regressor": ("CrystalRegressor",),
        "history": ("History",),
        "loop": ("fit", "warm_up_and_cosine"),
        "regressor": ("NetworkRegressor",),
    },
)
