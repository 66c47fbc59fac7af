"""Chains of operations, an image at a time.

A channel is a plane of its own with a black border: one pixel before it, and two behind,
where the neighbours of its last places lie. Loops are split so that each becomes vector code:
where to read, the reading itself, and what is made of it.
"""

import numpy as np

from cam_augment.base.jit import compiled
from cam_augment.strategies.operations import GEOMETRY, OPERATIONS

# The loop's own numbers of operations: what is kept on disk must not depend on another file.
NOTHING, MOVE, AUTOCONTRAST, EQUALISE, POSTERISE, SOLARISE = range(6)
NUMBERS = {
    "identity": NOTHING,
    **dict.fromkeys(GEOMETRY, MOVE),
    "autocontrast": AUTOCONTRAST,
    "equalise": EQUALISE,
    "posterise": POSTERISE,
    "solarise": SOLARISE,
}
GREY_LEVELS = 256
LAST_LEVEL = np.int32(GREY_LEVELS - 1)
FILLS = ("reflect", "nearest", "zero")
REFLECT, _, ZERO = range(len(FILLS))
BEFORE, AROUND = 1, 3  # of a border: pixels before the first row and column, and in all

one, half, zero, most = np.float32(1), np.float32(0.5), np.float32(0), np.float32(GREY_LEVELS - 1)


def blend_chains(images, shares, matrices, operations, amounts, fill):
    """Blend every image with what its chains make of it.

    Args:
        images: float32 [image, row, column, channel] in 0..1.
        shares: float32 [image, 1 + chain], of the image itself and of each chain.
        matrices: float32 [image, chain, 3, 3], as for ``warp``.
        operations: int32 [image, chain, slot], places in ``OPERATIONS``, of those in ``NUMBERS``.
        amounts: float32 alike, as ``operations.amounts`` returns them.
        fill: what stands outside, one of ``FILLS``.

    Returns:
        float32 like ``images``, in 0..1.
    """
    numbers = np.array([NUMBERS.get(name, NOTHING) for name in OPERATIONS], np.int32)
    result = np.empty_like(images)
    _blend(images, shares, matrices, numbers[operations], amounts, FILLS.index(fill), result)
    return result


@compiled
def _blend(images, shares, matrices, operations, amounts, fill, result):
    _, height, width, channels = images.shape
    size, stride = height * width, width + AROUND
    planes, sums = np.empty((channels, size), np.float32), np.empty((channels, size), np.float32)
    border = np.zeros((height + AROUND, stride), np.float32)
    start, corners = np.empty(size, np.int32), np.empty((2, 2, size), np.float32)
    right, down = np.empty(size, np.float32), np.empty(size, np.float32)
    pixels = np.empty(size, np.float32)
    for image in range(len(images)):
        _begin(images[image].reshape(size, channels), shares[image, 0], planes, sums)
        for chain in range(operations.shape[1]):
            steps, sizes = operations[image, chain], amounts[image, chain]
            moves = _moves(steps)
            if moves:
                _places(matrices[image, chain], fill, height, width, start, right, down)
            for channel in range(channels):
                if moves:
                    _surround(planes[channel].reshape(height, width), border)
                    _fetch(border.ravel(), stride, start, corners)
                    _between(corners, right, down, pixels)
                else:
                    pixels[:] = planes[channel]
                for slot in range(len(steps)):
                    _change(pixels, steps[slot], sizes[slot])
                _add(pixels, shares[image, 1 + chain], sums[channel])
        _end(sums, result[image].reshape(size, channels))


@compiled
def _begin(image, share, planes, sums):
    """Take an image apart into planes, and begin their sums with its share."""
    for channel in range(len(planes)):
        for i in range(len(image)):
            planes[channel, i] = image[i, channel]
            sums[channel, i] = share * image[i, channel]


@compiled
def _add(values, share, sums):
    for i in range(len(values)):
        sums[i] += share * values[i]


@compiled
def _end(sums, result):
    for channel in range(len(sums)):
        for i in range(len(result)):
            result[i, channel] = min(max(sums[channel, i], zero), one)


@compiled
def _moves(numbers):
    moving = 0
    for number in numbers:
        moving += number == MOVE
    return moving > 0


# -- the warp ------------------------------------------------------------------------------


