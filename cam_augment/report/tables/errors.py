"""Errors by class: the most confused pairs, precision and recall, the confusion matrix."""

from functools import partial
from typing import Any

from cam_augment.plan import BASELINE
from cam_augment.records import ImpactProfile
from cam_augment.report import words
from cam_augment.report.language import say
from cam_augment.report.parts import Row, Table, View, table
from cam_augment.report.tables.cells import of_strategy
from cam_augment.report.words import number, percent, points, visible

RANKS = ("Most", "Second", "Third")
PAIRS = len(RANKS)  # of each arm

Matrix = tuple[tuple[float, ...], ...]


def _arms(profile: ImpactProfile) -> list[tuple[str, Matrix]]:
    return [(arm, profile.confusion[arm]) for arm in profile.arms if profile.confusion.get(arm)]


@table("classes", 10)
def confused(profile: ImpactProfile) -> Table | None:
    """The pairs of classes that each arm confuses most."""
    if not any(len(matrix) > 1 for _, matrix in _arms(profile)):
        return None
    fields = ("true_class", "predicted_class", "images", "of", "baseline_images", "change")
    ranks = range(1, PAIRS + 1)
    shown = max(len(_pairs(profile, matrix)) for _, matrix in _arms(profile))

    def row(arm: str, matrix: Matrix) -> tuple[Any, ...]:
        pairs = [*_pairs(profile, matrix), *[(None,) * len(fields)] * PAIRS]
        return arm, *(value for pair in pairs[:PAIRS] for value in pair)

    return Table(
        name="confused",
        title=say("The most confused pairs"),
        caption=say(
            "True class → the class that it is taken for: so many of the true class' test images, "
            "mean over the arm's models. In brackets the change from the baselines' number; above "
            "0: more errors. No test stands behind these numbers."
        ),
        columns=("arm", *(f"{field}_{rank}" for rank in ranks for field in fields)),
        rows=tuple(row(arm, matrix) for arm, matrix in _arms(profile)),
        views=(
            of_strategy("arm"),
            *(
                View(say(title), partial(_pair, rank=rank), kind="word")
                for rank, title in list(zip(ranks, RANKS, strict=True))[:shown]
            ),
        ),
        cards=True,
    )


def _pairs(profile: ImpactProfile, matrix: Matrix) -> list[tuple[Any, ...]]:
    """Return the most confused pairs, most first; of equal ones the earlier classes."""
    reference = profile.confusion.get(BASELINE)
    cells = [
        (count, true, predicted)
        for true, counts in enumerate(matrix)
        for predicted, count in enumerate(counts)
        if true != predicted and words.is_known(count) and count > 0
    ]

    def pair(count: float, true: int, predicted: int) -> tuple[Any, ...]:
        before = reference[true][predicted] if reference else None
        change = count - before if words.is_known(before) else None
        return (
            profile.classes[true],
            profile.classes[predicted],
            count,
            sum(matrix[true]),
            before,
            change,
        )

    by_count = sorted(cells, key=lambda cell: (-cell[0], *cell[1:]))
    return [pair(*cell) for cell in by_count[:PAIRS]]


def _pair(row: Row, rank: int) -> str:
    if not words.is_known(row[f"images_{rank}"]):
        return words.DASH
    true, predicted = (visible(row[f"{name}_class_{rank}"]) for name in ("true", "predicted"))
    change = row[f"change_{rank}"]
    images, of = number(row[f"images_{rank}"], 1), f"{row[f'of_{rank}']:.0f}"
    text = say(
        "{true} → {taken}: {images} of {all}", true=true, taken=predicted, images=images, all=of
    )
    if row["arm"] == BASELINE or not words.is_known(change):
        return text
    return f"{text} ({number(change, 1, True)})"


@table("classes", 20)
def class_scores(profile: ImpactProfile) -> Table | None:
    """Precision, recall and F1 of every class under every arm."""
    if not _arms(profile):
        return None
    scores = {arm: [_scores(matrix, i) for i in range(len(matrix))] for arm, matrix in
              _arms(profile)}  # fmt: skip
    reference = scores.get(BASELINE)

    def row(arm: str, place: int) -> tuple[Any, ...]:
        images, precision, recall, f1 = scores[arm][place]
        before = reference[place][3] if reference else None
        change = f1 - before if words.is_known(f1) and words.is_known(before) else None
        return arm, profile.classes[place], images, precision, recall, f1, change

    return Table(
        name="class_scores",
        title=say("Precision, recall and F1 of every class"),
        caption=say(
            "On the test images, of the counts of an arm's models put together. Precision: of "
            "the images that are taken for the class, how many are of it. Recall: of the class' "
            "images, how many are found. F1: their harmonic mean; its change from the baselines "
            "in percentage points. No test stands behind these numbers."
        ),
        columns=("arm", "class", "images", "precision", "recall", "f1", "f1_change"),
        rows=tuple(row(arm, place) for arm in scores for place in range(len(scores[arm]))),
        views=(
            of_strategy("arm"),
            View(say("Class"), lambda r: visible(r["class"]), kind="word"),
            View(say("Test images"), lambda r: number(r["images"], 0)),
            View(say("Precision"), lambda r: percent(r["precision"])),
            View(say("Recall"), lambda r: percent(r["recall"])),
            View(say("F1"), lambda r: percent(r["f1"])),
            View(
                say("F1, change"),
                lambda r: words.DASH if r["arm"] == BASELINE else points(r["f1_change"], 1),
            ),
        ),
        folded=True,
    )


def _scores(matrix: Matrix, place: int) -> tuple[float, float | None, float | None, float | None]:
    """Return images, precision, recall and F1 of a class; None where there is nothing to divide.

    >>> _scores(((8, 2), (1, 9)), 0)
    (10, 0.8888888888888888, 0.8, 0.8421052631578947)
    """
    right, images = matrix[place][place], sum(matrix[place])
    predictions = sum(row[place] for row in matrix)
    return (
        images,
        right / predictions if predictions else None,
        right / images if images else None,
        2 * right / (images + predictions) if images + predictions else None,
    )


@table("classes", 30)
def confusion(profile: ImpactProfile) -> Table | None:
    """The confusion matrix of the baselines."""
    matrix = profile.confusion.get(BASELINE)
    if not matrix:
        return None
    names = tuple(f"class_{i}" for i in range(len(profile.classes)))

    return Table(
        name="confusion",
        title=say("What the baselines take for what"),
        caption=say(
            "Rows: the true class; columns: the predicted one; in percent of the row's test "
            "images, mean over the baselines. On the diagonal: recall."
        ),
        columns=("position", "true_class", "images", *names),
        rows=tuple((i, profile.classes[i], sum(row), *row) for i, row in enumerate(matrix)),
        views=(
            View(say("True class"), lambda r: visible(r["true_class"]), kind="word"),
            *(
                View(visible(name), partial(_cell, column=column), partial(_mark, column=column))
                for column, name in zip(names, profile.classes, strict=True)
            ),
        ),
        folded=True,
    )


def _cell(row: Row, column: str) -> str:
    return percent(row[column] / row["images"] if row["images"] else None)


def _mark(row: Row, column: str) -> str:
    if column == f"class_{row['position']}":
        return "diagonal"
    return "" if row["images"] and row[column] / row["images"] >= 0.02 else "faint"
