"""Pictures, masks and regions from files: kinds, geometry, near duplicates."""

import io
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageDraw

from cam_augment.base.errors import InputError
from cam_augment.reading import duplicates
from cam_augment.reading.duplicates import describe, near_pairs
from cam_augment.reading.fitting import fit_mask, fit_picture, placement
from cam_augment.reading.frames import Frame
from cam_augment.reading.masks import read_mask
from cam_augment.reading.pictures import Damaged, quiet, read_picture
from cam_augment.reading.regions import read_regions
from cam_augment.reading.runs import from_runs, unpacked
from tests.own_pictures import drawn, save, square

GREY = drawn(1)
COLOUR = drawn(2, (20, 30, 3))
FRAME = Frame(20, 30)


# ---- kinds of pictures


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "tiff"])
@pytest.mark.parametrize("values", [GREY, COLOUR], ids=["grey", "colour"])
def test_eight_bits_come_back_exactly(tmp_path, ending, values):
    result = read_picture(save(tmp_path / f"a.{ending}", values), "a").values
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, values.reshape(20, 30, -1) / np.float32(255))


@pytest.mark.parametrize("values", [GREY, COLOUR], ids=["grey", "colour"])
def test_jpeg_comes_back_nearly(tmp_path, values):
    result = read_picture(save(tmp_path / "a.jpg", values, quality=95, subsampling=0), "a").values
    assert np.abs(result - values.reshape(20, 30, -1) / 255).mean() < 0.05


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_come_back_exactly(tmp_path, ending):
    values = np.random.default_rng(0).integers(0, 65536, (20, 30)).astype(np.uint16)
    result = read_picture(save(tmp_path / f"a.{ending}", values), "a").values
    np.testing.assert_array_equal(result[..., 0], values / np.float32(65535))


def test_big_endian_sixteen_bits_come_back_exactly(tmp_path):
    values = np.random.default_rng(0).integers(0, 65536, (20, 30)).astype(">u2")
    image = Image.frombytes("I;16B", (30, 20), values.tobytes())
    image.save(tmp_path / "a.tif")
    result = read_picture(tmp_path / "a.tif", "a").values
    np.testing.assert_array_equal(result[..., 0], values.astype(np.float32) / np.float32(65535))


def test_one_bit_palettes_and_cmyk(tmp_path):
    Image.fromarray(GREY > 127).save(tmp_path / "bit.png")
    np.testing.assert_array_equal(
        read_picture(tmp_path / "bit.png", "a").values[..., 0], GREY > 127
    )
    few = Image.fromarray(COLOUR // 64 * 64)
    few.quantize(64).save(tmp_path / "palette.png")
    result = read_picture(tmp_path / "palette.png", "a").values
    np.testing.assert_allclose(result, np.asarray(few) / 255, atol=0.02)
    Image.fromarray(COLOUR).convert("CMYK").save(tmp_path / "cmyk.tif")
    np.testing.assert_allclose(
        read_picture(tmp_path / "cmyk.tif", "a").values, COLOUR / 255, atol=0.02
    )


def test_transparency_lies_on_white(tmp_path):
    alpha = np.full((20, 30, 1), 51, np.uint8)
    save(tmp_path / "a.png", np.concatenate([COLOUR, alpha], 2))
    expected = COLOUR / 255 * 0.2 + 0.8
    np.testing.assert_allclose(read_picture(tmp_path / "a.png", "a").values, expected, atol=1e-6)
    save(tmp_path / "b.png", np.concatenate([GREY[..., None], alpha], 2))
    result = read_picture(tmp_path / "b.png", "b").values
    np.testing.assert_allclose(result[..., 0], GREY / 255 * 0.2 + 0.8, atol=1e-6)
    paletted = Image.fromarray(np.zeros((4, 4), np.uint8), "P")
    paletted.putpalette([0, 0, 0])
    paletted.save(tmp_path / "c.png", transparency=0)
    assert (read_picture(tmp_path / "c.png", "c").values == 1).all()


def test_greys_stored_as_colours_have_one_channel(tmp_path):
    save(tmp_path / "a.png", np.repeat(GREY[..., None], 3, 2))
    assert read_picture(tmp_path / "a.png", "a").values.shape == (20, 30, 1)


def test_a_photograph_is_turned_upright(tmp_path):
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[0x0112] = 6  # shown turned by a quarter, clockwise
    image.save(tmp_path / "a.png", exif=exif)
    result = read_picture(tmp_path / "a.png", "a").values[..., 0]
    np.testing.assert_array_equal(result, np.rot90(GREY, -1) / np.float32(255))


def test_the_size_is_bounded_before_anything_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    Image.new("1", (9000, 9000)).save(path)  # 81 million pixels in some kB
    assert path.stat().st_size < 20_000
    loaded = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: loaded.append(self))
    with pytest.raises(Damaged, match="bomb: 9000x9000 pixels; at most 67,108,864 are read"):
        read_picture(path, "bomb")
    assert not loaded


