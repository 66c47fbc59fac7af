"""Blemishes on a surface, each a relief: how much it darkens (-) or brightens (+) a pixel.

A relief is float32 [image, row, column], 0 outside its mask and about -1..1 inside; the
surface is multiplied by 1 + contrast x relief, so that a blemish lies in the same light.
"""

from types import SimpleNamespace

import numpy as np

from cam_augment.datasets.surface_texture import draw, grid

KINDS = ("scratch", "pit", "stain")
_VISIBLE = 0.1  # a relief under a tenth of its contrast is none: it ends the mask
_HARMONICS = (2, 3, 5)

_RANGES = {
    "row": (0.18, 0.82),
    "column": (0.18, 0.82),
    "angle": (0, 2 * np.pi),
    "scale": (0, 1),
    "contrast": (0, 1),
    "bend": (-1, 1),
    "sign": (0, 1),
    **{f"phase{k}": (0, 2 * np.pi) for k in _HARMONICS},
}


def blemish(
    rng: np.random.Generator, kinds: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return by what to multiply each surface, and where that is not 1.

    Args:
        kinds: int [image]; 0, 1, 2 for scratch, pit and stain; negative for none.

    Returns:
        Factors, float32 [image, row, column], and masks, bool [image, row, column].
    """
    one = draw(rng, len(kinds), **_RANGES)
    factor = np.ones((len(kinds), size, size), np.float32)
    for kind, make in enumerate((_scratch, _pit, _stain)):
        chosen = kinds == kind
        factor[chosen] = make(_place(one, chosen, size), size)
    return factor, factor != 1


def _place(one: SimpleNamespace, chosen: np.ndarray, size: int) -> SimpleNamespace:
    """Add along and across: pixels from the blemish's centre, turned by its angle."""
    one = SimpleNamespace(**{name: value[chosen] for name, value in vars(one).items()})
    row, column = grid(size)
    down, right = row - one.row * size, column - one.column * size
    one.along = np.cos(one.angle) * right + np.sin(one.angle) * down
    one.across = np.cos(one.angle) * down - np.sin(one.angle) * right
    return one


def _between(share: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.float32(low) + np.float32(high - low) * share


def _factor(relief: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    return 1 + np.where(np.abs(relief) >= _VISIBLE, contrast * relief, np.float32(0))


def _edge(depth: np.ndarray) -> np.ndarray:
    """Return 0 outside to 1 inside, smoothly over -1..1 of ``depth``."""
    share = np.clip((depth + 1) / 2, 0, 1)
    return share * share * (3 - 2 * share)


def _scratch(one: SimpleNamespace, size: int) -> np.ndarray:
    """A thin bent groove, dark or bright, with a burr of the other sign beside it."""
    half = _between(one.scale, 0.1, 0.3) * size
    width = np.maximum(np.float32(0.014 * size), np.float32(0.7))
    bend = one.bend * np.float32(0.5) / half
    distance = (one.across - bend * one.along**2) / np.hypot(1, 2 * bend * one.along)
    ends = _edge((half - np.abs(one.along)) / 2)
    groove = np.exp(-((distance / width) ** 2) / 2)
    burr = np.exp(-(((distance - 2.5 * width) / width) ** 2) / 2)
    relief = (groove - np.float32(0.4) * burr) * ends * np.where(one.sign < 0.5, -1, 1)
    return _factor(relief.astype(np.float32), _between(one.contrast, 0.3, 0.7))


def _pit(one: SimpleNamespace, size: int) -> np.ndarray:
    """A small dark disc, its rim bright on the side that faces the light."""
    radius = np.maximum(_between(one.scale, 0.03, 0.065) * size, np.float32(1))
    stretch = 1 + np.float32(0.2) * one.bend
    distance = np.hypot(one.along * stretch, one.across / stretch)
    lit = (1 + one.along / np.maximum(distance, np.float32(1e-3))) / 2
    rim = lit * np.exp(-(((distance - radius - 1) / np.float32(0.8)) ** 2) / 2)
    relief = np.float32(0.8) * rim - _edge(radius - distance)
    return _factor(relief, _between(one.contrast, 0.4, 0.8))


def _stain(one: SimpleNamespace, size: int) -> np.ndarray:
    """A soft irregular patch, a little darker or brighter, strongest at its border."""
    radius = _between(one.scale, 0.1, 0.22) * size
    turn = np.arctan2(one.across, one.along)
    waves = sum(np.cos(k * turn + getattr(one, f"phase{k}")) / k for k in _HARMONICS)
    depth = 1 - np.hypot(one.along, one.across) / (radius * (1 + np.float32(0.35) * waves))
    border = np.float32(0.4) * np.exp(-(((depth - 0.15) / np.float32(0.12)) ** 2))
    relief = _edge(depth * 5) * (np.float32(0.7) + border) * np.where(one.sign < 0.75, -1, 1)
    return _factor(relief.astype(np.float32), _between(one.contrast, 0.18, 0.4))
