"""The map gallery: what each arm looks at, image by image."""

import base64
import binascii
import io

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Probe
from cam_augment.report import look, words
from cam_augment.report.figures import style
from cam_augment.report.parts import Card, Figure, Gallery, Tile, figure

SIDE = 56
PRINTED = 5
BLANK = np.ones((SIDE, SIDE, 3))


@figure("attention", 20)
def gallery(profile: ImpactProfile) -> Figure | None:
    """The probe images under every arm's mean map."""
    if not profile.probes:
        return None
    limit, spread = _limits(profile)
    return Figure(
        name="gallery",
        title="What the networks look at, image by image",
        caption=(
            "Upper tile: the mean map of an arm's models over the image; the brighter, the more "
            "attention (1 × even is what every cell would get if attention were spread evenly). "
            "Lower tile: the difference from the baselines' mean map; blue: more attention than "
            "the baselines, red: less; grey lines: the image's edges. Under each arm: how many of "
            "its models read the image rightly. The maps are coarse, drawn smooth."
        ),
        alt=(
            f"{len(profile.probes)} probe images with the mean attention map of the baselines and "
            f"of {len(profile.strategies)} strategies, and their differences."
        ),
        draw=lambda: _draw(profile, limit, spread),
        gallery=_page(profile, limit, spread),
    )


def _limits(profile: ImpactProfile) -> tuple[float, float]:
    """Return the ends of the two colour scales, as multiples of an even share."""
    maps = [np.asarray(m) * np.size(m) for p in profile.probes for m in p.maps.values()]
    differences = [_difference(p, arm) for p in profile.probes for arm in p.maps]
    differences = [np.abs(d).ravel() for d in differences if d is not None]
    high = np.percentile(np.concatenate([m.ravel() for m in maps]), 99.5) if maps else 1
    far = np.percentile(np.concatenate(differences), 99.5) if differences else 1
    return max(1.0, _round(high)), max(0.1, _round(far))


def _round(value: float) -> float:
    return float(f"{value:.2g}")


def _difference(probe: Probe, arm: str) -> np.ndarray | None:
    if arm == BASELINE or BASELINE not in probe.maps or arm not in probe.maps:
        return None
    values, reference = np.asarray(probe.maps[arm]), np.asarray(probe.maps[BASELINE])
    return (values - reference) * values.size if values.shape == reference.shape else None


def enlarge(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return a map enlarged bilinearly, pixel centres aligned, edges held.

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


# -- tiles: arrays of colours ------------------------------------------------------------


def heat(values: np.ndarray, limit: float, side: int = SIDE) -> np.ndarray:
    """Return the map as [row, column, 4]: orange to yellow, clear where there is nothing."""
    from matplotlib import colormaps

    share = np.clip(enlarge(np.asarray(values) * np.size(values) / limit, side, side), 0, 1)
    colours = colormaps["inferno"](0.35 + 0.6 * share)
    colours[..., 3] = 0.88 * share**0.8
    return colours


def contrast(values: np.ndarray, limit: float, edges: np.ndarray) -> np.ndarray:
    """Return a difference as [row, column, 3]: red, white, blue, with the image's edges."""
    from matplotlib import colormaps

    share = np.clip(enlarge(values / limit, *edges.shape), -1, 1)
    return colormaps["RdBu"](0.5 + 0.45 * share)[..., :3] * (1 - 0.3 * edges[..., None])


def outline(image: np.ndarray) -> np.ndarray:
    """Return where an image [row, column, 3] has edges, 0 to 1."""
    slopes = np.hypot(*np.gradient(image.mean(-1)))
    high = np.percentile(slopes, 99)
    return np.clip(slopes / high, 0, 1) ** 1.5 if high > 0 else slopes


def over(image: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Return a layer [row, column, 4] over an image [row, column, 3]."""
    opacity = layer[..., 3:]
    return image * (1 - opacity) + layer[..., :3] * opacity


def photograph(probe: Probe, side: int | None = SIDE) -> np.ndarray | None:
    """Return a probe's image as [row, column, 3] in 0..1, or None if it is no PNG."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(
            io.BytesIO(base64.b64decode(probe.image, validate=True)), formats=["PNG"]
        )
        image = image.convert("RGB")
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError):
        return None
    if side:
        image = image.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image) / 255


# -- the page's gallery ------------------------------------------------------------------


def _page(profile: ImpactProfile, limit: float, spread: float) -> Gallery:
    cards = [_card(profile, probe, limit, spread) for probe in profile.probes]
    ramp = np.linspace(0, 1, 64)[None, :]
    return Gallery(
        cards=tuple(card for card in cards if card),
        map_scale=_uri(over(np.zeros((1, 64, 3)), _ramp(ramp))),
        map_limit=f"{limit:g}",
        difference_scale=_uri(contrast(2 * ramp - 1, 1, np.zeros((1, 64)))),
        difference_limit=f"{spread:g}",
    )


def _ramp(share: np.ndarray) -> np.ndarray:
    from matplotlib import colormaps

    colours = colormaps["inferno"](0.35 + 0.6 * share)
    colours[..., 3] = 0.88 * share**0.8
    return colours


