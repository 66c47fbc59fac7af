"""Formulas on arrays: tests by relabelling, intervals, corrections, score against gain.

Nothing here knows a strategy, a metric or a file. The replicate is always the trained
model; images are resampled only as a second, crossed level.
"""

from cam_augment.statistics.class_losses import ClassLosses, class_losses
from cam_augment.statistics.components import Components, variance_components
from cam_augment.statistics.correlation import (
    LeaveOneOut,
    RankCorrelation,
    fisher_interval,
    leave_one_out,
    max_statistic,
    rank_correlation,
)
from cam_augment.statistics.deciding import (
    Bounds,
    Decision,
    bounds,
    decide,
    equivalence_p,
    equivalent,
    no_gain_worth_having,
)
from cam_augment.statistics.decisions import cheapest, offset, probabilities, temperature
from cam_augment.statistics.design import Design, design, relabellings, smallest_p
from cam_augment.statistics.families import (
    LeftOut,
    error_difference,
    family_interval,
    family_orders,
    in_families,
    leave_family_out,
)
from cam_augment.statistics.groups import Groups, against, groups, pairs
from cam_augment.statistics.images import (
    balanced_influence,
    bootstrap_image_part,
    finite_test_share,
    finite_test_variance,
    image_part,
    of_clusters,
)
from cam_augment.statistics.intervals import (
    agreement_interval,
    difference_interval,
    energy_interval,
    mean_interval,
    scalar_interval,
)
from cam_augment.statistics.league import Standings, league, studentised_range
from cam_augment.statistics.moderated import Contrasts, collapsed, contrast, moderate
from cam_augment.statistics.multiplicity import (
    adjust,
    benjamini_hochberg,
    corrected,
    holm,
    least_adjusted,
    smallest_adjusted_p,
)
from cam_augment.statistics.needed import further_class_images, further_images, further_models
from cam_augment.statistics.partial import partial_rank_correlation
from cam_augment.statistics.relabelling import (
    Difference,
    Energy,
    agreement_test,
    difference_test,
    differences_test,
    energy_test,
)
from cam_augment.statistics.reliability import ceiling, halves, split_half_reliability
from cam_augment.statistics.rotating import rotating_contrast
from cam_augment.statistics.stages import stage_alpha
from cam_augment.statistics.student import Interval, smallest_estimate

__all__ = [
    "Bounds",
    "ClassLosses",
    "Components",
    "Contrasts",
    "Decision",
    "Design",
    "Difference",
    "Energy",
    "Groups",
    "Interval",
    "LeaveOneOut",
    "LeftOut",
    "RankCorrelation",
    "Standings",
    "adjust",
    "against",
    "agreement_interval",
    "agreement_test",
    "balanced_influence",
    "benjamini_hochberg",
    "bootstrap_image_part",
    "bounds",
    "ceiling",
    "cheapest",
    "class_losses",
    "collapsed",
    "contrast",
    "corrected",
    "decide",
    "design",
    "difference_interval",
    "difference_test",
    "differences_test",
    "energy_interval",
    "energy_test",
    "equivalence_p",
    "equivalent",
    "error_difference",
    "family_interval",
    "family_orders",
    "finite_test_share",
    "finite_test_variance",
    "fisher_interval",
    "further_class_images",
    "further_images",
    "further_models",
    "groups",
    "halves",
    "holm",
    "image_part",
    "in_families",
    "league",
    "least_adjusted",
    "leave_family_out",
    "leave_one_out",
    "max_statistic",
    "mean_interval",
    "moderate",
    "no_gain_worth_having",
    "of_clusters",
    "offset",
    "pairs",
    "partial_rank_correlation",
    "probabilities",
    "rank_correlation",
    "relabellings",
    "rotating_contrast",
    "scalar_interval",
    "smallest_adjusted_p",
    "smallest_estimate",
    "smallest_p",
    "split_half_reliability",
    "stage_alpha",
    "studentised_range",
    "temperature",
    "variance_components",
]
