"""What a figure's texts look like when it is drawn: sizes, places, what meets what."""

from collections.abc import Iterator
from itertools import combinations

from cam_augment.report.figures import style
from cam_augment.report.figures.sizes import Size

TOUCH = 1.0  # pixels at 100 per inch by which boxes may overlap: less than a letter's own margin


def draw(figure, size: Size):
    """Return a figure's drawing, laid out: no pixel is coloured, which takes most of the time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with style.report_style():
        drawing = figure.draw(size)
        FigureCanvasAgg(drawing)
        drawing.draw_without_rendering()
        return drawing


def texts(drawing) -> list:
    """Return the texts that are seen."""
    from matplotlib.text import Text

    out_of_view = {id(label) for axes in drawing.axes for label in spare_labels(axes)}
    return [
        text
        for text in drawing.findobj(Text)
        if text.get_text().strip() and text.get_visible() and id(text) not in out_of_view
    ]


def spare_labels(axes) -> Iterator:
    """Yield the labels of ticks that lie out of view, or are kept for later."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        edge = 1e-9 * (high - low)
        in_use = axis.get_major_ticks()
        for tick in axis.majorTicks:
            if tick not in in_use or not low - edge <= tick.get_loc() <= high + edge:
                yield from (tick.label1, tick.label2)


def box(text):
    """Return the box that the letters of a text fill, in pixels: without its arrow."""
    from matplotlib.text import Text

    return Text.get_window_extent(text, text.figure.canvas.get_renderer())


def clipped(drawing) -> list[str]:
    """Return the texts that stick out of the drawing."""
    frame = drawing.bbox
    boxes = [(text.get_text(), box(text)) for text in texts(drawing)]
    return [text for text, place in boxes if not _inside(place, frame)]


def _inside(place, frame) -> bool:
    across = frame.x0 <= place.x0 + TOUCH and place.x1 <= frame.x1 + TOUCH
    return across and frame.y0 <= place.y0 + TOUCH and place.y1 <= frame.y1 + TOUCH


def overlapping(drawing) -> list[tuple[str, str]]:
    """Return pairs of texts that meet."""
    boxes = [(t.get_text(), box(t)) for t in texts(drawing)]
    return [(a, b) for (a, first), (b, second) in combinations(boxes, 2) if meet(first, second)]


def meet(first, second) -> bool:
    across = min(first.x1, second.x1) - max(first.x0, second.x0)
    up = min(first.y1, second.y1) - max(first.y0, second.y0)
    return across > TOUCH and up > 2 * TOUCH


def crossed_panels(drawing) -> list[tuple[int, int]]:
    """Return pairs of panels that meet."""
    boxes = [axes.get_window_extent() for axes in drawing.axes]
    return [
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(boxes), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > TOUCH and min(a.y1, b.y1) - max(a.y0, b.y0) > TOUCH
    ]


def smallest(drawing) -> float:
    """Return the size of the smallest text, in points."""
    return min(text.get_fontsize() for text in texts(drawing))
