"""The map gallery: what each arm looks at, image by image."""

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Probe
from cam_augment.report import words
from cam_augment.report.figures import style
from cam_augment.report.figures.cards import cards_of
from cam_augment.report.figures.panels import (
    DARK,
    SIDE,
    borders,
    contrast,
    difference,
    enlarge,
    heat,
    outline,
    over,
    photograph,
    ramp,
)
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit, widest
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure

MOST_PRINTED = 5
PANELS = (
    "First panel: the mean map of an arm's models over the image; the brighter, the more attention "
    "(1 × even is what every cell would get if attention were spread evenly). Second panel, beside "
    "or below it: the difference from the baselines' mean map; green: more attention than the "
    "baselines, purple: less; grey lines: the image's edges; in print, a dark outline: more by "
    "over half the scale. The page says how many of an arm's models read the image rightly. The "
    "maps are coarse, drawn smooth."
)
GAP = 6  # pixels between panels
LARGEST, NARROWEST = 0.5, 1.0  # inches of a panel at most, of a pair of them at least
EDGE, HEAD, FOOT = 0.07, 0.24, 0.42  # inches beside, above and below the panels
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
        caption=sentences(say(PANELS), _which(profile)),
        alt=say(
            "{images} probe images with the mean attention map of the baselines and of "
            "{strategies} strategies, and their differences.",
            images=len(profile.probes),
            strategies=len(profile.strategies),
        ),
        draw=partial(_draw, profile, limit, spread),
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
    grouped = misread and profile.test_groups is not None
    return sentences(
        say(
            SELECTION[misread > 0],
            typical=words.count(typical, "image"),
            misread=words.count(misread, "other"),
        ),
        say("Of images of one group it is the worst one.") if grouped else "",
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


def _draw(profile: ImpactProfile, limit: float, spread: float, size: Size) -> style.Drawing:
    arms = [say("baseline") if arm == BASELINE else words.visible(arm) for arm in profile.arms]
    labels = [fit(label, 0.36 * size.width) for label in [say("image"), *arms]]
    left = widest(labels) + 2 * EDGE
    room = size.width - left - EDGE
    pictures = ((probe, photograph(probe)) for probe in profile.probes)
    shown = [(probe, image) for probe, image in pictures if image is not None]
    shown = shown[: min(MOST_PRINTED, max(1, int(room / NARROWEST)))]
    columns = [_print_column(p, image, profile.arms, limit, spread) for p, image in shown]
    mosaic = np.concatenate(columns, axis=1) if columns else BLANK
    down, across = mosaic.shape[:2]
    pixel = min(room / across, (HEIGHT - HEAD - FOOT) / down, LARGEST / SIDE)
    drawing = style.canvas(size.width, HEAD + down * pixel + FOOT)
    axes = style.place(drawing, left, FOOT, across * pixel, down * pixel)
    axes.imshow(mosaic, aspect="auto", interpolation="nearest", extent=(0, across, down, 0))
    axes.set_yticks([(SIDE + GAP) * row + SIDE / 2 for row in range(len(labels))], labels)
    heads = [f"{words.visible(probe.label)} (#{probe.index})" for probe, _ in shown]
    axes.set_xticks(
        [(2 * SIDE + 4 * GAP) * column + SIDE for column in range(len(heads))],
        [fit(head, (2 * SIDE + 3 * GAP) * pixel, SMALL, lines=1) for head in heads],
        fontsize=SMALL,
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _legend(drawing, left, (room - 0.3) / 2, limit, spread)
    return drawing


def _print_column(
    probe: Probe, image: np.ndarray, arms: Iterable[str], limit: float, spread: float
) -> np.ndarray:
    edges = outline(image)
    rows = [(image, BLANK)]
    for arm in arms:
        overlay = over(image, heat(probe.maps[arm], limit)) if arm in probe.maps else BLANK
        change = difference(probe, arm)
        rows.append((overlay, BLANK if change is None else _outlined(change, spread, edges)))
    thin, wide = np.ones((SIDE, GAP // 2, 3)), np.ones((SIDE, 4 * GAP - GAP // 2, 3))
    lines = [np.concatenate([left, thin, right, wide], axis=1) for left, right in rows]
    gap = np.ones((GAP, lines[0].shape[1], 3))
    return np.concatenate([part for line in lines for part in (line, gap)])


def _outlined(change: np.ndarray, spread: float, edges: np.ndarray) -> np.ndarray:
    """Return a difference in colours, its strong increases outlined: without colours, too."""
    colours = contrast(change, spread, edges)
    within, _ = borders(enlarge(change, *edges.shape) > spread / 2)
    colours[within] = np.array(DARK) / 255
    return colours


def _legend(drawing: style.Drawing, left: float, width: float, limit: float, spread: float) -> None:
    even = np.linspace(0, 1, 64)[None, :]
    bars = (
        (over(np.zeros((1, 64, 3)), ramp(even)), "0", say("{limit} × even", limit=f"{limit:g}"),
         "map"),
        (contrast(2 * even - 1, 1, np.zeros((1, 64))), f"{words.MINUS}{spread:g}", f"+{spread:g}",
         "difference from baseline"),
    )  # fmt: skip
    for i, (colours, low, high, title) in enumerate(bars):
        axes = style.place(drawing, left + (width + 0.3) * i, 0.2, min(width, 1.6), 0.1)
        axes.imshow(colours, aspect="auto", extent=(0, 1, 0, 1))
        axes.set_xticks([0, 1], [low, high])
        left_end, right_end = axes.get_xticklabels()
        left_end.set_horizontalalignment("left")
        right_end.set_horizontalalignment("right")
        axes.set_yticks([])
        axes.tick_params(length=0)
        axes.set_title(say(title), fontsize=SMALL, pad=2, loc="right" if i else "left")
