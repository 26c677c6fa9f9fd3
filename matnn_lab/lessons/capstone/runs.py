"""The plumbing of notebook 20: the table after the audit, its folds, one training, and the stored scores."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold
from torch import nn

from matnn_lab.datasets.viscosity import OXIDES, melt_viscosities
from matnn_lab.models.mlp import MLP
from matnn_lab.models.vft import Curve, VFTNetwork, vft
from matnn_lab.training.history import History
from matnn_lab.training.loop import fit, one_device, warm_up_and_cosine
from matnn_lab.training.regressor import _one_thread

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

STORED = Path(__file__).with_name("runs.json")
SPLITS = ("random rows", "by composition", "by paper", "by family of papers")
SHARED_ROWS = 3  # equal rows from which on two papers are one family
N_FOLDS, REPEATS, MEMBERS = 5, (0,), 4
FLOOR = 0.05  # log10 of Pa·s, added to the spread of an ensemble; about the scatter of a good viscometer
MELT, GLASS = 3.0, 9.0  # log10 of Pa·s: below it melts, above it glass formers
# what is tried; chosen anew in each fold, by the papers held out for validation
BASE: dict[str, Any] = {
    "hidden": (64, 64),
    "learning_rate": 0.01,
    "weight_decay": 1e-3,
    "epochs": 60,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "as given": {},
    "narrower": {"hidden": (24, 24)},
    "wider": {"hidden": (128, 128)},
    "more decay": {"weight_decay": 0.1},
}


def prepared(table: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows from which the notebook learns, with their family of papers and their composition.

    Kept are rows with a paper, save one label that says "estimated" and pure water; of rows that are equal
    in composition, temperature and viscosity the first. Families are found before rows are taken out.
    """
    table = melt_viscosities() if table is None else table
    known = table[table["paper"].notna()]
    known = known.assign(family=families(known))
    known = known[~known["paper"].str.contains("estimated") & (known["h2o"] < 50)]
    known = known.drop_duplicates([*OXIDES, "temperature_k", "log10_viscosity_pa_s"])
    rounded = known[list(OXIDES)].round(1)
    return known.assign(composition=rounded.groupby(list(OXIDES)).ngroup()).reset_index(drop=True)


def shared_rows(table: pd.DataFrame) -> Counter[tuple[str, str]]:
    """Count for each two papers the rows that agree to 0.1 mol%, 1 K and 0.01 in log10 η."""
    keys = table[list(OXIDES)].round(1)
    keys = keys.assign(t=table["temperature_k"].round(), eta=table["log10_viscosity_pa_s"].round(2))
    pairs = pd.DataFrame({"key": keys.groupby(list(keys)).ngroup(), "paper": table["paper"]})
    pairs = pairs.drop_duplicates()
    found: Counter[tuple[str, str]] = Counter()
    for _key, papers in pairs[pairs["key"].duplicated(keep=False)].groupby("key")["paper"]:
        found.update(combinations(sorted(papers), 2))
    return found


def families(table: pd.DataFrame, least: int = SHARED_ROWS) -> Rows:
    """Number the families of papers that share at least so many rows, shape (n,)."""
    names = sorted(table["paper"].unique())
    place = {name: number for number, name in enumerate(names)}
    pairs = [pair for pair, count in shared_rows(table).items() if count >= least]
    one, other = ([place[pair[side]] for pair in pairs] for side in (0, 1))
    edges = coo_array((np.ones(len(pairs)), (one, other)), shape=(len(names), len(names)))
    number = connected_components(edges, directed=False)[1]
    return number[table["paper"].map(place)]


def unit(table: pd.DataFrame, split: str) -> NDArray | None:
    """Return what a split keeps together; None for single rows."""
    names = dict(zip(SPLITS, (None, "composition", "paper", "family"), strict=True))
    return None if names[split] is None else table[names[split]].to_numpy()


def folds(table: pd.DataFrame, split: str, repeat: int) -> list[tuple[Rows, Rows]]:
    """Return five pairs of training and test rows; another repeat shuffles anew."""
    groups = unit(table, split)
    kind = KFold if groups is None else GroupKFold
    return list(kind(N_FOLDS, shuffle=True, random_state=repeat).split(table, groups=groups))


def set_aside(
    table: pd.DataFrame, rows: Rows, split: str, seed: int, share: float = 0.15
) -> tuple[Rows, Rows]:
    """Hold out part of the training rows, in the units of the split."""
    groups = unit(table, split)
    of_rows = np.arange(len(rows)) if groups is None else groups[rows]
    chosen = GroupShuffleSplit(1, test_size=share, random_state=seed)
    kept, held = next(chosen.split(rows, groups=of_rows))
    return rows[kept], rows[held]


