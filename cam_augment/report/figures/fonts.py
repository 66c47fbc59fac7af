"""Which installed fonts show a language; names in data may need them too."""

import logging
from functools import cache
from pathlib import Path

from cam_augment.report.language import ENGLISH

# Language to families in order of preference, each with how its files' names begin.
FONTS = {
    "ja": {
        "Noto Sans CJK JP": "NotoSansCJK-",
        "IPAexGothic": "ipaexg",
        "IPAGothic": "ipag.",
        "Noto Sans JP": "NotoSansJP",
        "Yu Gothic": "YuGoth",
        "TakaoGothic": "TakaoGothic",
        "TakaoPGothic": "TakaoPGothic",
        "VL Gothic": "VL-Gothic",
        "Hiragino Sans": "ヒラギノ角ゴシック",
        "Meiryo": "meiryo",
        "MS Gothic": "msgothic",
    }
}


def families(language: str) -> tuple[str, ...]:
    """Return the families that show a language and are known to matplotlib, best first."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in FONTS.get(language, {}) if name in installed)


@cache
def _search(language: str) -> None:
    """Add the fonts that were installed after matplotlib made its list."""
    from matplotlib import font_manager

    for path in map(Path, font_manager.findSystemFonts()):
        if path.name.startswith(tuple(FONTS.get(language, {}).values())):
            font_manager.fontManager.addfont(path)


def drawable(language: str) -> str:
    """Return the language that figures are drawn in: English where no font shows another."""
    if language != ENGLISH and not families(language):
        _search(language)
    return language if language == ENGLISH or families(language) else ENGLISH


def warn_of_none(language: str) -> None:
    """Say in one line that figures stay in English, where no font shows the language."""
    if drawable(language) != language:
        logging.getLogger("cam_augment").warning(
            "no font for '%s' is installed, so the figures stay in English (any of: %s)",
            language,
            ", ".join(FONTS[language]),
        )