def test_what_pillow_itself_calls_a_bomb_is_refused(tmp_path, monkeypatch):
    path = save(tmp_path / "a.png", GREY)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400)  # 600 pixels: a warning
    with quiet(), pytest.raises(Damaged, match="more than"):
        read_picture(path, "a")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)  # an error
    with quiet(), pytest.raises(Damaged, match="more than"):
        read_picture(path, "a")


@given(content=some.binary(max_size=300), cut=some.integers(1, 400), at=some.integers(0, 400))
@settings(max_examples=150)
def test_broken_bytes_give_numbers_or_one_line(content, cut, at):
    for kind in ("png", "jpeg", "bmp", "tiff"):
        picture = _encoded(kind)
        broken = picture[:at] + content[:20] + picture[at + 20 :]
        for attempt in (content, picture[:cut], broken):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = read_or_line(attempt)
            if isinstance(result, str):
                assert result.isprintable()
            else:
                assert result.ndim == 3
                assert 0 <= result.min() <= result.max() <= 1


def read_or_line(content: bytes) -> np.ndarray | str:
    try:
        return read_picture(content, "a").values
    except Damaged as error:
        return str(error)


def _encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(GREY).save(buffer, kind)
    return buffer.getvalue()


# ---- geometry

SIDES = some.integers(1, 60)
FITS = some.sampled_from(["letterbox", "crop", "stretch"])


@given(rows=SIDES, columns=SIDES, height=some.integers(8, 40), width=some.integers(8, 40), fit=FITS)
@settings(max_examples=300)
def test_a_picture_keeps_its_proportions_and_stays_inside(rows, columns, height, width, fit):
    place = placement((rows, columns), (height, width), fit)
    assert 0 <= place.left < place.right <= columns
    assert 0 <= place.upper < place.lower <= rows
    assert 0 <= place.top <= place.top + place.rows <= height
    assert 0 <= place.start <= place.start + place.columns <= width
    whole = (place.right - place.left, place.lower - place.upper) == (columns, rows)
    filled = (place.rows, place.columns) == (height, width)
    assert whole if fit != "crop" else filled
    assert filled if fit == "stretch" else True
    if fit == "letterbox":  # to the nearest pixel
        assert place.rows == height or place.columns == width
        scale = min(height / rows, width / columns)
        assert abs(place.rows - rows * scale) <= 0.5 or place.rows == 1
        assert abs(place.columns - columns * scale) <= 0.5 or place.columns == 1
    if fit == "crop":
        down, across = height / (place.lower - place.upper), width / (place.right - place.left)
        assert down == pytest.approx(across)


@given(rows=SIDES, columns=SIDES, height=some.integers(8, 40), width=some.integers(8, 40),
       fit=FITS, data=some.data())  # fmt: skip
