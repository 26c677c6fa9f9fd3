"""Exercises of notebook 07, symmetry."""

import numpy as np

from matnn_lab.classroom import ask
from matnn_lab.classroom.ask import agrees, raise_for_known_mistakes
from matnn_lab.classroom.exercises import Hint, exercise
from matnn_lab.representations.symmetry import random_rotation, reflection, rotation
from matnn_lab.text import gettext as _


@exercise("07.1")
def turn(answer: object) -> str | None:
    """Check that lattice and positions are turned, for rotations and mirrors."""
    function = ask.function(answer, "turn(lattice, positions, matrix)")
    rng = np.random.default_rng(71)
    matrices = [rotation([0, 0, 1], 90), random_rotation(1), reflection([1, -2, 0.5])]
    for n, matrix in zip((3, 1, 6), matrices, strict=True):  # 3 first: then no product fails
        lattice, positions = rng.normal(size=(3, 3)), rng.normal(size=(n, 3))
        found = function(lattice, positions, matrix)
        form = "turn(lattice, positions, matrix)"
        first, second = ask.parts(found, form, "(new_lattice, new_positions)")
        if (
            np.shape(first) == (n, 3)
            and np.shape(second) == (3, 3)
            and agrees(ask.array(first), positions @ matrix.T)
        ):
            return _("The pair is turned round: the lattice comes first, then the positions.")
        new_lattice = ask.array(first, (3, 3), "new_lattice")
        new_positions = ask.array(second, (n, 3), "new_positions")
        if not agrees(new_positions, positions @ matrix.T):
            raise_for_known_mistakes(
                new_positions,
                [
                    (
                        positions @ matrix,
                        _(
                            "Your positions turn the other way round: for vectors in rows multiply by the "
                            "transposed matrix, `positions @ matrix.T`."
                        ),
                    ),
                    (positions, _("The positions are as before; they should turn too.")),
                    (
                        matrix @ positions,
                        _(
                            "`matrix @ positions` mixes the atoms with each other: the positions are rows, "
                            "so the transposed matrix stands on their right, `positions @ matrix.T`."
                        ),
                    ),
                    (
                        matrix @ positions.T,
                        _("Your turned positions stand in columns; transpose them back into rows."),
                    ),
                ],
            )
            return _("Row k of the new positions should be `matrix @ positions[k]`.")
        if not agrees(new_lattice, lattice @ matrix.T):
            raise_for_known_mistakes(
                new_lattice,
                [
                    (
                        lattice,
                        _(
                            "The lattice is as before: then the turned atoms meet other images of their "
                            "neighbours, and this is another crystal."
                        ),
                    ),
                    (
                        lattice @ matrix,
                        _("The lattice turns the other way round: its vectors are rows as well."),
                    ),
                    (
                        matrix @ lattice,
                        _(
                            "`matrix @ lattice` mixes the three lattice vectors with each other: they are "
                            "rows, as the positions are."
                        ),
                    ),
                    (
                        matrix @ lattice @ matrix.T,
                        _(
                            "`matrix @ lattice @ matrix.T` is the rule for a tensor; a lattice is "
                            "three vectors."
                        ),
                    ),
                ],
            )
            return _("Row k of the new lattice should be `matrix @ lattice[k]`.")
    return None


