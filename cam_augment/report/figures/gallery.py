"""The map gallery: what each arm looks at, image by image."""

from collections.abc import Iterable, Sequence

import numpy as np

from cam_augment.records import ImpactProfile, Probe
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.figures.cards import cards_of
from cam_augment.report.figures.tiles import (
    SIDE,
    contrast,
    difference,
    heat,
    outline,
    over,
    photograph,
    ramp,
)
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

MOST_PRINTED = 5
TILES = (
    "Upper tile: the mean map of an arm's models over the image; the brighter, the more attention "
    "(1 × even is what every cell would get if attention were spread evenly). Lower tile: the "
    "difference from the baselines' mean map; green: more attention than the baselines, purple: "
    "less; grey lines: the image's edges. Under each arm: how many of its models read the image "
    "rightly. The maps are coarse, drawn smooth."
)
GAP = 6
INCH = 2 * SIDE
BLANK = np.ones((SIDE, SIDE, 3))


@figure("attention", 20)
def gallery(profile: ImpactProfile) -> Figure | None:
    """The probe images under every arm's mean map."""
    if not profile.probes:
        return None
    limit, spread = _limits(profile)
    return Figure(
        name="gallery",
        title=say("What the networks look at, image by image"),
        caption=sentences(say(TILES), _which(profile)),
        alt=say(
            "{images} probe images with the mean attention map of the baselines and of "
            "{strategies} strategies, and their differences.",
            images=len(profile.probes),
            strategies=len(profile.strategies),
        ),
        draw=lambda: _draw(profile, limit, spread),
        gallery=lambda: cards_of(profile, limit, spread),
    )


SELECTION = {
    False: "Chosen by rule: {typical} whose attention moves by the median of the class.",
    True: (
        "Chosen by rule: {typical} whose attention moves by the median of the class, then "
        "{misread} that the most models misread."
    ),
}


def _which(profile: ImpactProfile) -> str:
    """Say by which rule the images were chosen."""
    typical = sum(probe.why == "typical" for probe in profile.probes)
    misread = len(profile.probes) - typical
    return say(
        SELECTION[misread > 0],
        typical=words.count(typical, "image"),
        misread=words.count(misread, "other"),
    )


def _limits(profile: ImpactProfile) -> tuple[float, float]:
    """Return the ends of the two colour scales, as multiples of an even share."""
    maps = [np.asarray(m) * np.size(m) for p in profile.probes for m in p.maps.values()]
    changes = [difference(p, arm) for p in profile.probes for arm in p.maps]
    return (
        max(1.0, _extreme(maps)),
        max(0.1, _extreme([np.abs(change) for change in changes if change is not None])),
    )


def _extreme(arrays: Sequence[np.ndarray]) -> float:
    """Return a value, to two digits, that all but 1 in 200 values stay below; 1 without any."""
    if not arrays:
        return 1.0
    high = np.percentile(np.concatenate([array.ravel() for array in arrays]), 99.5)
    return float(f"{high:.2g}")


def _draw(profile: ImpactProfile, limit: float, spread: float) -> style.Drawing:
    pictures = ((probe, photograph(probe)) for probe in profile.probes)
    shown = [(probe, image) for probe, image in pictures if image is not None][:MOST_PRINTED]
    probes = [probe for probe, _ in shown]
    labels = [say("image"), *(words.short(arm) for arm in profile.arms)]
    columns = [_print_column(p, image, profile.arms, limit, spread) for p, image in shown]
    mosaic = np.concatenate(columns, axis=1) if columns else BLANK
    margin, (down, across) = style.room_for(labels), mosaic.shape[:2]
    drawing = style.canvas(margin + across / INCH + 0.1, down / INCH + 0.95)
    axes = style.place(drawing, margin, 0.6, across / INCH, down / INCH)
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
    _legend(drawing, margin, limit, spread)
    return drawing


def _print_column(
    probe: Probe, image: np.ndarray, arms: Iterable[str], limit: float, spread: float
) -> np.ndarray:
    edges = outline(image)
    rows = [(image, BLANK)]
    for arm in arms:
        overlay = over(image, heat(probe.maps[arm], limit)) if arm in probe.maps else BLANK
        change = difference(probe, arm)
        rows.append((overlay, BLANK if change is None else contrast(change, spread, edges)))
    thin, wide = np.ones((SIDE, GAP // 2, 3)), np.ones((SIDE, 4 * GAP - GAP // 2, 3))
    lines = [np.concatenate([left, thin, right, wide], axis=1) for left, right in rows]
    gap = np.ones((GAP, lines[0].shape[1], 3))
    return np.concatenate([part for line in lines for part in (line, gap)])


def _legend(drawing: style.Drawing, left: float, limit: float, spread: float) -> None:
    even = np.linspace(0, 1, 64)[None, :]
    bars = (
        (over(np.zeros((1, 64, 3)), ramp(even)), "0", say("{limit} × even", limit=f"{limit:g}"),
         "map"),
        (contrast(2 * even - 1, 1, np.zeros((1, 64))), f"{words.MINUS}{spread:g}", f"+{spread:g}",
         "difference from baseline"),
    )  # fmt: skip
    for i, (colours, low, high, title) in enumerate(bars):
        axes = style.place(drawing, left + 0.1 + 2.7 * i, 0.25, 1.6, 0.12)
        axes.imshow(colours, aspect="auto", extent=(0, 1, 0, 1))
        axes.set_xticks([0, 1], [low, high], fontsize=7)
        axes.set_yticks([])
        axes.tick_params(length=0)
        axes.set_title(say(title), fontsize=7.5, pad=2)
