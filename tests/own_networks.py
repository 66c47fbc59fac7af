"""Networks that a user may hand to architecture ``own``: functions of shape and classes."""

import keras
import tensorflow as tf
from keras import layers as L

from cam_augment.networks.taps import layers_by_path


def body(x):
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="wide")(x)
    return L.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="last")(x)


def head(x, classes, **dense):
    return L.Dense(classes, **dense)(L.GlobalAveragePooling2D()(x))


def flat(shape, classes, activation="linear"):
    image = keras.Input(shape)
    return keras.Model(image, head(body(image), classes, activation=activation))


def nested(shape, classes):
    inner, outer = keras.Input(shape), keras.Input(shape)
    base = keras.Model(inner, body(inner), name="base")
    return keras.Model(outer, head(base(outer), classes))


def pooled(shape, classes):
    inner = keras.Input(shape)
    base = keras.Model(inner, L.GlobalAveragePooling2D()(body(inner)), name="base")
    return keras.Sequential([keras.Input(shape), base, L.Dense(classes)])


def added(shape, classes):
    model = keras.Sequential()
    model.add(keras.Input(shape))
    model.add(L.Conv2D(4, 3, strides=3, activation="relu", name="last"))
    model.add(L.Flatten())
    model.add(L.Dense(classes, activation="softmax"))
    return model


def one_batch(shape, classes):
    image = keras.Input(batch_shape=(25, *shape))
    return keras.Model(image, head(body(image), classes))


def written_softmax(shape, classes):
    image = keras.Input(shape)
    return keras.Model(image, head(body(image), classes, activation=tf.nn.softmax))


def by_hand(shape, classes):
    image = keras.Input(shape)
    exponents = keras.ops.exp(head(body(image), classes))
    return keras.Model(image, exponents / keras.ops.sum(exponents, axis=-1, keepdims=True))


def one_unit(shape, classes):  # noqa: ARG001
    return flat(shape, 1, activation="sigmoid")


class Subclassed(keras.Model):
    """Never called by whoever makes it: it has no weights yet."""

    def __init__(self, classes=10, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes
        self.steps = [
            L.Conv2D(4, 3, strides=3, activation="relu", name="last"),
            L.Dropout(0.1),
            L.GlobalAveragePooling2D(),
            L.Dense(classes),
        ]

    def call(self, images, training=None):
        x = images
        for step in self.steps:
            x = step(x, training=training) if isinstance(step, L.Dropout) else step(x)
        return x


def subclassed(shape, classes):  # noqa: ARG001
    return Subclassed(classes)


class Hidden(L.Layer):
    """Noise that is called nothing of the kind."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.draws = keras.random.SeedGenerator(0)

    def call(self, x, training=False):
        if not training:
            return x
        return x + keras.random.normal(keras.ops.shape(x), stddev=0.1, seed=self.draws)


def augmenting(shape, classes, kind="flip"):
    image = keras.Input(shape)
    front = {
        "flip": L.RandomFlip(name="mirror"),
        "rotation": L.RandomRotation(0.2, name="mirror"),
        "noise": L.GaussianNoise(0.1, name="mirror"),
        "hidden": Hidden(name="mirror"),
        "nested": keras.Sequential([L.Rescaling(2.0), L.RandomZoom(0.2, name="mirror")], name="s"),
    }[kind]
    return keras.Model(image, head(body(L.Rescaling(1.0)(front(image))), classes))


def regularised(shape, classes):
    image = keras.Input(shape)
    x = L.GaussianNoise(0.1)(L.SpatialDropout2D(0.2)(body(L.Rescaling(2.0)(image))))
    return keras.Model(image, head(x, classes))


def perceptron(shape, classes):
    image = keras.Input(shape)
    return keras.Model(image, L.Dense(classes)(L.Flatten()(L.Rescaling(2.0)(image))))


@keras.saving.register_keras_serializable("tests")
class Knowing(L.Layer):
    """Normalises by a layer inside, as one of a person's own may."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = L.Normalization()

    def build(self, shape):
        self.inner.build(shape)
        super().build(shape)

    def call(self, x):
        return self.inner(x)


PREPARED = ("top", "deep", "layer")


def prepared(shape, classes, images, place):
    """A network that normalises by what its images are, somewhere inside."""
    front = {
        "top": L.Normalization,
        "deep": lambda: keras.Sequential(
            [keras.Input(shape), keras.Sequential([keras.Input(shape), L.Normalization()])]
        ),
        "layer": Knowing,
    }[place]()
    image = keras.Input(shape)
    model = keras.Model(image, head(body(front(image)), classes))
    normalization(model).adapt(images)
    return keras.Model(image, head(body(front(image)), classes))


def normalization(model):
    """The layer of a network that knows of the data, wherever it lies."""
    layers = layers_by_path(model).values()
    return next(layer for layer in layers if isinstance(layer, L.Normalization))


@keras.saving.register_keras_serializable("tests")
class Forgetful(L.Layer):
    """Keeps a number beside its weights and its configuration; a file has it by its weights."""

    factor = 1.0

    def call(self, x):
        return x * self.factor

    def save_own_variables(self, store):
        store["factor"] = self.factor

    def load_own_variables(self, store):
        self.factor = float(store["factor"][()])


def forgetful(shape, classes):
    image, layer = keras.Input(shape), Forgetful()
    layer.factor = 3.0
    return keras.Model(image, head(body(layer(image)), classes))