@exercise("07.2")
def equivariance_error(answer: object) -> str | None:
    """Check the measure on functions that follow a rotation and on some that do not."""
    function = ask.function(answer, "equivariance_error(function, positions, matrix)")
    rng = np.random.default_rng(72)
    weights = rng.normal(size=(3, 3))
    functions = [
        lambda x: np.asarray(x) @ weights,
        lambda x: np.asarray(x) * np.linalg.norm(x, axis=1, keepdims=True),
        lambda x: -np.sin(np.asarray(x)),
        lambda x: np.cross(x, np.mean(x, axis=0)),
        lambda x: np.tile(np.linalg.norm(x, axis=1, keepdims=True), 3),
    ]
    matrices = [random_rotation(2), random_rotation(3), reflection([1, 2, 3])]
    for f in functions:
        for n, matrix in zip((4, 2, 5), matrices, strict=True):
            x = rng.normal(size=(n, 3))
            found = function.number(f, x, matrix)
            difference = f(x @ matrix.T) - f(x) @ matrix.T
            expected = np.abs(difference).max()
            if agrees(found, expected, size=np.abs(f(x)).max()):
                continue
            invariance = f(x @ matrix.T) - f(x)
            raise_for_known_mistakes(
                found,
                [
                    (
                        np.abs(invariance).max(),
                        _(
                            "This tests invariance: f(Rx) should be compared with the turned result, "
                            "`function(positions) @ matrix.T`."
                        ),
                    ),
                    (
                        np.abs(f(x @ matrix.T) - f(x) @ matrix).max(),
                        _("Your result turns the other way round: rows need `@ matrix.T`."),
                    ),
                    (
                        np.abs(f(x @ matrix) - f(x) @ matrix.T).max(),
                        _("Your positions turn the other way round: rows need `@ matrix.T`."),
                    ),
                    (
                        np.abs(f(x @ matrix) - f(x) @ matrix).max(),
                        _(
                            "This tests the inverse rotation: rows are turned by `@ matrix.T`, not by "
                            "`@ matrix`."
                        ),
                    ),
                    (
                        difference.max(),
                        _("Take absolute values before the maximum: errors may be negative."),
                    ),
                    (
                        np.abs(difference).mean(),
                        _("This is the mean; the exercise asks for the largest component."),
                    ),
                    (
                        np.abs(difference).sum(),
                        _("This is the sum; the exercise asks for the largest component."),
                    ),
                    (
                        np.linalg.norm(difference),
                        _("This is the length of all errors; take the largest absolute component."),
                    ),
                    (
                        np.linalg.norm(difference, axis=1).max(),
                        _("This is the longest error vector; take the largest absolute component."),
                    ),
                ],
            )
            yours, right = ask.apart(found, expected)
            return _(
                "For one of the functions the error is {found}, but should be {expected}: compare "
                "f of the turned positions with the turned f of the positions."
            ).format(found=yours, expected=right)
    return None


@exercise("07.3")
def squash(answer: object) -> str | None:
    """Check direction, length and the zero vector."""
    function = ask.function(answer, "squash(vectors)")
    rng = np.random.default_rng(73)
    for n, size in ((5, 1.0), (1, 0.3), (4, 6.0)):
        v = size * rng.normal(size=(n, 3))
        found = function.array(v, shape=(n, 3))
        length = np.linalg.norm(v, axis=1, keepdims=True)
        # a small number added to the length, against a division by zero, is no mistake
        if agrees(found, v / length * np.tanh(length), 1e-4):
            continue
        raise_for_known_mistakes(
            found,
            [
                (
                    np.tanh(v),
                    _(
                        "tanh of each component singles out the axes: bend the length and keep the "
                        "direction."
                    ),
                ),
                (
                    v * np.tanh(length),
                    _("Divide by the length: the direction is the vector over its length."),
                ),
                (
                    v / length,
                    _("All your vectors have the length 1; it should be tanh of the length."),
                ),
                (v, _("The vectors are as before.")),
                (
                    v / np.linalg.norm(v) * np.tanh(np.linalg.norm(v)),
                    _("Each row has a length of its own: use `axis=1`."),
                ),
                (
                    v / np.linalg.norm(v, axis=0) * np.tanh(np.linalg.norm(v, axis=0)),
                    _("You took the length of each column; each row is a vector: use `axis=1`."),
                ),
                (
                    v / length**2 * np.tanh(length**2),
                    _("You took the squared length; the root is missing."),
                ),
            ],
        )
        turn = random_rotation(4)
        if not agrees(function.array(v @ turn.T, shape=(n, 3)), found @ turn.T, 1e-4):
            return _(
                "Your function is not equivariant: turning the vectors first gives another result."
            )
        return _(
            "The directions or lengths are not right: the length should be tanh of the old one."
        )
    with_zero = np.array([[0.0, 0, 0], [0.3, -0.4, 1.2]])
    try:
        found = function.array(with_zero, shape=(2, 3))
    except Hint:  # without the zero vector it was right
        return _(
            "With a zero vector among the rows your function gives NaN or stops: 0/0 is no number. Divide "
            "by a length that is nowhere zero, such as `np.where(length > 0, length, 1)`."
        )
    if not agrees(found, [[0, 0, 0], with_zero[1] / 1.3 * np.tanh(1.3)], 1e-4):
        return _("A zero vector should stay zero, and not disturb the others.")
    return None


