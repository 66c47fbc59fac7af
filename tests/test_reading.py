"""Pictures of any kind, read to the value and brought to one size."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from cam_augment.reading.fitting import fit_mask, fit_picture, placement
from cam_augment.reading.frames import Frame
from cam_augment.reading.pictures import Damaged, quiet, read_picture
from tests.own_pictures import drawn, save, tiff

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


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_white_may_be_stored_as_0(kind):
    white = np.iinfo(kind).max
    values = np.linspace(0, white, 600).astype(kind).reshape(20, 30)
    values[0, 0] = 0
    plain = read_picture(tiff(values, 1), "a").values
    negative = read_picture(tiff(white - values, 0), "a")
    np.testing.assert_array_equal(negative.values, plain)
    assert negative.peak == (None if kind is np.uint8 else white)


@pytest.mark.parametrize("turn", range(2, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_an_unpacked_grey_tiff_is_turned_upright(kind, turn, tmp_path):
    values = drawn(1, (20, 30)).astype(kind)
    exif = Image.Exif()
    exif[274] = turn
    Image.fromarray(values).save(tmp_path / "a.tif", exif=exif)
    upright = values.T if turn > 4 else values
    flips = {2: (1,), 3: (0, 1), 4: (0,), 5: (), 6: (1,), 7: (0, 1), 8: (0,)}[turn]
    picture = read_picture(tmp_path / "a.tif", "a.tif")
    whole = np.flip(upright, flips) / np.iinfo(kind).max
    np.testing.assert_allclose(picture.values[..., 0], whole, atol=1e-6)
    assert read_picture((tmp_path / "a.tif").read_bytes(), "a.tif").frame == picture.frame


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