def structure(table: pd.DataFrame) -> Array:
    """Return numbers that a glass chemist would ask for, shape (n, 3).

    Non-bridging oxygens per tetrahedron (notebook 10, with trivalent iron and phosphorus as formers),
    excess of alumina over the modifiers, and the share of alkalis among the modifiers.
    """
    x = table[list(OXIDES)] / 100
    alkalis = x["na2o"] + x["k2o"]
    modifiers = alkalis + x["mgo"] + x["cao"] + x["feo"] + x["mno"] + x["h2o"]
    balanced = x["al2o3"] + x["fe2o3"]
    formers = x["sio2"] + x["tio2"] + 2 * (balanced + x["p2o5"])
    nbo = np.clip(2 * (modifiers - balanced) / formers.clip(lower=0.1), -1, 4)
    excess = balanced - modifiers
    return np.stack([nbo, 2 * excess, alkalis / modifiers.clip(lower=0.01)], axis=1)


def inputs(table: pd.DataFrame, kind: str = "oxides") -> torch.Tensor:
    """Return composition and temperature (1000 K, last) of each row, shape (n, 13) or (n, 16)."""
    parts = [3 * table[list(OXIDES)].to_numpy() / 100]
    if kind == "oxides + structure":
        parts.append(structure(table))
    parts.append(table[["temperature_k"]].to_numpy() / 1000)
    return torch.tensor(np.concatenate(parts, axis=1), dtype=torch.float32)


