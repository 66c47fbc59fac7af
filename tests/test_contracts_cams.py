"""What every CAM method keeps to: it enters by existing."""

from typing import get_args

import keras
import numpy as np
import pytest
import tensorflow as tf

from cam_augment.cams import driver
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.registry import CAMS
from tests.looks import CLASSES, LAYER, NETWORKS, look, probe

# CAM itself looks at pooled heads only; all others look at every network.
CASES = [
    (name, network)
    for name in CAMS
    for network in NETWORKS
    if network == "pooled" or CAMS[name].form != "kernel"
]


def close(actual, expected, tolerance=1e-5):
    """Equal up to rounding: sums in another order, of maps of any size."""
    np.testing.assert_allclose(actual, expected, atol=tolerance * np.abs(expected).max(), rtol=0)


@pytest.mark.parametrize(("name", "network"), CASES)
class TestContract:
    def test_shape_type_and_range(self, name, network):
        maps = look(network).maps(name, *probe(network))
        model = NETWORKS[network]()
        assert maps.shape == (7, *model.get_layer(LAYER).output.shape[1:3])
        assert maps.dtype == np.float32
        assert np.isfinite(maps).all()
        assert maps.min() >= 0
        assert maps.max() > 0

    def test_the_same_again(self, name, network):
        first, second = (look(network).maps(name, *probe(network)) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_neither_the_other_images_nor_the_place_matter(self, name, network):
        images, targets = probe(network)
        together = look(network).maps(name, images, targets)
        alone = [look(network).maps(name, images[i : i + 1], targets[i : i + 1]) for i in range(3)]
        close(together[:3], np.concatenate(alone))
        order = np.array([4, 2, 2, 6])  # moved, repeated, and with some left out
        among_others = np.concatenate([images[order], 9 * images[:2]])
        expected = np.concatenate([targets[order], targets[:2]])
        close(look(network).maps(name, among_others, expected)[:4], together[order])

    def test_the_model_and_what_is_given_stay_as_they_are(self, name, network):
        model = NETWORKS[network]()
        before = [np.array(w) for w in model.get_weights()]
        (images, targets), (same, as_well) = probe(network), probe(network)
        images.flags.writeable = targets.flags.writeable = False
        look(network).maps(name, images, targets)
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
        np.testing.assert_array_equal(images, same)
        np.testing.assert_array_equal(targets, as_well)

    def test_the_target_matters_unless_the_method_says_otherwise(self, name, network):
        images, targets = probe(network)
        one = look(network).maps(name, images, targets)
        other = look(network).maps(name, images, (targets + 1) % CLASSES)
        same = np.array([np.allclose(a, b, rtol=1e-3) for a, b in zip(one, other, strict=True)])
        untargeted = CAMS[name].targeted is False
        assert same.all() if untargeted else not same.any()


@pytest.mark.parametrize("name", CAMS)
class TestOnce:
    def test_it_says_what_it_is(self, name):
        assert CAMS[name].summary
        assert CAMS[name].form in ("weigh", "kernel", "model")

    def test_new_weights_are_seen_and_nothing_is_traced_again(self, name):
        """A worker asks one look about many runs, whose weights it puts into one model.

        Each function is traced for the first number of images, once more for any, and no more.
        """
        images, targets = probe("pooled")
        model = keras.models.clone_model(NETWORKS["pooled"]())
        view = Look(Network(model), LAYER)
        old = view.maps(name, images, targets)
        compiled = dict(view._passes)
        rng = np.random.default_rng(0)
        for count in (5, 3, 2):
            model.set_weights([rng.uniform(-0.3, 0.5, w.shape) if w.ndim > 1 else w
                               for w in model.get_weights()])  # fmt: skip
            new = view.maps(name, images[:count], targets[:count])
        assert view._passes == compiled
        assert all(function.experimental_get_tracing_count() <= 2 for function in compiled.values())
        close(new, Look(Network(model), LAYER).maps(name, images[:2], targets[:2]))
        assert not np.allclose(new, old[:2], rtol=1e-3)

    def test_the_size_of_blocks_does_not_matter(self, name, monkeypatch):
        monkeypatch.setattr(driver, "BLOCK", 3)
        network = "pooled" if CAMS[name].form == "kernel" else "signed"
        pieces = Look(Network(NETWORKS[network]()), LAYER)
        assert pieces.block == 3
        close(pieces.maps(name, *probe(network)), look(network).maps(name, *probe(network)))

    def test_no_more_images_than_a_block_go_through_the_network_at_once(self, name, monkeypatch):
        monkeypatch.setattr(driver, "BLOCK", 3)
        image = keras.Input((8, 8, 1))
        x = AtMost(3)(image)
        x = keras.layers.Conv2D(5, 3, padding="same", activation="relu", name=LAYER)(x)
        x = keras.layers.Dense(CLASSES)(keras.layers.GlobalAveragePooling2D()(x))
        images = np.random.default_rng(0).random((8, 8, 8, 1), np.float32)
        narrow = Look(Network(keras.Model(image, x)), LAYER)
        maps = narrow.maps(name, images, np.arange(8) % CLASSES)
        assert maps.shape == (8, 8, 8)

    def test_settings_are_refused_out_of_their_limits(self, name):
        limited = CAMS[name].settings.model_fields
        for setting, field in limited.items():
            for mark in field.metadata:
                beyond = mark.ge - 1 if hasattr(mark, "ge") else mark.le + 1
                with pytest.raises(ValueError, match=setting):
                    CAMS[name].resolve({setting: beyond})


def another(field):
    """A value of a setting that is not its default: another word, or its lower limit."""
    words = [word for word in get_args(field.annotation) if word != field.default]
    return words[0] if words else next(mark.ge for mark in field.metadata if hasattr(mark, "ge"))


@pytest.mark.parametrize(
    ("name", "setting"), [(name, array) for name in CAMS for array in CAMS[name].resolve({})]
)
def test_every_setting_matters_and_is_traced_for_itself(name, setting):
    images, targets = (array[:2] for array in probe("signed"))
    usual = look("signed").maps(name, images, targets, CAMS[name].resolve({}))
    chosen = CAMS[name].resolve({setting: another(CAMS[name].settings.model_fields[setting])})
    result = look("signed").maps(name, images, targets, chosen)
    assert not np.allclose(result, usual, rtol=1e-3)
    close(result, Look(Network(NETWORKS["signed"]()), LAYER).maps(name, images, targets, chosen))


class AtMost(keras.layers.Layer):
    """Refuses more images at once than it is told."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def call(self, x):
        tf.debugging.assert_less_equal(tf.shape(x)[0], self.images)
        return x
