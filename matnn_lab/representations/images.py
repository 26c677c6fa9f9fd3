"""What a physicist reads from a periodic image: two-point correlation and power spectrum, by FFT."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matnn_lab.arrays import gray_images, is_count
from matnn_lab.text import gettext as _

Array = NDArray[np.float64]


def two_point_correlation(images: ArrayLike) -> Array:
    """Return the mean product of two pixels a given shift apart, with periodic edges.

    For images of 0 and 1 it is the probability that both ends of a randomly thrown stick lie in phase 1: the
    volume fraction f at shift zero, f² at large shifts of a disordered material.

    Parameters
    ----------
    images : array_like, shape (n, height, width) or (height, width)

    Returns
    -------
    numpy.ndarray, of the same shape
        Entry [dy, dx] belongs to the shift by dy rows and dx columns; negative shifts stand at the end.

    Raises
    ------
    ValueError
        If the images have another shape or hold NaN or infinity.
    """
    values = gray_images(images, "images")
    power = np.abs(np.fft.rfft2(values)) ** 2
    size = values.shape[-2:]
    return np.fft.irfft2(power, s=size) / np.prod(size)


def radial_power_spectrum(images: ArrayLike, n_bins: int | None = None) -> Array:
    """Return the power of an image by wavelength, its direction left out.

    Parameters
    ----------
    images : array_like, shape (n, height, width) or (height, width)
    n_bins : int, optional
        Rings of the wave number from zero to 0.5 per pixel; by default one a step of 1/width.

    Returns
    -------
    numpy.ndarray, shape (n, n_bins) or (n_bins,)
        Mean of |FFT|² / number of pixels over the wave vectors of each ring, the mean of the image left out;
        ring i, counted from 0, holds wave numbers (i + 1 ± ½) · 0.5 / n_bins.

    Raises
    ------
    ValueError
        As for `two_point_correlation`, or if there are more rings than wave numbers.
    """
    return sector_power_spectrum(images, 1, n_bins)[..., 0, :]


def sector_power_spectrum(
    images: ArrayLike, n_sectors: int = 4, n_bins: int | None = None
) -> Array:
    """Return the power of an image by wavelength and direction.

    Parameters
    ----------
    images, n_bins
        As in `radial_power_spectrum`.
    n_sectors : int
        Directions of the wave vector; the first sector lies around x, the others follow towards y. A wave
        vector and its opposite are one direction.

    Returns
    -------
    numpy.ndarray, shape (n, n_sectors, n_bins) or (n_sectors, n_bins)
        A part of a ring that holds no wave vector has zero power.

    Raises
    ------
    ValueError
        As for `radial_power_spectrum`, or if there is no sector.
    """
    values = gray_images(images, "images")
    height, width = values.shape[-2:]
    n_bins = min(height, width) // 2 if n_bins is None else n_bins
    most = min(height, width) // 2
    if not (is_count(n_bins) and is_count(n_sectors)) or n_bins > most:
        raise ValueError(
            _(
                "{bins} rings and {sectors} sectors were asked for in images of {height} × {width} pixels; "
                "give at least 2 × 2 pixels and whole numbers, 1 to {most} rings and at least one sector."
            ).format(bins=n_bins, sectors=n_sectors, height=height, width=width, most=max(most, 1))
        )
    power = np.abs(np.fft.fft2(values)) ** 2 / (height * width)
    ky, kx = np.meshgrid(np.fft.fftfreq(height), np.fft.fftfreq(width), indexing="ij")
    ring = np.round(np.hypot(kx, ky) * 2 * n_bins).astype(int) - 1
    sector = np.round(np.arctan2(ky, kx) / np.pi * n_sectors).astype(int) % n_sectors
    inside = (ring >= 0) & (ring < n_bins)
    place = (sector * n_bins + ring)[inside]
    n_places = n_sectors * n_bins
    count = np.bincount(place, minlength=n_places)
    flat = power.reshape(-1, height, width)[:, inside]
    sums = np.stack([np.bincount(place, each, n_places) for each in flat])
    means = sums / np.maximum(count, 1)
    return means.reshape(*values.shape[:-2], n_sectors, n_bins)
