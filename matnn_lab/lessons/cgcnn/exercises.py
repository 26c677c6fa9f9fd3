"""Exercises of notebook 11, the crystal graph convolutional network."""

from collections.abc import Iterator

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.exercises import exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.models.activations import sigmoid
from matnn_lab.text import gettext as _


def softplus(x: np.ndarray) -> np.ndarray:
    """Return ln(1 + exp(x))."""
    return np.logaddexp(0, x)


def edges_and_weights() -> Iterator[tuple]:
    """Return vectors of edges, and weights and biases of the gate and of the core."""
    rng = np.random.default_rng(111)
    for n, d, width in ((7, 5, 3), (4, 6, 6), (1, 9, 2)):
        z = rng.normal(size=(n, d))
        w_f, w_s = rng.normal(size=(2, d, width))
        b_f, b_s = rng.normal(size=(2, width))
        yield z, w_f, b_f, w_s, b_s


task(
    "11.1",
    "message(z, W_f, b_f, W_s, b_s)",
    right=lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) * softplus(z @ w_s + b_s),
    mistakes=[
        (
            lambda z, w_f, b_f, w_s, b_s: softplus(z @ w_f + b_f) * sigmoid(z @ w_s + b_s),
            _("The roles are exchanged: W_f and b_f make the gate, through the sigmoid."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) * (z @ w_s + b_s),
            _("The core is still linear: pass it through the softplus, `np.logaddexp(0, x)`."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: (z @ w_f + b_f) * softplus(z @ w_s + b_s),
            _("The gate should pass through the sigmoid."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) + softplus(z @ w_s + b_s),
            _("Gate and core are multiplied, not added."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) * sigmoid(z @ w_s + b_s),
            _("The core passes through the softplus, not through the sigmoid."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) * np.maximum(z @ w_s + b_s, 0),
            _("That is a ReLU; the softplus is ln(1 + eˣ), `np.logaddexp(0, x)`."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f) * np.tanh(z @ w_s + b_s),
            _("The core passes through the softplus, not through tanh."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(-z @ w_f - b_f) * softplus(z @ w_s + b_s),
            _("The gate is upside down: the sigmoid is 1 / (1 + exp(−x))."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f) * softplus(z @ w_s),
            _("The biases are missing: add b_f and b_s before the functions."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: sigmoid(z @ w_f + b_f),
            _("That is the gate alone; multiply it by the core."),
        ),
        (
            lambda z, w_f, b_f, w_s, b_s: softplus(z @ w_s + b_s),
            _("That is the core alone; multiply it by the gate."),
        ),
    ],
    otherwise=lambda z, *_others: _(
        "For {n} edges the messages should be sigmoid(z W_f + b_f) times softplus(z W_s + b_s), component by "
        "component."
    ).format(n=len(z)),
    cases=edges_and_weights,
)


def crystals_of_atoms() -> Iterator[tuple]:
    """Return values of atoms, the crystal of each in any order, and the number of crystals."""
    rng = np.random.default_rng(112)
    for sizes in ([2, 1, 5], [3, 3], [1], [4, 2, 7, 1]):
        crystal = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
        yield rng.normal(size=len(crystal)) - 1, crystal, len(sizes)


def total(values: np.ndarray, crystal: np.ndarray, n_crystals: int) -> np.ndarray:
    """Add up the values of each crystal."""
    return np.bincount(crystal, weights=values, minlength=n_crystals)


def in_order(values: np.ndarray, crystal: np.ndarray, n_crystals: int) -> np.ndarray:
    """Average as if the atoms of a crystal stood side by side."""
    sizes = np.bincount(crystal, minlength=n_crystals)
    return np.add.reduceat(values, np.cumsum(sizes) - sizes) / sizes


task(
    "11.2",
    "readout(values, crystal, n_crystals)",
    right=lambda values, crystal, n: total(values, crystal, n) / np.bincount(crystal, minlength=n),
    mistakes=[
        (total, _("That is the sum over the atoms: a supercell would get a larger value.")),
        (
            lambda values, crystal, n: total(values, crystal, n) / len(values),
            _("You divide by the number of all atoms; each crystal has its own number."),
        ),
        (
            lambda values, crystal, n: total(values, crystal, n) / n,
            _("You divide by the number of crystals; divide by the atoms of each crystal."),
        ),
        (
            lambda values, _crystal, n: np.full(n, values.mean()),
            _("That is one mean for all; give one for each crystal."),
        ),
        (
            lambda values, _crystal, _n: values.mean(),
            _("That is one mean for all; give one for each crystal."),
        ),
        (in_order, _("The atoms may come in any order: look at `crystal`, not at their place.")),
    ],
    otherwise=lambda _values, crystal, n: _(
        "For {n} crystals with {sizes} atoms the means are not right: add up the values of each crystal and "
        "divide by its number of atoms."
    ).format(n=n, sizes=", ".join(map(str, np.bincount(crystal)))),
    cases=crystals_of_atoms,
)


@exercise("11.3")
def grouped_split(answer: object) -> str | None:
    """Check that whole groups are held out, the right number of them, and others with another seed."""
    form = "held_out(groups, share, seed)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(113)
    # shares that ask for a whole number of groups, and one that has to be rounded, up
    sizes = ((10, 60, 0.2), (8, 40, 0.5), (20, 200, 0.25), (12, 50, 0.3))
    for n_groups, n_rows, share in sizes:
        labels = np.array([f"S{k}" for k in range(n_groups)])
        groups = rng.permutation(
            np.concatenate([labels, rng.choice(labels, size=n_rows - n_groups)])
        )
        drawn: dict[int, np.ndarray] = {}
        for seed in (0, 0, 1, 2, 3):
            mask = ask.truths(function(groups, share, seed), n_rows, f"`{form}`")
            if seed in drawn and not np.array_equal(mask, drawn[seed]):
                return _(
                    "The same seed gives another split the second time; draw with the seed given."
                )
            drawn[seed] = mask
            hint = _wrong_groups(groups, mask, share)
            if hint is not None:
                return hint
        if all(np.array_equal(mask, drawn[0]) for mask in drawn.values()):
            return _("Every seed holds out the same groups; draw them at random with the seed.")
        if n_groups == 20 and all(_side_by_side(groups, mask) for mask in drawn.values()):
            return _(
                "The groups held out follow each other in the list of groups, for every seed; draw them at "
                "random, such as with `np.random.default_rng(seed).permutation(...)`."
            )
    return None


def _wrong_groups(groups: np.ndarray, mask: np.ndarray, share: float) -> str | None:
    """Return what is wrong with the groups on the two sides."""
    n = len(np.unique(groups))
    inside, outside = set(groups[mask]), set(groups[~mask])
    if inside & outside:
        return _("The group {group} is on both sides: shuffle the groups, not the rows.").format(
            group=sorted(inside & outside)[0]
        )
    wanted, found = round(share * n), len(inside)
    if found == wanted:
        return None
    if found == int(share * n):
        return _(
            "A share of {share:g} of {n} groups is {exact:g}, rounded {wanted}, but {found} are held out: "
            "`int` cuts off; use `round`."
        ).format(share=share, n=n, exact=share * n, wanted=wanted, found=found)
    if found == n - wanted:
        return _("The answer is turned round: True stands for the rows held out.")
    return _(
        "With {n} groups and a share of {share:g}, exactly {wanted} groups should be held out with any seed, "
        "but {found} are: count groups, not rows, and draw so many."
    ).format(n=n, share=share, wanted=wanted, found=found)


def _side_by_side(groups: np.ndarray, mask: np.ndarray) -> bool:
    """Tell whether the groups held out follow each other in the sorted list, from end to start too."""
    inside = np.isin(np.unique(groups), groups[mask])
    return int((inside & ~np.roll(inside, 1)).sum()) == 1


def bonds_to_share() -> Iterator[tuple]:
    """Return contributions of sites, and edges with the energy that moves along each."""
    rng = np.random.default_rng(114)
    for n_atoms, n_edges in ((4, 12), (2, 12), (1, 6), (6, 5)):
        center, neighbor = rng.integers(n_atoms, size=(2, n_edges))
        yield rng.normal(size=n_atoms), center, neighbor, rng.normal(size=n_edges)


def ledger(gain: float = 1.0, loss: float = 1.0, start: float = 1.0):
    """Return a function that moves energy, with these shares of what is gained, lost and there before."""

    def move(contributions, center, neighbor, amount):
        n = len(contributions)
        gained = np.bincount(center, weights=amount, minlength=n)
        lost = np.bincount(neighbor, weights=amount, minlength=n)
        return start * contributions + gain * gained - loss * lost

    return move


def once(contributions, center, neighbor, amount):
    """Move energy, and forget all edges of a site but the last."""
    result = contributions.copy()
    result[center] += amount
    result[neighbor] -= amount
    return result


task(
    "11.4",
    "move_energy(contributions, center, neighbor, amount)",
    right=ledger(),
    mistakes=[
        (ledger(loss=0.0), _("The sum has changed: what `center` gains, `neighbor` must lose.")),
        (ledger(gain=0.0), _("The sum has changed: what `neighbor` loses, `center` must gain.")),
        (
            ledger(gain=-1.0, loss=-1.0),
            _("The sign is turned: `center` gains and `neighbor` loses."),
        ),
        (ledger(loss=-1.0), _("Both sites gain here; `neighbor` should lose.")),
        (ledger(start=0.0), _("That is the change alone; add it to the contributions.")),
        (
            once,
            _(
                "An atom that occurs in several edges is counted once: use `np.add.at` or `np.bincount`."
            ),
        ),
    ],
    otherwise=lambda _contributions, center, _neighbor, _amount: _(
        "For {n} edges the contributions are not right: go through the edges, add `amount` to the site "
        "`center`, and take it from the site `neighbor`."
    ).format(n=len(center)),
    cases=bonds_to_share,
)
