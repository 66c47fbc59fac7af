"""Figures in the sizes of papers: their width, their texts, and that nothing meets or is cut."""

import re
import shutil
import subprocess
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, load_profile
from cam_augment.report import contents, write
from cam_augment.report.contents import Report
from cam_augment.report.figures import fonts, style
from cam_augment.report.figures.clouds import plane_of
from cam_augment.report.figures.sizes import COLUMN, HEIGHT, PAGE, SMALL, fit, text_width
from cam_augment.report.figures.style import Drawing
from cam_augment.report.language import speaking
from cam_augment.report.model_shifts import shifts_of_models
from cam_augment.report.parts import FIGURES, discover
from tests import bare, drawn
from tests.profiles import example_profile, few_drawings

RESULTS = Path(__file__).parent.parent / "results"
LONG = "random_crop:0.8+rotation:30+zoom:0.25+random_erasing:0.9,probability=1"


def with_a_long_name(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile in which a strategy has a name that fits no figure, and a class, too."""
    text = profile.model_dump_json().replace('"random_erasing"', f'"{LONG}"')
    return ImpactProfile.model_validate_json(
        text.replace('"label":"0"', '"label":"' + 30 * "x" + '"')
    )


def check(profile: ImpactProfile) -> None:
    """Draw every figure of a profile's report in both sizes, and look at it."""
    discover()
    for figure in Report(profile).figures:
        for size in (COLUMN, PAGE):
            drawing = drawn.draw(figure, size)
            place = f"{figure.name}, {size.name}"
            assert drawing.get_size_inches()[0] == size.width, place
            assert drawing.get_size_inches()[1] <= HEIGHT + 0.01, place
            assert drawn.smallest(drawing) >= 7, place
            assert drawn.clipped(drawing) == [], place
            assert drawn.overlapping(drawing) == [], place
            assert drawn.crossed_panels(drawing) == [], place


def test_figures_are_legible_in_both_sizes_with_long_names():
    check(with_a_long_name(example_profile(masked=True)))


def test_figures_are_legible_with_31_strategies():
    profile = load_profile(RESULTS / "sweep-mnist")
    assert len(profile.strategies) == 31
    check(profile.model_copy(update={"probes": profile.probes[:2]}))


def test_figures_are_legible_in_japanese():
    if fonts.drawable("ja") != "ja":
        pytest.skip("no font for Japanese is installed")
    with speaking("ja"):
        check(example_profile(masked=True))


def test_the_audit_sees_what_is_cut_small_or_on_top_of_something():
    """The checks above can fail: a drawing with every fault has all of them."""

    class Faulty:
        name = "faulty"

        def draw(self, size) -> Drawing:
            drawing = style.canvas(size.width, 2)
            style.place(drawing, 0.5, 0.5, 1, 1)
            style.place(drawing, 1.2, 0.5, 1, 1)
            drawing.text(0.5, 0.5, "on top", fontsize=6)
            drawing.text(0.5, 0.5, "of each other")
            drawing.text(0.99, 0.9, "cut off")
            return drawing

    drawing = drawn.draw(Faulty(), COLUMN)
    assert drawn.smallest(drawing) == 6
    assert drawn.clipped(drawing) == ["cut off"]
    assert ("on top", "of each other") in drawn.overlapping(drawing)
    assert drawn.crossed_panels(drawing) == [(0, 1)]


def test_pdfs_have_the_widths_of_papers_and_truetype_fonts(tmp_path, monkeypatch):
    discover()
    shown = [entry for entry in FIGURES if entry.make.__name__ in ("gains", "impact_profile")]
    monkeypatch.setattr(contents, "FIGURES", shown)
    profile = few_drawings(example_profile())
    write(profile, tmp_path, figures="pdf")
    assert sorted(path.name for path in tmp_path.glob("*.pdf")) == [
        f"{name}-{size.name}.pdf" for name in ("gains", "impact_profile") for size in (COLUMN, PAGE)
    ]
    for path in tmp_path.glob("*.pdf"):
        content = path.read_bytes()
        box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ", content)
        width = 3.3 if path.stem.endswith("-column") else 7.0
        assert float(box[1]) == pytest.approx(72 * width, abs=0.5), path.name
        assert b"/Type3" not in content + b"".join(streams(content)), path.name
    if shutil.which("pdffonts"):
        for path in tmp_path.glob("*-column.pdf"):
            words = ["pdffonts", str(path)]
            listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            assert "TrueType" in listed, path.name
            assert "Type 3" not in listed, path.name
    bare.write(profile, tmp_path)  # without them they go
    assert not list(tmp_path.glob("*.pdf"))


def streams(content: bytes):
    """Yield what is packed in a PDF."""
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompress(packed)


# ---- names


@pytest.mark.parametrize("name", [LONG, "左右反転と回転とコントラスト", "x" * 90, "a_b:c+d e"])
@pytest.mark.parametrize("width", [0.5, 1.1, 2.5])
def test_names_fit_their_places_and_keep_both_ends(name, width):
    with style.report_style():
        label = fit(name, width)
        assert all(text_width(line) <= width + 1e-9 for line in label.split("\n"))
        assert label.count("\n") <= 1
        name, label = (text.replace(" ", "") for text in (name, label.replace("\n", "")))
        head, _, tail = label.partition("…")
        assert name.startswith(head)
        assert name.endswith(tail)
        assert ("…" in label) == (label != name)


def test_widths_of_texts_are_those_that_matplotlib_draws():
    from matplotlib.textpath import TextPath

    with style.report_style():
        for text in ("rotation:30", "+1.45 [+0.50, +2.40]", "mean distance of maps"):
            drawn_width = TextPath((0, 0), text, SMALL).get_extents().width / 72
            assert text_width(text, SMALL) == pytest.approx(drawn_width, rel=0.06)


# ---- what is drawn


@pytest.mark.parametrize("study", ["quickstart", "pneumonia", "sweep-mnist"])
def test_the_shares_of_single_models_have_the_excess_shift_as_their_mean(study):
    profile = load_profile(RESULTS / study)
    stage = {stop.strategy: stop.stage for stop in profile.stages}
    for strategy in profile.strategies:
        name = strategy.strategy
        if stage.get(name, 1) > 1:  # a shift may be that of an earlier stage
            continue
        estimate = profile.effect(name, profile.plan.primary_question).estimate
        assert np.mean(shifts_of_models(profile, name)) == pytest.approx(estimate, abs=1e-6)
    assert np.mean(shifts_of_models(profile, BASELINE)) == pytest.approx(0, abs=1e-9)


def test_distances_of_a_plane_come_back_without_stress():
    places = np.random.default_rng(3).normal(size=(12, 2)) * (3, 1)
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    plane = plane_of(distance)
    again = np.linalg.norm(plane.places[:, None] - plane.places[None], axis=2)
    assert again == pytest.approx(distance, abs=0.02)
    assert plane.stress < 0.01
    assert plane.places[:, 0].std() > plane.places[:, 1].std()


def test_a_plane_is_at_least_as_good_as_that_of_scikit_learn():
    from sklearn.manifold import MDS

    distance = np.array(load_profile(RESULTS / "quickstart").distance)
    np.fill_diagonal(distance, 0)
    settings = {"metric": "precomputed", "init": "classical_mds", "n_init": 1}
    oracle = MDS(normalized_stress=True, **settings)
    oracle.fit(distance)
    assert plane_of(distance).stress == pytest.approx(oracle.stress_, abs=2e-3)


def test_distances_that_no_plane_holds_have_stress():
    assert plane_of(1 - np.eye(9)).stress > 0.2


def test_without_all_distances_there_is_no_plane():
    distance = 1 - np.eye(4)
    distance[1, 2] = distance[2, 1] = np.nan
    assert plane_of(distance) is None
    assert plane_of(np.zeros((4, 4))) is None
    assert plane_of(1 - np.eye(2)) is None


def test_an_svg_does_not_depend_on_the_fonts_that_are_installed(monkeypatch):
    def words():
        figure = style.canvas(2, 1)
        figure.text(0.1, 0.5, "words")
        return figure

    drawn = style.bytes_of(words, ["svg"])["svg"]
    assert b"sans-serif" in drawn
    monkeypatch.setattr(fonts, "families", lambda _: ("Some Gothic",))
    assert style.bytes_of(words, ["svg"])["svg"] == drawn
