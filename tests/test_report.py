"""What a report says: every part in every format, hostile names, warnings first."""

import base64
import csv
import hashlib
import io
import json
import re
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from cam_augment.plan.margins import Margins
from cam_augment.records import Notice, Verdict
from cam_augment.registry import METRICS
from cam_augment.report import files, naming, words, write
from cam_augment.report.contents import Report
from cam_augment.report.figures import cards
from cam_augment.report.figures.gallery import gallery
from cam_augment.report.formats.html import html
from cam_augment.report.parts import Figure, Table, discover
from cam_augment.report.rules import control
from cam_augment.report.rules import rules as rules_of
from cam_augment.report.tables import errors
from tests.profiles import HOSTILE, MEASURED, example_profile, troubled_profile

REQUIRED = [
    "strategy", "verdict", "runs", "gain", "gain_low", "gain_high", "gain_p", "excess_shift",
    "excess_shift_p", "centroid_shift", "entropy_change", "spread_change", "spread_p",
    "focus_change", "focus_p", "agreement_change", "degenerate_share",
]  # fmt: skip


def parts_of(profile, kind):
    discover()
    return [part for part in Report(profile).parts if isinstance(part, kind)]


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_all_formats_of_every_part_are_written(report):
    names = {path.name for path in report.iterdir()}
    assert {"report.html", "profile.json", "profile.md", "profile.csv", "plan.toml"} < names
    assert {"provenance.json", files.MANIFEST} < names
    for part in parts_of(example_profile(), Table):
        assert {f"{part.name}.csv", f"{part.name}.tex"} < names
    for part in parts_of(example_profile(), Figure):
        assert f"{part.name}.svg" in names
        assert f"{part.name}.pdf" not in names


def test_profile_csv_has_the_promised_columns_in_order(report):
    header = (report / "profile.csv").read_text().splitlines()[0].split(",")
    assert header[: len(REQUIRED)] == REQUIRED
    rows = rows_of(report / "profile.csv")
    assert [row["strategy"] for row in rows] == list(MEASURED)
    rotation = rows[1]
    assert rotation["verdict"] == "adopt"
    assert rotation["runs"] == "4"
    assert rotation["gain"] == "0.0077"
    assert rotation["gain_p"] == rotation["smallest_p"] == "0.0020202"
    assert rotation["excess_shift"] == "0.013"
    assert rotation["focus_change"] == rotation["focus_p"] == ""


def test_frame_equals_the_csv_file(report):
    frame = example_profile().to_frame()
    assert list(frame.columns[: len(REQUIRED)]) == REQUIRED
    read = rows_of(report / "profile.csv")
    assert frame["gain"].tolist() == pytest.approx([float(row["gain"]) for row in read])
    assert frame["focus_change"].isna().all()


def test_missing_values_are_empty_cells_and_dashes(troubled):
    rows = {row["strategy"]: row for row in rows_of(troubled / "profile.csv")}
    assert rows["rotation"]["excess_shift"] == rows["rotation"]["excess_shift_p"] == ""
    assert rows["zoom"]["spread_change"] == rows["zoom"]["focus_change"] == ""
    assert rows["shear"]["focus_change"] != ""
    for path in troubled.glob("*.csv"):
        assert not re.search(r"(^|,)(nan|None|inf)(,|$)", path.read_text(), re.M), path.name


def test_html_escapes_names_and_asks_nobody(troubled):
    page = (troubled / "report.html").read_text("utf-8")
    assert page.count("<script") == 1
    assert page.count("</script") == 1
    assert "&lt;script&gt;alert(1)" in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "out of memory &lt;b&gt;" in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:|#)""", page)
    assert "default-src 'none'" in page


def test_names_of_classes_name_no_file(report, troubled):
    outside = [path.name for path in troubled.parent.iterdir()]
    assert outside == [troubled.name]
    extra = {path.name for path in troubled.rglob("*")} - {path.name for path in report.rglob("*")}
    assert not any(word in name for name in extra for word in ("script", "img", "outside", "50"))


def test_the_policy_of_the_page_allows_its_one_script_and_no_other(report):
    page = (report / "report.html").read_text("utf-8")
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL)[1]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert f"script-src 'sha256-{hashed}'" in allowed
    assert "unsafe-eval" not in allowed
    script = script.replace("http://www.w3.org/2000/svg", "")  # the name of a space, no address
    assert not re.search(r"\beval\b|new Function|https?:|innerHTML|fetch\(|XMLHttp", script)


