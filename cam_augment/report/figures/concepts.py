"""The factors: patches that show them, the baselines' use of them, and what strategies change."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cam_augment.plan import BASELINE
from cam_augment.records import Concepts, Effect, Factor, ImpactProfile, Patch
from cam_augment.records.effects import OF_ONE_FACTOR
from cam_augment.report import phrases, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.heatmap import ink
from cam_augment.report.figures.panels import DARK, SKY, borders, photograph, signed_colours
from cam_augment.report.figures.sizes import HEIGHT, SMALL, TEXT, Size, fit, widest
from cam_augment.report.language import say
from cam_augment.report.parts import Figure, figure
from cam_augment.report.words import is_known, listing, percent, points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, EDGE, HEAD = 0.4, 0.08, 1.2  # inches: a row at most, between parts, a heading at most
SIDE, GAP = 56, 4  # pixels of a patch's panel, and between two
PRINTED = {False: 6, True: 2}  # patches of a factor, by whether the drawing is narrow
PALE = 0.35  # of the strength of colours, within seed noise
LEAST = 0.001  # of a share of activations: the end of the colours at least
Grid = list[list[Effect]]  # factor by strategy


@figure("factors", 1)
def factors(profile: ImpactProfile) -> Figure | None:
    """Every factor with its patches, and its use by every strategy."""
    record = profile.concepts
    if record is None:
        return None
    shown = any(factor.patches for factor in record.factors)
    limit = _limit(_effects(profile))
    return Figure(
        name="factors",
        title=say(phrases.FACTORS_FIGURE["title"]),
        caption=say(
            phrases.FACTORS_FIGURE["caption" if shown else "plain caption"],
            limit=points(limit, digits=1, sign=False),
        ),
        alt=_alt(profile),
        draw=partial(_draw, profile, record),
    )


def _effects(profile: ImpactProfile) -> Grid:
    numbers = range(1, len(queries.factors(profile)) + 1)
    names = [s.strategy for s in profile.strategies]
    return [[profile.effect(name, f"{OF_ONE_FACTOR}{k}") for name in names] for k in numbers]


def _limit(effects: Grid) -> float:
    """Return the end of the colours, a share of activations."""
    known = [abs(e.estimate) for row in effects for e in row if is_known(e.estimate)]
    return max([LEAST, *known])


def _alt(profile: ImpactProfile) -> str:
    names = queries.factors(profile)
    changes = [
        say(
            phrases.FACTORS_FIGURE["change"],
            factor=name,
            strategy=words.visible(effect.strategy),
            change=points(effect.estimate, digits=1),
        )
        for name, row in zip(names, _effects(profile), strict=True)
        for effect in row
        if effect.beyond_noise
    ]
    return say(
        phrases.FACTORS_FIGURE["alt"],
        factors=words.count(len(names), "factor"),
        changes=listing(changes) or say("none"),
    )


def _draw(profile: ImpactProfile, record: Concepts, size: Size) -> style.Drawing:
    effects, use = _effects(profile), say(phrases.FACTORS_FIGURE["use"])
    names = [fit(name, 0.2 * size.width) for name in queries.factors(profile)]
    heads = [fit(words.visible(s.strategy), HEAD, SMALL, lines=1) for s in profile.strategies]
    uses = [percent(factor.use.get(BASELINE)) for factor in record.factors]
    above = widest([*heads, use], SMALL) + EDGE
    row = min(ROW, (HEIGHT - above - EDGE) / len(names))
    drawing = style.canvas(size.width, above + row * len(names) + EDGE)
    sheet = _Sheet(drawing, bottom=EDGE, rows=len(names), row=row)
    sheet.column(0, names)
    left = widest(names) + EDGE
    panels = _mosaic(record, PRINTED[size.is_narrow])
    if panels is not None:
        left += sheet.picture(left, panels) + EDGE
    sheet.column(left, uses, SMALL)
    sheet.heading(left + widest(uses, SMALL) / 2, use)
    left += widest(uses, SMALL) + EDGE
    width = size.width - left
    _cells(sheet.axes(left, width), effects)
    for place, head in enumerate(heads):
        sheet.heading(left + (place + 0.5) * width / len(heads), head)
    return drawing


@dataclass(frozen=True)
class _Sheet:
    """A drawing with rows of one height; all places are in inches.

    Attributes:
        bottom: of the lowest row. rows: how many. row: the height of one.
    """

    drawing: style.Drawing
    bottom: float
    rows: int
    row: float

    @property
    def height(self) -> float:
        return self.rows * self.row

    def axes(self, left: float, width: float) -> "Axes":
        """Return axes over all rows, one unit of data a row, from above."""
        axes = style.place(self.drawing, left, self.bottom, width, self.height)
        axes.axis("off")
        return axes

    def column(self, left: float, texts: Sequence[str], points: float = TEXT) -> None:
        """Write a text beside each row."""
        for place, text in enumerate(texts):
            middle = self.bottom + self.height - (place + 0.5) * self.row
            self._write(left, middle, text, ha="left", va="center", fontsize=points)

    def heading(self, middle: float, text: str) -> None:
        """Write a text upwards above all rows."""
        above = self.bottom + self.height + EDGE / 2
        self._write(middle, above, text, ha="center", va="bottom", rotation=90, fontsize=SMALL)

    def picture(self, left: float, pixels: np.ndarray) -> float:
        """Show pixels [row, column, 3] over all rows, and return their width."""
        width = self.height * pixels.shape[1] / pixels.shape[0]
        self.axes(left, width).imshow(pixels, aspect="auto", interpolation="nearest")
        return width

    def _write(self, left: float, up: float, text: str, **options: Any) -> None:
        across, height = self.drawing.get_size_inches()
        self.drawing.text(left / across, up / height, text, linespacing=1.0, **options)


def _mosaic(record: Concepts, most: int) -> np.ndarray | None:
    """Return the patches of all factors, a row each [row, column, 3]; None without any."""
    if not any(factor.patches for factor in record.factors):
        return None
    return np.concatenate([_strip(factor, most) for factor in record.factors])


def _strip(factor: Factor, most: int) -> np.ndarray:
    pictures = [panel for p in factor.patches[:most] if (panel := _panel(p)) is not None]
    blank = np.ones((SIDE, SIDE, 3))
    row = [*pictures, *[blank] * (most - len(pictures))]
    edge = ((GAP // 2, GAP // 2), (GAP // 2, GAP // 2), (0, 0))
    return np.concatenate([np.pad(panel, edge, constant_values=1) for panel in row], axis=1)


def _panel(patch: Patch) -> np.ndarray | None:
    """Return a patch's picture with its cell outlined, [row, column, 3] of 0..1."""
    picture = photograph(patch, SIDE)
    if picture is None:
        return None
    left, right, top, bottom = (round(share * SIDE) for share in patch.box)
    inside = np.zeros((SIDE, SIDE), bool)
    inside[top:bottom, left:right] = True
    light, dark = borders(inside)
    picture = picture.copy()
    picture[light], picture[dark] = np.array(SKY) / 255, np.array(DARK) / 255
    return picture


def _cells(axes: "Axes", effects: Grid) -> None:
    from matplotlib.patches import Rectangle

    limit = _limit(effects)
    axes.set(xlim=(-0.5, len(effects[0]) - 0.5), ylim=(len(effects) - 0.5, -0.5))
    for row, of_factor in enumerate(effects):
        for column, effect in enumerate(of_factor):
            if not is_known(effect.estimate):
                axes.text(column, row, words.DASH, ha="center", va="center", color=style.PALE)
                continue
            strength = effect.estimate / limit * (1 if effect.beyond_noise else PALE)
            colour = signed_colours(np.array([strength]))[0]
            axes.add_patch(
                Rectangle((column - 0.5, row - 0.5), 1, 1, fc=colour, ec="white", lw=0.8)
            )
            if effect.beyond_noise:
                change = points(effect.estimate, digits=1)
                axes.text(column, row, change, ha="center", va="center", weight="bold",
                          fontsize=SMALL, color=ink(colour))  # fmt: skip
