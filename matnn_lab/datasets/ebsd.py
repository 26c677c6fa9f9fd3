"""Measured EBSD patterns of nickel, and a simulator of such patterns from the computed master pattern.

In electron backscatter diffraction a steep sample scatters the beam of a scanning electron microscope onto a
screen. Each lattice plane leaves a band there, and the bands turn with the crystal.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import (
    BLUR,
    check_broadcast,
    check_counts,
    check_varied,
    generator,
    gray_images,
    real_number,
    real_numbers,
    rotation_matrices,
)
from matnn_lab.datasets.cards import Card
from matnn_lab.datasets.files import read_shipped
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]

FILE = Path(__file__).with_name("nickel_ebsd.npz")
SHA256 = "046cda99d6212a38e2fc72262506edf2039e6ed1043a3a19facbe139b36381cf"
TILT_DEG = 70.0
FARTHEST_CENTER = 10.0  # in shares of the edge of a pattern; beyond are pixels

CARD = Card(
    name="nickel_patterns",
    title=_("EBSD patterns of nickel"),
    kind="measured",
    source=_(
        "Nine patterns of a recrystallised polycrystal (Ånes et al. 2019), acquired on a NORDIF "
        "UF-1100 detector at "
        "20 kV with the sample tilted by 70°; a part of the data that the program kikuchipy 0.13.1 "
        "brings along, "
        "with orientations and projection centers refined by its authors."
    ),
    doi=("10.5281/zenodo.3265037", "10.5281/zenodo.7498644"),
    licence=_("CC BY 4.0; the notice is in `matnn_lab/datasets/notices/kikuchipy.md`"),
    n=9,
    units={
        "row": "count",
        "column": "count",
        "phi1_deg": "°",
        "Phi_deg": "°",
        "phi2_deg": "°",
        "pcx": "share of the width, from the left",
        "pcy": "share of the height, from the top",
        "pcz": "share of the height",
        "score": "none (normalised cross-correlation)",
        "pattern": "array (60, 60) of grey values, 0 to 255",
    },
    notes=(
        _(
            "A map of 3 × 3 points that holds two crystals only, 34° apart: the nine patterns are "
            "no nine independent "
            "orientations."
        ),
        _(
            "The orientations were found by comparing with simulated patterns. They are the best "
            "that is known, and "
            "no measurement of another kind."
        ),
        _(
            "`nickel_background()` gives the static background, (60, 60): what the screen shows "
            "when bands of many "
            "crystals average out."
        ),
        _(
            "`nickel_master_pattern()` gives the intensity in all directions of the crystal, **computed** by "
            "dynamical theory (EMsoft 5.0) at 20 kV, in stereographic projection."
        ),
    ),
)


def nickel_patterns() -> pd.DataFrame:
    """Load the nine measured patterns with their orientations (Bunge's Euler angles) and geometry.

    Returns
    -------
    pandas.DataFrame
        Columns and units are on the card in ``.attrs["card"]``.

    Raises
    ------
    DataFileError
        If the shipped file is missing or damaged.
    """
    content = _content()
    frame = pd.DataFrame(
        {
            "row": np.repeat(np.arange(3), 3),
            "column": np.tile(np.arange(3), 3),
            **{f"{name}_deg": content[name] for name in ("phi1", "Phi", "phi2")},
            **{name: content[name] for name in ("pcx", "pcy", "pcz", "score")},
            "pattern": list(content["patterns"].copy()),
        }
    )
    frame.attrs["card"] = CARD
    return frame


def nickel_background() -> Array:
    """Load the measured static background of the patterns, shape (60, 60), 0 to 255."""
    return _content()["background"].astype(float)


def nickel_master_pattern() -> Array:
    """Load the computed intensity in all directions of the crystal, shape (401, 401), 0 to 255.

    Stereographic projection of the northern hemisphere, which the inversion center makes equal to the
    southern one: the direction (x, y, z) lies at (x, y) / (1 + z), with -1 to 1 from edge to edge, x to
    the right and y downwards in the array.
    """
    return _content()["master"].astype(float)


def orientation_matrices(phi1_deg: ArrayLike, Phi_deg: ArrayLike, phi2_deg: ArrayLike) -> Array:
    """Return the matrices that take sample coordinates to crystal coordinates, from Bunge's Euler angles.

    Parameters
    ----------
    phi1_deg, Phi_deg, phi2_deg : array_like, shape (n,)
        In degrees.

    Returns
    -------
    numpy.ndarray, shape (n, 3, 3)

    Raises
    ------
    ValueError
        If the angles are not finite, or not as many of each.
    """
    from scipy.spatial.transform import Rotation

    given = [real_numbers(each, "Euler angles (°)") for each in (phi1_deg, Phi_deg, phi2_deg)]
    if len({each.shape for each in given} - {()}) > 1:
        raise ValueError(
            _("Euler angles of shapes {shapes} were given; give as many of each.").format(
                shapes=", ".join(str(each.shape) for each in given)
            )
        )
    angles = np.stack(np.broadcast_arrays(*given), axis=-1)
    return Rotation.from_euler("ZXZ", angles, degrees=True).as_matrix().swapaxes(-1, -2)


def random_orientations(n: int, seed: int) -> Array:
    """Return rotation matrices (n, 3, 3) drawn evenly from all orientations.

    Raises
    ------
    ValueError
        If n or the seed is no whole number of at least 0.
    """
    check_counts(least=0, n=n)
    from scipy.spatial.transform import Rotation

    return Rotation.random(n, rng=generator(seed)).as_matrix()


def misorientation_deg(first: ArrayLike, second: ArrayLike) -> Array:
    """Return the smallest angle between cubic crystals of two orientations.

    Parameters
    ----------
    first, second : array_like, shape (n, 3, 3)
        Matrices from sample to crystal.

    Returns
    -------
    numpy.ndarray, shape (n,)
        In degrees; at most 62.8 for cubic crystals.

    Raises
    ------
    ValueError
        If they are no rotation matrices, as Euler angles and quaternions are not, or not as many.
    """
    one, other = (rotation_matrices(each, "orientations") for each in (first, second))
    if one.ndim == other.ndim == 3 and one.shape != other.shape and 1 not in (len(one), len(other)):
        raise ValueError(
            _("{n} and {m} orientations were given; give as many, or one to compare with.").format(
                n=len(one), m=len(other)
            )
        )
    check_broadcast((one, other), "orientations")
    turns = one @ other.swapaxes(-1, -2)
    traces = np.einsum("sij,...ji->...s", _cubic_rotations(), turns)
    return np.degrees(np.arccos(np.clip((traces.max(axis=-1) - 1) / 2, -1, 1)))


def simulate_patterns(
    orientations: ArrayLike, projection_centers: ArrayLike, size: int = 60
) -> NDArray[np.float32]:
    """Simulate (computed) patterns of nickel: look up each pixel's direction in the master pattern.

    Parameters
    ----------
    orientations : array_like, shape (n, 3, 3)
        Matrices from sample to crystal.
    projection_centers : array_like, shape (n, 3) or (3,)
        (pcx, pcy, pcz) as on the card of `nickel_patterns`.
    size : int
        Pixels along an edge.

    Returns
    -------
    numpy.ndarray, shape (n, size, size)
        Without noise, background or blur: only the bands.

    Raises
    ------
    ValueError
        If the orientations are no rotation matrices (n, 3, 3), a projection center is none as on the card,
        or the size is no positive whole number.
    """
    import torch

    turns = rotation_matrices(orientations, "orientations")
    centers = real_numbers(projection_centers, "projection centers (shares of the pattern)")
    shapes = centers.shape in ((3,), (1, 3), (len(turns), 3)) and turns.ndim == 3
    if not shapes or np.any(centers[..., 2] <= 0) or np.any(np.abs(centers) > FARTHEST_CENTER):
        raise ValueError(
            _(
                "Projection centers of shape {shape} up to {most:g} were given for orientations of shape "
                "{turns}; give (pcx, pcy, pcz) in shares of the pattern's edge, not pixels, with pcz > 0, "
                "and orientations (n, 3, 3)."
            ).format(shape=centers.shape, most=np.abs(centers).max(initial=0), turns=turns.shape)
        )
    check_counts(size=size)
    matrices = torch.tensor(np.ascontiguousarray(turns), dtype=torch.float32)
    centers = np.broadcast_to(centers, (len(matrices), 3))
    rays = torch.tensor(_rays(centers, size), dtype=torch.float32)
    v = torch.einsum("nij,nhwj->nhwi", matrices, rays)
    v = torch.where(v[..., 2:] < 0, -v, v)  # the inversion center makes both hemispheres equal
    place = v[..., :2] / (1 + v[..., 2:])
    master = torch.tensor(nickel_master_pattern(), dtype=torch.float32)
    master = master.expand(len(matrices), 1, -1, -1)
    return torch.nn.functional.grid_sample(master, place, align_corners=True)[:, 0].numpy()


def flatten_background(patterns: ArrayLike, width: float) -> NDArray[np.float32]:
    """Take off what changes slowly over a pattern, and bring the rest to mean 0 and standard deviation 1.

    Parameters
    ----------
    patterns : array_like, shape (n, size, size)
    width : float
        Standard deviation in pixels of the Gaussian that is taken off, 0.5 or more: a narrower one takes all.

    Raises
    ------
    ValueError
        If the patterns are no images, one has the same value everywhere, or the width lies outside.
    """
    from scipy.ndimage import gaussian_filter1d

    width = real_number(width, "widths (pixels)", **BLUR)
    given = gray_images(patterns, "patterns")
    check_varied(given.reshape(-1, *given.shape[-2:]), "patterns")
    values = _single(given)
    smooth = gaussian_filter1d(gaussian_filter1d(values, width, axis=-1), width, axis=-2)
    rest = values - smooth
    rest = rest - rest.mean(axis=(-2, -1), keepdims=True)
    return rest / rest.std(axis=(-2, -1), keepdims=True)


def _single(images: Array) -> NDArray[np.float32]:
    """Return images in single precision; those that would lose by it are brought near 0 and 1 first."""
    middle = images.mean(axis=(-2, -1), keepdims=True)
    spread = images.std(axis=(-2, -1), keepdims=True)
    fine = (np.abs(middle) < 1e4 * spread) & (spread > 1e-10) & (spread < 1e10)
    return np.where(fine, images, (images - middle) / spread).astype(np.float32)


def _rays(centers: Array, size: int) -> Array:
    """Return unit vectors from the sample to each pixel in sample coordinates, (n, size, size, 3).

    The screen stands upright; the sample's normal is tilted towards it by 70° from the beam.
    """
    share = (np.arange(size) + 0.5) / size
    pcx, pcy, pcz = (each[:, None, None] for each in centers.T)
    right = np.broadcast_to((share[None, None, :] - pcx) / pcz, (len(centers), size, size))
    up = np.broadcast_to((pcy - share[None, :, None]) / pcz, (len(centers), size, size))
    cos, sin = np.cos(np.radians(TILT_DEG)), np.sin(np.radians(TILT_DEG))
    rays = np.stack([cos - sin * up, right, sin + cos * up], axis=-1)
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


@cache
def _content() -> dict[str, NDArray]:
    with np.load(BytesIO(read_shipped(FILE, SHA256))) as content:
        return {name: content[name] for name in content.files}


@cache
def _cubic_rotations() -> Array:
    from scipy.spatial.transform import Rotation

    return Rotation.create_group("O").as_matrix()
