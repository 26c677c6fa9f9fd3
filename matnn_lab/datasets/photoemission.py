"""Computed photoemission: tabulated energies and cross sections over a Shirley background.

Binding energies are those of xraydb; cross sections of subshells for Al Kα are those of Yeh and Lindau,
At. Data Nucl. Data Tables 32, 1 (1985), doi:10.1016/0092-640X(85)90016-6, in the table that pymatgen
brings along. The background is that of Shirley, Phys. Rev. B 5, 4709 (1972),
doi:10.1103/PhysRevB.5.4709. No Auger lines, no satellites, no transmission of the analyser.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matnn_lab.arrays import check_same_shape, is_count, real_number, real_numbers, rising
from matnn_lab.datasets.files import installed_file
from matnn_lab.text import gettext as _

# the level of each edge, and its share of the electrons of the subshell, (2j + 1)/2(2l + 1)
LEVELS = {"K": ("1s", 1.0), "L1": ("2s", 1.0), "L2": ("2p", 1 / 3), "L3": ("2p", 2 / 3)}
LEVELS |= {"M1": ("3s", 1.0), "M2": ("3p", 1 / 3), "M3": ("3p", 2 / 3), "M4": ("3d", 2 / 5)}
LEVELS |= {"M5": ("3d", 3 / 5), "N1": ("4s", 1.0), "N2": ("4p", 1 / 3), "N3": ("4p", 2 / 3)}
LEVELS |= {"N4": ("4d", 2 / 5), "N5": ("4d", 3 / 5), "N6": ("4f", 3 / 7), "N7": ("4f", 4 / 7)}
DEEPEST_EV = 1300.0


def photoelectron_lines(element: str) -> pd.DataFrame:
    """List the photoelectron lines of an element that Al Kα can excite.

    Returns
    -------
    pandas.DataFrame
        One row a level, in order of binding energy: ``edge`` ("N7"), ``subshell`` ("4f"),
        ``binding_energy_ev`` and ``cross_section_mb`` of all its electrons, in Mb.

    Raises
    ------
    ValueError
        If there is no such element in the tables.
    """
    import xraydb

    table, element = _cross_sections(), str(element)
    if element not in table.index.get_level_values(0):
        raise ValueError(
            _("There is no element {given!r} in the tables; give a symbol such as 'Au'.").format(
                given=element
            )
        )
    sections, rows = table.loc[element], []
    for edge, facts in xraydb.xray_edges(element).items():
        subshell, share = LEVELS.get(edge, ("", 0.0))
        if subshell in sections.index and 0 < facts.energy < DEEPEST_EV:
            rows.append((edge, subshell, facts.energy, share * sections.loc[subshell]))
    columns = ["edge", "subshell", "binding_energy_ev", "cross_section_mb"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("binding_energy_ev", ignore_index=True)


@cache
def _cross_sections() -> pd.Series:
    name = "atomic_subshell_photoionization_cross_sections.csv"
    table = pd.read_csv(installed_file("pymatgen", "analysis", name))
    subshell = table["orbital"].str.extract(r"(\d[spdf])", expand=False)
    return table.groupby([table["element"], subshell])["weight"].sum()


def photoemission(
    binding_energy_ev: ArrayLike,
    amounts: Mapping[str, float],
    *,
    width_ev: float = 1.5,
    shift_ev: float = 0.0,
    step_per_ev: float = 0.02,
) -> np.ndarray:
    """Compute the photoemission of a mixture, without noise.

    Parameters
    ----------
    binding_energy_ev : array of shape (n,)
        Rising.
    amounts : mapping of symbol to share
    width_ev : float
        Full width at half maximum of each line, a mixture of 70 % Gaussian and 30 % Lorentzian heights.
    shift_ev : float
        Charging: added to all binding energies.
    step_per_ev : float
        Height of the Shirley background behind a line, divided by the area of the line.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Intensity in Mb/eV, background included.

    Raises
    ------
    ValueError
        If the energies do not rise, an amount or the step is negative, or the width not positive.
    """
    energy = rising(binding_energy_ev, "binding energies (eV)")
    if not hasattr(amounts, "items"):
        raise ValueError(
            _(
                "The amounts {given!r} were given; give symbols and shares, as in {{'Au': 1.0}}."
            ).format(given=amounts)
        )
    shares = [real_number(amount, "amounts", least=0) for _element, amount in amounts.items()]
    step_per_ev = real_number(step_per_ev, "steps (1/eV)", least=0)
    width_ev = real_number(width_ev, "widths (eV)", above=0)
    shift_ev = real_number(shift_ev, "shifts (eV)")
    lines = np.zeros_like(energy)
    for element, amount in zip(amounts.keys(), shares, strict=True):
        for line in photoelectron_lines(element).itertuples():
            away = (energy - line.binding_energy_ev - shift_ev) / width_ev
            lines += amount * line.cross_section_mb / width_ev * _profile(away)
    return lines + shirley_step(energy, lines, step_per_ev)


def pseudo_voigt(away: np.ndarray, lorentzian: float) -> np.ndarray:
    """A line of unit height, with its distance in full widths at half maximum and its Lorentzian share."""
    away = real_numbers(away, "distances (widths)")
    gaussian = np.exp(-4 * np.log(2) * away**2)
    return (1 - lorentzian) * gaussian + lorentzian / (1 + 4 * away**2)


def _profile(away: np.ndarray) -> np.ndarray:
    """A line of unit area and unit full width at half maximum."""
    return pseudo_voigt(away, 0.3) / (0.7 * np.sqrt(np.pi / (4 * np.log(2))) + 0.3 * np.pi / 2)


def shirley_step(energy: np.ndarray, lines: np.ndarray, step_per_ev: float) -> np.ndarray:
    """Background ∝ the intensity of the lines at lower binding energy, whose electrons lost energy."""
    energy = rising(energy, "binding energies (eV)")
    step_per_ev = real_number(step_per_ev, "steps (1/eV)")
    lines = real_numbers(lines, "intensities")
    check_same_shape((energy, lines), "energies and intensities")
    area = np.concatenate([[0], np.cumsum((lines[1:] + lines[:-1]) / 2 * np.diff(energy))])
    return step_per_ev * area


def shirley_background(
    binding_energy_ev: ArrayLike, counts: ArrayLike, *, edge: int = 10, iterations: int = 50
) -> np.ndarray:
    """Estimate the background below the lines of a measured region, by Shirley's iteration.

    Parameters
    ----------
    binding_energy_ev, counts : arrays of shape (n,)
        Energy rising.
    edge : int
        Points at each end whose means the background should meet.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the energies do not rise, there are not as many counts, the ends overlap, or no line lies between
        them that could raise the background from one to the other.
    """
    energy = rising(binding_energy_ev, "binding energies (eV)")
    counts = real_numbers(counts, "counts")
    if counts.shape != energy.shape:
        raise ValueError(
            _("Counts of shape {shape} were given for {n} energies; give one for each.").format(
                shape=counts.shape, n=len(energy)
            )
        )
    if not (is_count(edge) and is_count(iterations)) or edge > len(energy) // 2:
        raise ValueError(
            _(
                "{edge} of {n} points at each end and {count} iterations were asked for; give whole numbers "
                "of at least one, and at most half of the points."
            ).format(edge=edge, n=len(energy), count=iterations)
        )
    low, high = counts[:edge].mean(), counts[-edge:].mean()
    background = np.full_like(counts, low)
    for _round in range(iterations if high != low else 0):
        area = shirley_step(energy, counts - background, 1.0)
        if not area[-1]:
            raise ValueError(
                _(
                    "The region holds no line above its background; give one with a line between its ends."
                )
            )
        background = low + (high - low) * area / area[-1]
    return background
