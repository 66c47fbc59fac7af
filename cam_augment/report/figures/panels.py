"""The gallery's panels as arrays of colours: maps, differences, outlines, photographs."""

import base64
import binascii
import io
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.plan import BASELINE
from cam_augment.records import FrameView, Patch, Probe

if TYPE_CHECKING:
    from PIL import Image

SIDE = 56
LEVELS = 64  # steps of the maps' colours: more than the eye needs
EDGE = 0.3  # how dark an image's edges are drawn over a difference
SKY, DARK = (86, 180, 233), (0, 40, 70)


def difference(probe: Probe, arm: str) -> np.ndarray | None:
    """Return an arm's mean map less that of the baselines, as multiples of an even share.

    float64 [row, column]; None for the baselines, and where a map is missing or of another grid.
    """
    if arm == BASELINE or BASELINE not in probe.maps or arm not in probe.maps:
        return None
    values, reference = np.asarray(probe.maps[arm]), np.asarray(probe.maps[BASELINE])
    return (values - reference) * values.size if values.shape == reference.shape else None


def enlarge(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return a map [row, column] enlarged bilinearly, pixel centres aligned, edges continued.

    >>> enlarge(np.array([[0.0, 1.0]]), 1, 4).tolist()
    [[0.0, 0.25, 0.75, 1.0]]
    """
    return _along(_along(values, rows, 0), columns, 1)


def _along(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    length = values.shape[axis]
    at = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, length - 1)
    share = (at - low).reshape((-1, 1) if axis == 0 else (1, -1))
    return values.take(low, axis) * (1 - share) + values.take(high, axis) * share


def heat(values: ArrayLike, limit: float, side: int = SIDE) -> np.ndarray:
    """Return the map as [row, column, 4]: orange to yellow, clear where there is nothing."""
    return ramp(strength(values, limit, side))


def strength(values: ArrayLike, limit: float, side: int) -> np.ndarray:
    """Return a map as its share of the scale's end, 0..1, in ``LEVELS`` steps.

    Args:
        values: float [row, column], not negative.
    """
    share = np.clip(enlarge(np.asarray(values) * np.size(values) / limit, side, side), 0, 1)
    return np.round(share * (LEVELS - 1)) / (LEVELS - 1)


def ramp(share: np.ndarray) -> np.ndarray:
    """Return the maps' colours, the last axis red, green, blue and opacity, of 0..1.

    Args:
        share: float [...], 0..1.
    """
    from matplotlib import colormaps

    colours = colormaps["inferno"](0.35 + 0.6 * share)
    colours[..., 3] = 0.88 * share**0.8
    return colours


def contrast(values: np.ndarray, limit: float, edges: np.ndarray) -> np.ndarray:
    """Return a difference as ``signed_colours`` [row, column, 3], with the image's edges.

    Args:
        values: float [row, column]. limit: where colours end. edges: float [row, column], 0..1.
    """
    colours = signed_colours(enlarge(values / limit, *edges.shape))
    return colours * (1 - EDGE * edges[..., None])


def signed_colours(share: np.ndarray) -> np.ndarray:
    """Return changes of -1..1 as [row, column, 3]: purple less, white none, green more."""
    from matplotlib import colormaps

    return colormaps["PRGn"](0.5 + 0.45 * np.clip(share, -1, 1))[..., :3]


def outline(image: np.ndarray) -> np.ndarray:
    """Return where an image [row, column, 3] has edges, 0 to 1."""
    slopes = np.hypot(*np.gradient(image.mean(-1)))
    high = np.percentile(slopes, 99)
    return np.clip(slopes / high, 0, 1) ** 1.5 if high > 0 else slopes


def over(image: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Return a layer [row, column, 4] over an image [row, column, 3]."""
    opacity = layer[..., 3:]
    return image * (1 - opacity) + layer[..., :3] * opacity


def photograph(probe: Probe | FrameView | Patch, side: int | None = SIDE) -> np.ndarray | None:
    """Return what is photographed as [row, column, 3] in 0..1, or None if it is no PNG."""
    from PIL import Image, UnidentifiedImageError

    try:
        content = io.BytesIO(base64.b64decode(probe.image, validate=True))
        image = Image.open(content, formats=["PNG"]).convert("RGB")
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError):
        return None
    if side:
        image = image.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image) / 255


