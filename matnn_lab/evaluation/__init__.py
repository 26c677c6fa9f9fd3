"""How far to trust what was learned: split, score, rank, doubt, and look for what is wrong with the data.

`splitting` cuts between training and test and says what both share · `scores` gives errors with intervals ·
`discovery` asks whether new materials would be found · `doubt` says when not to believe · `auditing` looks
for what is wrong with the data · `reporting` writes down what was decided and found. Each name below is
loaded when it is first used.
"""

from matnn_lab.faces import lazy

__all__, __getattr__ = lazy(
    __name__,
    {
        "splitting.folds": ("predict_folds",),
        "splitting.labels": ("chemical_systems", "compositions", "prototypes"),
        "splitting.leakage": ("leakage_report",),
        "splitting.leave_out": (
            "LeaveOneClusterOut",
            "LeaveOneElementOut",
            "TimeSplit",
            "element_errors",
        ),
        "splitting.splits": ("ChemicalSystemKFold", "FormulaKFold", "PrototypeKFold"),
        "scores.comparison": ("Difference", "corrected_t_test", "paired_bootstrap"),
        "scores.metrics": ("Estimate", "RegressionScore", "regression_score"),
        "discovery.decision": ("Decision", "stability_decision"),
        "discovery.hull": ("decomposition_enthalpy", "energy_above_hull"),
        "discovery.ranking": (
            "acceleration_to_find",
            "discovery_curve",
            "enrichment_factor",
            "precision_at_k",
            "recall_at_k",
            "top_fraction",
        ),
        "doubt.conformal": ("ConformalRegressor", "conformal_quantile"),
        "doubt.novelty": ("gaussian_energy", "neighbor_distance"),
        "doubt.uncertainty": (
            "IsotonicRecalibration",
            "ScaleRecalibration",
            "calibration_curve",
            "coverage",
            "miscalibration_area",
            "sharpness",
            "retained_curve",
        ),
        "auditing.cells": ("read_numbers",),
        "auditing.conflicts": ("conflicts",),
        "auditing.duplicates": ("composition_groups", "structure_groups"),
        "auditing.own": ("OwnData", "read_own"),
        "auditing.page": ("audit_page",),
        "auditing.report": ("Audit", "audit"),
        "auditing.usable": ("UsableRows", "usable_rows"),
        "auditing.units": ("extensivity", "impossible_values", "unit_slips"),
        "reporting.model_card": ("ModelCard",),
    },
)
