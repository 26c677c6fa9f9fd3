"""Exercises of notebook 12, energies and forces learned together."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.classroom.tasks import task
from matnn_lab.models.activations import silu
from matnn_lab.text import gettext as _


def springs(positions):
    """Energy of atoms joined by springs, each to the next and to the origin."""
    return (positions.diff(dim=0) ** 2).sum() + 0.3 * (positions**4).sum()


def lennard_jones(positions):
    """Energy of a cluster in reduced units."""
    import torch

    distance = torch.nn.functional.pdist(positions)
    return 4 * (distance**-12 - distance**-6).sum()


@exercise("12.1")
def forces(answer: object) -> str | None:
    """Check forces by automatic differentiation on two energies whose slopes are known."""
    import torch

    function = ask.function(answer, "forces(energy, positions)")
    rng = np.random.default_rng(122)
    corners = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1.0)])
    for energy, n in ((springs, 3), (lennard_jones, 5), (springs, 1)):
        positions = torch.tensor(1.2 * corners[:n] + rng.normal(0, 0.1, (n, 3)))
        place = positions.clone().requires_grad_()
        slope = torch.autograd.grad(energy(place), place)[0].numpy()
        found = function.array(energy, positions, shape=(n, 3))
        if agrees(found, -slope):
            continue
        raise_for_known_mistakes(
            found,
            [
                (
                    slope,
                    _(
                        "This is the slope of the energy; the force points downhill and is **minus** it."
                    ),
                ),
                (-2 * slope, _("Your forces are twice too large: were two gradients added up?")),
                (positions.numpy(), _("You return the positions; return minus the gradient.")),
                (np.zeros((n, 3)), _("All your forces are zero; atoms out of balance are pulled.")),
                (
                    -slope / n,
                    _("You divide by the number of atoms; the force on an atom is not a mean."),
                ),
                (
                    -slope + slope.mean(axis=0),
                    _("You take off the mean force; return minus the gradient as it is."),
                ),
            ],
        )
        return _(
            "For {n} atoms the forces are not minus the gradient of the energy; on the first atom they "
            "should be {expected}."
        ).format(n=n, expected=", ".join(f"{-value:.4g}" for value in slope[0]))
    return None


@exercise("12.2")
def cosine_cutoff(answer: object) -> str | None:
    """Check Behler and Parrinello's cutoff function inside the sphere, at its edge and beyond."""
    import torch

    function = ask.function(answer, "cosine_cutoff(distance, cutoff)")
    for cutoff in (4.0, 6.5):
        r = np.array([0.0, 0.2, 0.5, 0.83, 1.0, 1.2, 1.9, 2.4]) * cutoff
        found = function.array(torch.tensor(r), cutoff, shape=(len(r),))
        x = r / cutoff
        wave = 0.5 * (np.cos(np.pi * x) + 1)
        inside = x < 1
        expected = np.where(inside, wave, 0.0)
        if agrees(found, expected):
            continue
        raise_for_known_mistakes(
            found,
            [
                (
                    wave,
                    _(
                        "Beyond the cutoff the cosine rises again, so atoms out of reach would count: "
                        "give zero there, as with `torch.where`."
                    ),
                ),
                (
                    np.where(inside, np.cos(np.pi * x) + 1, 0.0),
                    _("At distance zero the function should be 1, yours is 2: take half of it."),
                ),
                (
                    np.where(inside, 0.5 * (np.cos(2 * np.pi * x) + 1), 0.0),
                    _(
                        "Your cosine makes a whole turn up to the cutoff; it should make half a turn."
                    ),
                ),
                (
                    np.where(inside, 0.5 * (np.cos(x) + 1), 0.0),
                    _("At the cutoff your function is not zero: π is missing in the cosine."),
                ),
                (
                    np.where(inside, 0.5 * (1 - np.cos(np.pi * x)), 0.0),
                    _("Yours rises from zero to one; it should fall from one to zero."),
                ),
                (
                    np.where(inside, np.cos(np.pi * x / 2), 0.0),
                    _(
                        "A quarter of a cosine ends at zero with a slope, and so the force would jump: "
                        "use half of (cosine + 1)."
                    ),
                ),
                (
                    np.where(inside, 1.0, 0.0),
                    _("A step is what we want to get rid of: the function should fall smoothly."),
                ),
            ],
        )
        worst = int(np.argmax(np.abs(found - expected)))
        return _(
            "At {r:g} Å with a cutoff of {cutoff:g} Å your function gives {found:.4g}, but should give "
            "{expected:.4g}."
        ).format(r=r[worst], cutoff=cutoff, found=found[worst], expected=expected[worst])
    return None


