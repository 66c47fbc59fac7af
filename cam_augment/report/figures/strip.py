"""One sequence, frame by frame: the map of a baseline and of a strategy's model over each."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import FrameView, ImpactProfile, Strip
from cam_augment.report import phrases, words
from cam_augment.report.figures import style
from cam_augment.report.figures.panels import SIDE, heat, over, photograph
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit, widest
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP, EDGE = 0.05, 0.07  # inches between panels, and beside them
HEAD, WORD = 0.2, 0.14  # inches above the panels, and below one of them for what is predicted
LARGEST, NARROWEST = 0.9, 0.45  # inches of a panel


@figure("sequences", 2)
def strip(profile: ImpactProfile) -> Figure | None:
    """Successive frames of a sequence under the maps of two models."""
    record = profile.steadiness.strip if profile.steadiness else None
    if record is None:
        return None
    fields = {
        "sequence": words.visible(record.sequence),
        "label": words.visible(record.frames[0].label),
        "strategy": words.visible(record.strategy),
    }
    return Figure(
        name="strip",
        title=say(phrases.STRIP_TITLE),
        caption=say(phrases.STRIP_CAPTION, **fields),
        alt=say(phrases.STRIP_ALT, frames=len(record.frames), **fields),
        draw=partial(_draw, record),
    )


def _draw(record: Strip, size: Size) -> style.Drawing:
    arms = (BASELINE, record.strategy)
    names = [say("image"), say("baseline"), words.visible(record.strategy)]
    labels = [fit(name, 0.3 * size.width) for name in names]
    left = widest(labels) + 2 * EDGE
    frames = _shown(record, size.width - left)
    side = min(LARGEST, (size.width - left - EDGE) / len(frames) - GAP)
    limit = _limit(frames)
    rows = len(labels) * (side + WORD)
    drawing = style.canvas(size.width, min(HEIGHT, HEAD + rows + EDGE))
    for column, frame in enumerate(frames):
        image = photograph(frame)
        image = np.ones((SIDE, SIDE, 3)) if image is None else image
        maps = [over(image, heat(frame.maps[arm], limit)) for arm in arms]
        texts = [_reading(frame.predicted[arm], frame.label) for arm in arms]
        panels = [*zip([image, *maps], ["", *texts], strict=True)]
        for row, (panel, word) in enumerate(panels):
            bottom = EDGE + (len(panels) - 1 - row) * (side + WORD) + WORD
            axes = style.place(drawing, left + column * (side + GAP), bottom, side, side)
            axes.imshow(panel, aspect="auto", interpolation="nearest")
            _bare(axes)
            if row == 0:
                axes.set_title(f"{frame.frame:g}", fontsize=SMALL, pad=2)
            axes.set_xlabel(fit(word, side, SMALL, lines=1), fontsize=SMALL, labelpad=1)
            if column == 0:
                axes.set_yticks([SIDE / 2], [labels[row]])
    return drawing


def _shown(record: Strip, width: float) -> tuple[FrameView, ...]:
    """Return as many successive frames as a figure has room for, from the first on."""
    return record.frames[: max(2, int((width - EDGE) / (NARROWEST + GAP)))]


def _limit(frames: tuple[FrameView, ...]) -> float:
    """Return the end of the maps' scale, as a multiple of an even share."""
    maps = [np.asarray(values) * np.size(values) for f in frames for values in f.maps.values()]
    return max(1.0, float(np.percentile(np.concatenate([m.ravel() for m in maps]), 99.5)))


def _reading(predicted: str, label: str) -> str:
    sign = "" if predicted == label else "✗ "
    return sign + words.visible(predicted)


def _bare(axes: "Axes") -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