@exercise("07.4")
def decompose(answer: object) -> str | None:
    """Check the scalar, the axial vector and the symmetric traceless matrix of a product."""
    function = ask.function(answer, "decompose(a, b)")
    rng = np.random.default_rng(74)
    for _k in range(3):
        a, b = rng.normal(size=(2, 3))
        names = _("(scalar, axial vector, matrix)")
        found = ask.parts(function(a, b), "decompose(a, b)", names)
        scalar = ask.number(found[0], _("The scalar"))
        vector = ask.array(found[1], (3,), _("The axial vector"))
        matrix = ask.array(found[2], (3, 3), _("The matrix"))
        outer = np.outer(a, b)
        symmetric = (outer + outer.T) / 2
        traceless = symmetric - a @ b / 3 * np.eye(3)
        if not agrees(scalar, a @ b):
            raise_for_known_mistakes(
                scalar,
                [
                    (a @ b / 3, _("The scalar is the dot product itself, not a third of it.")),
                    (
                        a @ b / np.sqrt(3),
                        _("e3nn's factor 1/√3 is not asked for: return the plain dot product."),
                    ),
                ],
            )
            return _("The scalar should be the dot product of a and b.")
        if not agrees(vector, np.cross(a, b)):
            raise_for_known_mistakes(
                vector,
                [
                    (-np.cross(a, b), _("The cross product is turned round: a × b, not b × a.")),
                    (
                        np.cross(a, b) / np.sqrt(2),
                        _("e3nn's factor 1/√2 is not asked for: return the plain cross product."),
                    ),
                    (a * b, _("`a * b` multiplies component by component, which is no vector.")),
                ],
            )
            return _("The axial vector should be the cross product of a and b.")
        if not agrees(matrix, traceless):
            raise_for_known_mistakes(
                matrix,
                [
                    (outer, _("This is the whole outer product; take its symmetric part.")),
                    (symmetric, _("The matrix is symmetric, but its trace is not zero yet.")),
                    (
                        symmetric - a @ b * np.eye(3),
                        _("Each diagonal entry gives up a third of the trace, not all of it."),
                    ),
                    (
                        outer - a @ b / 3 * np.eye(3),
                        _("The trace is zero, but the matrix is not symmetric yet."),
                    ),
                    (
                        2 * traceless,
                        _("The symmetric part is half the sum of the matrix and its transpose."),
                    ),
                    (
                        2 * symmetric - a @ b / 3 * np.eye(3),
                        _("The symmetric part is half the sum of the matrix and its transpose."),
                    ),
                    (
                        (outer - outer.T) / 2,
                        _("This is the antisymmetric part, which holds the cross product."),
                    ),
                ],
            )
            return _(
                "The matrix should be the symmetric part of the outer product without its trace."
            )
    return None


@exercise("07.5")
def vector_components(answer: object) -> str | None:
    """Check the count on crystal classes in turned axes."""
    from pymatgen.symmetry.groups import PointGroup

    function = ask.function(answer, "vector_components(operations, axial)")
    axes, rounded = random_rotation(75), True
    for symbol in ("1", "-1", "m", "2", "mm2", "2/m", "4mm", "32", "-3", "3m", "4/m", "m-3m"):
        fractional = [o.rotation_matrix for o in PointGroup(symbol).symmetry_ops]
        operations = axes @ np.array(fractional) @ axes.T
        trace = np.trace(operations, axis1=1, axis2=2)
        det = np.round(np.linalg.det(operations))
        polar, axial_count = round(trace.mean()), round((det * trace).mean())
        for axial, expected in ((False, polar), (True, axial_count)):
            raw = function.number(operations, axial)
            rounded = rounded and raw == round(raw)
            if abs(raw - expected) < 1e-6:
                continue
            name = _("an axial vector") if axial else _("a polar vector")
            divide = _("Divide by the number of operations: the count is a mean.")
            mistakes = [
                (
                    axial_count if not axial else polar,
                    _(
                        "In class {symbol} your count for {name} is that of the other kind: the "
                        "determinant belongs to the axial vector."
                    ).format(symbol=symbol, name=name),
                ),
                ((det * trace).sum() if axial else trace.sum(), divide),
                (
                    det.mean() * trace.mean(),
                    _("Multiply each trace by its own determinant before the mean."),
                ),
                (np.abs(trace).mean(), _("Keep the signs of the traces.")),
                (
                    -(det * trace).mean(),
                    _("The sign is turned: the identity counts with +3."),
                ),
            ]
            raise_for_known_mistakes(raw, mistakes)
            return _(
                "In class {symbol} {name} has {expected} independent components, not {found:g}."
            ).format(symbol=symbol, name=name, expected=expected, found=raw)
    return None if rounded else _("The count should be a whole number: round the mean.")
