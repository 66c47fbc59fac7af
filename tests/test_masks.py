"""What masks hold in practice: names, values, backgrounds, turned pictures, flaws."""

import io
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from cam_augment.datasets.folder import folder
from cam_augment.datasets.layouts.parting import Matcher
from cam_augment.datasets.splits import SPLITS
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import (
    BLACK,
    _some_rows,
    background_of,
    is_drawn,
    is_photograph,
    read_mask,
)
from cam_augment.reading.pictures import Damaged, read_picture
from tests.own_pictures import class_folders, drawn, object_map, photograph, save, square, tiff

MARK = square((30, 40)) > 0
FRAME = Frame(30, 40)


def png(image) -> bytes:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def jpeg(values, quality=60) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def two(mark, ground, kind=np.uint8):
    return np.where(MARK, kind(mark), kind(ground))


def painted(mark, ground) -> np.ndarray:
    values = np.empty((*MARK.shape, len(mark)), np.uint8)
    values[:], values[MARK] = ground, mark
    return values


def palette(colours) -> Image.Image:
    image = Image.fromarray(MARK.astype(np.uint8), "P")
    image.putpalette([value for colour in colours for value in colour])
    return image


BINARY = {
    "black and white": png(two(255, 0)),
    "0 and 1": png(two(1, 0)),
    "a class of many": png(two(17, 0)),
    "one bit": png(MARK),
    "16 bits": png(two(65535, 0, np.uint16)),
    "16 bits, numbers": png(two(300, 0, np.uint16)),
    "a grey background": png(two(255, 3)),
    "inverted": png(two(0, 255)),
    "inverted 0 and 1": png(two(0, 1)),
    "inverted on grey": png(two(5, 250)),
    "red on black": png(painted((255, 0, 0), (0, 0, 0))),
    "red on white": png(painted((255, 0, 0), (255, 255, 255))),
    "dark green on black": png(painted((0, 40, 0), (0, 0, 0))),
    "red on transparent white": png(painted((255, 0, 0, 255), (255, 255, 255, 0))),
    "by opacity alone": png(painted((0, 0, 0, 255), (0, 0, 0, 0))),
    "half transparent": png(painted((255, 0, 0, 90), (0, 0, 0, 0))),
    "opaque": png(painted((9, 9, 9, 255), (0, 0, 0, 255))),
    "a palette": png(palette([(0, 0, 0), (128, 0, 0)])),
    "a palette that begins with white": png(palette([(255, 255, 255), (0, 0, 0)])),
    "a palette of one colour": png(palette([(0, 0, 0), (0, 0, 0)])),
}


@pytest.mark.parametrize("kind", BINARY)
def test_what_is_marked_is_what_is_not_the_background(kind):
    content = BINARY[kind]
    marked = read_mask(content, kind, FRAME, background_of([content]))
    np.testing.assert_array_equal(marked.mask, MARK)


@pytest.mark.parametrize("quality", [30, 60, 75, 95])
@pytest.mark.parametrize("inverted", [False, True])
def test_greys_of_jpeg_are_no_marks(quality, inverted):
    content = jpeg(two(0, 255) if inverted else two(255, 0), quality)
    stored_anew = png(Image.open(io.BytesIO(content)).convert("L"))
    for source in (content, stored_anew):
        marked = read_mask(source, "a", FRAME, background_of([source]))
        assert (marked.mask != MARK).mean() < 0.005
        assert marked.rule == ("halfway" if quality < 95 else marked.rule)


def test_numbers_of_objects_all_count_however_many_they_are():
    numbers = np.where(MARK, np.arange(40) % 25 + 1, 0).astype(np.uint8)
    np.testing.assert_array_equal(read_mask(png(numbers), "a", FRAME).mask, MARK)


def test_a_photograph_for_a_mask_is_called_so():
    soft = np.random.default_rng(0).integers(0, 256, (30, 40)).astype(np.uint8)
    assert read_mask(png(soft), "a", FRAME).rule == "greys"
    assert read_mask(jpeg(two(3, 0)), "a", FRAME).rule == "faint"


def float_tiff(values) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF")
    return buffer.getvalue()


@pytest.mark.parametrize("most", [70_000, 200_000_000, 2**31 - 1])
def test_numbers_of_32_bits_mark_like_others(most):
    """In no more memory than the picture: counting by level would take 16 GiB."""
    marked = read_mask(float_tiff(two(most, 0, np.int32)), "a", FRAME)
    np.testing.assert_array_equal(marked.mask, MARK)


