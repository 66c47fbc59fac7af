"""A page in Japanese: no English is left, and English figures where a font is missing."""

import html
import json
import pickle
import re

import pytest

from cam_augment import compare, report, run_study
from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.report import (
    answers,
    drawing,
    language,
    parts,
    queries,
)
from cam_augment.report.contents import Report
from cam_augment.report.figures import fonts
from cam_augment.report.language import say, speaking
from tests.profiles import MEASURED, example_profile
from tests.spoken import PROFILES, Undrawn, files_of, script_texts

# Names of strategies, data, networks, methods, measures, files, keys and options.
ALLOWED = """
masks notes product regions baseline predictors probe FILE CAM Grad gradcam layercam target
predicted
Pearson Spearman Kendall Wasserstein Hellinger Jensen Shannon Holm KL SSIM IoU RMS CSV LaTeX SVG PNG
PDF nat Shift Enter Backspace Escape Delete mnist json toml csv report only plan profile example
JPEG keras small_cnn cam_layer group concepts names arcs
"""


def english_in(text: str) -> list[str]:
    """Return the words in Latin letters that are no names of anything."""
    text = re.sub(r"[\w.-]+\.(csv|json|toml|js)\b", " ", text)
    result = re.findall(r"[A-Za-z][A-Za-z_]+", text.replace("-\n", ""))
    return [line for line in result if line not in {*MEASURED, *ALLOWED.split()}]


