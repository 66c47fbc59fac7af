"""Machined metal without a blemish: brushed or turned, in uneven light.

What is drawn for an image comes from streams of which each is read image by image, so the
first images are the same however many follow.
"""

from types import SimpleNamespace

import numpy as np

FLAT = np.float32(0.5)
_LONGEST = 3  # the axis of a turned part lies at most this many sides away


def draw(rng: np.random.Generator, images: int, **ranges: tuple[float, float]) -> SimpleNamespace:
    """Return one uniform draw per image and name, each float32 [image, 1, 1]."""
    low, high = np.array(list(ranges.values()), np.float32).T
    values = low + (high - low) * rng.random((images, len(ranges)), np.float32)
    return SimpleNamespace(**dict(zip(ranges, values.T[:, :, None, None], strict=True)))


def grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows [1, size, 1] and columns [1, 1, size], pixel centres in pixels."""
    pixels = np.arange(size, dtype=np.float32) + np.float32(0.5)
    return pixels[None, :, None], pixels[None, None, :]


def render(streams: list[np.random.Generator], images: int, size: int) -> np.ndarray:
    """Return clean surfaces, float32 [image, row, column], about 0..1 and not yet cut.

    Args:
        streams: three generators, of the settings, the texture and the grain.
    """
    settings, texture, grain = streams
    one = draw(settings, images, **_RANGES)
    noise = texture.standard_normal((images, size + _LONGEST, size), np.float32)
    surface = np.empty((images, size, size), np.float32)
    turned = one.turned[:, 0, 0] < FLAT
    for kind, chosen in ((_turned, turned), (_brushed, ~turned)):
        if chosen.any():
            surface[chosen] = kind(noise[chosen], _only(one, chosen), size)
    surface = (one.level + one.depth * surface) * _light(one, size)
    return surface + one.grain * grain.standard_normal(surface.shape, np.float32)


_RANGES = {
    "turned": (0, 1),
    "level": (0.42, 0.62),
    "depth": (0.02, 0.05),
    "grain": (0.006, 0.016),
    "lay": (-0.15, 0.15),
    "streak": (0.15, 0.5),
    "axis_row": (-1.2, -0.15),
    "axis_column": (0.2, 0.8),
    "pitch": (3.0, 6.0),
    "ridge": (0.2, 0.9),
    "glint": (0, np.pi),
    "slope_angle": (0, 2 * np.pi),
    "slope": (0.05, 0.3),
    "vignette": (0.05, 0.3),
}


def _only(one: SimpleNamespace, chosen: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(**{name: value[chosen] for name, value in vars(one).items()})


def _light(one: SimpleNamespace, size: int) -> np.ndarray:
    """Return a slope of brightness across the image, times a fall towards its corners."""
    row, column = (2 * place / size - 1 for place in grid(size))
    slope = one.slope * (np.cos(one.slope_angle) * column + np.sin(one.slope_angle) * row)
    return (1 + slope) * (1 - one.vignette * (row**2 + column**2) / 2)


def _brushed(noise: np.ndarray, one: SimpleNamespace, size: int) -> np.ndarray:
    """Return streaks along the lay: noise with long waves along it and short ones across."""
    row = np.fft.fftfreq(size).astype(np.float32)[None, :, None]
    column = np.fft.rfftfreq(size).astype(np.float32)[None, None, :]
    along = np.cos(one.lay) * column + np.sin(one.lay) * row
    across = np.cos(one.lay) * row - np.sin(one.lay) * column
    band = _wave(along * one.streak * size * 3) * _wave(across * 4) * (1 - _wave(across * 40))
    waves = np.fft.rfft2(noise[:, :size]) * band
    return _standard(np.fft.irfft2(waves, s=(size, size)))


def _wave(frequency: np.ndarray) -> np.ndarray:
    return np.exp(-(frequency**2) / 2)


def _turned(noise: np.ndarray, one: SimpleNamespace, size: int) -> np.ndarray:
    """Return rings about the part's axis: tool marks of one pitch, uneven from ring to ring."""
    row, column = grid(size)
    down, right = row - one.axis_row * size, column - one.axis_column * size
    radius = np.hypot(down, right)
    rings = _read(noise[:, :_LONGEST].reshape(len(noise), -1), radius)
    marks = rings + one.ridge * np.sin(2 * np.pi * radius / one.pitch)
    glint = 1 + FLAT * np.cos(2 * (np.arctan2(down, right) - one.glint))
    grain = FLAT * noise[:, _LONGEST:]
    return _standard((marks + grain * FLAT) * glint + glint)


def _read(profile: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the profile [image, pixel] at each place [image, row, column], linearly."""
    flat = place.reshape(len(place), -1)
    whole = np.minimum(flat.astype(np.int64), profile.shape[1] - 2)
    share = flat - whole.astype(np.float32)
    first, second = (np.take_along_axis(profile, whole + k, 1) for k in (0, 1))
    return (first + share * (second - first)).reshape(place.shape)


def _standard(surface: np.ndarray) -> np.ndarray:
    """Return each image with mean 0 and standard deviation 1."""
    surface = surface - surface.mean((1, 2), keepdims=True)
    return (surface / surface.std((1, 2), keepdims=True)).astype(np.float32)
