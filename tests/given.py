"""Networks as a user writes them, for ``source = "tests.given:..."``."""

import keras


def network(shape, classes, *, width=4, softmax=False):
    """Two convolutions; ends in a softmax where it is told to."""
    image = keras.Input(shape)
    x = keras.layers.Conv2D(width, 3, strides=2, padding="same")(image)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dropout(0.2)(x)
    x = keras.layers.ReLU(name="features")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    activation = "softmax" if softmax else None
    return keras.Model(image, keras.layers.Dense(classes, activation=activation)(x))


def nothing(shape, classes):
    """No network at all."""
    return {"shape": shape, "classes": classes}


def tiny(shape, classes):
    """A last grid of a single cell, and one before that."""
    image = keras.Input(shape)
    x = keras.layers.Conv2D(4, 7, strides=7, name="before")(image)
    x = keras.layers.Conv2D(4, 4, name="cell")(x)
    return keras.Model(image, keras.layers.Dense(classes)(keras.layers.Flatten()(x)))


def hidden(shape, classes):
    """Code in a layer."""
    image = keras.Input(shape)
    x = keras.layers.Lambda(lambda x: 2 * x)(image)
    return keras.Model(image, keras.layers.Dense(classes)(keras.layers.Flatten()(x)))
