"""Read one picture of any format in ``reading.formats``, of 8 or 16 bits, into numbers 0 to 1.

- The format is told by the content. The size is read from the head and bounded before anything
  is decoded.
- Transparent pixels lie on white. Palettes become colours, CMYK becomes RGB.
- A picture is turned upright where its Exif data say so. Of several pages, or of an animation,
  the first is read.
"""

import io
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from cam_augment.base import compat
from cam_augment.base.errors import InputError
from cam_augment.reading.formats import FORMATS
from cam_augment.reading.frames import Frame
from cam_augment.reading.names import reason, shown

MOST_PIXELS = 2**26  # 67 million, less than what Pillow itself warns of
_MOST_BYTES = 2**29
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as Pillow's mode "L"
_BITS_PER_SAMPLE = 258  # the tag of a TIFF
_PHOTOMETRIC = 262  # likewise: 0 where white is stored as 0
_ORIENTATION = 274  # Exif's
FULL_16 = 65535


class Damaged(InputError):
    """A picture that cannot be used: unreadable, cut short, too large, or contradictory."""


@contextmanager
def quiet():
    """Turn Pillow's warning of large pictures into its error; leave its other warnings out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


class Picture(NamedTuple):
    """A picture in numbers.

    Attributes:
        values: float32 [row, column, channel] in 0..1, of one channel or three.
        frame: how it is shown.
        peak: the largest stored value where values have 16 bits, whose white the file does not
            say: 65535 is taken; None of other pictures.
    """

    values: np.ndarray
    frame: Frame
    peak: int | None


def read_picture(source: Path | bytes, name: str) -> Picture:
    """Return a picture; one stored in colours of which each is a grey has one channel.

    Args:
        source: a file, or its bytes. name: what messages call it.

    Raises:
        Damaged: it cannot be read whole, is too large, or of a kind without a known range.
    """
    picture = opened(source, name)
    values = _values(picture, name)
    peak = round(float(values.max()) * FULL_16) if picture.bits == 16 else None
    return picture_of(values, picture.turn, peak)


def picture_of(values: np.ndarray, turn: int = 1, peak: int | None = None) -> Picture:
    """Return a picture of its values, float32 [row, column] or [row, column, 3] in 0..1.

    Args:
        turn, peak: see ``Frame`` and ``Picture``.
    """
    frame = Frame(values.shape[0], values.shape[1], turn)
    if values.ndim == 2:
        return Picture(values[:, :, None], frame, peak)
    grey = (values[:, :, 0] == values[:, :, 1]) & (values[:, :, 0] == values[:, :, 2])
    return Picture(values[:, :, :1] if grey.all() else values, frame, peak)


class Opened(NamedTuple):
    """A decoded picture, upright.

    Attributes:
        format: of its file. bits: of a value, as far as the file says. turn: Exif's orientation,
            by which it was turned.
        low: of colours of 16 bits, the low bytes, where ``image`` has the high ones.
    """

    image: Image.Image
    format: str
    bits: int
    turn: int
    low: Image.Image | None = None


def opened(source: Path | bytes, name: str) -> Opened:
    """Return a decoded picture.

    Raises:
        Damaged: as in ``read_picture``.
    """
    try:
        with _stream(source, name) as stream, Image.open(stream, formats=FORMATS) as image:
            check_size(image.size, name)
            low = _low_bytes(source, name) if compat.has_deep_colours(image) else None
            image.load()
            turn = image.getexif().get(_ORIENTATION, 1)
            turn = turn if turn in range(2, 9) else 1
            upright = ImageOps.exif_transpose(image)
            bits = 16 if low else _bits(image)
            if _is_negative(image):
                upright = Image.fromarray(2**bits - 1 - np.asarray(upright).astype(np.uint16))
            return Opened(upright, str(image.format), bits, turn, low)
    except Damaged:
        raise
    except Image.UnidentifiedImageError:
        raise Damaged(f"{shown(name)}: this is not a picture in a format that is read") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Damaged(f"{shown(name)}: more than {MOST_PIXELS:,} pixels") from None
    except Exception as error:  # Pillow's decoders raise errors of many kinds on broken files
        raise Damaged(f"{shown(name)}: cannot be read: {reason(error)}") from None


def _low_bytes(source: Path | bytes, name: str) -> Image.Image:
    with _stream(source, name) as stream, Image.open(stream, formats=FORMATS) as image:
        compat.take_low_bytes(image)
        image.load()
        return ImageOps.exif_transpose(image)


def _stream(source: Path | bytes, name: str) -> BinaryIO:
    """Return a picture's bytes as a file: of a path, Pillow maps greys and turns them wrongly."""
    if isinstance(source, Path):
        check_file(source, name)
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > _MOST_BYTES:
        raise Damaged(f"{shown(name)}: {size:,} bytes; at most {_MOST_BYTES:,} are read")
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def check_file(path: Path, name: str) -> None:
    """Raise Damaged where there is no file; a pipe, which would be waited for, is none."""
    if not path.is_file():
        raise Damaged(f"{shown(name)}: there is no such file")


