"""Whatever a file holds: it is read, or refused in one line; nothing else happens."""

import gzip
import io
import json
import zipfile

import numpy as np
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from cam_augment.architectures.layers.saved import Unsound, has_code
from cam_augment.datasets import probe_regions as drawn_regions
from cam_augment.datasets.layouts import read_layout
from cam_augment.reading.frames import Frame
from cam_augment.reading.idx import read_idx
from cam_augment.reading.masks import read_mask
from cam_augment.reading.npz import read_npz
from cam_augment.reading.pictures import read_picture
from cam_augment.reading.regions import read_regions
from tests.own_pictures import drawn
from tests.strange import EDITS, VALUES, edited, few_and_many, said, spoiled

SHAPE = (20, 30)

FRAME = Frame(*SHAPE)


# ---- pictures and masks


GREY = drawn(1)


def encoded(kind: str, values: np.ndarray = GREY, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, kind, **options)
    return buffer.getvalue()


PICTURES = [
    *(encoded(kind, drawn(1, shape)) for kind in ("PNG", "JPEG", "BMP", "TIFF")
      for shape in ((20, 30), (20, 30, 3))),
    encoded("PNG", drawn(1, (20, 30, 4))),
    encoded("PNG", drawn(1).astype(np.uint16)),
    encoded("TIFF", drawn(1).astype(np.uint16)),
    encoded("TIFF", compression="tiff_deflate"),
    encoded("TIFF", compression="tiff_lzw"),
    encoded("JPEG", progressive=True),
]  # fmt: skip

FILES = some.builds(edited, some.sampled_from(PICTURES), EDITS) | some.binary(max_size=200)


@few_and_many
def test_any_bytes_are_a_picture_or_none(effort):
    @effort
    @given(FILES)
    def check(content):
        picture = said(read_picture, content, "a")
        if picture is not None:
            result = picture.values
            assert result.dtype == np.float32
            assert result.ndim == 3
            assert result.shape[2] in (1, 3)
            assert 0 <= result.min() <= result.max() <= 1

    check()


@few_and_many
def test_any_bytes_are_a_mask_or_none(effort):
    @effort
    @given(FILES)
    def check(content):
        result = said(read_mask, content, "a", FRAME)
        assert result is None or (result.mask.dtype, result.mask.shape) == (np.dtype(bool), SHAPE)

    check()


# ---- regions

POLYGON = [1, 1, 9, 1, 9, 9.5]

COCO = {
    "info": {"data_fingerprint": "f" * 32},
    "images": [{"id": 1, "file_name": "dent/a.png", "height": 20, "width": 30}],
    "categories": [{"id": 1, "name": "region"}, {"id": 2, "name": "product"}],
    "annotations": [
        {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
        {"image_id": 1, "category_id": 2, "segmentation": [POLYGON, POLYGON]},
        {"image_id": 1, "category_id": 1, "segmentation": {"size": [20, 30], "counts": [500, 100]}},
        {"image_id": 1, "category_id": 1, "segmentation": {"size": [20, 30], "counts": "hb0"}},
    ],
}

LABELME = {
    "imagePath": "a.png", "imageHeight": 20, "imageWidth": 30,
    "shapes": [
        {"label": "x", "shape_type": "polygon", "points": [[1, 1], [9, 1], [9, 9]]},
        {"label": "y", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]},
        {"label": "z", "shape_type": "circle", "points": [[9, 9], [12, 9]]},
    ],
}  # fmt: skip

PROBED = COCO | {"annotations": COCO["annotations"][:2]}


@some.composite
def region_files(draw, sound):
    if draw(some.booleans()):
        return json.dumps(draw(spoiled(sound))).encode()
    return edited(json.dumps(draw(some.sampled_from(sound))).encode(), draw(EDITS))


@few_and_many
def test_any_file_marks_pictures_or_is_refused(effort, tmp_path):
    path = tmp_path / "a.json"

    def masks(counts):
        result = read_regions(path, tmp_path, ["dent/a.png", "fine/b.png"], counts)
        return [marks.drawn(FRAME).mask for marks in result.marks.values()]

    @effort
    @given(region_files([COCO, LABELME]), some.sampled_from([None, lambda name: name == "region"]))
    def check(content, counts):
        path.write_bytes(content)
        for mask in said(masks, counts) or ():
            assert (mask.dtype, mask.shape) == (np.dtype(bool), SHAPE)

    check()


