"""A finite-element oracle: the stress at an elliptical hole in a plate under tension, by scikit-fem.

The plate is pulled along y; the hole has the half axes a (across the pull) and b (along it). The stress is
largest at the ends of a. For a very wide plate the factor by which it exceeds the applied stress is known:
1 + 2 a/b (Inglis 1913), which is 3 for a circle (Kirsch 1898).
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import is_count, real_number, real_numbers
from matnn_lab.text import gettext as _

if TYPE_CHECKING:
    from skfem import MeshQuad2

Array = NDArray[np.float64]

HEIGHT = 2.0  # height of the plate over its width
POISSON = 0.3
# within these limits the factor is good to 2 %: of width, of a/b, and of the hole's height over the plate's
NARROW, WIDE, SLENDER, HIGH = 1e-4, 0.95, 24.0, 0.9
USUAL = (0.85, 12.0)  # width and a/b up to which 16 elements are enough; beyond, 32


class Stress(NamedTuple):
    """Stress along the pull over the applied stress, at the nodes of the plate's right upper quarter.

    Attributes
    ----------
    x, y : numpy.ndarray, shape (n_rays, n_rings)
        Places over half the width of the plate; the first ring is the edge of the hole, the first ray
        the line from its end to the side of the plate.
    along : numpy.ndarray, shape (n_rays, n_rings)
        σ_yy over the applied stress.
    """

    x: Array
    y: Array
    along: Array


def stress_factor(width: float, aspect: float, *, n: int | None = None) -> float:
    """Return by what factor the stress at the hole exceeds the stress applied to the plate.

    Parameters
    ----------
    width : float
        Width of the hole over the width of the plate, from 0.0001 to 0.95.
    aspect : float
        a/b: half axis of the hole across the pull over that along it; 1 is a circle, 24 the most slender.
        Along the pull, the hole is at most 0.9 times as high as the plate.
    n : int, optional
        Elements along a quarter of the hole, an even number. By default 16, or 32 where the width is above
        0.85 or a/b above 12: the factor is then good to 2 %.

    Returns
    -------
    float
        Largest σ_yy over the applied stress, that of the whole cross-section without a hole.

    Raises
    ------
    ValueError
        If a number is outside its range.
    """
    return float(plate_stress(width, aspect, n=n).along[0, 0])


def plate_stress(width: float, aspect: float, *, n: int | None = None) -> Stress:
    """Solve for the stress in the plate; parameters and errors are those of `stress_factor`.

    Notes
    -----
    Plane stress of a linear elastic body. A quarter of the plate is meshed with curved quadrilaterals of
    second order; symmetry holds its left and lower edge. The factor depends neither on Young's modulus
    nor on Poisson's ratio, since only the outer edge is loaded.
    """
    width, aspect, n = _checked(width, aspect, n)
    from skfem import Basis, ElementQuad2, ElementVector, FacetBasis, condense, solve
    from skfem.assembly import BilinearForm, LinearForm
    from skfem.helpers import ddot, eye, sym_grad, trace

    mesh = _quarter(width, aspect, n)
    element = ElementVector(ElementQuad2())
    basis = Basis(mesh, element, intorder=4)
    mu, lame = 1 / (2 * (1 + POISSON)), POISSON / (1 - POISSON**2)  # of plane stress, E = 1

    def stress(gradient):  # type: ignore[no-untyped-def]
        return 2 * mu * gradient + lame * eye(trace(gradient), 2)

    @BilinearForm
    def stiffness(u, v, _w):  # type: ignore[no-untyped-def]
        return ddot(stress(sym_grad(u)), sym_grad(v))

    @LinearForm
    def pull(v, _w):  # type: ignore[no-untyped-def]
        return v[1]

    top = FacetBasis(mesh, element, facets=mesh.facets_satisfying(lambda x: x[1] > HEIGHT - 1e-9))
    fixed_x = basis.get_dofs(lambda x: np.abs(x[0]) < 1e-9).all("u^1")
    fixed_y = basis.get_dofs(lambda x: np.abs(x[1]) < 1e-9).all("u^2")
    fixed = np.union1d(fixed_x, fixed_y)
    solved = solve(*condense(stiffness.assemble(basis), pull.assemble(top), D=fixed))
    return _at_corners(mesh, element, solved, stress, n)


def inglis(aspect: ArrayLike) -> Array:
    """Return the factor of an elliptical hole in a very wide plate, 1 + 2 a/b (Inglis 1913)."""
    return 1 + 2 * real_numbers(aspect, "aspects a/b", above=0)


def _quarter(width: float, aspect: float, n: int) -> "MeshQuad2":
    """Mesh the right upper quarter, lengths in half widths: rays from the hole, rings that widen outwards."""
    from skfem import MeshQuad, MeshQuad2

    flat = MeshQuad.init_tensor(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1))
    mesh = MeshQuad2.from_mesh(flat)
    turn, out = mesh.doflocs
    angle = turn * np.pi / 2
    hole = np.array([width * np.cos(angle), width / aspect * np.sin(angle)])
    up, back = np.minimum(2 * turn, 1), np.maximum(2 * turn - 1, 0)
    edge = np.array([1 - back, HEIGHT * up])
    growth = _growth(width, aspect)
    share = np.expm1(growth * out) / np.expm1(growth)
    return MeshQuad2((1 - share) * hole + share * edge, mesh.t)


def _growth(width: float, aspect: float) -> float:
    """Choose how fast the rings widen, so that the first is as thick as the elements at the tip are long."""
    from scipy.optimize import brentq

    first = width / aspect * np.pi / 2 / (1 - width)
    if first >= 0.95:
        return 0.1
    return float(brentq(lambda growth: growth / np.expm1(growth) - first, 1e-6, 30))


def _at_corners(mesh, element, solved, stress, n):  # type: ignore[no-untyped-def]
    """Return the stress at the corners of the elements, the mean of all that meet in one."""
    from skfem import Basis, MeshQuad
    from skfem.helpers import sym_grad

    corners = np.array([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    basis = Basis(mesh, element, quadrature=(corners, np.full(4, 0.25)))
    along = stress(sym_grad(basis.interpolate(solved)))[1, 1]  # (n_elements, 4)
    corner = mesh.t.T.ravel()
    mean = np.bincount(corner, weights=np.asarray(along).ravel()) / np.bincount(corner)
    flat = MeshQuad.init_tensor(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1)).p
    order = np.lexsort(np.round(flat[::-1] * n))  # by ray, then by ring
    x, y, values = (each[order].reshape(n + 1, n + 1) for each in (*mesh.p[:, : len(mean)], mean))
    return Stress(x, y, values)


def _checked(width: float, aspect: float, n: int | None) -> tuple[float, float, int]:
    width, aspect = real_number(width, "widths"), real_number(aspect, "aspects a/b")
    if not NARROW <= width <= WIDE:
        raise ValueError(
            _(
                "The hole is {width:g} times as wide as the plate; give a number from {least:g} to {most:g}, "
                "since the mesh is too coarse for others."
            ).format(width=width, least=NARROW, most=WIDE)
        )
    if not (0 < aspect <= SLENDER and width / aspect <= HIGH * HEIGHT):
        raise ValueError(
            _(
                "The aspect a/b is {aspect:g}; give a number from {least:.2g}, so that a hole of width "
                "{width:g} fits into the plate, to {most:g}, since the mesh is too coarse for others."
            ).format(aspect=aspect, width=width, least=width / (HIGH * HEIGHT), most=SLENDER)
        )
    if n is None:
        n = 16 if width <= USUAL[0] and aspect <= USUAL[1] else 32
    if not is_count(n, 2) or n % 2:
        raise ValueError(
            _("{n} elements along a quarter of the hole; give an even number of 2 or more.").format(
                n=n
            )
        )
    return float(width), float(aspect), int(n)