def test_large_photographs_are_shown_small_and_keep_their_own_size():
    picture = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    profile = example_profile()
    image = base64.b64encode(buffer.getvalue()).decode()
    probes = tuple(p.model_copy(update={"image": image}) for p in profile.probes[:2])
    shown = gallery(profile.model_copy(update={"probes": probes})).gallery()
    for card in shown.cards:
        png = base64.b64decode(card.image.partition(",")[2])
        assert Image.open(io.BytesIO(png)).size == (256, 192)
        assert (card.rows, card.columns) == (300, 400)


@pytest.mark.usefixtures("no_figures")
def test_a_page_of_too_many_images_leaves_some_out_and_says_so(monkeypatch):
    whole = gallery(example_profile()).gallery()
    assert not whole.left_out
    assert "not on this page" not in html(Report(example_profile()))
    monkeypatch.setattr(cards, "MOST_BYTES", 150_000)
    part = gallery(example_profile()).gallery()
    count = len(part.cards)
    assert 0 < count < 10
    assert part.cards == whole.cards[:count]
    said = f"{10 - count} more are in profile.json but not on this page."
    assert part.left_out == said
    assert said in html(Report(example_profile()))


def test_confused_pairs_are_the_largest_cells_beside_the_diagonal():
    counts = {
        "baseline": ((5.0, 3.0, 2.0), (0.5, 9.5, 0.0), (0.0, 4.0, 6.0)),
        "identity": ((9.0, 1.0, 0.0), (0.0, 10.0, 0.0), (0.0, 0.0, 10.0)),
    }
    profile = example_profile().model_copy(update={"confusion": counts, "classes": tuple("abc")})
    rows = errors.confused(profile).records()
    assert [row["arm"] for row in rows] == ["baseline", "identity"]
    first, second = rows
    pairs = [(first[f"true_class_{i}"], first[f"predicted_class_{i}"]) for i in (1, 2, 3)]
    assert pairs == [("c", "b"), ("a", "b"), ("a", "c")]
    assert [first[f"images_{i}"] for i in (1, 2, 3)] == [4.0, 3.0, 2.0]
    assert (second["images_1"], second["of_1"], second["change_1"]) == (1.0, 10.0, -2.0)
    assert second["images_2"] is None
    texts = [view.text(second) for view in errors.confused(profile).views]
    assert texts == ["identity", "a → b: 1.0 of 10 (−2.0)", "–", "–"]


def test_class_scores_agree_with_another_program():
    from sklearn.metrics import precision_recall_fscore_support

    rng = np.random.default_rng(4)
    true, decision = rng.integers(0, 4, (2, 300))
    matrix = np.zeros((4, 4))
    np.add.at(matrix, (true, decision), 1)
    confusion = {"baseline": tuple(map(tuple, matrix)), "identity": tuple(map(tuple, 2 * matrix))}
    profile = example_profile().model_copy(
        update={"confusion": confusion, "classes": tuple("abcd")}
    )
    rows = errors.class_scores(profile).records()
    expected = precision_recall_fscore_support(true, decision)
    for arm in ("baseline", "identity"):
        result = [[row[name] for row in rows if row["arm"] == arm]
                 for name in ("precision", "recall", "f1")]  # fmt: skip
        np.testing.assert_allclose(result, expected[:3], rtol=1e-12)
    assert {row["f1_change"] for row in rows} == {0.0}


def test_a_class_that_is_nowhere_has_no_scores():
    confusion = {"baseline": ((3.0, 0.0), (0.0, 0.0))}
    profile = example_profile().model_copy(update={"confusion": confusion, "classes": ("a", "b")})
    row = errors.class_scores(profile).records()[1]
    assert [row[name] for name in ("precision", "recall", "f1")] == [None] * 3


def test_markdown_escapes_names(troubled):
    text = (troubled / "profile.md").read_text("utf-8")
    assert "<script" not in text
    assert "<b>" not in text
    for table in re.findall(r"(?:^\|.*\|$\n)+", text, re.M):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1


@pytest.mark.parametrize("profile", [example_profile(), troubled_profile()], ids=["good", "bad"])
def test_every_part_says_what_it_shows(profile):
    for part in parts_of(profile, (Table, Figure)):
        assert part.title
        assert len(part.caption) > 20 or isinstance(part, Table)
        if isinstance(part, Figure):
            assert len(part.alt) > 20


def test_names_of_parts_differ():
    names = [part.name for part in parts_of(example_profile(), (Table, Figure))]
    names = [*names, "report"]
    assert len(set(names)) == len(names)