@compiled
def _places(matrix, fill, height, width, start, right, down):
    """Say where in a plane the upper left neighbour of each place is, and the shares beyond it."""
    middle_x, middle_y = half * np.float32(width - 1), half * np.float32(height - 1)
    least = -one if fill == ZERO else zero
    most_x, most_y = np.float32(width - 1) - least, np.float32(height - 1) - least
    across, along = np.float32(2 * width), np.float32(2 * height)
    mirrors, stride = fill == REFLECT, np.int32(width + AROUND)
    for row in range(height):
        below = np.float32(row) - middle_y
        x_at = matrix[0, 1] * below + matrix[0, 2] + middle_x
        y_at = matrix[1, 1] * below + matrix[1, 2] + middle_y
        for column in range(width):
            beside = np.float32(np.int32(column)) - middle_x
            x, y = matrix[0, 0] * beside + x_at, matrix[1, 0] * beside + y_at
            if mirrors:
                x, y = _mirrored(x, across, one / across), _mirrored(y, along, one / along)
            x, y = min(max(x, least), most_x), min(max(y, least), most_y)
            left, up = np.floor(x), np.floor(y)
            place = row * width + column
            right[place], down[place] = x - left, y - up
            start[place] = np.int32(up) * stride + np.int32(left)


@compiled
def _mirrored(place, period, periods):
    place += half
    place -= period * np.floor(place * periods)
    return min(place, period - place) - half


@compiled
def _surround(plane, border):
    height, width = plane.shape
    for row in range(height):
        for column in range(width):
            border[row + BEFORE, column + BEFORE] = plane[row, column]


@compiled
def _fetch(border, stride, start, corners):
    upper_left, upper_right, lower_left, lower_right = _rows(corners)
    first, below = BEFORE * stride + BEFORE, np.uint64(stride)
    for place in range(len(start)):
        at = np.uint64(first + start[place])  # unsigned: nothing is counted from the end
        upper_left[place], upper_right[place] = border[at], border[at + np.uint64(1)]
        at += below
        lower_left[place], lower_right[place] = border[at], border[at + np.uint64(1)]


@compiled
def _rows(corners):
    # Taken one by one: Numba does not know that rows which are unpacked are contiguous.
    return corners[0, 0], corners[0, 1], corners[1, 0], corners[1, 1]


@compiled
def _between(corners, right, down, pixels):
    upper_left, upper_right, lower_left, lower_right = _rows(corners)
    for i in range(len(pixels)):
        top = upper_left[i] + right[i] * (upper_right[i] - upper_left[i])
        bottom = lower_left[i] + right[i] * (lower_right[i] - lower_left[i])
        pixels[i] = min(max(top + down[i] * (bottom - top), zero), one)


# -- values --------------------------------------------------------------------------------


@compiled
def _change(pixels, number, amount):
    """Change one channel's pixels in place; operations that move pixels change no value."""
    if number == AUTOCONTRAST:
        _stretch(pixels)
    elif number == EQUALISE:
        _equalise(pixels)
    elif number == POSTERISE and amount > 0:
        step = np.float32(2) ** amount
        for place in range(len(pixels)):
            level = np.floor(np.rint(pixels[place] * most) / step)
            pixels[place] = level * step / most
    elif number == SOLARISE:
        for place in range(len(pixels)):
            value = pixels[place]
            pixels[place] = one - value if value > amount else value


@compiled
def _stretch(pixels):
    low, high = one, zero
    for place in range(len(pixels)):
        low, high = min(low, pixels[place]), max(high, pixels[place])
    if high > low:
        wider = one / (high - low)
        for place in range(len(pixels)):
            pixels[place] = min(max((pixels[place] - low) * wider, zero), one)


@compiled
def _equalise(pixels):
    counts = np.zeros(GREY_LEVELS, np.int32)
    levels = np.empty(GREY_LEVELS, np.float32)
    numbers = np.empty(len(pixels), np.int32)
    for place in range(len(pixels)):
        number = np.int32(np.rint(pixels[place] * most))
        numbers[place] = min(max(number, np.int32(0)), LAST_LEVEL)  # no index is checked below
    for place in range(len(pixels)):
        counts[np.uint64(numbers[place])] += 1
    below, under_brightest = 0, 0
    for level in range(GREY_LEVELS):
        levels[level] = below
        if counts[level] > 0:
            under_brightest = below
        below += counts[level]
    if under_brightest > 0:
        for place in range(len(pixels)):
            pixels[place] = levels[np.uint64(numbers[place])] / np.float32(under_brightest)
