"""How far to trust what was learned: split, score, rank, doubt, and check the data.

`materials` names what rows have in common · `splits` and `leave_out` cut between train and test, `leakage`
reports what both share, `folds` predicts under each cut · `metrics` and `comparison` give errors with
intervals · `hull`, `decision` and `ranking` ask whether new materials would be found · `uncertainty`,
`conformal` and `novelty` say when not to believe · `duplicates`, `conflicts`, `units` and `traps` look for
what is wrong with the data.
"""

from matnn_lab.evaluation.scores.comparison import Difference, corrected_t_test, paired_bootstrap
from matnn_lab.evaluation.auditing.conflicts import conflicts
from matnn_lab.evaluation.doubt.conformal import ConformalRegressor, conformal_quantile
from matnn_lab.evaluation.discovery.decision import Decision, stability_decision
from matnn_lab.evaluation.auditing.duplicates import composition_groups, structure_groups
from matnn_lab.evaluation.splitting.folds import predict_folds
from matnn_lab.evaluation.discovery.hull import energy_above_hull
from matnn_lab.evaluation.splitting.leakage import leakage_report
from matnn_lab.evaluation.splitting.leave_out import LeaveOneClusterOut, LeaveOneElementOut, TimeSplit
from matnn_lab.evaluation.splitting.labels import chemical_systems, compositions, prototypes
from matnn_lab.evaluation.scores.metrics import Estimate, RegressionScore, regression_score
from matnn_lab.evaluation.doubt.novelty import gaussian_energy, neighbor_distance
from matnn_lab.evaluation.discovery.ranking import (
    acceleration_to_find,
    discovery_curve,
    enrichment_factor,
    precision_at_k,
    recall_at_k,
    top_fraction,
)
from matnn_lab.evaluation.splitting.splits import ChemicalSystemKFold, FormulaKFold, PrototypeKFold
from matnn_lab.evaluation.auditing.report import Audit, audit
from matnn_lab.evaluation.doubt.uncertainty import (
    IsotonicRecalibration,
    ScaleRecalibration,
    calibration_curve,
    coverage,
    miscalibration_area,
    sharpness,
)
from matnn_lab.evaluation.auditing.units import extensivity, impossible_values, unit_slips

__all__ = [
    "Audit",
    "ChemicalSystemKFold",
    "ConformalRegressor",
    "Decision",
    "Difference",
    "Estimate",
    "FormulaKFold",
    "IsotonicRecalibration",
    "LeaveOneClusterOut",
    "LeaveOneElementOut",
    "PrototypeKFold",
    "RegressionScore",
    "ScaleRecalibration",
    "TimeSplit",
    "acceleration_to_find",
    "audit",
    "calibration_curve",
    "chemical_systems",
    "composition_groups",
    "compositions",
    "conflicts",
    "conformal_quantile",
    "corrected_t_test",
    "coverage",
    "discovery_curve",
    "energy_above_hull",
    "enrichment_factor",
    "extensivity",
    "gaussian_energy",
    "impossible_values",
    "leakage_report",
    "miscalibration_area",
    "neighbor_distance",
    "paired_bootstrap",
    "precision_at_k",
    "predict_folds",
    "prototypes",
    "recall_at_k",
    "regression_score",
    "sharpness",
    "stability_decision",
    "structure_groups",
    "top_fraction",
    "unit_slips",
]
