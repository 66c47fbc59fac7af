"""A contact sheet: samples with their masks outlined, and beneath them what is made of each."""

import io
from collections.abc import Sequence

import numpy as np

from cam_augment.report.figures import style
from cam_augment.report.figures.panels import DARK, SKY, borders

_SIDE = 96  # pixels of a panel's shorter side, at least
_GAP = 4  # pixels between panels
_DPI = 100


def contact_sheet(
    rows: Sequence[tuple[str, np.ndarray]], heads: Sequence[str], masks: np.ndarray | None
) -> bytes:
    """Return a picture, PNG, of a row of panels for each name.

    Args:
        rows: names, and images, float [image, row, column, channel] in 0..1, as many in each.
        heads: what each column shows. masks: bool [image, row, column], outlined in the first row.
    """
    panels = [[_panel(image) for image in images] for _, images in rows]
    if masks is not None:
        panels[0] = [_outlined(panel, mask) for panel, mask in zip(panels[0], masks, strict=True)]
    with style.report_style():
        return _drawn(panels, [name for name, _ in rows], heads)


def _panel(image: np.ndarray) -> np.ndarray:
    """Return an image as colours [row, column, 3], small ones with larger pixels."""
    colours = np.repeat(image, 3, 2) if image.shape[2] == 1 else image
    return np.clip(_enlarged(colours), 0, 1)


def _enlarged(values: np.ndarray) -> np.ndarray:
    factor = max(1, -(-_SIDE // min(values.shape[:2])))
    return values.repeat(factor, 0).repeat(factor, 1)


def _outlined(panel: np.ndarray, mask: np.ndarray) -> np.ndarray:
    light, dark = borders(_enlarged(mask))
    panel = panel.copy()
    panel[light], panel[dark] = np.array(SKY) / 255, np.array(DARK) / 255
    return panel


def _drawn(panels: list[list[np.ndarray]], names: Sequence[str], heads: Sequence[str]) -> bytes:
    high, wide = panels[0][0].shape[:2]
    step = np.array([high, wide]) + _GAP
    mosaic = np.ones((*(step * [len(panels), len(heads)] - _GAP), 3))
    for row, line in enumerate(panels):
        for column, panel in enumerate(line):
            top, left = step * [row, column]
            mosaic[top : top + high, left : left + wide] = panel
    left, top = style.room_for(names), 0.3
    width, height = mosaic.shape[1] / _DPI, mosaic.shape[0] / _DPI
    drawing = style.canvas(left + width + 0.1, top + height + 0.1)
    axes = style.place(drawing, left, 0.1, width, height)
    axes.imshow(mosaic, interpolation="nearest", aspect="auto")
    axes.set_yticks([step[0] * row + high / 2 for row in range(len(names))], names)
    axes.set_xticks([step[1] * column + wide / 2 for column in range(len(heads))], heads)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
