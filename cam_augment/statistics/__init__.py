"""Formulas on arrays: tests by relabelling, intervals, corrections, score against gain.

Nothing here knows a strategy, a metric or a file. The replicate is always the trained
model; images are resampled only as a second, crossed level.
"""

from cam_augment.statistics.correlation import (
    LeaveOneOut,
    RankCorrelation,
    leave_one_out,
    max_statistic,
    rank_correlation,
)
from cam_augment.statistics.intervals import (
    Interval,
    agreement_interval,
    difference_interval,
    energy_interval,
    mean_interval,
    scalar_interval,
    smallest_effect,
)
from cam_augment.statistics.multiplicity import (
    benjamini_hochberg,
    holm,
    smallest_adjusted_p,
)
from cam_augment.statistics.relabelling import (
    Difference,
    Energy,
    WorstClass,
    agreement_test,
    difference_test,
    energy_test,
    relabellings,
    smallest_p,
    worst_class_test,
)

__all__ = [
    "Difference",
    "Energy",
    "Interval",
    "LeaveOneOut",
    "RankCorrelation",
    "WorstClass",
    "agreement_interval",
    "agreement_test",
    "benjamini_hochberg",
    "difference_interval",
    "difference_test",
    "energy_interval",
    "energy_test",
    "holm",
    "leave_one_out",
    "max_statistic",
    "mean_interval",
    "rank_correlation",
    "relabellings",
    "scalar_interval",
    "smallest_adjusted_p",
    "smallest_effect",
    "smallest_p",
    "worst_class_test",
]