@settings(max_examples=200)
def test_a_mask_goes_where_its_picture_goes(rows, columns, height, width, fit, data):
    top, left = data.draw(some.integers(0, rows - 1)), data.draw(some.integers(0, columns - 1))
    bottom = data.draw(some.integers(top + 1, rows))
    right = data.draw(some.integers(left + 1, columns))
    mask = np.zeros((rows, columns), bool)
    mask[top:bottom, left:right] = True
    shown = fit_picture(mask.astype(np.float32)[:, :, None], (height, width), fit)[:, :, 0]
    fitted = fit_mask(mask, (height, width), fit)
    assert fitted.shape == (height, width)
    assert (shown[fitted] > 0).all()
    if shown.max() >= 0.5:
        np.testing.assert_array_equal(fitted, shown >= 0.5)
    assert fitted.any() == (shown.max() > 1e-6)


def test_the_size_that_is_there_keeps_every_value():
    values = GREY[:, :, None] / np.float32(255)
    for fit in ("letterbox", "crop", "stretch"):
        np.testing.assert_array_equal(fit_picture(values, (20, 30), fit), values)


def test_letterbox_and_crop_of_a_wide_picture():
    wide = np.ones((10, 40, 1), np.float32)
    wide[:, 15:25] = 0.5
    boxed = fit_picture(wide, (20, 20), "letterbox")[:, :, 0]
    assert (boxed[:7] == 0).all()
    assert (boxed[13:] == 0).all()
    assert boxed[8:12, 2] == pytest.approx(1)
    cropped = fit_picture(wide, (20, 20), "crop")[:, :, 0]
    assert cropped.min() == 0.5
    assert cropped.shape == (20, 20)
    np.testing.assert_allclose(cropped[:, 2:-2], 0.5)
    np.testing.assert_allclose(cropped[:, [0, -1]], 0.625)  # blended with what lies beside it


def test_a_scratch_too_thin_to_fill_a_pixel_is_not_lost():
    mask = np.zeros((200, 200), bool)
    mask[100, 20:180] = True
    assert 0 < fit_mask(mask, (16, 16), "letterbox").sum() <= 16


# ---- masks


