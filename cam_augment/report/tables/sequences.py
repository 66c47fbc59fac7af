"""How steady maps and predictions are from frame to frame of the probe sequences."""

from functools import partial
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile, Steadiness
from cam_augment.report import naming, phrases, queries, words
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import beyond, interval
from cam_augment.report.values import fill
from cam_augment.report.words import is_known, percent, visible

NUMBERS = ("estimate", "low", "high", "p_adjusted", "finding")
ENDS = ("", "_low", "_high", "_p_adjusted", "_finding")


@table("sequences", 1)
def sequences(profile: ImpactProfile) -> Table | None:
    """Flicker, flips, how they go together, and whether attention follows what is marked."""
    record = profile.steadiness
    if record is None or not record.pairs:
        return None
    tested = {effect.question for effect in profile.effects}
    questions = [question for question in naming.FROM_FRAME_TO_FRAME if question in tested]

    def row(arm: str) -> tuple[Any, ...]:
        effects = [profile.effect(arm, question) for question in questions]
        means = [queries.mean(profile, question, arm) for question in questions]
        numbers = [
            value
            for mean, effect in zip(means, effects, strict=True)
            for value in (mean, *(getattr(effect, name) for name in NUMBERS))
        ]
        return arm, *numbers

    return Table(
        name="sequences",
        title=say(phrases.STEADINESS_TITLE),
        caption=_caption(profile, record, questions),
        columns=("strategy", *(f"{q}{end}" for q in questions for end in ("_mean", *ENDS))),
        rows=tuple(map(row, profile.arms)),
        views=(
            View(say("Strategy"), lambda row: _arm(row["strategy"]), kind="word"),
            *map(_view, questions),
            View(say("In words"), partial(_in_words, questions), kind="sentence"),
        ),
        cards=True,
    )


def _caption(profile: ImpactProfile, record: Steadiness, questions: list[str]) -> str:
    left_out = [
        fill(phrases.PAIRS_LEFT_OUT[kind], {"count": count})
        for kind in phrases.PAIRS_LEFT_OUT
        if (count := getattr(record, kind))
    ]
    fields = {"pairs": f"{record.marked:,}", "whole": percent(1.0, 0)}
    following = say(phrases.FOLLOWING_CAPTION, **fields)
    return sentences(
        say(
            phrases.STEADINESS_CAPTION,
            sequences=f"{record.sequences:,}",
            pairs=f"{record.pairs:,}",
            metric=naming.metric_name(record.metric),
            unit=naming.metric_unit(record.metric),
            even=percent(0.5, 0),
        ),
        following if "following" in questions else "",
        say(phrases.PREDICTED_TARGET) if profile.plan.cam_target == "predicted" else "",
        *left_out,
    )


def _arm(arm: str) -> str:
    return say("baselines") if arm == BASELINE else visible(arm)


def _view(question: str) -> View:
    entry = naming.question(question)
    title = say("{name}, %", name=entry.name) if entry.unit == say("points") else entry.name

    def text(row: Row) -> str:
        if row["strategy"] == BASELINE:
            return _level(question, row[f"{question}_mean"])
        return interval(row, question, entry.write)

    return View(title[0].upper() + title[1:], text, beyond(f"{question}_finding"))


def _level(question: str, value: float | None) -> str:
    return words.number(value) if question == "flicker" else percent(value)


def _in_words(questions: list[str], row: Row) -> str:
    if row["strategy"] == BASELINE:
        return _of_baselines(row)
    changes = [
        say(texts[row[f"{question}_finding"]])
        for question, texts in phrases.STEADINESS.items()
        if question in questions and row[f"{question}_finding"] in texts
    ]
    return sentences(*changes) if changes else say(phrases.STEADINESS_UNCHANGED)


def _of_baselines(row: Row) -> str:
    texts = phrases.STEADINESS_BASELINES
    together, following = (row.get(f"{q}_mean") for q in ("flicker_at_flips", "following"))
    lines = []
    if row.get("flips_mean") == 0:
        lines.append(say(texts["never"]))
    if is_known(together):
        lines.append(say(texts["together"], share=percent(together, 0)))
    if is_known(following):
        lines.append(say(texts["following"], share=percent(following, 0)))
    return sentences(*lines)
