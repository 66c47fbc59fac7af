"""Masks and regions that cannot be used are refused in one line."""

import json

import pytest

from tests.own_pictures import drawn, save, square, write_masks
from tests.spoiled import clean_copy, nothing, refused


@pytest.fixture
def root(once, tmp_path):
    return clean_copy(once, tmp_path)


def small_masks(root):
    for path in write_masks(root, root.parent / "m").rglob("*.png"):
        save(path, square()[:9])


def bad_masks(root):
    for path in write_masks(root, root.parent / "m").rglob("*.png"):
        path.write_bytes(b"no mask")


def strange_names(root):
    save(root.parent / "m" / "other.png", square())


def twins(root):
    write_masks(root, root.parent / "m")
    save(root / "dent" / "dent-5.bmp", drawn(9))


MASKS = {
    "of one of two pictures": (
        twins,
        "dent-5.png' may belong to any of the pictures named 'dent-5'",
    ),
    "no folder": (nothing, "masks: '", "m' is not a folder"),
    "another size": (small_masks, "dent-0.png", "marked in 9x30 pixels; the picture has 20x30"),
    "no mask": (
        bad_masks,
        "dent-0.png",
        "this is not a picture in a format that is read (20 masks",
    ),
    "names of no picture": (
        strange_names,
        "none of 1 pictures",
        "such as 'dent/dent-0.png'",
        "looked for dent-0 with any ending",
    ),
}


@pytest.mark.parametrize("case", MASKS)
def test_masks_that_cannot_be_used_are_refused(case, root):
    spoil, *words = MASKS[case]
    spoil(root)
    line = refused({"path": str(root), "masks": str(root.parent / "m")})
    for word in words:
        assert word in line


def test_masks_of_two_sources_are_refused(root):
    both = {"masks": str(root), "regions": str(root)}
    assert "masks and regions: take one of them" in refused({"path": str(root)} | both)


# ---- regions


def coco(image={}, **annotation):
    image = {"id": 1, "file_name": "dent/dent-1.png", "height": 20, "width": 30} | image
    return {"images": [image], "annotations": [{"image_id": 1, **annotation}]}


def runs(size, counts):
    return coco(segmentation={"size": size, "counts": counts})


def labelme(shape, **changes):
    return {"imagePath": "dent-1.png", "imageHeight": 20, "imageWidth": 30,
            "shapes": [shape]} | changes  # fmt: skip


BOX = {"shape_type": "rectangle", "points": [[1, 1], [5, 5]]}

PASTED = {"shape_type": "mask", "points": [[1, 1]]}

REGIONS = {
    "no file": (None, "regions: '", "does not exist"),
    "no JSON": (b"{", "this is not valid JSON", ""),
    "bytes": (b"\xff\xfe\x00", "this is not valid JSON", ""),
    "a deep nest": (b"[" * 100_000, "this is not valid JSON", ""),
    "another format": ({"a": 1}, "neither COCO's JSON", ""),
    "a list": ([1], "neither COCO's JSON", ""),
    "no list": ({"images": {}, "annotations": []}, "'images' is not a list", ""),
    "no picture of the folder": (coco({"file_name": "x.png"}, bbox=[1, 1, 2, 2]), "names none", ""),
    "a path that leads out": (coco({"file_name": "../a.png"}), "names none of the pictures", ""),
    "no name": (coco({"file_name": 3}), "image 1: needs a 'file_name'; received 3", ""),
    "a size that no picture has": (coco({"height": 10**9}), "size 1000000000 x 30; at most", ""),
    "no size": (coco({"width": None}), "size 20 x None", ""),
    "another size": (coco({"width": 31}, bbox=[1, 1, 2, 2]), "marked in 20x31 pixels", "20x30"),
    "an unknown image": (coco(image_id=7, bbox=[1, 1, 2, 2]), "its image_id 7 is not the id", ""),
    "two points": (coco(segmentation=[[1, 2, 3, 4]]), "4 numbers; expected x and y of 3 to", ""),
    "an odd number": (coco(segmentation=[[1, 2, 3, 4, 5, 6, 7]]), "7 numbers; expected", ""),
    "no numbers": (coco(segmentation=[[1, 2, 3, 4, 5, "x"]]), "received 'x' as a place", ""),
    "infinity": (b'{"images":[{"id":1,"file_name":"dent/dent-1.png","height":20,"width":30}],'
                 b'"annotations":[{"image_id":1,"bbox":[0,0,Infinity,1]}]}', "received inf", ""),
    "a place far away": (coco(bbox=[0, 0, 1e9, 1]), "received 1000000000.0 as a place", ""),
    "a polygon without end": (coco(segmentation=[[1] * 200_002]), "200002 numbers; expected", ""),
    "no region": (coco(), "received bbox None; expected [x, y", ""),
    "runs of an absurd size": (runs([10**6, 10**6], [1]), "size 1000000 x 1000000; at most", ""),
    "runs of another size": (runs([9, 9], [81]), "runs of 9x9 pixels in a picture of 20x30", ""),
    "runs that do not sum": (runs([20, 30], [5, 6]), "'counts' sum to 11; the picture has 600", ""),
    "negative runs": (runs([20, 30], [-1, 601]), "must be whole numbers from 0 to 600", ""),
    "runs of words": (runs([20, 30], ["600"]), "must be whole numbers", ""),
    "packed runs without end": (runs([20, 30], "0" * 5000), "has more characters than", ""),
    "packed runs cut short": (runs([20, 30], "o"), "'counts' ends within a number", ""),
    "an unknown shape": (labelme({"shape_type": "cuboid"}), "type 'cuboid'; polygon, rectang", ""),
    "no shape": (labelme(3), "shape 1: expected a table; received 3", ""),
    "no mask": (labelme(PASTED | {"mask": 3}), "'mask' is not a picture in base64", ""),
    "no picture": (labelme(PASTED | {"mask": "AAAA"}), "'mask': this is not a picture", ""),
    "no size of labelme's": (labelme(BOX, imageWidth="30"), "size 20 x '30'", ""),
    "no shapes": (labelme(BOX, shapes=1), "'shapes' is not a list", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", REGIONS)
def test_regions_that_cannot_be_used_are_refused(case, root):
    content, *words = REGIONS[case]
    path = root.parent / "regions.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    line = refused({"path": str(root), "regions": str(path)})
    for word in words:
        assert word in line
