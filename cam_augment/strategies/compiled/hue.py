"""Hues, a pixel at a time: as operations of TensorFlow that takes thirty passes over memory."""

import numpy as np

from cam_augment.base.jit import compiled

zero, one, two, four, six = (np.float32(number) for number in (0, 1, 2, 4, 6))


@compiled
def turn_hues(images, turns):
    """Return images with their hues turned; value and saturation (of HSV) stay.

    Args:
        images: float32 [image, row, column, 3] in 0..1. turns: float32 [image], in circles.

    Returns:
        float32 like ``images``, in 0..1.
    """
    result = np.empty_like(images)
    for image in range(len(images)):
        before, after = images[image].reshape(-1, 3), result[image].reshape(-1, 3)
        turn = six * turns[image]
        for pixel in range(len(before)):
            red, green, blue = before[pixel, 0], before[pixel, 1], before[pixel, 2]
            value = max(red, green, blue)
            chroma = value - min(red, green, blue)
            place = turn + _sixth(red, green, blue, value, chroma if chroma > zero else one)
            # HSV to RGB without a case for every sixth of the circle.
            for channel in range(3):
                k = place + np.float32(5 - 2 * channel)
                k -= six * np.floor(k / six)
                away = min(max(min(k, four - k), zero), one)
                after[pixel, channel] = min(max(value - chroma * away, zero), one)
    return result


@compiled
def _sixth(red, green, blue, value, by):
    """Return where on the circle a colour is, in sixths."""
    if value == red:
        return (green - blue) / by
    if value == green:
        return two + (blue - red) / by
    return four + (red - green) / by