@pytest.mark.parametrize("high", [1, 7, 255])
def test_whatever_is_not_zero_is_marked(tmp_path, high):
    save(tmp_path / "m.png", square() // 255 * np.uint8(high))
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", "m", FRAME).mask, square() > 0)


def test_masks_of_other_kinds(tmp_path):
    expected = square() > 0
    Image.fromarray(expected).save(tmp_path / "bit.png")
    save(tmp_path / "loss.jpg", square(), quality=60)
    save(tmp_path / "wide.tif", square().astype(np.uint16) * 9)
    colour = np.zeros((20, 30, 4), np.uint8)
    colour[..., 3] = 255
    colour[expected, 2] = 30
    save(tmp_path / "alpha.png", colour)
    paletted = Image.fromarray(square() // 255, "P")
    paletted.putpalette([200, 0, 0, 0, 0, 0])  # the first colour is not black
    paletted.save(tmp_path / "palette.png")
    for name in ("bit.png", "loss.jpg", "wide.tif", "alpha.png", "palette.png"):
        result = read_mask(tmp_path / name, name, FRAME).mask
        assert (result != expected).mean() < (0.05 if name == "loss.jpg" else 1e-9), name


# ---- regions


def packed(runs: list[int]) -> str:
    """COCO's text of runs, written by hand from its description: an oracle."""
    text = ""
    for place, run in enumerate(runs):
        value = run - (runs[place - 2] if place > 2 else 0)
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + bits + (32 if more else 0))
    return text


def runs_of(mask: np.ndarray) -> list[int]:
    flat = np.concatenate([[False], mask.T.reshape(-1)])
    changes = np.flatnonzero(np.diff(flat.astype(int))) if flat.any() else np.array([], int)
    return np.diff([0, *changes, mask.size]).tolist()


@given(rows=some.integers(1, 12), columns=some.integers(1, 12), seed=some.integers(0, 99))
@settings(max_examples=100)
def test_runs_come_back_plain_and_packed(rows, columns, seed):
    mask = np.random.default_rng(seed).random((rows, columns)) < 0.4
    runs = runs_of(mask)
    for form in (runs, packed(runs)):
        np.testing.assert_array_equal(from_runs(form, mask.shape, "a"), mask)
    assert unpacked(packed(runs), "a") == runs


def coco(**annotation) -> dict:
    return {
        "images": [{"id": 1, "file_name": "dent/a.png", "height": 20, "width": 30}],
        "annotations": [{"image_id": 1, **annotation}],
    }


EDGE = square() > 0
COCO = {
    "polygon": {"segmentation": [[6, 4, 21, 4, 21, 12, 6, 12]]},
    "box": {"bbox": [6, 4, 15, 8]},
    "runs": {"segmentation": {"size": [20, 30], "counts": runs_of(EDGE)}},
    "packed runs": {"segmentation": {"size": [20, 30], "counts": packed(runs_of(EDGE))}},
}


@pytest.mark.parametrize("kind", COCO)
def test_regions_of_coco(tmp_path, kind):
    (tmp_path / "r.json").write_text(json.dumps(coco(**COCO[kind])))
    result = read_regions(tmp_path / "r.json", tmp_path, ["dent/a.png", "fine/b.png"]).marks
    assert list(result) == ["dent/a.png"]
    np.testing.assert_array_equal(result["dent/a.png"].drawn(FRAME).mask, EDGE)


def test_regions_of_labelme(tmp_path):
    shapes = [
        {"shape_type": "rectangle", "points": [[20, 11], [6, 4]]},
        {"shape_type": "circle", "points": [[25, 15], [25, 18]]},
        {"points": [[0, 0], [3, 0], [0, 3]]},
    ]
    content = {"imagePath": "..\\pictures\\a.png", "imageHeight": 20, "imageWidth": 30,
               "shapes": shapes}  # fmt: skip
    (tmp_path / "json" / "dent").mkdir(parents=True)
    (tmp_path / "json" / "dent" / "a.json").write_text(json.dumps(content))
    names = ["dent/a.png", "fine/a.png"]
    for where in (tmp_path / "json", tmp_path / "json" / "dent" / "a.json"):
        if where.is_file():
            names = names[:1]  # a file alone says no folder: its picture's name must be one's only
        mask = read_regions(where, tmp_path, names).marks["dent/a.png"].drawn(FRAME).mask
        canvas = Image.new("1", (30, 20))
        pen = ImageDraw.Draw(canvas)
        pen.ellipse((22, 12, 28, 18), fill=1)
        pen.polygon([0, 0, 3, 0, 0, 3], fill=1)
        np.testing.assert_array_equal(mask, EDGE | np.asarray(canvas))


def test_pictures_that_differ_in_their_ending_only_keep_their_own_regions(tmp_path):
    shape = {"shape_type": "rectangle", "points": [[6, 4], [20, 11]]}
    for image in ("a.jpg", "a.png"):
        content = {"imagePath": image, "imageHeight": 20, "imageWidth": 30, "shapes": [shape]}
        (tmp_path / "json" / "ok").mkdir(parents=True, exist_ok=True)
        (tmp_path / "json" / "ok" / "a.json").write_text(json.dumps(content))
        names = ["ok/a.jpg", "ok/a.png", "other/a.jpg"]
        assert list(read_regions(tmp_path / "json", tmp_path, names).marks) == [f"ok/{image}"]


# ---- near duplicates


def thumbs_of(images):
    pairs = [describe(image.astype(np.float32)) for image in images]
    return np.array([p[0] for p in pairs], np.uint64), np.stack([p[1] for p in pairs])


def test_the_difference_hash_is_what_its_definition_says():
    values = np.random.default_rng(0).random((8, 9)).astype(np.float32)
    bits = "".join(str(int(row[c + 1] > row[c])) for row in values for c in range(8))
    result, _ = describe(values)
    assert "".join(f"{byte:08b}" for byte in result.tobytes()) == bits


def test_near_duplicates_are_found_across_parts_and_no_others():
    rng = np.random.default_rng(0)
    images = [drawn(seed, (48, 64)) / 255 for seed in range(40)]
    again = [
        images[0],  # the same
        np.clip(images[1] * 0.9 + 0.03, 0, 1),  # other light
        np.clip(images[2] + rng.normal(0, 0.02, (48, 64)), 0, 1),  # noise
        np.asarray(Image.fromarray((images[3] * 255).astype(np.uint8)).resize((96, 72))) / 255,
        images[4][:, ::-1],  # mirrored: another picture
    ]
    hashes, thumbs = thumbs_of([*images, *again, images[5]])
    parts = np.array([0] * 40 + [1] * 5 + [0])  # the last repeats one of its own part
    assert near_pairs(hashes, thumbs, parts) == [(0, 40), (1, 41), (2, 42), (3, 43)]
    parts[40] = -1  # in no split
    assert near_pairs(hashes, thumbs, parts) == [(1, 41), (2, 42), (3, 43)]


def test_other_parts_in_the_same_light_are_no_duplicates():
    light = np.linspace(0.2, 0.7, 64)[None, :] * np.linspace(1, 0.8, 48)[:, None]
    parts = [np.clip(light + 0.1 * (drawn(seed, (48, 64)) / 255 - 0.5), 0, 1) for seed in (0, 1)]
    hashes, thumbs = thumbs_of([*parts, np.clip(parts[0] * 0.9, 0, 1)])
    hashes[:] = hashes[0]  # as if the light alone decided them
    assert near_pairs(hashes, thumbs, np.arange(3)) == [(0, 2)]


def test_flat_pictures_are_near_where_their_greys_are():
    flat = [np.full((9, 9), level) for level in (0.2, 0.2, 0.6)]
    hashes, thumbs = thumbs_of(flat)
    assert near_pairs(hashes, thumbs, np.array([0, 1, 1])) == [(0, 1)]


@given(seed=some.integers(0, 30), bits=some.integers(0, 3))
@settings(max_examples=40)
def test_no_pair_within_three_bits_is_missed(seed, bits):
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**63, 300).astype(np.uint64)
    hashes = np.concatenate([hashes, hashes])
    for bit in rng.choice(64, bits, replace=False):
        hashes[300:] ^= np.uint64(1) << np.uint64(bit)
    thumbs = np.tile(rng.random((1, 32, 32)).astype(np.float32), (600, 1, 1))
    result = near_pairs(hashes, thumbs, np.repeat([0, 1], 300))
    slow = [(a, b + 300) for a in range(300)
            for b in np.flatnonzero(np.bitwise_count(hashes[a] ^ hashes[300:]) <= 3)]  # fmt: skip
    assert result == slow


def test_many_alike_pictures_are_compared_in_blocks(monkeypatch):
    monkeypatch.setattr(duplicates, "_AT_ONCE", 10)
    hashes = np.zeros(100, np.uint64)
    thumbs = np.zeros((100, 32, 32), np.float32)
    result = near_pairs(hashes, thumbs, np.arange(100) % 2)
    assert [later for _, later in result] == list(range(1, 100, 2))
    assert all(earlier % 2 == 0 for earlier, _ in result)


def test_thousands_of_equal_pictures_make_one_pair_each():
    thumbs = np.tile(np.random.default_rng(0).random((1, 32, 32), np.float32), (3000, 1, 1))
    parts = np.arange(3000) % 3
    result = near_pairs(np.zeros(3000, np.uint64), thumbs, parts)
    assert len(result) == 3000 // 3 + 2 * (3000 // 3), "of part 2: one pair with each part before"
    assert result[0] == (0, 1)


def test_a_packed_text_that_is_none_is_refused():
    for text in ("\x00", "oo", "~" * 3, "o" * 9):
        with pytest.raises(InputError, match="'counts'"):
            unpacked(text, "a")
