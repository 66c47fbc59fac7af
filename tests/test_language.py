"""The report in Japanese: complete, true to its English, and English where it must be."""

import ast
import html
import json
import pickle
import re
from pathlib import Path

import pytest

from cam_augment import compare, report, run_study
from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.records import Notice
from cam_augment.registry import CORRUPTIONS, METRICS, STRATEGIES
from cam_augment.report import (
    answers,
    drawing,
    language,
    parts,
    phrases,
    price,
    prose,
    queries,
    render,
    words,
)
from cam_augment.report.contents import Report
from cam_augment.report.figures import fonts
from cam_augment.report.language import say, speaking
from cam_augment.report.tables import search, stages
from cam_augment.statistics.scoring import SCORES
from tests.bare import BLANK
from tests.profiles import MEASURED, SPLIT_NOISE, example_profile, troubled_profile

ROOM = Path(report.__file__).parent
TEXTS = dict(language.pairs(language.tables("ja")))


class Undrawn(drawing.Helpers):
    """Stands in for the figures where only the page's words are looked at."""

    def draw(self, parts, meanwhile=None):  # noqa: ARG002
        return {part.name: {".svg": BLANK} for part in parts}


def files_of(profile, spoken: str) -> dict[str, str]:
    """Return the report's files but for its drawings."""
    parts.discover()
    with speaking(spoken):
        files = render._files(Report(profile, Undrawn()))
    return {
        name: data.decode() for name, data in files.items() if not name.endswith((".svg", ".pdf"))
    }


def folded():
    """A profile of cross-validation, the control failed, families judged, nothing drawn."""
    profile = example_profile(masked=True)
    failed = {"verdict": "avoid", "beyond_noise": True, "reasons": (Notice.of("cost.unknown"),)}
    return profile.model_copy(
        update={
            "plan": profile.plan.model_copy(update={"folds": 4}),
            "split_noise": SPLIT_NOISE,
            "strategies": (
                profile.strategies[0].model_copy(update=failed), *profile.strategies[1:],
            ),
            "gain_prediction": profile.gain_prediction.model_copy(update={"by_family": True}),
            "faithful": (), "probes": (), "curves": (),
        }
    )  # fmt: skip


def moderated():
    """A profile whose numbers of every run were tested with moderated variances."""
    profile = example_profile(masked=True)
    effects = tuple(
        e if e.question.startswith(("excess_shift", "agreement"))
        else e.model_copy(update={"relabelling_p": e.p})
        for e in profile.effects
    )  # fmt: skip
    return profile.model_copy(update={"effects": effects})


def scored(name: str = "recall_at_fpr:0.01"):
    """A profile whose gains are in another score than accuracy."""
    profile = example_profile()
    strategies = tuple(
        s.model_copy(
            update={
                "reasons": tuple(Notice(code=r.code, values=r.values | {"score": name})
                                 if "score" in r.values else r for r in s.reasons)
            }
        )
        for s in profile.strategies
    )  # fmt: skip
    return profile.model_copy(
        update={
            "plan": profile.plan.model_copy(update={"gain": name}),
            "points": profile.points | {name: profile.points["accuracy"]},
            "strategies": strategies,
        }
    )


PROFILES = {
    "scored": scored(),
    "plain": example_profile(),
    "moderated": moderated(),
    "masked": example_profile(masked=True),
    "troubled": troubled_profile(),
    "folded": folded(),
}


# ---- the catalogue


def literals(node) -> list[str]:
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def said_in(path: Path) -> set[str]:
    """Return the texts that a module gives to ``say`` or ``count`` as they stand."""
    result = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        if name == "say":
            result.update(literals(node.args[0]))
        elif name == "count" and len(node.args) > 1:
            one, *many = [text for argument in node.args[1:] for text in literals(argument)]
            result |= {f"{{count}} {one}", f"{{count}} {(many or [one + 's'])[0]}"}
    return result


def said_on_the_page() -> set[str]:
    texts = set()
    for path in (ROOM / "page").glob("*.j2"):
        for call in re.findall(r'say\((".*?")(?:, \w+=|\))', path.read_text("utf-8")):
            texts |= set(re.findall(r'"([^"]*)"', call)) - {"misread"}
    return texts | script_texts()


def script_texts() -> set[str]:
    """Return the texts of the page's scripts."""
    scripts = [path.read_text("utf-8") for path in (ROOM / "page").glob("*.js")]
    return {text for script in scripts for text in re.findall(r'translated\(\s*"([^"]*)"', script)}


def kept_in(values) -> set[str]:
    """Return the texts of a constant: a text, or a container of them."""
    if isinstance(values, str):
        return {values}
    values = values.values() if isinstance(values, dict) else values
    return set().union(*map(kept_in, values)) if isinstance(values, (tuple, list)) or hasattr(
        values, "__iter__") else set()  # fmt: skip


