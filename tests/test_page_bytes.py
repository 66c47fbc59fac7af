"""What makes a page small: drawings and panels in few bytes, looking as before."""

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cam_augment.report.figures import style
from cam_augment.report.figures.panels import (
    SIDE,
    contrast,
    difference_uri,
    edges_uri,
    enlarge,
    over,
)
from cam_augment.report.formats.svg import compact, inline

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def drawing() -> style.Drawing:
    figure = style.canvas(2, 2)
    axes = style.place(figure, 0.3, 0.3, 1.5, 1.5)
    axes.plot([0, 1.23456, 3], [0.0001, 2, 1.1], "o-")
    axes.set_title("a 'title' & <more> \"words\" 100 %")
    axes.text(1, 1, "turned", rotation=30)
    return figure


@pytest.fixture(scope="module")
def svg() -> bytes:
    return style.bytes_of(drawing, ["svg"])["svg"]


def elements(text: str) -> list[ElementTree.Element]:
    """What is drawn, in order; metadata draw nothing."""
    return [part for part in ElementTree.fromstring(text).iter() if "svg}" in part.tag
            and not part.tag.endswith("metadata")]  # fmt: skip


def places(part: ElementTree.Element) -> list[float]:
    texts = (part.get(name, "") for name in ("d", "x", "y", "transform", "width", "viewBox"))
    return [float(number) for text in texts for number in NUMBERS.findall(text)]


def test_a_drawing_keeps_its_elements_and_their_places(svg):
    before, after = elements(svg.decode()), elements(compact(svg.decode()))
    assert [part.tag for part in after] == [part.tag for part in before]
    assert [part.get("style") for part in after] == [part.get("style") for part in before]
    for old, new in zip(before, after, strict=True):
        assert places(new) == pytest.approx(places(old), abs=0.00501)
    assert len(before) > 50


def test_factors_keep_their_digits():
    assert "scale(0.015625)" in compact('<svg><g transform="scale(0.015625)"/></svg>')


def test_links_within_a_drawing_lead_to_the_same_elements(svg):
    def targets(text: str) -> list[list[float]]:
        named = {part.get("id"): part for part in elements(text)}
        links = re.findall(r'(?:href="|url\()#([^")]*)', text)
        return [places(named[link]) for link in links]

    assert len(targets(svg.decode())) > 10
    for old, new in zip(targets(svg.decode()), targets(compact(svg.decode())), strict=True):
        assert new == pytest.approx(old, abs=0.00501)


def test_the_text_of_a_drawing_in_a_page_is_text(svg):
    element = inline(svg, "d1-", 'a "line" & <dots>')
    root = ElementTree.fromstring(element.replace("xlink:", ""))
    assert root.get("aria-label") == 'a "line" & <dots>'
    texts = [part.text for part in root.iter("text")]
    assert "a 'title' & <more> \"words\" 100 %" in texts
    assert "turned" in texts


def test_a_drawing_changes_nothing_else_of_its_page(svg):
    element = inline(svg, "d1-", "")
    assert "<style" not in element
    assert "stroke-linejoin: round" in element
    names = [
        part.get("id") for part in ElementTree.fromstring(element.replace("xlink:", "")).iter()
    ]
    assert [name for name in names if name]
    assert all(name.startswith("d1-") for name in names if name)
    assert len(element) < 0.75 * len(svg)


PAGES = sorted(Path(__file__).parents[1].glob("results/*/report*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_published_pages_are_small_enough_to_send(page):
    assert page.stat().st_size < 5e6


def picture(uri: str) -> np.ndarray:
    """Return an image of a data URI, float [row, column, red to opacity] in 0..1."""
    content = base64.b64decode(uri.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA")) / 255


def test_a_difference_and_edges_over_it_look_as_one_picture():
    generator = np.random.default_rng(3)
    change, edges = generator.normal(size=(7, 7)), generator.random((SIDE, SIDE))
    panel = picture(difference_uri(change, 2.0, SIDE))[..., :3]
    expected = contrast(change, 2.0, edges)
    assert over(panel, picture(edges_uri(edges))) == pytest.approx(expected, abs=0.03)


def test_where_nothing_changes_a_difference_has_no_colour():
    panel = picture(difference_uri(np.zeros((7, 7)), 1.0))
    assert np.ptp(panel[..., :3]) < 0.01
    assert (panel[..., 3] == 1).all()


def test_a_difference_takes_little_room():
    smooth = enlarge(np.random.default_rng(5).normal(size=(3, 3)), 7, 7)
    assert len(difference_uri(smooth, 1.0)) < 1400
