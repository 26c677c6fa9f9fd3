"""Exercises of notebook 11, the crystal graph convolutional network."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.text import gettext as _


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return 1/(1 + exp(−x))."""
    return 1 / (1 + np.exp(-x))


def softplus(x: np.ndarray) -> np.ndarray:
    """Return ln(1 + exp(x))."""
    return np.logaddexp(0, x)


@exercise("11.1")
def gated_message(answer: object) -> str | None:
    """Check sigmoid gate times softplus core."""
    function = ask.function(answer, "message(z, W_f, b_f, W_s, b_s)")
    rng = np.random.default_rng(111)
    for n, d, width in ((7, 5, 3), (4, 6, 6), (1, 9, 2)):
        z = rng.normal(size=(n, d))
        w_f, w_s = rng.normal(size=(2, d, width))
        b_f, b_s = rng.normal(size=(2, width))
        found = function.array(z, w_f, b_f, w_s, b_s, shape=(n, width))
        gate, core = z @ w_f + b_f, z @ w_s + b_s
        if agrees(found, sigmoid(gate) * softplus(core)):
            continue
        mistakes = [
            (
                softplus(gate) * sigmoid(core),
                _("The roles are exchanged: W_f and b_f make the gate, through the sigmoid."),
            ),
            (
                sigmoid(gate) * core,
                _("The core is still linear: pass it through the softplus, `np.logaddexp(0, x)`."),
            ),
            (gate * softplus(core), _("The gate should pass through the sigmoid.")),
            (sigmoid(gate) + softplus(core), _("Gate and core are multiplied, not added.")),
            (
                sigmoid(gate) * sigmoid(core),
                _("The core passes through the softplus, not through the sigmoid."),
            ),
            (
                sigmoid(gate) * np.maximum(core, 0),
                _("That is a ReLU; the softplus is ln(1 + eˣ), `np.logaddexp(0, x)`."),
            ),
            (
                sigmoid(gate) * np.tanh(core),
                _("The core passes through the softplus, not through tanh."),
            ),
            (
                sigmoid(-gate) * softplus(core),
                _("The gate is upside down: the sigmoid is 1 / (1 + exp(−x))."),
            ),
            (
                sigmoid(z @ w_f) * softplus(z @ w_s),
                _("The biases are missing: add b_f and b_s before the functions."),
            ),
            (sigmoid(gate), _("That is the gate alone; multiply it by the core.")),
            (softplus(core), _("That is the core alone; multiply it by the gate.")),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For {n} edges the messages should be sigmoid(z W_f + b_f) times softplus(z W_s + b_s), "
            "component by component."
        ).format(n=n)
    return None