@exercise("12.3")
def gate(answer: object) -> str | None:
    """Check a gate: scalars are bent, vectors are only made longer or shorter."""
    import torch

    function = ask.function(answer, "gate(scalars, gates, vectors)")
    rng = np.random.default_rng(123)
    for n, f, g in ((3, 4, 4), (2, 5, 3), (1, 1, 1)):
        scalars, gates, vectors = (rng.normal(size=s) for s in ((n, f), (n, g), (n, g, 3)))
        found = function(*(torch.tensor(x) for x in (scalars, gates, vectors)))
        found = ask.parts(found, "gate(scalars, gates, vectors)", "(new_scalars, new_vectors)")
        new_scalars = ask.array(found[0], (n, f), _("new_scalars"))
        new_vectors = ask.array(found[1], (n, g, 3), _("new_vectors"))
        if not agrees(new_scalars, silu(scalars)):
            raise_for_known_mistakes(
                new_scalars,
                [
                    (scalars, _("The scalars come out as they went in; bend them with SiLU.")),
                    (
                        1 / (1 + np.exp(-scalars)),
                        _("This is the sigmoid of the scalars; SiLU is x times the sigmoid of x."),
                    ),
                    (np.maximum(scalars, 0), _("This is ReLU; the exercise asks for SiLU.")),
                    (np.tanh(scalars), _("This is tanh; the exercise asks for SiLU.")),
                ],
            )
            return _("The new scalars should be SiLU of the scalars, entry by entry.")
        if agrees(new_vectors, silu(gates)[:, :, None] * vectors):
            continue
        mistakes = [
            (
                silu(vectors),
                _(
                    "SiLU of x, y and z depends on how the crystal lies: vectors may only be multiplied by "
                    "a number."
                ),
            ),
            (
                vectors,
                _("The vectors come out as they went in; multiply each by SiLU of its gate."),
            ),
            (gates[:, :, None] * vectors, _("Multiply by SiLU of the gate, not by the gate.")),
            (
                (1 / (1 + np.exp(-gates)))[:, :, None] * vectors,
                _("This is the sigmoid of the gate; here the gate is bent by SiLU."),
            ),
            (
                silu(gates[:, :, None] * vectors),
                _("SiLU acts on the gate alone; first bend the gate, then multiply the vector."),
            ),
            (
                silu(gates)[:, :, None] * silu(vectors),
                _("Leave the components of the vectors straight; only the gate is bent."),
            ),
        ]
        if f == g:
            mistakes.append(
                (
                    silu(scalars)[:, :, None] * vectors,
                    _("Each vector has a gate of its own, in `gates`; you used the scalars."),
                )
            )
        raise_for_known_mistakes(new_vectors, mistakes)
        return _(
            "Each vector should be multiplied by one number, SiLU of its gate: `gates` has the shape "
            "(n, F) and the vectors (n, F, 3)."
        )
    return None


# a slope in single precision, in which the energy of a cell is known to some 10⁻⁵ eV
ROUNDED_SLOPE = 4e-3


