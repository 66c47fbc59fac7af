"""Regions drawn by hand: which pixels they mark, what is refused, and what they leave alone."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.datasets import probe_regions as regions
from cam_augment.datasets.probe_regions import rasterise, read_regions
from cam_augment.metrics.focus import focus
from cam_augment.store import Store
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data, run_study

ROWS, COLUMNS = 7, 9


def coco(*annotations, **changes) -> dict:
    """Return a file of three images with these annotations of image 1, region by default."""
    records = [{"id": i, "image_id": 1, "category_id": 1} | a for i, a in enumerate(annotations)]
    return {
        "info": {"data_fingerprint": "f" * 32},
        "images": [{"id": i, "width": COLUMNS, "height": ROWS} for i in range(3)],
        "categories": [{"id": 1, "name": "region"}, {"id": 2, "name": "product"}],
        "annotations": records,
    } | changes


BOX = {"bbox": [2, 1, 3, 2]}


@pytest.fixture
def read(tmp_path):
    def reading(content, **options):
        path = tmp_path / "drawn.json"
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, "utf-8")
        return read_regions(path, 3, ROWS, COLUMNS, **options)

    return reading


def marked(*cells) -> np.ndarray:
    mask = np.zeros((ROWS, COLUMNS), bool)
    for rows, columns in cells:
        mask[rows, columns] = True
    return mask


# ---- which pixels


def test_a_box_marks_its_pixels_in_its_image_alone(read):
    masks = read(coco(BOX))
    assert masks.shape == (3, ROWS, COLUMNS)
    assert masks.dtype == bool
    np.testing.assert_array_equal(masks[1], marked((slice(1, 3), slice(2, 5))))
    assert not masks[[0, 2]].any()


def test_polygons_and_annotations_are_united(read):
    triangle = {"segmentation": [[0, 0, 4, 0, 0, 4], [8, 6, 9, 6, 9, 7, 8, 7]]}
    expected = marked((0, slice(0, 4)), (1, slice(0, 3)), (2, slice(0, 2)), (3, 0), (6, 8))
    # the centres of (0, 3), (1, 2), ... lie on the triangle's long side: outside, to its right
    expected[[0, 1, 2, 3], [3, 2, 1, 0]] = False
    np.testing.assert_array_equal(read(coco(triangle))[1], expected)
    both = read(coco(triangle, BOX))[1]
    np.testing.assert_array_equal(both, expected | marked((slice(1, 3), slice(2, 5))))


def test_a_polygon_that_crosses_itself_is_even_odd():
    twice = [[0, 0], [6, 0], [6, 6], [0, 6], [0, 0], [6, 0], [6, 6], [0, 6]]
    assert not rasterise(twice, 6, 6).any()


def test_only_the_category_asked_for_counts(read):
    drawn = coco(BOX, {"bbox": [0, 0, 9, 7], "category_id": 2})
    assert read(drawn).sum() == 6
    assert read(drawn, category="product").sum() == ROWS * COLUMNS


def twin_inside(corners, x: float, y: float) -> bool | None:
    """Count the edges to the left of a point; None where an edge runs all but through it."""
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 <= y) != (y1 <= y):
            crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
            if abs(crossing - x) < 1e-9:
                return None
            odd ^= crossing < x
    return odd


places = st.floats(-1, 10, allow_nan=False, width=32)


@given(st.lists(st.tuples(places, places), min_size=3, max_size=8))
def test_pixels_are_inside_where_their_centres_are(corners):
    result = rasterise(corners, ROWS, COLUMNS)
    for (row, column), value in np.ndenumerate(result):
        expected = twin_inside(corners, column + 0.5, row + 0.5)
        assert expected is None or value == expected


@given(st.lists(st.integers(0, COLUMNS), min_size=ROWS + 1, max_size=ROWS + 1))
def test_polygons_side_by_side_share_no_pixel_and_leave_none_out(border):
    line = [[x, y] for y, x in enumerate(border)]
    left = rasterise([[0, 0], *line, [0, ROWS]], ROWS, COLUMNS)
    right = rasterise([[COLUMNS, 0], *line, [COLUMNS, ROWS]], ROWS, COLUMNS)
    np.testing.assert_array_equal(left, ~right)


# ---- what is refused


def without(name: str) -> dict:
    return {key: value for key, value in coco(BOX).items() if key != name}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no COCO file"),
        (without("annotations"), "'annotations' is not a list"),
        (coco(BOX, info=3), "'info' must be a table"),
        (coco(BOX, info={"data_fingerprint": "0" * 32}), "other data: received .* '0000"),
        (coco(BOX, images=[{"id": 3}]), "image id 3; probe images are 0 to 2"),
        (coco(BOX, images=[{"id": "1"}]), "image id '1'"),
        (coco(BOX, images=[{"id": 1, "width": 90}]), "90 x 7 pixels; .* 9 x 7"),
        (coco(BOX | {"image_id": 5}), "annotation 1: its image_id 5 is not the id of .* 0, 1, 2"),
        (coco(BOX | {"image_id": [1]}), r"image_id \[1\]"),
        (coco(BOX | {"category_id": 9}), "category_id 9"),
        (coco(BOX, {"bbox": [0, 0, 1]}), "annotation 2: received bbox"),
        (coco({"bbox": [0, 0, -1, 2]}), "centre of no pixel"),
        (coco({"bbox": [0, 0, 1e6, 2]}), r"\(1e\+06, 0\), outside of 9 x 7"),
        (coco({"bbox": [0, 0, 1e300, 2]}), r"received 1e\+300 as a place"),
        (coco({"segmentation": [[0, 0, 1, 1]]}), "4 numbers; expected x and y of 3 to"),
        (coco({"segmentation": [[0, 0, 1, "1", 1, 0]]}), "received '1' as a place"),
        (coco({"segmentation": [[0, 0, 1, True, 1, 0]]}), "received True as a place"),
        (coco({"segmentation": [[0, 0, 20, 1, 1, 0]]}), r"\(20, 1\), outside"),
        (coco({"segmentation": {"counts": "x", "size": [7, 9]}}), "not packed run-length text"),
        (coco({"segmentation": {"counts": [63], "size": [9, 7]}}), "runs of 9x7 pixels; .* 7x9"),
        (coco({"segmentation": {"counts": [63], "size": [7, 9]}}), "centre of no pixel"),
        (coco({"segmentation": [[0, 0, 0.3, 0, 0.3, 0.3]]}), "centre of no pixel"),
        (coco(), "nothing is marked"),
        (coco(BOX | {"category_id": 2}), "no annotation of category 'region'.*product"),
        (coco({"segmentation": [[0.0] * 200_002]}), "200002 numbers; expected x and y of 3 to"),
        (coco(*[BOX] * 10_001), "annotations: 10,001; at most 10,000"),
        ('{"images": [], "annotations": [NaN]}', "'annotations' is not a list|image_id None"),
        (
            json.dumps(coco({"bbox": [0, 0, 1, 2]})).replace("1, 2]", "NaN, 2]"),
            "received nan as a place",
        ),
    ],
)
def test_what_is_no_region_is_refused_in_one_line(read, content, complaint):
    with pytest.raises(InputError, match=complaint) as caught:
        read(content, fingerprint="f" * 32)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("drawn.json: ")


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot be read"):
        read_regions(tmp_path / "none.json", 3, ROWS, COLUMNS)
    with pytest.raises(InputError, match="cannot be read"):
        read_regions("a\0b", 3, ROWS, COLUMNS)
    monkeypatch.setattr(regions, "MOST_BYTES", 10)
    (tmp_path / "large.json").write_text(" " * 11)
    with pytest.raises(InputError, match="larger than"):
        read_regions(tmp_path / "large.json", 3, ROWS, COLUMNS)


def test_a_file_without_a_fingerprint_is_believed(read):
    assert read(coco(BOX, info={}), fingerprint="f" * 32).any()
    assert read(coco(BOX)).any()


# ---- in a study


@pytest.fixture
def drawn(tmp_path, tiny):
    """A file that marks the middle of the first three probe images of the tiny study."""
    data = load_data(tiny)
    content = {
        "info": {"data_fingerprint": data.fingerprint},
        "images": [{"id": i, "width": 28, "height": 28} for i in range(3)],
        "categories": [{"id": 1, "name": "region"}],
        "annotations": [
            {"image_id": i, "category_id": 1, "bbox": [7, 7, 14, 14 + i]} for i in range(3)
        ],
    }
    path = tmp_path / "drawn.json"
    path.write_text(json.dumps(content))
    return path


def test_regions_change_masks_and_neither_fingerprint_nor_keys(drawn, tiny, studied):
    plan = tiny.model_copy(update={"probe_regions": str(drawn)})
    plain, data = load_data(tiny), load_data(plan)
    assert plain.probe.masks is None
    assert data.probe.masks.areas().tolist() == [196, 210, 224] + [0] * 27
    assert data.fingerprint == plain.fingerprint
    assert replace(data).fingerprint != plain.fingerprint  # it is the masks that are kept out
    assert [run.key for run in plan.runs()] == [run.key for run in tiny.runs()]
    assert all(item.done for item in requests(plan, data, Store(studied / "store")))


def test_the_content_of_the_file_tells_regions_apart_and_not_its_name(drawn, tiny, tmp_path):
    def of(path):
        return load_data(tiny.model_copy(update={"probe_regions": str(path)})).regions

    copy, other = tmp_path / "copy.json", tmp_path / "other.json"
    copy.write_text(drawn.read_text())
    other.write_text(drawn.read_text().replace("[7, 7, 14, 14]", "[7, 7, 14, 13]"))
    assert of(drawn) == of(copy) != of(other)
    assert load_data(tiny).regions is None


class Counted:
    """Progress that remembers what was left to do."""

    def start(self, wanted, done):
        self.left = wanted - done


def test_a_second_study_with_regions_trains_nothing_and_measures_focus(
    drawn, tiny, studied, tmp_path
):
    plan = tiny.model_copy(update={"probe_regions": str(drawn)})
    progress = Counted()
    profile = run_study(plan, tmp_path / "out", store=studied / "store", progress=progress)
    assert progress.left == 0
    assert {"focus", "pointing_game", "relevance_rank"} <= set(profile.points)
    assert profile.validity["marked_images"] == 3
    data = load_data(plan)
    assert profile.provenance["data"]["regions"] == data.regions
    store = Store(studied / "store")
    maps = [store.maps(item.questions[0].key).values for item in requests(plan, data, store)[:4]]
    expected = [np.nanmean(focus(values[:3], data.probe.masks[:3])) for values in maps]
    np.testing.assert_allclose(profile.points["focus"]["baseline"], expected, rtol=1e-12)
    again = json.loads((tmp_path / "out" / "profile.json").read_text())
    assert again["plan"]["probe_regions"] == str(drawn)


def test_regions_of_other_data_stop_the_study_before_it_begins(drawn, tiny):
    other = tiny.model_copy(update={"probe_regions": str(drawn)})
    settings = other.dataset.settings | {"split_seed": 3}
    dataset = other.dataset.model_copy(update={"settings": settings})
    with pytest.raises(InputError, match="drawn on other data"):
        load_data(other.model_copy(update={"dataset": dataset}))


# ---- the product


def with_product(drawn, *kinds):
    """Return the file with its annotations, and a product's box, of some categories alone."""
    content = json.loads(drawn.read_text())
    content["categories"] = [{"id": 1, "name": "region"}, {"id": 2, "name": "product"}]
    content["annotations"].append({"image_id": 2, "category_id": 2, "bbox": [2, 2, 20, 20]})
    numbers = [category["id"] for category in content["categories"] if category["name"] in kinds]
    content["annotations"] = [a for a in content["annotations"] if a["category_id"] in numbers]
    drawn.write_text(json.dumps(content))
    return str(drawn)