def words_of(page: str) -> str:
    """Return what a page says, to eye and ear; the provenance of its numbers apart."""
    page = re.sub(r"<(script|style|code|kbd)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r'<table id="table-(provenance|maps)".*?</table>', " ", page, flags=re.DOTALL)
    heard = re.findall(r'(?:alt|aria-label|data-title|title)="([^"]*)"', page)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", page.replace("<wbr>", "")), *heard]))


HOSTILE_NAMES = "|".join([
    r"<script>alert\(1\)</script>", r"of \$x_1\$", "esrever", "out of memory <b>",
    "last_convolution", r"<img src=x[^<]*?(…|>)", r"\.\./outs\S*", "</script><b>",
])  # fmt: skip


@pytest.mark.parametrize("name", PROFILES)
def test_no_english_is_left_on_the_page(name):
    page = files_of(PROFILES[name], "ja")["report.html"]
    assert '<html lang="ja">' in page
    assert english_in(re.sub(HOSTILE_NAMES, " ", words_of(page))) == []


def test_no_english_is_left_in_markdown():
    text = files_of(PROFILES["masked"], "ja")["profile.md"].split("来歴")[0]
    text = re.sub(r"\]\(\w+\.svg\)", "]", text).replace("\\", "")
    text = re.sub(r"### マップの作り方.*?###", "", text, flags=re.DOTALL)
    assert english_in(text) == []


def test_no_english_is_left_in_the_figures():
    from matplotlib.text import Text

    from cam_augment.report.figures.sizes import PAGE
    from cam_augment.report.figures.style import report_style

    parts.discover()
    with speaking("ja"), report_style():
        report = Report(PROFILES["masked"], Undrawn())
        figures = [part for part in report.parts if isinstance(part, parts.Figure)]
        drawn = {part.name: part.draw(PAGE) for part in figures}
    assert len(drawn) > 6
    for name, figure in drawn.items():
        said = [text.get_text() for text in figure.findobj(Text)]
        assert english_in(" | ".join(said)) == [], name


def test_what_programs_and_papers_read_stays_english():
    english, japanese = (files_of(PROFILES["masked"], language) for language in ("en", "ja"))
    assert set(english) == set(japanese)
    same = {name for name in english if english[name] == japanese[name]}
    assert set(english) - same == {"report.html", "profile.md"}


def test_english_needs_no_catalogue():
    page = files_of(PROFILES["plain"], "en")["report.html"]
    assert '<html lang="en">' in page
    assert "data-texts" not in page
    assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", page)
    assert say("Best epoch") == "Best epoch"


def test_the_script_finds_its_texts_on_the_page():
    page = files_of(PROFILES["plain"], "ja")["report.html"]
    texts = json.loads(html.unescape(re.search(r'data-texts="([^"]*)"', page)[1]))
    assert set(texts) == script_texts()


def test_the_script_speaks_japanese(browser, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(files_of(PROFILES["plain"], "ja")["report.html"], "utf-8")
    browser.get(f"{page.as_uri()}#attention")
    arms = len(MEASURED) + 1
    status = browser.find_element("css selector", "#gallery-status").text
    assert status == f"画像 10 枚中 10 枚、{arms} 群中 {arms} 群を表示。"
    browser.find_element("css selector", ".mark").click()
    browser.find_element("css selector", "#drawing-add").click()
    said = browser.find_element("css selector", "#drawing-status").text
    assert re.fullmatch(r"追加した（1：領域、長方形、\d+ × \d+ 画素、位置 \d+, \d+）。", said)


def test_answers_carry_the_same_numbers():
    profile = PROFILES["masked"]
    english = answers.answers(profile)
    with speaking("ja"):
        japanese = answers.answers(profile)
    for left, right in zip(english, japanese, strict=True):
        for a, b in zip(left.answers, right.answers, strict=True):
            numbers = [re.findall(r"[−+]?\d+\.\d+", answer.sentence) for answer in (a, b)]
            assert sorted(numbers[0]) == sorted(numbers[1])
            assert a.finding == b.finding


# ---- asking for a language


def test_an_unknown_language_is_refused_in_one_line(tmp_path, capsys):
    expected = (
        "language: received 'jp'. Did you mean 'ja'? Allowed: en, ja, or several, parted by commas"
    )
    with pytest.raises(InputError) as refused:
        report.write(example_profile(), tmp_path / "out", "jp")
    assert str(refused.value) == expected
    with pytest.raises(InputError, match="language: received"):
        run_study("quickstart", tmp_path / "out", store=tmp_path / "store", language="jp")
    with pytest.raises(InputError, match="language: received"):
        compare({}, None, None, baseline="a", language="jp")
    options = ["--language", "jp", "--out", str(tmp_path / "out"), "--store", str(tmp_path / "s")]
    assert main(options) == 2
    assert capsys.readouterr().err == f"error: {expected}\n"
    assert not list(tmp_path.iterdir())


def test_a_language_ends_where_it_began():
    with pytest.raises(RuntimeError), speaking("ja"):
        raise RuntimeError
    assert language.current_language() == "en"
    assert queries.noise(example_profile()) == "seeds"


# ---- fonts


def test_without_a_font_figures_stay_english_and_one_line_says_so(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "families", lambda language: ())  # noqa: ARG005
    monkeypatch.setattr(fonts, "_search", lambda language: None)  # noqa: ARG005
    fonts.warn_of_none("ja")
    assert len(caplog.messages) == 1
    assert "figures stay in English" in caplog.messages[0]
    drawn = []
    with speaking("ja"):
        from cam_augment.report.figures import style

        def draw():
            drawn.append(say("Validation losses."))
            return style.canvas(1, 1)

        style.bytes_of(draw)
        assert say("Validation losses.") == "検証損失。"
    assert drawn == ["Validation losses."]


def test_english_asks_for_no_font(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "families", lambda language: ())  # noqa: ARG005
    fonts.warn_of_none("en")
    assert fonts.drawable("en") == "en"
    assert not caplog.messages


def test_helpers_draw_in_the_language_of_the_page(monkeypatch):
    from cam_augment.report.figures import style

    said = []
    monkeypatch.setattr(style.fonts, "drawable", lambda language: said.append(language) or "en")
    parts.discover()
    task = pickle.dumps((PROFILES["plain"], "ja", ("svg",)))
    assert drawing._draw("gains", task)
    assert said == ["ja"]