@pytest.mark.parametrize("most", [0.5, 1.0, 300.0, 1e30])
def test_fractions_mark_where_they_are_finite(most):
    values = np.where(MARK, np.float32(most), np.float32(0))
    np.testing.assert_array_equal(read_mask(float_tiff(values), "a", FRAME).mask, MARK)
    for wrong in (np.nan, np.inf):
        values[3, 3] = wrong
        content = float_tiff(values)
        with pytest.raises(Damaged, match="a: a mask with NaN or infinite values"):
            read_mask(content, "a", FRAME)
        assert background_of([content]) == BLACK


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_mask_whose_white_is_0_marks_the_same(kind):
    white = np.iinfo(kind).max
    content = tiff(np.where(MARK, kind(0), kind(white)), 0)
    np.testing.assert_array_equal(read_mask(content, "a", FRAME, BLACK).mask, MARK)


@pytest.mark.parametrize("kind", BINARY)
def test_no_mask_is_a_photograph(kind):
    assert not is_photograph(BINARY[kind], kind)


def test_colours_of_many_classes_are_no_photograph():
    classes = photograph(0, (1, 30))[0][np.arange(1200).reshape(30, 40) // 40]
    assert not is_photograph(png(classes), "a")
    assert is_photograph(png(photograph(0)), "a")
    assert is_photograph(jpeg(photograph(0), 90), "a")
    large = painted((200, 30, 90), (0, 0, 0)).repeat(8, axis=0).repeat(8, axis=1)
    assert not is_photograph(jpeg(large, 60), "a")
    assert not is_photograph(b"", "a")


@pytest.mark.parametrize("objects", [70, 300])
def test_a_map_of_objects_in_colours_by_chance_looks_drawn(objects):
    assert is_drawn(png(object_map(objects)), "a")
    assert is_drawn(jpeg(object_map(70), 90), "a")
    assert not is_drawn(png(photograph(0)), "a")
    assert not is_drawn(jpeg(photograph(0, (80, 120)), 90), "a")
    assert not is_drawn(b"", "a")


@pytest.mark.parametrize("kind", BINARY)
def test_a_large_mask_is_judged_by_some_of_its_rows(kind):
    assert not is_photograph(png(enlarged(Image.open(io.BytesIO(BINARY[kind])))), kind)


def test_a_large_photograph_is_judged_by_some_of_its_rows():
    assert is_photograph(png(enlarged(Image.fromarray(photograph(0)))), "a")
    rows = _some_rows(Image.fromarray(photograph(1, (700, 900))))
    assert rows.size[0] == 900
    assert rows.size[0] * rows.size[1] <= 2**16


def enlarged(image):
    return image.resize((400, 300), Image.Resampling.NEAREST)


def test_the_background_is_what_most_masks_show():
    small, white = two(0, 255), np.full((30, 40), 255, np.uint8)
    object_at_border = np.full((30, 40), 255, np.uint8)
    object_at_border[:14] = 0
    inverted = [png(small)] * 3 + [png(object_at_border)]
    ground = background_of(inverted)
    assert read_mask(png(white), "a", FRAME, ground).mask.sum() == 0
    assert read_mask(png(white * 0), "a", FRAME, ground).mask.all()
    usual = background_of([png(two(255, 0))] * 3 + [png(255 - small)])
    assert usual == BLACK
    assert read_mask(png(white), "a", FRAME, usual).mask.all()
    assert background_of([b"no picture", png(white)]) == BLACK


# ---- turned pictures

TURNS = range(1, 9)


def turned_file(values, turn) -> bytes:
    image, buffer = Image.fromarray(values), io.BytesIO()
    exif = image.getexif()
    exif[274] = turn
    image.save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("turn", TURNS)
def test_a_mask_of_the_stored_size_is_turned_as_its_picture(turn):
    stored = drawn(3, (20, 30))
    picture = read_picture(turned_file(stored, turn), "a")
    mask = read_mask(png((stored > 127) * np.uint8(255)), "m", picture.frame, BLACK).mask
    if picture.frame.shape == picture.frame.stored:
        assert picture.frame.is_ambiguous == (turn != 1)
    else:
        np.testing.assert_array_equal(mask, picture.values[..., 0] > 0.5)
    with_exif = turned_file((stored > 127) * np.uint8(255), turn)
    mask = read_mask(with_exif, "m", picture.frame, BLACK).mask
    np.testing.assert_array_equal(mask, picture.values[..., 0] > 0.5)


# ---- names


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


STEMS = some.text("abXY01é", min_size=1, max_size=6)


@given(
    some.lists(STEMS, min_size=2, max_size=5, unique_by=plain),
    some.sampled_from(["", "_mask", "-GT", ".label", "_segmentation_1"]),
    some.sampled_from(["NFC", "NFD"]), some.booleans(), some.sampled_from([".png", ".PNG", ".bmp"]),
)  # fmt: skip
def test_masks_are_found_in_any_form_of_unicode_and_capitals(stems, suffix, form, upper, ending):
    root = Path("root")
    matcher = Matcher(root, [root / "bad" / f"{stem}.jpg" for stem in stems])
    for stem in stems:
        written = unicodedata.normalize(form, stem)
        name = (written.upper() if upper else written) + suffix + ending
        result = matcher.picture_of(Path("masks") / name, Path("masks"))
        assert result == f"bad/{stem}.jpg"


def masked(root, name_of, several=False):
    """Write ten pictures of two classes, and masks of one of them."""
    class_folders(root / "p", classes=("bad", "good"))
    for number in range(10):
        save(root / "m" / name_of(number), square())
        if several:
            other = np.zeros((20, 30), np.uint8)
            other[15:18, 25:28] = 255
            save(root / "m" / f"bad-{number}_mask_1.png", other)
    return folder(path=str(root / "p"), masks=str(root / "m"), size="20x30")


def pixels(data, label=0):
    parts = [getattr(data, split) for split in SPLITS]
    return {int(mask.sum()) for part in parts for mask in part.masks[part.labels == label]}


def test_several_masks_of_one_picture_are_united(tmp_path):
    data = masked(tmp_path, "bad-{}_mask_0.png".format, several=True)
    assert pixels(data) == {120 + 9}
    assert pixels(data, 1) == {0}


def test_masks_beside_pictures_count_as_masks_and_not_as_pictures(tmp_path):
    class_folders(tmp_path, classes=("bad", "good"))
    for number in range(10):
        save(tmp_path / "bad" / f"bad-{number}_label.bmp", square())
    for settings in ({}, {"masks": str(tmp_path)}):
        data = folder(path=str(tmp_path), size="20x30", **settings)
        assert sum(len(getattr(data, split)) for split in SPLITS) == 20
        assert pixels(data) == {120}


# ---- what a reader is told


def codes(data):
    return [note.code for note in data.notes]


def test_a_mask_with_a_flaw_leaves_its_picture_out(tmp_path):
    masked(tmp_path, "bad-{}.png".format)
    save(tmp_path / "m" / "bad-3.png", square()[:9])
    (tmp_path / "m" / "bad-4.png").write_bytes(b"x")
    data = folder(path=str(tmp_path / "p"), masks=str(tmp_path / "m"), size="20x30")
    (note,) = data.notes
    assert note.code == "masks.flaws"
    assert note.values["count"] == 2
    assert "bad-3.png: a mask: marked in 9x30 pixels; the picture has 20x30" in str(note)
    assert sum(len(getattr(data, split)) for split in SPLITS) == 18


def test_masks_that_are_odd_are_named(tmp_path):
    masked(tmp_path / "a", "bad-{}.png".format)
    for path in (tmp_path / "a" / "m").iterdir():
        save(path, np.full((20, 30), 255, np.uint8))
    large = folder(path=str(tmp_path / "a" / "p"), masks=str(tmp_path / "a" / "m"), size="20x30")
    assert codes(large) == ["masks.large"]
    for path in (tmp_path / "a" / "m").iterdir():
        save(path, np.zeros((20, 30), np.uint8))
    empty = folder(path=str(tmp_path / "a" / "p"), masks=str(tmp_path / "a" / "m"), size="20x30")
    assert codes(empty) == ["masks.nothing"]
    for number, path in enumerate((tmp_path / "a" / "m").iterdir()):
        save(path, drawn(number))
    odd = folder(path=str(tmp_path / "a" / "p"), masks=str(tmp_path / "a" / "m"), size="20x30")
    assert "masks.greys" in codes(odd)


def test_the_rule_is_said_with_the_marked_share(tmp_path):
    data = masked(tmp_path, "bad-{}.png".format)
    (rules,) = [note for note in data.reading if note.code == "masks.rules"]
    assert rules.values == {"count": 10, "rules": {"levels": 10}, "share": 0.2, "most": 0.2}
    assert str(rules).replace("\N{NO-BREAK SPACE}", " ") == (
        "Masks: 10 mark something, 20 % of the picture in the middle one and 20.0 % at most. "
        "Judged by all but the background (10 masks)."
    )
