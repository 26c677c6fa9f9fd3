"""Is it good enough to decide? Counts of right and wrong where a material is called stable or not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matnn_lab.evaluation.scores.inputs import matching, numbers
from matnn_lab.text import gettext as _


@dataclass(frozen=True)
class Decision:
    """Counts of a yes-or-no decision and what follows from them (see `stability_decision`).

    Attributes
    ----------
    true_positives, false_positives, false_negatives, true_negatives : int
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def prevalence(self) -> float:
        """Share of hits in all materials."""
        n = sum(vars(self).values())
        return (self.true_positives + self.false_negatives) / n

    @property
    def precision(self) -> float:
        """Share of hits among the materials that the model picks; NaN if it picks none."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """Share of the hits that the model picks."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        missed = self.false_positives + self.false_negatives
        return _ratio(2 * self.true_positives, 2 * self.true_positives + missed)

    @property
    def false_positive_rate(self) -> float:
        """Share of the others that the model picks."""
        return _ratio(self.false_positives, self.false_positives + self.true_negatives)

    @property
    def acceleration(self) -> float:
        """Discovery acceleration factor: precision over prevalence."""
        return self.precision / self.prevalence


def stability_decision(true: ArrayLike, predicted: ArrayLike, threshold: float = 0.0) -> Decision:
    """Count right and wrong where a material counts as stable at or below a threshold.

    The discovery acceleration factor is that of Riebesell et al., Nat. Mach. Intell. 7, 836 (2025),
    doi:10.1038/s42256-025-01055-1 (Matbench Discovery).

    Parameters
    ----------
    true, predicted : array_like of float, shape (n,)
        Energies above a hull in eV/atom. From **which** hull is for you to say: the counts change with
        it. Matbench Discovery measures both from a hull of known phases that does not hold the
        candidate, so that a stable one lies below it (`decomposition_enthalpy` here); the predicted
        distance is the true one plus the error in the predicted energy. If the hull holds the
        candidate (`energy_above_hull` of the table itself), all stable ones have distance zero, and
        at the threshold 0 every error to the high side loses one, however stable it is.
    threshold : float
        In eV/atom.

    Returns
    -------
    Decision

    Raises
    ------
    ValueError
        If shapes differ, a value or the threshold is not finite, or no material is stable.
    """
    true, predicted = matching(true, predicted)
    threshold = float(numbers([threshold], "threshold")[0])
    if not np.isfinite(threshold):
        raise ValueError(
            _("The threshold {given} was given; give an energy in eV/atom.").format(given=threshold)
        )
    stable, picked = true <= threshold, predicted <= threshold
    if not stable.any():
        raise ValueError(
            _(
                "None of the {n} materials is at or below {threshold} eV/atom; raise the threshold."
            ).format(n=len(true), threshold=threshold)
        )
    return Decision(
        int((stable & picked).sum()),
        int((~stable & picked).sum()),
        int((stable & ~picked).sum()),
        int((~stable & ~picked).sum()),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
