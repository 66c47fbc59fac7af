"""Rows with a name, a panel or two, and numbers: what all forests are drawn on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cam_augment.report.figures import style
from cam_augment.report.figures.keys import KEY_LINE, Key, key_lines, write_keys
from cam_augment.report.figures.sizes import HEIGHT, SMALL, Size, fit, text_width, widest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, LINE = 0.2, 0.12  # inches of a row, and of a line of text
GAP, FOOT, EDGE = 0.06, 0.4, 0.14  # inches beside names, below the rows, right of a panel
NAMES, PANEL = 0.36, 0.4  # shares of the width: of names at most, of all panels at least
MANY, NARROW_NAMES = 4, 0.24  # panels beside each other, which leave names less of the width


@dataclass(frozen=True)
class Panel:
    """One panel of a drawing with rows.

    Attributes:
        label: of its axis. texts: what is written right of its rows, a text a row; of several
            wordings, the longest first, that which leaves room for the panels.
    """

    label: str
    texts: Sequence[Sequence[str]] = ()


def row_panels(
    size: Size,
    names: Sequence[str],
    panels: Sequence[Panel],
    keys: Sequence[Key] = (),
    beside: int | None = None,
) -> "tuple[style.Drawing, list[Axes]]":
    """Return a drawing with a row for each name, and the axes of its panels.

    Args:
        names: of the rows, from above. keys: what marks mean, written above the rows.
        beside: how many panels stand beside each other; more stand below them, under the same
            names. None: all.
    """
    across = beside or len(panels)
    blocks = [panels[start : start + across] for start in range(0, len(panels), across)]
    room = (NAMES if across < MANY else NARROW_NAMES) * size.width
    labels = _labels(room, names, len(blocks))
    left = widest(labels) + 2 * GAP
    layouts = [_Layout.of(size, left, block, across) for block in blocks]
    head = 0.06 + KEY_LINE * key_lines(keys, size.width)
    rest = HEIGHT - head - sum(layout.foot for layout in layouts)
    height = min(_height(labels), rest / len(blocks))
    top = sum(height + layout.foot for layout in layouts)
    drawing = style.canvas(size.width, head + top)
    every_axes = []
    for layout in layouts:
        top -= height + layout.foot
        every_axes += layout.draw(drawing, labels, top, height)
    write_keys(drawing, keys)
    return drawing, every_axes


def _labels(width: float, names: Sequence[str], blocks: int) -> list[str]:
    """Return the names as rows show them: on one line where two would not fit the height."""
    labels = [fit(name, width) for name in names]
    crowded = blocks * _height(labels) > HEIGHT - 1
    return [fit(name, width, lines=1) for name in names] if crowded else labels


@dataclass(frozen=True)
class _Layout:
    """Panels beside each other, with the names of rows on their left; all in inches.

    Attributes:
        left: the names' width. width: of a panel. wording: what is written beside each.
        below: the labels of their axes. foot: the height of these.
    """

    left: float
    width: float
    wording: Sequence[Sequence[str]]
    below: Sequence[str]
    foot: float

    @classmethod
    def of(cls, size: Size, left: float, panels: Sequence[Panel], across: int) -> "_Layout":
        """Lay out panels where ``across`` of them would fill the width."""
        wording = _wording(size, left, panels)
        rooms = sum(widest(lines, SMALL) + GAP if lines else 0.0 for lines in wording)
        width = (size.width - left - rooms) / across - EDGE
        below = [_fitting(p.label, width, left if i == 0 else 0) for i, p in enumerate(panels)]
        foot = FOOT + LINE * max(label.count("\n") for label in below)
        return cls(left, width, wording, below, foot)

    def draw(
        self, drawing: style.Drawing, labels: Sequence[str], bottom: float, height: float
    ) -> "list[Axes]":
        """Draw the empty panels upon a place of the drawing, and return their axes."""
        before, every_axes = self.left, []
        for number, (lines, label) in enumerate(zip(self.wording, self.below, strict=True)):
            axes = style.place(drawing, before, bottom + self.foot, self.width, height)
            style.frame_rows(axes, labels if number == 0 else [""] * len(labels))
            axes.set_ylim(len(labels) - 0.5, -0.5)
            _write(axes, lines)
            _name_axis(axes, label, self.width)
            every_axes.append(axes)
            before += self.width + EDGE + (widest(lines, SMALL) + GAP if lines else 0.0)
        return every_axes


def _height(labels: Sequence[str]) -> float:
    deepest = max((label.count("\n") for label in labels), default=0)
    return len(labels) * max(ROW, LINE * deepest + 0.13)


def _wording(size: Size, left: float, panels: Sequence[Panel]) -> list[Sequence[str]]:
    """Return what is written beside each panel: the first wording of all that leaves room."""
    for choice in range(max(len(panel.texts) for panel in panels)):
        wording = [p.texts[choice] if choice < len(p.texts) else () for p in panels]
        needed = sum(widest(lines, SMALL) + GAP + EDGE for lines in wording)
        if size.width - left - needed >= PANEL * size.width:
            return wording
    return [() for _ in panels]


def _fitting(label: str, width: float, left: float) -> str:
    return label if text_width(label) <= width else fit(label, width + left, lines=3)


def _name_axis(axes: "Axes", label: str, width: float) -> None:
    """Name the axis below it; a label that is wider than it begins below the names."""
    if widest([label]) <= width:
        axes.set_xlabel(label, labelpad=2)
    else:
        axes.set_xlabel(label, labelpad=2, loc="right")


def _write(axes: "Axes", lines: Sequence[str]) -> None:
    for row, line in enumerate(lines):
        axes.annotate(
            line, (1, row), (72 * GAP, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=SMALL,
        )  # fmt: skip