class PlainNetwork(nn.Module):
    """A multilayer perceptron that sees temperature as one input more, in scaled units."""

    def __init__(self, n_inputs: int, hidden: Sequence[int], *, inverse: bool = True):
        super().__init__()
        self.inverse = inverse
        self.network = MLP(n_inputs + 1, hidden)
        for name in ("center", "spread", "level", "range"):
            self.register_buffer(name, torch.zeros(()))

    def look_at(self, z: torch.Tensor, y: torch.Tensor) -> None:
        """Take means and spreads from the training rows."""
        z = self._seen(z)
        self.center, self.spread = z.mean(0), z.std(0) + 1e-3
        self.level, self.range = y.mean(), y.std()

    def _seen(self, z: torch.Tensor) -> torch.Tensor:
        if not self.inverse:
            return z
        return torch.cat([z[:, :-1], 1 / z[:, -1:]], dim=1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Predict log10 η, shape (n,)."""
        scaled = (self._seen(z) - self.center) / self.spread
        return self.level + self.range * self.network(scaled)


class ArrheniusNetwork(nn.Module):
    """A network that sees the composition alone and says height and slope of a straight line in 1/T.

    Its curves cannot bend; it is the control for what the equation of `VFTNetwork` adds.
    """

    def __init__(self, n_inputs: int, hidden: Sequence[int]):
        super().__init__()
        self.network = MLP(n_inputs, hidden, 2)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Predict log10 η, shape (n,)."""
        height, slope = self.network(z[:, :-1]).T
        return height - 4 + (13 + 6 * slope) / z[:, -1]


class Trained(NamedTuple):
    """A network and how it came about."""

    model: nn.Module
    history: History

    def predict(self, z: torch.Tensor) -> Array:
        """Predict log10 η, shape (n,)."""
        with _one_thread(), torch.no_grad():
            return self.model(z).double().numpy()


MODELS: dict[str, Callable[..., nn.Module]] = {
    "network of T": partial(PlainNetwork, inverse=False),
    "network of 1/T": PlainNetwork,
    "network in Arrhenius": ArrheniusNetwork,
    "network in VFT": VFTNetwork,
    "network in VFT, one limit": partial(VFTNetwork, one_limit=True),
}


def train(
    name: str, z: torch.Tensor, y: torch.Tensor, rows: Rows, held: Rows, seed: int, **settings: Any
) -> Trained:
    """Train a network on some rows, and keep the epoch that is best on the held rows.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    z, y : torch.Tensor, shapes (n, n_inputs) and (n,)
        Inputs and log10 η of all rows.
    rows, held : numpy.ndarray of int
        To learn from, and to choose the epoch by.
    seed : int
    settings
        What differs from `BASE`.
    """
    chosen = BASE | settings
    torch.manual_seed(seed)
    model = MODELS[name](z.shape[1] - 1, chosen["hidden"])
    if isinstance(model, PlainNetwork):
        model.look_at(z[rows], y[rows])
    optimizer = partial(
        torch.optim.AdamW,
        lr=chosen["learning_rate"],
        weight_decay=chosen["weight_decay"],
        fused=True,
    )
    with _one_thread():
        history = fit(
            model,
            (z[rows], y[rows]),
            (z[held], y[held]),
            loss=nn.functional.huber_loss,
            optimizer=optimizer,
            schedule=warm_up_and_cosine,
            epochs=chosen["epochs"],
            batch_size=512,
            seed=seed,
            fabric=one_device("cpu"),
            progress=False,
        )
    return Trained(model, history)


def linear_vft(z: torch.Tensor, y: torch.Tensor, rows: Rows) -> Callable[[torch.Tensor], Array]:
    """Fit the VFT equation with parameters linear in the oxides, by least squares, and return it.

    The limit is one number for all melts; the logarithm of the glass transition and what stands inside the
    softplus of the fragility are linear in the oxides, with a small penalty on the weights.
    """
    from scipy.optimize import least_squares

    n = z.shape[1] - 1

    def log_eta(weights: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        melt, temperature_k = z[:, :-1], 1000 * z[:, -1]
        tg = 900 * torch.exp(0.3 * (melt @ weights[:n] + weights[n]))
        fragility = 14 + 20 * nn.functional.softplus(melt @ weights[n + 1 : -2] + weights[-2])
        return vft(temperature_k, Curve((weights[-1] - 4).expand(len(z)), tg, fragility))

    known, eta = z[rows].double(), y[rows].double()

    def residuals(weights: Array) -> Array:
        with torch.no_grad():
            off = log_eta(torch.tensor(weights), known) - eta
        return np.concatenate([off.numpy(), 0.1 * weights])

    with _one_thread():
        fitted = torch.tensor(least_squares(residuals, np.zeros(2 * n + 3), max_nfev=100).x)
    return lambda new: log_eta(fitted, new.double()).numpy()


def untrained(table: pd.DataFrame) -> dict[str, dict[str, Array]]:
    """Score on the glass formers of each family fold what has learned nothing from melts.

    These are the network in VFT as it stands before its training, with the seed of the fold, and the
    constant 11.

    Returns
    -------
    dict of str to dict of str to numpy.ndarray, shape (n_folds,)
        By score ("median", "rmse") and by name.
    """
    z, y = inputs(table), target(table).double().numpy()
    names = ("network in VFT, untrained", "always 11")
    errors: dict[str, list[Array]] = {name: [] for name in names}
    for fold, (_rows, test) in enumerate(folds(table, SPLITS[-1], 0)):
        glasses = test[y[test] > GLASS]
        torch.manual_seed(fold)
        model = VFTNetwork(z.shape[1] - 1, BASE["hidden"])
        said = Trained(model, History()).predict(z[glasses])
        for name, values in zip(names, (said, 11.0), strict=True):
            errors[name].append(np.abs(values - y[glasses]))
    return {
        "median": {name: np.array([np.median(e) for e in off]) for name, off in errors.items()},
        "rmse": {name: np.array([rmse(e, 0 * e) for e in off]) for name, off in errors.items()},
    }


def target(table: pd.DataFrame) -> torch.Tensor:
    """Return log10 η (Pa·s) of each row, shape (n,)."""
    return torch.tensor(table["log10_viscosity_pa_s"].to_numpy(), dtype=torch.float32)


def ensemble(table: pd.DataFrame, train_rows: Rows, seed: int) -> tuple[list[Trained], Rows]:
    """Train networks inside the VFT equation, each with other families held out to choose its epoch.

    Returns
    -------
    list of Trained
        As many as `MEMBERS`.
    numpy.ndarray of int
        Rows of a fifth of the families, which none of them has seen: to calibrate intervals on.
    """
    split, z, y = SPLITS[-1], inputs(table), target(table)
    rest, check = set_aside(table, train_rows, split, seed + 50, share=0.2)
    members = []
    for member in range(MEMBERS):
        rows, held = set_aside(table, rest, split, seed + 1000 * (member + 1))
        members.append(train("network in VFT", z, y, rows, held, seed + 1000 * member))
    return members, check


def rmse(true: ArrayLike, predicted: ArrayLike) -> float:
    """Return the root mean square error."""
    return float(np.sqrt(np.mean((np.asarray(predicted) - np.asarray(true)) ** 2)))


@cache
def stored() -> pd.DataFrame:
    """Return the scores that scripts/train_capstone.py stored, one row a training or fold."""
    return pd.read_json(STORED, orient="records")


def glass_transitions(table: pd.DataFrame) -> pd.DataFrame:
    """Read the measured glass transition of each composition of each family off its own rows.

    It is where log10 η crosses 12, by a straight line in 1/T between the nearest rows on both sides, if
    these are at most 1.5 away from 12; other compositions are left out.

    Returns
    -------
    pandas.DataFrame
        First row of each such composition, with ``tg_k``.
    """
    found = []
    near = table[(table["log10_viscosity_pa_s"] - 12).abs() <= 1.5]
    for _both, rows in near.groupby(["family", "composition"]):
        eta = rows["log10_viscosity_pa_s"]
        stiff, soft = rows[eta >= 12], rows[eta <= 12]
        if len(stiff) and len(soft):
            low = stiff.loc[stiff["log10_viscosity_pa_s"].idxmin()]
            high = soft.loc[soft["log10_viscosity_pa_s"].idxmax()]
            found.append(low.to_dict() | {"tg_k": _crossing(low, high)})
    return pd.DataFrame(found)


def _crossing(low: pd.Series, high: pd.Series) -> float:
    (eta1, t1), (eta2, t2) = (
        (row["log10_viscosity_pa_s"], row["temperature_k"]) for row in (low, high)
    )
    share = 0.0 if eta1 == eta2 else (eta1 - 12) / (eta1 - eta2)
    return 1 / (1 / t1 + share * (1 / t2 - 1 / t1))


def ranked(asked: pd.DataFrame, said: ArrayLike) -> dict[str, float]:
    """Score the order of glass transitions, and the tenth that is said to be lowest."""
    from scipy.stats import spearmanr

    true, said = asked["tg_k"].to_numpy(), np.asarray(said, dtype=float)
    k = max(1, round(0.1 * len(true)))
    wanted = true <= np.sort(true)[k - 1]
    order = np.argsort(said, kind="stable")[:k]
    constant = bool(np.ptp(said) == 0)
    return {
        "n": len(true),
        "mae_k": float(np.abs(said - true).mean()),
        "spearman": 0.0 if constant else float(spearmanr(true, said).statistic),
        "precision": float(wanted.mean() if constant else wanted[order].mean()),
        "by_chance": float(wanted.mean()),
    }


def fold_scores(
    model: str,
    split: str = SPLITS[-1],
    *,
    inputs: str = "oxides",
    setting: str = "as given",
    score: str = "rmse",
) -> Array:
    """Return a stored score of each fold, repeats one after the other."""
    found = stored()
    same = (found["part"] == "scores") & (found["model"] == model) & (found["split"] == split)
    same &= (found["inputs"] == inputs) & (found["setting"] == setting)
    return found[same].sort_values(["repeat", "fold"])[score].to_numpy(dtype=float)


def tuned(model: str) -> tuple[Array, list[str]]:
    """Return the test error of the setting that validation chose in each fold, and its name."""
    names = list(SETTINGS)
    validation = np.stack([fold_scores(model, setting=s, score="validation") for s in names])
    test = np.stack([fold_scores(model, setting=s) for s in names])
    best = validation.argmin(axis=0)
    return test[best, np.arange(len(best))], [names[k] for k in best]


def of_folds(values: ArrayLike) -> str:
    """Write mean, standard deviation and range over the folds."""
    values = np.asarray(values, dtype=float)
    return f"{values.mean():.2f} ± {values.std(ddof=1):.2f} ({values.min():.2f}–{values.max():.2f})"


def curves(
    members: Sequence[Trained], factor: float
) -> Callable[[Mapping[str, float], Array], tuple[Array, Array, Array, Array]]:
    """Return what `explorers.glass_explorer` asks: curve, half width, Tg and fragility of a composition.

    Parameters
    ----------
    members : sequence of Trained
        Networks inside the VFT equation.
    factor : float
        By which the spread of the members, with `FLOOR` added, is multiplied.
    """

    def answer(
        melt: Mapping[str, float], temperatures_k: Array
    ) -> tuple[Array, Array, Array, Array]:
        rows = pd.DataFrame(0.0, index=range(len(temperatures_k)), columns=list(OXIDES))
        rows = rows.assign(**melt, temperature_k=temperatures_k)
        z = inputs(rows)
        said = np.array([each.predict(z) for each in members])
        with torch.no_grad():
            shapes = [each.model.curve(z[:1, :-1]) for each in members]  # type: ignore[operator]
        tg, fragility = (
            np.array([getattr(shape, name).item() for shape in shapes])
            for name in ("tg_k", "fragility")
        )
        return said.mean(0), factor * (said.std(0) + FLOOR), tg, fragility

    return answer


def part(name: str, by: str, score: str) -> dict[str, Array]:
    """Return a stored score of each fold of a part, by model or by way."""
    found = stored()
    rows = found[found["part"] == name].sort_values(["repeat", "fold"])
    return {key: rows[rows[by] == key][score].to_numpy(dtype=float) for key in rows[by].unique()}
