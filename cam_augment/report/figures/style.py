"""How all figures look: fonts, palette, sizes; and how they become bytes."""

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cam_augment.report.figures import fonts
from cam_augment.report.figures.sizes import COLUMN, PAGE, SMALL, TEXT, Size, widest
from cam_augment.report.language import current_language, speaking

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

Drawing: TypeAlias = "Figure"  # of matplotlib; a Figure of the report is a part of it

INK, PALE, RULE = "#222222", "#767676", "#d9d9d9"
BAND = "#e6e6e6"
# The palette of Okabe and Ito (2008), distinct with any colour vision; shapes say the same.
COLOURS = {
    "adopt": "#009E73",
    "trade-off": "#E69F00",
    "undecided": "#0072B2",
    "no gain worth having": "#767676",
    "avoid": "#D55E00",
    "quiet": "#767676",
    "not quiet": "#CC79A7",
    "care": "#E69F00",
    "no effect seen": "#767676",
    "baseline": "#222222",
}
MARKERS = {
    "adopt": "^",
    "trade-off": "D",
    "undecided": "H",
    "no gain worth having": "s",
    "avoid": "v",
    "quiet": "o",
    "not quiet": "X",
    "care": "D",
    "no effect seen": "o",
    "baseline": "s",
}
BLUE, SKY, ORANGE = "#0072B2", "#56B4E9", "#D55E00"

_SETTINGS: "dict[RcKeyType, Any]" = {
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.titley": 1.0,  # else matplotlib measures every tick label to place titles
    "axes.labelsize": TEXT,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2,
    "ytick.major.pad": 2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": TEXT,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "figure.facecolor": "white",
    "svg.hashsalt": "cam_augment",
    "svg.fonttype": "none",
    "pdf.compression": 6,
    "pdf.fonttype": 42,  # TrueType: what journals take, and what can be edited
}
# Text of an SVG is drawn by who shows it: its bytes do not depend on the fonts that lie here.
_FAMILIES = re.compile(rb"font-family: [^;\"]*")
_ANYWHERE = b"font-family: 'DejaVu Sans', Verdana, sans-serif"


@contextmanager
def report_style() -> Iterator[None]:
    """Draw with the settings of the report, whatever those of the user are."""
    import matplotlib

    # Names in data may be in another script than the report.
    families: dict[RcKeyType, Any] = {"font.family": ["DejaVu Sans", *fonts.families("ja")]}
    with warnings.catch_warnings(), _quiet_fonts(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS | families)
        yield


@contextmanager
def _quiet_fonts() -> Iterator[None]:
    """Suppress what matplotlib logs on families without a bold weight; they are drawn anyway."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def bytes_of(
    draw: Callable[[], Drawing], kinds: Sequence[str] = ("svg", "pdf")
) -> dict[str, bytes]:
    """Return a drawing as ``svg`` and ``pdf``; equal drawings give equal bytes.

    It is drawn in English where no font for the current language is installed.
    """
    with speaking(fonts.drawable(current_language())), report_style():
        drawing = draw()
        return {kind: _bytes(drawing, kind) for kind in kinds}


def files_of(draw: Callable[[Size], Drawing], kinds: Sequence[str] = ("svg",)) -> dict[str, bytes]:
    """Return the files of a figure, by the ending of their names.

    ``svg`` has the size of a page; ``pdf`` are two, one of each size.
    """
    page = bytes_of(lambda: draw(PAGE), kinds)
    if "pdf" not in kinds:
        return {f".{kind}": content for kind, content in page.items()}
    column = bytes_of(lambda: draw(COLUMN), ["pdf"])
    pairs = ((COLUMN, column), (PAGE, page))
    return {".svg": page["svg"]} | {f"-{s.name}.pdf": content["pdf"] for s, content in pairs}


def _bytes(drawing: Drawing, kind: str) -> bytes:
    buffer = io.BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    drawing.savefig(buffer, format=kind, metadata=dates[kind], dpi=200)
    content = buffer.getvalue()
    return _FAMILIES.sub(_ANYWHERE, content) if kind == "svg" else content


def canvas(width: float, height: float) -> Drawing:
    """Return an empty drawing, its size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def place(
    drawing: Drawing, left: float, bottom: float, width: float, height: float, **options: Any
) -> "Axes":
    """Return axes at a place of the drawing, in inches from its lower left corner."""
    across, up = drawing.get_size_inches()
    box = (left / across, bottom / up, width / across, height / up)
    return drawing.add_axes(box, **options)


def frame_rows(
    axes: "Axes",
    labels: Sequence[str],
    width: float = 0.6,
    grid: Literal["x", "both"] = "x",
) -> None:
    """Label rows from 0 downwards, with grid lines of a width in points, without a frame."""
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis=grid, color=RULE, lw=width)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def room_for(labels: Sequence[str], size: float = TEXT) -> float:
    """Return the width of the longest of some labels and of a gap beside it, in inches."""
    return widest(labels, size) + 0.12
