"""Notebook 08, pixel by pixel: noisy and unevenly lit images whose phases are known, and thresholds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import (
    BLUR,
    check_same_shape,
    generator,
    gray_images,
    marks,
    real_number,
    real_numbers,
)
from matnn_lab.datasets.microstructures import two_phase
from matnn_lab.lessons.images_cnn_and_vit.data import Images, standardized
from matnn_lab.text import gettext as _

EDGE = 64  # pixels along an edge
LEVELS = 128  # bins of the histogram in which a threshold is sought


def recorded_phases(n: int, seed: int) -> tuple[Images, NDArray[np.bool_]]:
    """Make images of two-phase microstructures, and the phase of each pixel.

    The rarer phase is the bright one, brighter by 1. Over it lies an uneven light, a slope and a round spot
    of about the same strength, and noise of 0.3 to 0.8 in a pixel.

    Returns
    -------
    images : numpy.ndarray, shape (n, 64, 64)
        Mean 0 and standard deviation 1.
    phases : numpy.ndarray of bool, shape (n, 64, 64)
        True in the rarer phase.
    """
    phases = two_phase(n, EDGE, seed)
    phases ^= phases.mean(axis=(1, 2), keepdims=True) > 0.5
    rng = generator(seed, 13)
    x, y = np.meshgrid(*2 * [np.linspace(-0.5, 0.5, EDGE)])
    slope_x, slope_y = rng.normal(0, 1, (2, n, 1, 1))
    spot_x, spot_y = rng.uniform(-0.5, 0.5, (2, n, 1, 1))
    spot = np.exp(-((x - spot_x) ** 2 + (y - spot_y) ** 2) / (2 * 0.25**2))
    light = slope_x * x + slope_y * y + rng.uniform(0, 1.5, (n, 1, 1)) * spot
    noise = rng.uniform(0.3, 0.8, (n, 1, 1)) * rng.standard_normal(phases.shape)
    return standardized(phases + light + noise), phases


def otsu_threshold(grey: ArrayLike) -> float:
    """Find the grey value that divides pixels into two classes that differ most, after Otsu (1979).

    Parameters
    ----------
    grey : array_like
        Grey values in any unit.

    Returns
    -------
    float
        The edge between two of 128 bins at which the variance between the classes is largest.

    Raises
    ------
    ValueError
        If all pixels have one value, but for rounding, or one is not finite.

    Notes
    -----
    The variance between is w₀ w₁ (μ₀ − μ₁)², with the shares w and the means μ of the two classes;
    IEEE Trans. Syst. Man Cybern. 9, 62 (1979), doi:10.1109/TSMC.1979.4310076.
    """
    grey = real_numbers(grey, "grey values")
    # between two numbers of a computer there are no edges of bins
    rounding = LEVELS * np.spacing(np.abs(grey).max(initial=0))
    if not grey.size or not np.ptp(grey) > rounding:
        raise ValueError(_("All pixels have one grey value; give an image with two phases."))
    count, edges = np.histogram(grey, LEVELS)
    middle = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(count)[:-1], np.cumsum(count * middle)
    above = grey.size - below
    between = below * above * (total[:-1] / below - (total[-1] - total[:-1]) / above) ** 2
    return float(edges[1 + between.argmax()])


def by_threshold(
    images: ArrayLike, light_px: float | None = None, blur_px: float = 0.0
) -> NDArray[np.bool_]:
    """Call bright what lies above the threshold of Otsu, image by image.

    Parameters
    ----------
    images : array_like, shape (n, height, width) or (height, width)
    light_px : float, optional
        Take off a mean over so many pixels (a Gaussian) first, so that slow changes of the light are gone.
    blur_px : float
        Smooth over so many pixels before the threshold.

    Returns
    -------
    numpy.ndarray of bool, of the shape of the images

    Raises
    ------
    ValueError
        As `otsu_threshold`, or if the images have another shape, the mean is taken over less than 0.5
        pixels, or a number of pixels is negative.
    """
    from scipy.ndimage import gaussian_filter

    given = gray_images(images, "images")
    grey = given.reshape(-1, *given.shape[-2:])
    blur_px = real_number(blur_px, "widths (pixels)", least=0, most=BLUR["most"])
    if light_px is not None:
        light_px = real_number(light_px, "widths (pixels)", **BLUR)
        grey = grey - gaussian_filter(grey, (0, light_px, light_px))
    if blur_px:
        grey = gaussian_filter(grey, (0, blur_px, blur_px))
    return np.array([each > otsu_threshold(each) for each in grey]).reshape(given.shape)


def overlap(found: ArrayLike, true: ArrayLike) -> float:
    """Return the mean over images of the intersection over union (IoU) of the true pixels.

    Parameters
    ----------
    found, true : array_like of bool, shape (n, height, width)
        Or (height, width). An image in which neither has a pixel counts as 1.

    Raises
    ------
    ValueError
        If they are not booleans (or 0 and 1) of one shape, as grey values and probabilities are not.
    """
    found, true = marks(found, "pixels that were found"), marks(true, "true pixels")
    check_same_shape((found, true), "pixels found and true")
    if found.ndim < 2:
        raise ValueError(
            _(
                "Pixels of shape {shape} were given; give (n, height, width) or (height, width)."
            ).format(shape=found.shape)
        )
    both = (found & true).sum(axis=(-2, -1))
    either = (found | true).sum(axis=(-2, -1))
    return float(np.mean(np.where(either > 0, both / np.maximum(either, 1), 1.0)))