@exercise("12.4")
def drift(answer: object) -> str | None:
    """Check the drift of the total energy in meV per atom and picosecond."""
    function = ask.function(answer, "drift(time_ps, total_energy_ev, n_atoms)")
    rng = np.random.default_rng(124)
    for slope, n_atoms, length, start in ((0.02, 16, 0.6, 0.0), (-0.3, 64, 2.0, 1.5)):
        time = start + np.linspace(0, length, 101)
        energy = -5.3 * n_atoms + slope * time + 0.002 * np.sin(40 * time)
        energy = energy + rng.normal(0, 0.001, len(time))
        found = function.number(time, energy, n_atoms)
        fitted = np.polyfit(time, energy, 1)[0]
        expected = 1000 * fitted / n_atoms
        if agrees(found, expected, ROUNDED_SLOPE):
            continue
        ends = 1000 * (energy[-1] - energy[0]) / (time[-1] - time[0]) / n_atoms
        mistakes = [
            (
                expected / 1000,
                _(
                    "This is a thousandth of the drift: multiply by 1000 to have meV, and leave the times, "
                    "which are in ps already."
                ),
            ),
            (
                expected * n_atoms,
                _("This is the drift of all atoms together; divide by their number."),
            ),
            (fitted, _("This is in eV and for the whole cell; give meV and divide by the atoms.")),
            # the first run rises, so that here only an absolute value can be right there and wrong here
            (-expected, _("Keep the sign: a falling total energy has a negative drift."))
            if expected < 0
            else (
                -expected,
                _("The sign is turned: a total energy that rises has a positive drift."),
            ),
            (expected * length, _("This is the change over the whole run; divide by the time.")),
            (
                ends,
                _(
                    "The last value less the first one feels every wiggle of these two steps; fit a straight "
                    "line through all of them."
                ),
            ),
            (
                1000 * np.sum(energy * time) / np.sum(time**2) / n_atoms,
                _("Your line goes through zero; let it have a height as well as a slope."),
            ),
            (
                1000 * np.std(energy) / n_atoms,
                _("This is the spread of the total energy; the drift is the slope of a line."),
            ),
            (
                expected / 1000 / 1000,
                _(
                    "This is a millionth of the drift: an eV has 1000 meV, so multiply by 1000, and leave "
                    "the times, which are in ps already."
                ),
            ),
        ]
        for result, hint in mistakes:
            if agrees(found, result, ROUNDED_SLOPE):
                raise Hint(hint)
        found, expected = ask.apart(found, expected)
        return _(
            "For a run of {n} atoms with a drift of {expected} meV/atom per ps your function gives {found}."
        ).format(n=n_atoms, expected=expected, found=found)
    return None


def away(forces: np.ndarray) -> np.ndarray:
    """Return the difference of each member's forces from their mean."""
    return np.asarray(forces) - np.mean(forces, axis=0)


def committees():
    """Yield forces of several networks that agree in part, shape (members, atoms, 3)."""
    rng = np.random.default_rng(125)
    for members, atoms in ((4, 5), (2, 3), (5, 1)):
        yield (rng.normal(size=(members, atoms, 3)) + rng.normal(size=(1, atoms, 3)),)


task(
    "12.5",
    "disagreement(forces)",
    right=lambda f: np.sqrt((away(f) ** 2).sum(axis=2).mean(axis=0)),
    mistakes=[
        (
            lambda f: (away(f) ** 2).sum(axis=2).mean(axis=0),
            _("Take the root, so that the answer is in eV/Å again."),
        ),
        (
            lambda f: np.linalg.norm(f, axis=2).std(axis=0),
            _(
                "Networks can agree on how strong a force is and not on where it points: compare the "
                "vectors, not their lengths."
            ),
        ),
        (
            lambda f: np.sqrt((away(f) ** 2).mean(axis=(0, 2))),
            _("Add the squares of x, y and z; you took their mean."),
        ),
        (
            lambda f: np.sqrt((away(f) ** 2).sum(axis=(0, 2))),
            _("Take the mean over the networks; you took the sum."),
        ),
        (
            lambda f: np.sqrt((away(f) ** 2).sum(axis=(0, 2)) / max(len(f) - 1, 1)),
            _("Divide by the number of networks, not by one less."),
        ),
        (
            lambda f: np.linalg.norm(away(f), axis=2).mean(axis=0),
            _("Take the mean of the squared distances and then the root."),
        ),
        (
            lambda f: np.linalg.norm(away(f), axis=2).max(axis=0),
            _("This is the largest distance; the exercise asks for the root mean square."),
        ),
        (
            lambda f: np.linalg.norm(np.mean(f, axis=0), axis=1),
            _("This is the length of the mean force, not how much the networks differ."),
        ),
        (
            lambda f: np.sqrt((away(f) ** 2).mean(axis=0)),
            _("Add the squares of x, y and z, so that each atom has one number."),
        ),
    ],
    otherwise=_(
        "The disagreement on the first atom should be {right[0]:.4g}, but yours is {found[0]:.4g}."
    ),
    cases=committees,
)
