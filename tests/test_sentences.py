"""Sentences on verdicts, reasons, next steps and curves, in two languages; none made elsewhere."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cam_augment import report
from cam_augment.impact.judging import judge
from cam_augment.impact.predictions.curves import reading
from cam_augment.records import (
    Curve,
    Notice,
    StrategyProfile,
    old_texts,
)
from cam_augment.records.claims import Claims, Judgement
from cam_augment.report import phrases, sentences
from cam_augment.report.language import speaking
from tests.bilingual import in_both
from tests.profiles import example_profile
from tests.test_judging import every_claim

NUMBERS = {
    "estimate": 0.0123, "low": 0.0045, "high": 0.0201, "bound_low": 0.0051, "bound_high": 0.0187,
    "margin": 0.005, "loss": -0.041, "loss_low": -0.062, "loss_high": -0.023, "hit": 0.12,
    "chance": 0.1, "place": 1, "there": 0.6, "p": 0.004, "contrary": True, "smallest_gain": 0.03,
    "share": 0.02, "name": "a, b's", "score": "accuracy",
}  # fmt: skip

NOTHING_MEASURED = {"low": None, "high": None, "bound_low": None, "bound_high": None}


def judgements() -> list[Judgement]:
    """Every verdict with every set of reasons that any claims lead to."""
    base = Claims(models=2, leaks=0.1, control_p=0.001, early=True)
    claims = [*every_claim(), base, replace(base, gain="gains")]
    claims += [replace(base, control=True, gain=gain) for gain in (None, "gains", "within noise")]
    result = {}
    for claim in claims:
        judgement = judge(claim)
        codes = tuple(reason.code for reason in judgement.reasons)
        result[judgement.verdict, judgement.rule, codes] = judgement
    return list(result.values())


def profiled(judgement: Judgement, step: Notice, **numbers) -> StrategyProfile:
    """Return the profile of a strategy with a verdict, its reasons with numbers."""
    reasons = tuple(
        Notice(code=reason.code, values=NUMBERS | numbers | reason.values | {"name": "a, b's"})
        for reason in judgement.reasons
    )
    return example_profile().strategies[0].model_copy(
        update={"verdict": judgement.verdict, "rule": judgement.rule, "reasons": reasons,
                "notes": judgement.notes, "next_step": step}
    )  # fmt: skip


@pytest.mark.parametrize("numbers", [{}, NOTHING_MEASURED], ids=["numbers", "none"])
def test_every_verdict_can_be_told_in_both_languages(numbers):
    for judgement in judgements():
        strategy = profiled(judgement, Notice.of("step.none"), **numbers)
        english, _ = in_both(lambda strategy=strategy: sentences.sentence(strategy))
        assert english.startswith(f"{judgement.verdict}: ")
        in_both(lambda strategy=strategy: " ".join(sentences.notes(strategy)))
        assert in_both(lambda strategy=strategy: sentences.next_step(example_profile(), strategy))[
            0
        ].endswith(".")


def test_what_speaks_against_a_gain_is_parted_from_it():
    step = Notice.of("step.none")
    price = judge(Claims(gain="gains", surely=("a",), cost="loses"))
    assert " points [0.45, 2.01], but class 'a, b's' loses more" in sentences.sentence(
        profiled(price, step)
    )
    doubt = judge(Claims(gain="gains", leaks=0.02))
    assert ", but 2" in sentences.sentence(profiled(doubt, step))
    assert ", but" not in sentences.sentence(profiled(judge(Claims(gain="gains")), step))


def test_every_reason_and_note_is_given_by_some_claims():
    verdicts = judgements()
    assert {r.code for judgement in verdicts for r in judgement.reasons} == set(phrases.REASONS)
    assert {n.code for judgement in verdicts for n in judgement.notes} == set(phrases.NOTES)
    assert {judgement.verdict for judgement in verdicts} == set(phrases.ACTIONS)


STEPS = [
    (Notice.of("step.together", strategies=3), "Use it; 3 strategies were tested one by one"),
    (Notice.of("step.models", more=1), "About 1 more model, with"),
    (Notice.of("step.models", more=6), "About 6 more models, with"),
    (Notice.of("step.images", now=2500, then=6000), "about 6,000 in place of 2,500"),
    (Notice.of("step.class_images", name="a, b's", now=90, then=260), "of class 'a, b's', about 2"),
    (Notice.of("step.images of groups", now=640, then=2290, now_groups="80", then_groups="287",
               kind="groups"), "of other groups, about 2,290 of 287 in place of 640 of 80"),
    (Notice.of("step.class_images of groups", name="a, b's", now=90, then=260, kind="sequences"),
     "of class 'a, b's' of other sequences, about 260 in place of 90"),
    (Notice.of("step.class_few", name="a, b's", now=1), "of class 'a, b's' of other parts"),
    (Notice.of("step.few_images", now=12), "from the 12 there are"),
    (Notice.of("step.at_margin", times=20), "20 times the test images would not decide"),
    (Notice.of("step.leaks", share=0.02), "2\N{NO-BREAK SPACE}% of the test images"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "words"), STEPS)
def test_every_next_step_can_be_told_in_both_languages(step, words):
    strategy = profiled(judge(Claims()), step)
    assert words in in_both(lambda: sentences.next_step(example_profile(), strategy))[0]
    assert {step.code for step, _ in STEPS} == set(phrases.STEPS)


@pytest.mark.parametrize("code", phrases.OLD_REASONS)
@pytest.mark.parametrize("contrary", [True, False])
def test_reasons_of_old_verdicts_can_still_be_told(code, contrary):
    notice = Notice(code=code, values=NUMBERS | {"contrary": contrary})
    strategy = example_profile().strategies[0].model_copy(
        update={"verdict": None, "old_verdict": "care", "reasons": (notice,), "next_step": None}
    )  # fmt: skip
    assert in_both(lambda: sentences.sentence(strategy))[0].startswith("care: ")
    assert sentences.next_step(example_profile(), strategy) == ""


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        ([1, 0.5, 0.6],
         "overfits: validation loss is lowest at epoch 2 and 20 % higher at the end"),
        ([1, 0.5, 0.4], "no overfitting: validation loss is lowest at the last epoch"),
        ([1, 0.5, 0.501],
         "no overfitting: validation loss is lowest at epoch 2 and level from there"),
    ],
)  # fmt: skip
def test_curves_are_read_in_both_languages(loss, text):
    curve = Curve(
        strategy="zoom", loss=loss, accuracy=loss, validation_loss=loss, validation_accuracy=loss,
        best_epoch=int(np.argmin(loss)) + 1, reading=reading(np.array(loss)),
    )  # fmt: skip
    assert sentences.reading(curve).replace("\N{NO-BREAK SPACE}", " ") == text
    with speaking("ja"):
        assert not re.search("[A-Za-z]", sentences.reading(curve))


# ---- nowhere else


BELOW = ("impact", "questions", "records", "statistics", "metrics", "training", "architectures",
         "cams", "search", "strategies", "study")  # fmt: skip

NO_SENTENCES = {  # what they write is for a message
    "InputError", "Raise", "info", "warn", "warning",
}  # fmt: skip


def sentences_in(node: ast.AST):
    """Yield the texts of five words or more that are no docstring and no message of an error."""
    for child in ast.iter_child_nodes(node):
        function = getattr(child, "func", None)
        name = getattr(function, "attr", getattr(function, "id", type(child).__name__))
        if name in NO_SENTENCES or (isinstance(child, ast.Expr) and is_text(child.value)):
            continue
        parts = child.values if isinstance(child, ast.JoinedStr) else [child]
        text = " ".join(part.value for part in parts if is_text(part))
        if sum(bool(re.search("[A-Za-z]{2,}", word)) for word in text.split()) >= 5:
            yield text
        elif not isinstance(child, ast.JoinedStr):
            yield from sentences_in(child)


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_sentence_is_made_below_the_report():
    package = Path(report.__file__).parent.parent
    before = Path(old_texts.__file__)  # the sentences that profiles held
    paths = [path for room in BELOW for path in (package / room).rglob("*.py") if path != before]
    assert len(paths) > 50
    by_file = {str(path): list(sentences_in(ast.parse(path.read_text("utf-8")))) for path in paths}
    assert {name: texts for name, texts in by_file.items() if texts} == {}


def test_a_sentence_may_be_asked_of_a_strategy_for_one_version_longer():
    strategy = example_profile().strategies[0]
    with pytest.warns(DeprecationWarning, match=r"use cam_augment\.report\.sentence"):
        assert strategy.sentence == report.sentence(strategy)
    assert report.sentence(strategy, "ja").startswith("静穏：")
