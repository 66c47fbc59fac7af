"""What it would take to decide: models, or test images.

An undecided gain g is either to be told from 0, or from the margin: whichever is farther from
it. With a the distance to bridge and q the quantiles that the next stage asks for, power .8
included, the variance may be (a / q)^2; what the test images take of it, v, stays, and the
models' part shrinks with their number, baselines growing alike. It is conservative: the
estimate is taken as the truth, and degrees of freedom do not grow.
"""

import numpy as np

from cam_augment.statistics.student import quantile

POWER = 0.8


def further_models(
    gain: float,
    variance: float,
    image: float,
    df: float,
    models: int,
    margin: float,
    alpha: float,
    family: int,
    settled: bool = False,
) -> float:
    """Return how many more models of a strategy decide about its gain; inf: images are short.

    N = ceil(n (V - v) / (a^2 / q^2 - v)) - n, with two baselines for each.

    Args:
        gain, variance, df: g, V and its degrees of freedom; image: v, the image part of V.
        models: n, of the strategy now. margin: the gain worth having.
        alpha: of the next stage. family: contrasts that are not yet beyond noise, this one
            included. settled: whether this gain already is, and only margins are open.

    >>> further_models(0.0051, 7.58e-6, 6.8e-7, 19.3, 4, 0.005, 0.05, 3)
    15.0
    """
    allowed = allowed_variance(gain, df, margin, alpha, family, settled) - image
    return _more(models, variance - image, allowed)


def further_models_for_class(
    gain: float,
    variance: float,
    image: float,
    df: float,
    models: int,
    margin: float,
    alpha: float,
    classes: int,
) -> float:
    """Return how many more models decide whether a class that may lose surely does.

    As ``further_models``, with the distance of the loss from its margin, half a margin at
    least: the estimate of a class that was looked at for its loss is too large.

    Args:
        gain, variance, image, df: of the class's recall. classes: K.
    """
    allowed = _allowed_for_class(gain, df, margin, alpha, classes) - image
    return _more(models, variance - image, allowed)


def further_images_for_class(
    gain: float, image: float, df: float, images: int, margin: float, alpha: float, classes: int
) -> int:
    """Return how many test images of a class leave half of the allowed variance to the models.

    0 where nothing is known of other images, as where a class has one.

    Arguments as in ``further_models_for_class``; images: of the class now.
    """
    return _images(images * image / (_allowed_for_class(gain, df, margin, alpha, classes) / 2))


def _allowed_for_class(gain: float, df: float, margin: float, alpha: float, classes: int) -> float:
    """Return the variance with which a class that may lose would be decided."""
    distance = max(-gain - margin, margin / 2)
    return (distance / (quantile(1 - alpha / classes, df) + quantile(POWER))) ** 2


def _more(models: int, variance: float, allowed: float) -> float:
    """Return how many more models bring a variance that goes with 1 / n down to ``allowed``."""
    if not allowed > 0:
        return np.inf
    return float(max(0.0, np.ceil(models * variance / allowed) - models))


def further_images(
    gain: float,
    image: float,
    df: float,
    images: int,
    margin: float,
    alpha: float,
    family: int,
    settled: bool = False,
) -> int:
    """Return how many test images in all leave half of the allowed variance to the models.

    0 where nothing is known of other images, as where all are one group.

    The image part goes with 1 / T. Arguments as in ``further_models``; images: T now.
    """
    allowed = allowed_variance(gain, df, margin, alpha, family, settled)
    return _images(images * image / (allowed / 2))


def allowed_variance(
    gain: float, df: float, margin: float, alpha: float, family: int, settled: bool = False
) -> float:
    """Return (a / q)^2: the variance with which the gain would be decided."""
    worthwhile = gain > margin / 2
    distance = abs(gain) if worthwhile else margin - gain
    one_sided = settled or not worthwhile
    level = alpha if one_sided else alpha / (2 * family)
    return (distance / (quantile(1 - level, df) + quantile(POWER))) ** 2


def further_class_images(
    variance: float, df: float, images: int, target: float, alpha: float, classes: int
) -> int:
    """Return how many test images of a class in all would show a loss of ``target``, 0: unknown.

    The design finds (t(1 - alpha / K) + t(.8)) sqrt V with power .8; V is taken to go with
    1 / T_c, since at small T_c single images are most of it.

    Args:
        variance, df: of the class's gain. images: T_c now. classes: K.
    """
    reach = quantile(1 - alpha / classes, df) + quantile(POWER, df)
    return _images(images * variance * (reach / target) ** 2)


def _images(number: float) -> int:
    """Return how many images that are; 0 where it is not known what other images would say."""
    return int(np.ceil(number)) if np.isfinite(number) else 0