# -- the same as data URIs of few bytes ---------------------------------------------------


def map_uri(values: ArrayLike, limit: float, side: int = SIDE // 2) -> str:
    """Return ``heat`` as a data URI: one byte a pixel, the colours in a palette.

    Args:
        values: float [row, column], not negative.
    """
    return _palette_uri(_bytes(strength(values, limit, side) * (LEVELS - 1)), _palette())


@cache
def _palette() -> np.ndarray:
    """Return the maps' colours, uint8 [level, red to opacity]."""
    return _bytes(ramp(np.linspace(0, 1, LEVELS)) * 255)


def difference_uri(values: np.ndarray, limit: float, side: int = SIDE // 2) -> str:
    """Return ``signed_colours`` as a data URI; none of the change has a level of its own.

    Args:
        values: float [row, column].
    """
    share = np.clip(enlarge(values / limit, side, side), -1, 1)
    return _palette_uri(_bytes((share + 1) * LEVELS / 2), _signed_palette())


@cache
def _signed_palette() -> np.ndarray:
    """Return the colours of changes, uint8 [level, red to opacity]."""
    colours = signed_colours(np.linspace(-1, 1, LEVELS + 1))
    return _bytes(np.pad(colours, ((0, 0), (0, 1)), constant_values=1) * 255)


def edges_uri(edges: np.ndarray) -> str:
    """Return an image's edges, 0..1 [row, column], as a data URI: black, clear where none is."""
    palette = np.zeros((LEVELS, 4), np.uint8)
    palette[:, 3] = _bytes(EDGE * 255 * np.linspace(0, 1, LEVELS))
    return _palette_uri(_bytes(edges * (LEVELS - 1)), palette)


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.round(values).astype(np.uint8)


def outline_uri(mask: ArrayLike, side: int = 2 * SIDE) -> str:
    """Return the border of a mask as a data URI: a light line within, a dark one without.

    Args:
        mask: bool [row, column].
    """
    inside = enlarge(np.asarray(mask, float), side, side) > 0.5
    light, dark = borders(inside)
    palette = np.array([(0, 0, 0, 0), (*SKY, 255), (*DARK, 255)], np.uint8)
    return _palette_uri(_bytes(light + 2 * dark), palette)


def borders(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels along the border of a mask, bool [row, column]: within, and without."""
    return inside & ~_shrunk(inside), ~inside & ~_shrunk(~inside)


def _shrunk(inside: np.ndarray) -> np.ndarray:
    """Return the pixels whose four neighbours are inside too; beyond the frame all are."""
    wide = np.pad(inside, 1, constant_values=True)
    return wide[:-2, 1:-1] & wide[2:, 1:-1] & wide[1:-1, :-2] & wide[1:-1, 2:]


def _palette_uri(steps: np.ndarray, palette: np.ndarray) -> str:
    """Return an image of palette entries: uint8 [row, column], uint8 [entry, red to opacity]."""
    from PIL import Image

    image = Image.fromarray(steps)
    image.putpalette(palette[:, :3].tobytes())
    opaque = (palette[:, 3] == 255).all()
    return _uri(image, **({} if opaque else {"transparency": palette[:, 3].tobytes()}))


def colours_uri(colours: np.ndarray) -> str:
    """Return colours [row, column, 3 or 4] in 0..1 as a data URI, in 64 colours if opaque."""
    from PIL import Image

    image = Image.fromarray(_bytes(np.clip(colours, 0, 1) * 255))
    if image.mode == "RGB" and image.getcolors(256) is None:
        image = image.quantize(LEVELS, dither=Image.Dither.NONE)
    return _uri(image)


def photograph_uri(image: np.ndarray, most: int) -> str:
    """Return a photograph [row, column, 3] in 0..1 as a data URI, no side longer than ``most``."""
    from PIL import Image

    picture = Image.fromarray(_bytes(image * 255))
    picture.thumbnail((most, most), Image.Resampling.BILINEAR)
    return _uri(picture)


def _uri(image: "Image.Image", **options: Any) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False, **options)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