@few_and_many
def test_any_file_marks_probe_images_or_is_refused(effort, tmp_path):
    @effort
    @given(region_files([PROBED]))
    def check(content):
        (tmp_path / "r.json").write_bytes(content)
        result = said(drawn_regions.read_regions, tmp_path / "r.json", 3, *SHAPE, "f" * 32)
        assert result is None or (result.dtype, result.shape) == (np.dtype(bool), (3, *SHAPE))

    check()


# ---- archives and tables


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def npy(values) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


ARRAYS = {"x__npy": npy(np.zeros((4, 5, 5), np.uint8)), "y__npy": npy(np.arange(4))}

MODEL = {"config__json": json.dumps({"class_name": "Functional", "config": {"layers": [{}]}})}


@few_and_many
def test_any_bytes_are_arrays_or_none(effort, tmp_path):
    @effort
    @given(EDITS, EDITS, some.booleans())
    def check(outer, inner, on_disk):
        content = edited(packed(**ARRAYS | {"x__npy": edited(ARRAYS["x__npy"], inner)}), outer)
        path = tmp_path / "a.npz"
        path.write_bytes(content)
        result = said(read_npz, path, ("x", "y"), None if on_disk else content)
        assert result is None or not any(array.dtype.hasobject for array in result.values())

    check()


KINDS = some.sampled_from(["|u1", "<i8", "|O", "<U0", "|V0", "<f16", "a", "<M8[ns]"])

SIDES = some.lists(some.integers(-3, 9) | some.sampled_from([2**31, 2**63, 2**70]), max_size=4)

HEADS = some.fixed_dictionaries(
    {
        "descr": KINDS | VALUES,
        "fortran_order": some.booleans() | VALUES,
        "shape": SIDES.map(tuple) | VALUES,
    }
)


@few_and_many
def test_any_head_is_an_array_or_none(effort, tmp_path):
    @effort
    @given(HEADS, some.binary(max_size=64), some.sampled_from([1, 2, 3, 9]))
    def check(head, rest, version):
        text = str(head).encode("utf-8", "surrogatepass") + b"\n"
        size = len(text).to_bytes(2 if version == 1 else 4, "little")
        content = packed(x__npy=b"\x93NUMPY" + bytes([version, 0]) + size + text + rest)
        said(read_npz, tmp_path / "a.npz", ("x",), content)

    check()


def has_code_or_line(path) -> bool | str:
    try:
        return has_code(path)
    except Unsound as error:
        return str(error)


@few_and_many
def test_any_bytes_are_a_saved_network_or_none(effort, tmp_path):
    path = tmp_path / "n.keras"

    @effort
    @given(EDITS, EDITS)
    def check(outer, inner):
        config = edited(MODEL["config__json"].encode(), inner)
        path.write_bytes(edited(packed(config__json=config), outer))
        result = has_code_or_line(path)
        assert isinstance(result, bool) or result.isprintable()

    check()


@few_and_many
def test_any_bytes_are_an_idx_file_or_none(effort, tmp_path):
    head = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in (2, 3, 4))
    path = tmp_path / "a.gz"

    @effort
    @given(EDITS, EDITS)
    def check(outer, inner):
        path.write_bytes(edited(gzip.compress(edited(head + bytes(24), inner), 1), outer))
        result = said(read_idx, path, 3)
        assert result is None or result.ndim == 3

    check()


CSV = b"path;label;mask;group;split\n" + b"".join(
    f'dent/{n}.png;"dent, ""{n}""";m/{n}.png;g{n};train\n'.encode() for n in range(5)
)


@few_and_many
def test_any_bytes_are_a_table_or_none(effort, tmp_path):
    path = tmp_path / "t.csv"

    @effort
    @given(EDITS, some.text(max_size=9))
    def check(edits, label):
        written = edited(CSV, edits).replace(b"dent,", label.encode("utf-8", "replace"))
        path.write_bytes(written)
        for row in said(lambda: read_layout(path, set).rows) or ():
            assert row.path.is_relative_to(tmp_path)
            assert ".." not in row.path.parts

    check()
