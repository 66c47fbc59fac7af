"""What it would take to decide: models, images of a class, and the smallest gain that is found."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.statistics import needed
from cam_augment.statistics.deciding import (
    decide,
)
from cam_augment.statistics.groups import against, groups
from cam_augment.statistics.moderated import Contrasts, contrast
from cam_augment.statistics.stages import stage_alpha
from cam_augment.statistics.student import smallest_estimate
from tests.test_moderated import ALPHA


@given(st.floats(-0.02, 0.02), st.floats(1e-7, 1e-5), st.floats(0, 1e-6), st.integers(2, 8))
def test_the_models_needed_bring_the_variance_down(gain, model_part, image, models):
    numbers = {"gain": gain, "df": 20.0, "margin": 0.005, "alpha": 0.05, "family": 4}
    more = needed.further_models(variance=model_part + image, image=image, models=models, **numbers)
    allowed = needed.allowed_variance(**numbers)
    if np.isinf(more):
        assert image >= allowed
    else:
        reached = model_part * models / (models + more) + image
        assert reached <= allowed * (1 + 1e-9) or more == 0
    images = needed.further_images(image=image, images=1000, **numbers)
    assert image * 1000 / max(images, 1) <= allowed / 2 * (1 + 1e-9)


@given(st.floats(-0.1, 0.0), st.floats(1e-6, 1e-3), st.floats(0, 1e-3), st.integers(20, 500))
def test_more_images_of_a_class_are_asked_for_exactly_where_no_models_would_do(
    gain, model_part, image, now
):
    numbers = {"gain": gain, "df": 15.0, "margin": 0.02, "alpha": 0.05, "classes": 10}
    more = needed.further_models_for_class(
        variance=model_part + image, image=image, models=4, **numbers
    )
    then = needed.further_images_for_class(image=image, images=now, **numbers)
    if np.isinf(more):
        assert then >= 2 * now - 1
    left = image * now / max(then, 1)  # of the image part, with so many
    assert np.isfinite(
        needed.further_models_for_class(variance=model_part + left, image=left, models=4, **numbers)
    )


def test_the_images_needed_show_the_loss():
    images = needed.further_class_images(4e-4, 15.0, 100, 0.06, 0.05, 10)
    quantiles = scipy.stats.t.ppf(1 - 0.05 / 10, 15) + scipy.stats.t.ppf(0.8, 15)
    assert quantiles * np.sqrt(4e-4 * 100 / images) <= 0.06
    assert quantiles * np.sqrt(4e-4 * 100 / (images - 1)) > 0.06


@pytest.mark.parametrize("folds", [None, np.tile([0, 1], 8)])
def test_the_smallest_gain_is_found_four_times_in_five(folds):
    layout = groups([8, 4, 4], folds)
    values = np.random.default_rng(9).normal(size=(2000, 16))
    noise = contrast(values, layout, against(3))
    least = [
        smallest_estimate(variance, df)
        for variance, df in zip(noise.variance[:300, 0], noise.df[:300, 0], strict=True)
    ]
    values[:, 8:12] += np.median(least)
    gain = Contrasts(*(part[:, :1] for part in contrast(values, layout, against(3))))
    assert abs(np.mean(decide(gain, ALPHA).side > 0) - 0.8) < 0.05


@pytest.mark.parametrize(("stage", "stages"), [(0, True), (2, False)])
def test_stages_that_are_not_there(stage, stages):
    with pytest.raises(ValueError, match="stage"):
        stage_alpha(0.05, stage, stages)