@exercise("11.2")
def mean_readout(answer: object) -> str | None:
    """Check the mean over the atoms of each crystal, whatever their order."""
    function = ask.function(answer, "readout(values, crystal, n_crystals)")
    rng = np.random.default_rng(112)
    for sizes in ([2, 1, 5], [3, 3], [1], [4, 2, 7, 1]):
        n = len(sizes)
        crystal = rng.permutation(np.repeat(np.arange(n), sizes))
        values = rng.normal(size=len(crystal)) - 1
        found = function.array(values, crystal, n, shape=(n,))
        total = np.bincount(crystal, weights=values, minlength=n)
        mean = total / np.bincount(crystal, minlength=n)
        if agrees(found, mean):
            continue
        in_order = np.add.reduceat(values, np.cumsum(sizes) - sizes) / sizes
        mistakes = [
            (total, _("That is the sum over the atoms: a supercell would get a larger value.")),
            (
                total / len(values),
                _("You divide by the number of all atoms; each crystal has its own number."),
            ),
            (
                total / n,
                _("You divide by the number of crystals; divide by the atoms of each crystal."),
            ),
            (np.full(n, values.mean()), _("That is one mean for all; give one for each crystal.")),
            (
                in_order,
                _("The atoms may come in any order: look at `crystal`, not at their place."),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        return _(
            "For {n} crystals with {sizes} atoms the means are not right: add up the values of each "
            "crystal and divide by its number of atoms."
        ).format(n=n, sizes=", ".join(map(str, sizes)))
    return None


@exercise("11.3")
def grouped_split(answer: object) -> str | None:
    """Check that whole groups are held out, the right number of them, and others with another seed."""
    form = "held_out(groups, share, seed)"
    function = ask.function(answer, form)
    rng = np.random.default_rng(113)
    for n_groups, n_rows, share in ((10, 60, 0.2), (7, 40, 0.5), (25, 200, 0.1)):
        labels = np.array([f"{letter}{k}" for k in range(n_groups) for letter in "S"])
        groups = rng.permutation(
            np.concatenate([labels, rng.choice(labels, size=n_rows - n_groups)])
        )
        drawn = {}
        for seed in (0, 0, 1, 2, 3):
            mask = truth_values(function(groups, share, seed), n_rows, form)
            if seed in drawn and not np.array_equal(mask, drawn[seed]):
                return _(
                    "The same seed gives another split the second time; draw with the seed given."
                )
            drawn[seed] = mask
            inside, outside = set(groups[mask]), set(groups[~mask])
            if inside & outside:
                return _(
                    "The group {group} is on both sides: shuffle the groups, not the rows."
                ).format(group=sorted(inside & outside)[0])
            wanted = round(share * n_groups)
            if len(inside) == n_groups - wanted != wanted:
                return _("The answer is turned round: True stands for the rows held out.")
            if len(inside) != wanted:
                return _(
                    "With {n} groups and a share of {share:g}, {wanted} groups should be held out, but "
                    "{found} are: count groups, not rows."
                ).format(n=n_groups, share=share, wanted=wanted, found=len(inside))
        if all(np.array_equal(mask, drawn[0]) for mask in drawn.values()):
            return _("Every seed holds out the same groups; draw them at random with the seed.")
    return None


def truth_values(value: object, n: int, form: str) -> np.ndarray:
    """Return an answer of True and False for each row as an array."""
    if type(value) is list and all(type(each) in (bool, np.bool_) for each in value):
        value = np.array(value, dtype=bool)
    if type(value) is not np.ndarray or value.dtype.kind != "b":
        raise Hint(
            _("`{form}` should return an array of True and False, but returns {found}.").format(
                form=form, found=ask.describe(value)
            )
        )
    if value.shape != (n,):
        raise Hint(
            _("`{form}` should return one truth value for each of {n} rows.").format(form=form, n=n)
        )
    return value


@exercise("11.4")
def bond_ledger(answer: object) -> str | None:
    """Check that what a site gains another one loses, with many edges for one site."""
    function = ask.function(answer, "move_energy(contributions, center, neighbor, amount)")
    rng = np.random.default_rng(114)
    for n_atoms, n_edges in ((4, 12), (2, 12), (1, 6), (6, 5)):
        contributions = rng.normal(size=n_atoms)
        center, neighbor = rng.integers(n_atoms, size=(2, n_edges))
        amount = rng.normal(size=n_edges)
        found = function.array(contributions, center, neighbor, amount, shape=(n_atoms,))
        gain = np.bincount(center, weights=amount, minlength=n_atoms)
        loss = np.bincount(neighbor, weights=amount, minlength=n_atoms)
        if agrees(found, contributions + gain - loss):
            continue
        once = contributions.copy()
        once[center] += amount
        once[neighbor] -= amount
        mistakes = [
            (
                contributions + gain,
                _("The sum has changed: what `center` gains, `neighbor` must lose."),
            ),
            (
                contributions - loss,
                _("The sum has changed: what `neighbor` loses, `center` must gain."),
            ),
            (
                contributions - gain + loss,
                _("The sign is turned: `center` gains and `neighbor` loses."),
            ),
            (contributions + gain + loss, _("Both sites gain here; `neighbor` should lose.")),
            (gain - loss, _("That is the change alone; add it to the contributions.")),
            (
                once,
                _(
                    "An atom that occurs in several edges is counted once: use `np.add.at` or "
                    "`np.bincount`."
                ),
            ),
        ]
        raise_for_known_mistakes(found, mistakes)
        if abs(found.sum() - contributions.sum()) > 1e-8:
            return _("The sum over the sites has changed by {change:.3g}; it should stay.").format(
                change=found.sum() - contributions.sum()
            )
        return _(
            "For {n} edges the contributions are not right: go through the edges, add `amount` to the "
            "site `center`, and take it from the site `neighbor`."
        ).format(n=n_edges)
    return None
