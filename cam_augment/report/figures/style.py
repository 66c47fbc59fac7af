"""How all figures look: fonts, palette, sizes; and how they become bytes."""

import io
import logging
import unicodedata
import warnings
from collections.abc import Callable
from contextlib import contextmanager

from cam_augment.report.figures import fonts
from cam_augment.report.language import speaking, spoken

INK, PALE, RULE = "#222222", "#767676", "#d9d9d9"
BAND = "#e6e6e6"
# Okabe and Ito's palette: told apart with any colour vision; shapes say the same.
COLOURS = {
    "adopt": "#009E73",
    "care": "#E69F00",
    "no effect seen": "#767676",
    "avoid": "#D55E00",
    "baseline": "#222222",
}
MARKERS = {"adopt": "^", "care": "D", "no effect seen": "o", "avoid": "v", "baseline": "s"}
BLUE, SKY = "#0072B2", "#56B4E9"

_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titley": 1.0,  # else matplotlib measures every tick label to place titles
    "axes.labelsize": 8.5,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
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
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.3,
    "figure.facecolor": "white",
    "svg.hashsalt": "cam_augment",
    "svg.fonttype": "path",
    "pdf.compression": 6,
}


@contextmanager
def styled():
    """Draw under the report's settings, whatever the user's own are."""
    import matplotlib

    # Names in data may be in another script than the report.
    families = ["DejaVu Sans", *fonts.listed("ja")]
    with warnings.catch_warnings(), _quiet_fonts(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS | {"font.family": families})
        yield


@contextmanager
def _quiet_fonts():
    """Hold back what matplotlib logs of families without a bold weight: they show all the same."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def bytes_of(draw: Callable) -> dict[str, bytes]:
    """Return a drawing as ``svg`` and ``pdf``; equal drawings give equal bytes.

    It is drawn in English where no font is installed for the language that is spoken.
    """
    with speaking(fonts.drawable(spoken())), styled():
        drawing = draw()
        return {kind: _bytes(drawing, kind) for kind in ("svg", "pdf")}


def _bytes(drawing, kind: str) -> bytes:
    buffer = io.BytesIO()
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    drawing.savefig(buffer, format=kind, metadata=dates[kind], dpi=200)
    return buffer.getvalue()


def canvas(width: float, height: float):
    """Return an empty figure, its size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def place(drawing, left: float, bottom: float, width: float, height: float, **options):
    """Return axes at a place of the figure given in inches from its lower left corner."""
    across, up = drawing.get_size_inches()
    box = (left / across, bottom / up, width / across, height / up)
    return drawing.add_axes(box, **options)


def room_for(labels, size: float = 8.5) -> float:
    """Return about how wide the longest of some labels is, in inches."""
    return max(map(columns, labels), default=0) * size * 0.0083 + 0.12


def columns(text: str) -> float:
    """Return how many letters wide a text is; a kanji is as wide as 1.75 letters.

    >>> columns("gain"), columns("精度")
    (4, 3.5)
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + 0.75 * wide if wide else len(text)