def _card(profile: ImpactProfile, probe: Probe, limit: float, spread: float) -> Card | None:
    image = photograph(probe)
    if image is None:
        return None
    edges = outline(image)
    verdicts = look.verdicts(profile)
    arms = [arm for arm in profile.arms if arm in probe.maps]
    runs = {s.strategy: s.runs for s in profile.strategies} | {BASELINE: _baselines(profile)}
    tiles = (_tile(probe, arm, limit, spread, edges, runs[arm], verdicts.get(arm)) for arm in arms)
    mask = _uri(_masked(image, probe.mask)) if probe.mask else None
    down, across = photograph(probe, None).shape[:2]
    return Card(
        index=probe.index,
        label=words.visible(probe.label),
        ratio=round(across / down, 4),
        image=f"data:image/png;base64,{probe.image}",  # checked by ``photograph``
        mask=mask,
        tiles=tuple(tiles),
    )


def _baselines(profile: ImpactProfile) -> int:
    return profile.models.count(BASELINE) or profile.plan.baselines


def _tile(probe, arm: str, limit: float, spread: float, edges, runs: int, verdict) -> Tile:
    difference = _difference(probe, arm)
    right = probe.right.get(arm)
    return Tile(
        arm=words.visible(arm),
        right=f"{round(right * runs)} of {runs} right" if words.known(right) else "",
        map=_uri(heat(probe.maps[arm], limit, SIDE // 2)),
        difference=None if difference is None else _uri(contrast(difference, spread, edges)),
        verdict=verdict,
    )


def _masked(image: np.ndarray, mask) -> np.ndarray:
    inside = enlarge(np.asarray(mask, float), *image.shape[:2]) > 0.5
    shifts = [np.roll(inside, step, axis) for axis in (0, 1) for step in (-1, 1)]
    border = inside & ~np.logical_and.reduce(shifts)
    return np.where(border[..., None], (0.34, 0.71, 0.91), image)


def _uri(colours: np.ndarray) -> str:
    """Return an image as a data URI of few bytes: 64 colours are more than the eye needs."""
    from PIL import Image

    image = Image.fromarray(np.uint8(np.round(np.clip(colours, 0, 1) * 255)))
    if image.mode == "RGB" and image.getcolors(256) is None:
        image = image.quantize(64, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=False)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


# -- the printed gallery -----------------------------------------------------------------

GAP = 6
INCH = 2 * SIDE


def _draw(profile: ImpactProfile, limit: float, spread: float):
    probes = [p for p in profile.probes if photograph(p) is not None][:PRINTED]
    labels = ["image", *(words.short(arm) for arm in profile.arms)]
    columns = [_print_column(probe, profile.arms, limit, spread) for probe in probes]
    mosaic = np.concatenate(columns, axis=1) if columns else BLANK
    left, (down, across) = style.room_for(labels), mosaic.shape[:2]
    drawing = style.canvas(left + across / INCH + 0.1, down / INCH + 0.95)
    axes = style.place(drawing, left, 0.6, across / INCH, down / INCH)
    axes.imshow(mosaic, aspect="auto", interpolation="nearest", extent=(0, across, down, 0))
    axes.set_yticks([(SIDE + GAP) * row + SIDE / 2 for row in range(len(labels))], labels)
    axes.set_xticks(
        [(2 * SIDE + 4 * GAP) * column + SIDE for column in range(len(probes))],
        [f"{words.short(p.label, 12)} (#{p.index})" for p in probes],
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _legend(drawing, left, limit, spread)
    return drawing


def _print_column(probe: Probe, arms, limit: float, spread: float) -> np.ndarray:
    image = photograph(probe)
    edges = outline(image)
    rows = [(image, BLANK)]
    for arm in arms:
        shown = over(image, heat(probe.maps[arm], limit)) if arm in probe.maps else BLANK
        difference = _difference(probe, arm)
        rows.append((shown, BLANK if difference is None else contrast(difference, spread, edges)))
    thin, wide = np.ones((SIDE, GAP // 2, 3)), np.ones((SIDE, 4 * GAP - GAP // 2, 3))
    lines = [np.concatenate([left, thin, right, wide], axis=1) for left, right in rows]
    gap = np.ones((GAP, lines[0].shape[1], 3))
    return np.concatenate([part for line in lines for part in (line, gap)])


def _legend(drawing, left: float, limit: float, spread: float) -> None:
    ramp = np.linspace(0, 1, 64)[None, :]
    bars = (
        (over(np.zeros((1, 64, 3)), _ramp(ramp)), "0", f"{limit:g} × even", "map"),
        (contrast(2 * ramp - 1, 1, np.zeros((1, 64))), f"{words.MINUS}{spread:g}", f"+{spread:g}",
         "difference from baseline"),
    )  # fmt: skip
    for i, (colours, low, high, title) in enumerate(bars):
        axes = style.place(drawing, left + 0.1 + 2.7 * i, 0.25, 1.6, 0.12)
        axes.imshow(colours, aspect="auto", extent=(0, 1, 0, 1))
        axes.set_xticks([0, 1], [low, high], fontsize=7)
        axes.set_yticks([])
        axes.tick_params(length=0)
        axes.set_title(title, fontsize=7.5, pad=2)
