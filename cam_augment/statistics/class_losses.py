"""Does a class lose more than it may? Recalls of K classes against their margin.

Some class always loses a little; what counts is a loss beyond the margin m. With the gain g of
a class, its error e and degrees of freedom, all of ``moderated``:

- *surely loses*: Holm over strategies of min(1, K min_c P(t > (-g_c - m) / e_c)) is at most
  alpha; the claim is made of
  those classes whose own K P is at most the level that Holm judges the strategy at.
- *may lose*: g_c <= -m, and K P(t > -g_c / e_c) at most alpha: it does lose, and the estimate
  is beyond the margin, but that it is beyond the margin is not sure.
- *not visible*: the class could lose m or more, g_c - t(1 - alpha) e_c <= -m, and the design
  would not find a loss of VISIBLE margins with power .8, (t(1 - alpha / K) + t(.8)) e_c >
  VISIBLE m: silence says nothing there.
"""

from typing import NamedTuple

import numpy as np

from cam_augment.statistics.deciding import above_p, quantiles
from cam_augment.statistics.moderated import Contrasts
from cam_augment.statistics.multiplicity import adjust, deciding_levels
from cam_augment.statistics.significance import are_significant

POWER = 0.8
VISIBLE = 3.0  # margins


class ClassLosses(NamedTuple):
    """What is known of the classes' losses.

    Attributes:
        p: float [..., strategy], of the largest loss beyond the margin, over classes;
            p_adjusted: corrected over strategies.
        surely, may, unseen: bool [..., class, strategy], as defined above.
    """

    p: np.ndarray
    p_adjusted: np.ndarray
    surely: np.ndarray
    may: np.ndarray
    unseen: np.ndarray


def class_losses(
    classes: Contrasts,
    margin: float,
    alpha: float,
    method: str = "holm",
    others: int | np.ndarray = 0,
    judged: np.ndarray | None = None,
) -> ClassLosses:
    """Return which classes surely lose, may lose, or are not visible.

    Args:
        classes: gains in recall, [..., class, strategy], the classes of the test images.
            Where V is 0, because all models of all arms agree, nothing is claimed; where it is NaN,
            since a class has one test image or sequence, a loss would not be seen.
        margin: loss of recall that matters, a fraction. others, judged: as in ``decide``.
    """
    count = classes.estimate.shape[-2]
    loss = -classes.estimate
    beyond = _known(count * above_p(loss - margin, classes))
    p = np.minimum(1, beyond.min(axis=-2))
    p = p if judged is None else np.where(judged, p, np.nan)
    corrected = adjust(p, method, others)
    levels = deciding_levels(p, alpha, method, others)[..., None, :]
    at_all = _known(count * above_p(loss, classes))
    large = loss >= margin
    reach = (quantiles(1 - alpha / count, classes.df) + quantiles(POWER, classes.df)) * (
        classes.error
    )
    possible = classes.estimate - quantiles(1 - alpha, classes.df) * classes.error <= -margin
    return ClassLosses(
        p=p,
        p_adjusted=corrected,
        surely=are_significant(beyond, levels),
        may=large & (are_significant(at_all, alpha) | np.isnan(classes.error)),
        unseen=(possible & (reach > VISIBLE * margin)) | np.isnan(classes.variance),
    )


def _known(p: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(p), 1.0, p)
