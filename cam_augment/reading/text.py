"""Text from files that programs of all countries save: UTF-8 and 16, and local code pages."""

from typing import NamedTuple

from cam_augment.base.errors import InputError
from cam_augment.reading.names import shown

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What office programs of some country save, those of many bytes a character first.
_PAGES = [
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254",
    "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8_r", "mac_roman",
]  # fmt: skip
_LOOKED_AT = 2**20  # bytes by which a code page is told


def is_text(value: str) -> bool:
    r"""Return whether a string is text, and not what stands for bytes of a name in no encoding.

    Python reads names of files and words of a command that are not UTF-8 into halves of
    characters, which can be written into no file.

    >>> is_text("d\u00e9"), is_text("d\udce9")
    (True, False)
    """
    return not any("\ud800" <= character <= "\udfff" for character in value)


def check_text(value: str, subject: str) -> None:
    """Raise InputError where a string is no text; ``subject``: what it is, in a message."""
    if not is_text(value):
        raise InputError(f"{subject}: received '{shown(value, 60)}', which is not UTF-8; rename it")


class Text(NamedTuple):
    """What a file says, and the encoding it was read by."""

    content: str
    encoding: str


def decode(content: bytes, name: str) -> Text:
    """Return the text of a file.

    Encodings that say what they are, and UTF-8, are certain; else the code page is told by
    ``charset-normalizer`` from the letters that come out.

    Args:
        name: what messages call the file.

    Raises:
        InputError: it is text in none of the known encodings.
    """
    certain = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    for encoding in [certain] if certain else [*_without_mark(content), "utf-8"]:
        try:
            return Text(content.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    page = None if certain else _code_page(content)
    if page is None:
        raise InputError(f"{name}: text in no known encoding; save it as UTF-8")
    return Text(content.decode(page), page)


def _without_mark(content: bytes) -> list[str]:
    """Return UTF-16 where every other byte of the start is zero, as in Latin letters."""
    start = content[:200]
    low, high = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 4
    return ["utf-16-le"] * (high > half > low) + ["utf-16-be"] * (low > half > high)


def _code_page(content: bytes) -> str | None:
    from charset_normalizer import from_bytes  # at its first use: it is slow to load

    letters = b"\n".join(line for line in content[:_LOOKED_AT].splitlines() if not line.isascii())
    for match in from_bytes(letters, cp_isolation=_PAGES, enable_fallback=False):
        try:
            text = content.decode(match.encoding)
        except UnicodeDecodeError:
            continue
        if not _is_half_wide(text):
            return match.encoding
    return None


def _is_half_wide(text: str) -> bool:
    """Return whether most letters beyond ASCII are half-width katakana, which no table is in.

    As Shift-JIS nearly any bytes read so.
    """
    letters = [letter for letter in text if not letter.isascii()]
    return 2 * sum("\uff61" <= letter <= "\uff9f" for letter in letters) > len(letters)