def test_a_product_is_outlined_beside_the_regions(drawn, tiny):
    plain = load_data(tiny.model_copy(update={"probe_regions": str(drawn)}))
    path = with_product(drawn, "region", "product")
    data = load_data(tiny.model_copy(update={"probe_regions": path}))
    np.testing.assert_array_equal(data.probe.masks, plain.probe.masks)
    assert data.product.sum(axis=(1, 2)).tolist() == [0] * 2 + [400] + [0] * 27
    assert data.fingerprint == plain.fingerprint
    assert data.regions != plain.regions


def test_a_product_alone_leaves_the_masks_as_the_data_have_them(drawn, tiny):
    path = with_product(drawn, "product")
    assert load_data(tiny.model_copy(update={"probe_regions": path})).probe.masks is None
    data = load_data(tiny)
    marked = data.with_marks(np.ones(data.probe.images.shape[:3], bool))
    outlined = regions.mark(marked, path)
    assert outlined.probe is marked.probe
    assert outlined.product.any()


def test_a_file_of_other_categories_is_refused(drawn, tiny):
    drawn.write_text(drawn.read_text().replace('"region"', '"regions"'))
    with pytest.raises(InputError, match=r"'region' or 'product'.* Did you mean 'regions'"):
        load_data(tiny.model_copy(update={"probe_regions": str(drawn)}))
