"""The catalogue of Japanese texts: each English text has its counterpart, and none is left over."""

import ast
import re
from pathlib import Path

from cam_augment.registry import CORRUPTIONS, METRICS, STRATEGIES
from cam_augment.report import language, naming, parts, phrases, price, prose, rules, words
from cam_augment.report.tables import search, stages
from cam_augment.statistics.scoring import SCORES
from tests.spoken import ROOM, files_of, scored, script_texts

TEXTS = dict(language.pairs(language.tables("ja")))


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
    for module in (phrases, prose, rules):
        said |= constants(module)
    said |= set(prose.TERMS) | kept_in(price.MISTAKES)
    said |= {text for m in METRICS.values() for text in (m.heading, m.unit) if text}
    said |= of_corruptions() | of_strategies()
    said |= kept_in(naming.SCALARS) | of_scores() | set(stages.REASONS.values())
    said |= kept_in(search.ROLES) | kept_in(search.FATES) | kept_in(search.PHASES)
    for question in naming.QUESTIONS.values():
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
