"""What a hidden vector is good for: properties from few labels, by split."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import RidgeCV

from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import fit, warm_up_and_cosine

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
SIZES = (10, 30, 100, 300, 1000)
NETWORK_SIZES = (100, 1000)
NETWORK_SPLIT = "new chemical systems"
SPLITS = {"new chemical systems": "chemical_system", "new structure types": "prototype_name"}
STEPS = 1000
FEATURES = (
    *("composition", "composition + radial distribution"),
    *("own CGCNN, untrained", "own CGCNN"),
    *("CGCNN, untrained", "CGCNN"),
)
# both descriptions without learning, each joined with each z
JOINED = tuple(f"{before} + {z}" for before in FEATURES[:2] for z in FEATURES[2:])
ALPHAS = np.logspace(-2, 5, 15)


def split_by(groups: ArrayLike, draw: int) -> tuple[Rows, Rows, Rows]:
    """Draw rows for training, validation (a tenth) and test (a fifth), whole groups on one side."""
    groups = np.asarray(groups)
    names = np.random.default_rng(draw).permutation(np.unique(groups))
    test, held = names[: len(names) // 5], names[len(names) // 5 : 3 * len(names) // 10]
    part = np.where(np.isin(groups, test), 2, np.isin(groups, held))
    first, second, third = (np.flatnonzero(part == number) for number in range(3))
    return first, second, third


def draw_labels(train: Rows, n: int, draw: int) -> Rows:
    """Draw the rows whose labels are known; fewer labels are a part of more."""
    return np.random.default_rng(100 + draw).permutation(train)[:n]


def mae_of_ridge(features: Array, y: Array, train: Rows, labelled: Rows, test: Rows) -> float:
    """Fit a ridge on the labelled rows and return its mean absolute error on the test rows.

    The columns are scaled on all training rows, which needs no labels; a column that does not vary there is
    left out, since its rounding would be blown up. The strength of the ridge is chosen by leave-one-out on
    the labelled rows.
    """
    middle, spread = features[train].mean(axis=0), features[train].std(axis=0)
    kept = spread > 1e-8 * (1 + np.abs(features[train]).max(axis=0))
    rows = (features[:, kept] - middle[kept]) / spread[kept]
    model = RidgeCV(ALPHAS).fit(rows[labelled], y[labelled])
    return float(np.abs(model.predict(rows[test]) - y[test]).mean())


def few_labels(
    rows: Array,
    y: Array,
    groups: ArrayLike,
    sizes: Sequence[int] = (10, 30, 100),
    draws: int = 10,
) -> Array:
    """Give the test errors of ridges on few labels, shape (draws, sizes); whole groups are left out."""
    errors = np.empty((draws, len(sizes)))
    for draw in range(draws):
        train, held, test = split_by(groups, draw)
        pool = np.concatenate([train, held])
        for column, n in enumerate(sizes):
            errors[draw, column] = mae_of_ridge(rows, y, pool, draw_labels(pool, n, draw), test)
    return errors


def train_cgcnn(
    graphs: CrystalGraphs,
    y: Array,
    train: Rows,
    validation: Rows,
    seed: int,
    epochs: int,
    batch_size: int = 128,
) -> tuple[CGCNN, Array]:
    """Train the network of notebook 11, keep its best epoch; return it and its validation errors."""
    targets = torch.tensor(y, dtype=torch.float32)
    spread = targets[train].std() if len(train) > 1 else torch.tensor(1.0)
    torch.manual_seed(seed)
    model = CGCNN(
        32, 2, 64, head_on="sites", shift=float(targets[train].mean()), scale=float(spread)
    )
    history = fit(
        model,
        (graphs[train], targets[train]),
        (graphs[validation], targets[validation]),
        epochs=epochs,
        batch_size=batch_size,
        loss=torch.nn.functional.l1_loss,
        optimizer=partial(torch.optim.AdamW, lr=0.02, fused=True),
        schedule=warm_up_and_cosine,
        seed=seed,
        progress=False,
    )
    return model, history.frame["validation_loss"].to_numpy()


def with_spread(scores: Array) -> list[str]:
    """Write the mean of each column (rows are draws) with its standard deviation over them."""
    columns = zip(scores.mean(axis=0), scores.std(axis=0), strict=True)
    return [f"{mean:.2f} ± {spread:.2f}" for mean, spread in columns]


def mae_from_nothing(
    graphs: CrystalGraphs, y: Array, labelled: Rows, test: Rows, seed: int
) -> tuple[float, Array]:
    """Train on the labelled crystals alone, a fifth held out to choose the epoch; about 1,000 steps."""
    held, train = np.split(labelled, [max(2, len(labelled) // 5)])
    batch = min(64, len(train))
    epochs = max(60, STEPS // -(-len(train) // batch))
    model, curve = train_cgcnn(graphs, y, train, held, seed, epochs, batch)
    with torch.no_grad():
        predicted = model(graphs[test]).numpy()
    return float(np.abs(predicted - y[test]).mean()), curve
