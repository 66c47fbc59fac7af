"""Which layer is looked at, where one is named and where none is."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as L

from cam_augment.base.errors import InputError
from cam_augment.networks.network import Network

SHAPE = (32, 32, 3)


def image():
    return keras.Input(SHAPE, name="picture")


def stem(x, name="stem"):
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name=f"{name}_wide")(x)
    return L.Conv2D(8, 3, strides=2, padding="same", activation="relu", name=f"{name}_last")(x)


def ended(start, x, classes=3):
    return keras.Model(start, L.Dense(classes)(L.GlobalAveragePooling2D()(x)))


def chosen(model, wish=None):
    return Network(model, SHAPE).place(wish)


def network(body):
    """Return a network of the stem, what ``body`` makes of it, pooling and one dense layer."""
    start = image()
    return ended(start, body(stem(start)))


def plain():
    return network(lambda x: x)


def test_the_last_layer_with_four_by_four_cells():
    place = chosen(plain())
    assert (place.layer, place.grid, place.passed_over) == ("stem_last", (8, 8), None)


@pytest.mark.parametrize("behind", [
    lambda x: L.Dropout(0.5, name="behind")(x),
    lambda x: L.SpatialDropout2D(0.5, name="behind")(x),
    lambda x: L.GaussianNoise(0.5, name="behind")(x),
    lambda x: L.Activation("linear", name="behind")(x),
    lambda x: L.Identity(name="behind")(x),
])  # fmt: skip
def test_what_passes_values_on_is_no_layer_of_its_own(behind):
    assert chosen(network(behind)).layer == "stem_last"
    assert chosen(network(behind), "behind").grid == (8, 8)


@pytest.mark.parametrize("behind", [
    lambda x: L.ZeroPadding2D(1, name="behind")(x),
    lambda x: L.Cropping2D(1, name="behind")(x),
    lambda x: L.Permute((2, 1, 3), name="behind")(x),
    lambda x: L.Reshape((4, 16, 8), name="behind")(x),
    lambda x: L.ZeroPadding2D(2, name="behind")(L.Dropout(0.5)(x)),
    lambda x: L.Conv2D(8, 3, strides=2, name="top")(L.ZeroPadding2D(1, name="behind")(x)),
])  # fmt: skip
def test_what_only_moves_values_is_not_taken_unless_it_is_named(behind):
    place = chosen(network(behind))
    assert place.layer in ("stem_last", "top")
    assert chosen(network(behind), "behind").layer == "behind"


def test_a_padded_grid_before_a_small_one_is_not_taken():
    """As in MobileNet: 4x4, padded to 6x6, then 2x2."""

    def body(x):
        x = L.Conv2D(8, 3, strides=2, padding="same", name="four")(x)
        return L.Conv2D(8, 3, strides=2, name="two")(L.ZeroPadding2D(1, name="padded")(x))

    place = chosen(network(body))
    assert (place.layer, place.grid, str(place.passed_over)) == ("four", (4, 4), "two (2x2)")


@pytest.mark.parametrize("pool", [
    lambda x: L.GlobalAveragePooling2D(keepdims=True, name="point")(x),
    lambda x: L.GlobalMaxPooling2D(keepdims=True, name="point")(x),
    lambda x: L.AveragePooling2D(8, name="point")(x),
    lambda x: L.Conv2D(5, 8, name="point")(x),
    lambda x: L.Conv2D(5, 6, name="point")(x),  # 3x3
])  # fmt: skip
def test_a_small_grid_is_passed_over_and_named(pool):
    start = image()
    model = keras.Model(start, L.Dense(3)(L.Flatten()(pool(stem(start)))))
    place = chosen(model)
    assert place.layer == "stem_last"
    assert place.passed_over.path == "point"


def test_a_grid_of_one_cell_is_refused_where_it_is_named():
    start = image()
    model = keras.Model(start, L.Flatten()(L.Conv2D(3, 8, name="point")(stem(start))))
    with pytest.raises(InputError, match=r"'point' has a grid of 1x1.*stem_last \(8x8\)"):
        chosen(model, "point")


def test_two_by_two_cells_are_taken_where_there_are_no_more():
    small = keras.Input((8, 8, 1))
    x = L.Conv2D(2, 3, strides=4, padding="same", name="two")(small)
    model = keras.Model(small, L.Dense(2)(L.Flatten()(x)))
    assert Network(model).place().grid == (2, 2)


@pytest.mark.parametrize("grid", [(1, 1), (1, 8), (8, 1)])
def test_without_two_rows_and_two_columns_there_is_no_map(grid):
    narrow = keras.Input((*grid, 3))
    x = L.Conv2D(2, 1, name="line")(narrow)
    model = keras.Model(narrow, L.Dense(2)(L.Flatten()(x)))
    for wish in (None, "line"):
        with pytest.raises(InputError, match="cam_layer"):
            Network(model).place(wish)


@pytest.mark.parametrize("front", [
    lambda x: x,
    lambda x: L.Rescaling(2.0)(x),
    lambda x: L.Resizing(16, 16)(x),
    lambda x: L.BatchNormalization()(x),
    lambda x: L.RandomFlip()(x),
    lambda x: L.ZeroPadding2D(2)(x),
])  # fmt: skip
def test_the_picture_itself_is_no_layer(front):
    start = image()
    model = keras.Model(start, L.Dense(3)(L.Flatten()(front(start))))
    for wish in (None, "last", "-1"):
        with pytest.raises(InputError, match=r"no layer with a grid"):
            chosen(model, wish)
    with pytest.raises(InputError, match="picture"):
        chosen(model, "picture")


def test_a_branch_is_passed_by_for_the_layer_that_all_paths_cross():
    start = image()
    x = stem(start)
    one, two = L.Conv2D(8, 3, padding="same", name="one")(x), L.Conv2D(8, 1, name="two")(x)
    summed = L.Add(name="both")([one, two])
    assert chosen(ended(start, summed)).layer == "both"
    pooled = [L.GlobalAveragePooling2D()(branch) for branch in (one, two)]
    apart = keras.Model(start, L.Dense(3)(L.Concatenate()(pooled)))
    assert chosen(apart).layer == "stem_last"
    assert chosen(apart, "one").grid == (8, 8)  # a branch can be named


def test_a_shortcut_round_the_last_convolution_counts():
    start = image()
    x = stem(start)
    residual = L.Add(name="sum")([x, L.Conv2D(8, 3, padding="same", name="inside")(x)])
    assert chosen(ended(start, residual)).layer == "sum"
    gate = L.Conv2D(8, 1, activation="sigmoid", name="gate")(
        L.GlobalAveragePooling2D(keepdims=True)(x)
    )
    assert chosen(ended(start, L.Multiply(name="gated")([x, gate]))).layer == "gated"


def test_a_layer_that_is_called_twice_counts_by_its_last_call():
    start, layer = image(), L.Conv2D(3, 3, padding="same", strides=2, name="twice")
    assert chosen(ended(start, layer(layer(start)))).grid == (8, 8)


def test_a_shape_that_is_read_is_no_path():
    class Sized(L.Layer):
        def call(self, inputs):
            cells, picture = inputs
            rows = keras.ops.cast(tf.shape(picture)[1], "float32")
            return cells * rows

    start = image()
    x = stem(start)
    model = ended(start, L.Conv2D(4, 1, name="behind")(Sized()([x, start])))
    assert chosen(model, "-3").layer == "stem_last"


class TestNames:
    def test_layers_are_counted_from_the_end(self):
        assert chosen(plain(), "-1").layer == chosen(plain(), "last").layer == "stem_last"
        assert chosen(plain(), "-2").layer == "stem_wide"
        with pytest.raises(InputError, match=r"received -3; .* has 2 layers.*stem_wide"):
            chosen(plain(), "-3")
        with pytest.raises(InputError, match="counted from the end"):
            chosen(plain(), "1")

    def test_a_layer_within_a_base_has_a_path(self):
        inner, outer = image(), image()
        base = keras.Model(inner, stem(inner), name="base")
        model = ended(outer, base(outer))
        assert chosen(model).layer == "base/stem_last"
        assert chosen(model, "base/stem_wide").grid == (16, 16)
        assert chosen(model, "stem_wide").layer == "base/stem_wide"
        assert chosen(model, "base").grid == (8, 8)

    def test_a_name_that_is_there_twice_is_asked_for(self):
        outer = image()
        x = outer
        for name in ("left", "right"):
            inner = keras.Input(x.shape[1:])
            x = keras.Model(inner, L.Conv2D(4, 3, name="conv")(inner), name=name)(x)
        model = ended(outer, x)
        with pytest.raises(InputError, match="'conv' is 2 layers: left/conv, right/conv"):
            chosen(model, "conv")
        assert chosen(model, "left/conv").grid == (30, 30)

    def test_a_slip_of_the_pen_has_a_proposal(self):
        with pytest.raises(InputError, match=r"no layer 'stem_lst'.*Did you mean 'stem_last'"):
            chosen(plain(), "stem_lst")

    def test_a_layer_that_leads_nowhere_is_refused(self):
        start = image()
        x = stem(start)
        model = ended(start, x)
        dead = L.Conv2D(3, 3, name="dead")

        class Wasteful(keras.Model):
            def __init__(self):
                super().__init__()
                self.inner, self.dead = model, dead

            def call(self, images):
                self.dead(images)
                return self.inner(images)

        wasteful = Wasteful()
        wasteful(np.zeros((1, *SHAPE), np.float32))
        with pytest.raises(InputError, match="'dead' does not lie between"):
            chosen(wasteful, "dead")


def test_a_layer_without_a_gradient_is_refused():
    start = image()
    x = L.Lambda(lambda a: keras.ops.stop_gradient(a))(stem(start))
    with pytest.raises(InputError, match=r"'stem_wide' of .* has no gradient"):
        chosen(ended(start, x), "stem_wide")