def test_rules_name_this_plans_numbers():
    text = " ".join(rules_of(example_profile()).paragraphs)
    assert "0.05" in text
    assert "Holm" in text
    assert "can reach is 0.002, after correction at worst 0.018" in text  # nine beside the control


def test_the_no_op_control_is_checked():
    profile = example_profile()
    assert "as it must" in control(profile)
    strategies = tuple(
        s.model_copy(update={"verdict": "not quiet"}) if s.strategy == "identity" else s
        for s in profile.strategies
    )
    assert "Control failed" in control(profile.model_copy(update={"strategies": strategies}))


def test_rules_name_the_margins_of_the_plan():
    profile = example_profile(masked=True)
    margins = Margins.parse("gain=0.0125,class=0.03,focus=0.1")
    wide = profile.model_copy(update={"plan": profile.plan.model_copy(update={"margins": margins})})
    rules = rules_of(wide)
    assert "a gain of 1.25 points is worth having, and 3 points are what a" in rules.paragraphs[0]
    texts = dict(rules.points)
    assert list(texts) == [v for v in get_args(Verdict) if v != "not quiet"]
    assert "focus surely falls by more than 10\N{NO-BREAK SPACE}% of" in texts["trade-off"]
    assert "the cost rises beyond noise" in texts["trade-off"]
    plain = dict(rules_of(example_profile()).points)
    assert "focus" not in plain["trade-off"]
    assert "cost" not in plain["trade-off"]


def test_a_page_of_old_verdicts_says_so():
    old = example_profile()
    strategies = tuple(
        s.model_copy(update={"verdict": None, "old_verdict": "care", "next_step": None,
                             "reasons": (Notice.of("attention.moves"),)})
        for s in old.strategies
    )  # fmt: skip
    old = old.model_copy(update={"strategies": strategies})
    discover()
    report = Report(old)
    assert "These verdicts are by earlier rules" in rules_of(old).paragraphs[0]
    assert rules_of(old).points == ()
    (verdicts,) = (part for part in report.tables if part.name == "verdicts")
    assert verdicts.views[1].title == "Verdict by earlier rules"
    assert {verdicts.views[1].text(row) for row in verdicts.records()} == {"◆ care"}
    assert {row["verdict"] for row in verdicts.records()} == {None}
    assert "Control failed" in control(old)


def test_warnings_and_missing_runs_come_first(troubled):
    page = (troubled / "report.html").read_text("utf-8")
    first = page.partition("</header>")[0]
    assert "made under different keras" in first
    assert "rotation #3" in first


def test_an_almost_empty_profile_is_reported(tmp_path):
    profile = example_profile().model_copy(
        update={
            "effects": (), "class_gains": (), "correlations": (), "points": {}, "models": (),
            "distance": (), "linkage": (), "chance": {}, "validity": {}, "curves": (), "checks": (),
            "within": (),
            "confusion": {}, "probes": (), "provenance": {},
        }
    )  # fmt: skip
    write(profile, tmp_path / "bare")
    assert 'id="decision"' in (tmp_path / "bare" / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("no_figures")
def test_an_image_that_is_no_png_is_left_out():
    profile = example_profile()
    bad = profile.probes[0].model_copy(update={"image": '");}</style>'})
    changed = profile.model_copy(update={"probes": (bad, *profile.probes[1:3])})
    page = html(Report(changed.model_copy(update={"curves": ()})))
    assert '");}' not in page
    assert page.count('<article class="probe"') == 2


def test_provenance_json_is_the_profiles(report):
    assert json.loads((report / "provenance.json").read_text()) == example_profile().provenance


def test_hostile_names_are_made_visible():
    shown = [words.visible(name) for name in HOSTILE]
    assert shown[1] == "a␇b␊| c"
    assert shown[3] == "\N{REPLACEMENT CHARACTER}esrever"
    assert troubled_profile().to_frame().shape[0] == len(MEASURED)


def test_a_metric_of_another_package_has_its_own_title_and_unit(monkeypatch):
    entries = dict(METRICS._entries) if len(METRICS) else {}
    monkeypatch.setattr(METRICS, "_entries", entries)
    METRICS.add(compares="maps", better="lower", optimum=0, title="how\nfar", unit="steps")(max)
    METRICS.add(compares="mask", better="lower", scale=100, digits=0)(min)
    question = naming.question("excess_shift.max")
    assert (question.name, question.head, question.unit) == (
        "excess shift by how far",
        "how\nfar",
        "steps",
    )
    assert naming.metric_unit("max") == "steps"
    question = naming.question("min")
    assert (question.name, question.unit, question.write(0.1234)) == ("change of min", "", "+12")
    assert naming.metric_unit("min") == "distance"