def check_size(size: tuple[int, int], name: str) -> None:
    """Raise Damaged where a picture of so many columns and rows is too large."""
    columns, rows = size
    if rows * columns > MOST_PIXELS:
        raise Damaged(f"{shown(name)}: {rows}x{columns} pixels; at most {MOST_PIXELS:,} are read")


def _bits(image: Image.Image) -> int:
    """Return how many bits a value of a grey picture has (TIFF also knows 12)."""
    if not (image.mode == "I" or image.mode.startswith("I;16")):
        return 8
    tags = getattr(image, "tag_v2", None) or {}
    bits = tags.get(_BITS_PER_SAMPLE, 16)
    return int(bits[0] if isinstance(bits, tuple) else bits)


def _is_negative(image: Image.Image) -> bool:
    """Return whether white is 0 in what was decoded: Pillow turns such greys of 8 bits itself."""
    tags = getattr(image, "tag_v2", None) or {}
    return image.mode.startswith("I;16") and tags.get(_PHOTOMETRIC) == 0


def _values(picture: Opened, name: str) -> np.ndarray:
    """Return float32 [row, column] or [row, column, 3] in 0..1."""
    image, mode = picture.image, picture.image.mode
    if mode.startswith("I;16"):
        return np.asarray(image).astype(np.float32) / np.float32(2**picture.bits - 1)
    if mode == "I" and picture.format in ("PNG", "PPM"):  # how Pillow gives their 16 bits
        return np.asarray(image).astype(np.float32) / np.float32(FULL_16)
    if mode in ("I", "F"):
        raise Damaged(f"{shown(name)}: 32 bits a value have no known range; store 8 or 16")
    if picture.low is not None:
        return _deep(image, picture.low)
    if image.has_transparency_data:
        return _on_white(np.asarray(image.convert("RGBA")) / np.float32(255))
    kind = "L" if mode in ("1", "L") else "RGB"
    return np.asarray(image.convert(kind)) / np.float32(255)


def _deep(high: Image.Image, low: Image.Image) -> np.ndarray:
    """Return colours of 16 bits, of their high and low bytes."""
    stored = np.asarray(high).astype(np.uint16) << 8 | np.asarray(low)
    values = stored / np.float32(FULL_16)
    return _on_white(values) if values.shape[2] == 4 else values


def _on_white(values: np.ndarray) -> np.ndarray:
    alpha = values[:, :, 3:]
    return values[:, :, :3] * alpha + (1 - alpha)


def to_grey(values: np.ndarray) -> np.ndarray:
    """Return the brightness of a picture [row, column, channel]: [row, column, 1].

    Args:
        values: float32 or uint8 [row, column, 1 or 3].
    """
    return values if values.shape[2] == 1 else (values @ _LUMA)[:, :, None]