def constants(module) -> set[str]:
    values = {name: value for name, value in vars(module).items() if name.isupper()}
    return set().union(*(kept_in(v) for v in values.values() if isinstance(v, (str, dict, tuple))))


NAMES = {  # of people and of measures: the same in every language
    "1 − IoU", "1 − SSIM", "1 − cos", "1 − r", "1 − ρ", "1 − τ", "Benjamini–Hochberg", "Holm",
    "Hellinger", "Jensen-Shannon", "Kendall", "Pearson", "SSIM", "Spearman", "Wasser-\nstein",
}  # fmt: skip


def of_scores() -> set[str]:
    """Return the words for scores."""
    texts = {t for s in SCORES.values() for t in (s.title, s.head, s.gain, s.unit)}
    return texts - {"AUROC"}


def of_corruptions() -> set[str]:
    """Return the names of corruptions and of their families."""
    names = {entry.name.replace("_", " ") for entry in CORRUPTIONS.values()}
    return names | {entry.family for entry in CORRUPTIONS.values()}


POLICIES = {"aug mix", "cutmix", "grid mask", "mixup", "rand augment", "trivial augment"}


def of_strategies() -> set[str]:
    """Return the strategies' names in words; published policies keep theirs in any language."""
    packaged = {
        e.name for e in STRATEGIES.values() if e.function.__module__.startswith("cam_augment.")
    }
    return {name.replace("_", " ") for name in packaged} - POLICIES


def test_every_text_has_its_counterpart():
    said = said_on_the_page() | set(parts.SECTIONS.values()) | set(words.VERDICTS)
    for path in ROOM.rglob("*.py"):
        if path.parent.name != "paper":  # papers are English
            said |= said_in(path)
    for module in (phrases, prose):
        said |= constants(module)
    said |= set(prose.TERMS) | kept_in(price.MISTAKES)
    said |= {text for m in METRICS.values() for text in (m.heading, m.unit) if text}
    said |= of_corruptions() | of_strategies()
    said |= kept_in(words.SCALARS) | of_scores() | set(stages.REASONS.values())
    said |= kept_in(search.ROLES) | kept_in(search.FATES) | kept_in(search.PHASES)
    for question in words.QUESTIONS.values():
        said |= {question.name, question.head, question.unit, question.group}
    assert said - set(TEXTS) - NAMES == set()


def test_nothing_is_kept_that_is_not_said():
    source = "".join(path.read_text("utf-8") for path in ROOM.rglob("*.py"))
    source = re.sub(r'"\s*\n\s*"', "", source)  # texts that are broken over lines
    source += "".join(path.read_text("utf-8") for path in (ROOM / "page").iterdir())
    composed = {f"{row}{column}".strip() for row in ("top ", "", "bottom ")
            for column in ("left", "centre", "right")}  # fmt: skip
    composed |= of_scores()
    composed |= {text for m in METRICS.values() for text in (m.heading, m.unit)}
    composed |= {"cam", "layer", "target", "grid", "images", "marked_images", "outlined_images"}
    composed |= {"outputs", "passed_over"} | of_corruptions() | of_strategies()
    for text in set(TEXTS) - composed:
        plain = text.removeprefix("{count} ").replace("\n", "\\n")
        singular = plain.removesuffix("s")
        assert f'"{plain}"' in source or f'"{singular}"' in source or plain in source, text


def test_fields_are_the_same_on_both_sides():
    for text, other in TEXTS.items():
        fields = [sorted(set(re.findall(r"\{[^{}]*\}", side))) for side in (text, other)]
        assert fields[0] == fields[1]
        assert other == other.strip()


def test_the_style_is_one():
    for _, other in TEXTS.items():
        assert not re.search("です[。が]|ます。|ません|ました|でしょう|有意", other), other


def test_no_text_stands_twice():
    tables = language.tables("ja")
    texts = [text for table in tables.values() for text, _ in language.pairs(table)]
    assert len(texts) == len(set(texts))


def test_the_score_that_decides_is_named_where_gains_are():
    english, japanese = (files_of(scored(), language) for language in ("en", "ja"))
    for words_, files in (("recall at FPR 0.01", english),
                          ("過検出率 0.01 での再現率", japanese)):  # fmt: skip
        page = files["profile.md"]
        assert page.lower().count(words_.lower()) >= 10  # head, reasons, captions
    assert "gain in accuracy" not in english["profile.md"].replace("the gain in accuracy", "")


# ---- the page


# Names of strategies, data, networks, methods, measures, files, keys and options.
ALLOWED = """
masks notes product regions baseline predictors probe FILE CAM Grad gradcam layercam target
predicted
Pearson Spearman Kendall Wasserstein Hellinger Jensen Shannon Holm KL SSIM IoU RMS CSV LaTeX SVG PNG
PDF nat Shift Enter Backspace Escape Delete mnist json toml csv report only plan profile example
keras small_cnn cam_layer group
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
