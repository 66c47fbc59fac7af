"""Gains on corrupted images: a panel for all corruptions and one a family, a row a strategy."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import Key, verdict_keys
from cam_augment.report.figures.marks import summary
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say, sentences
from cam_augment.report.parts import Figure, figure
from cam_augment.report.tables.robustness import ALL, families, heading, practised

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BESIDE = {False: 6, True: 3}  # panels beside each other, by whether the drawing is narrow
TICKS = {False: 3, True: 2}  # of an axis, at most, less one
MOST = 30  # strategies whose gains by family a narrow drawing has room for
STAR = "*"
Columns = dict[str, list[Effect]]  # question to the effects of the strategies, row by row


@figure("robustness", 0)
def robust_gains(profile: ImpactProfile) -> Figure | None:
    """The gain on corrupted images, over all corruptions and by family."""
    record, columns = profile.robustness, _columns(profile)
    if record is None or not any(words.is_known(e.estimate) for e in columns[ALL]):
        return None
    return Figure(
        name="robust_gains",
        title=say("Where the gain lasts on corrupted images"),
        caption=_caption(profile, naming.score(record.score)),
        alt=say(
            "Gains on corrupted images in percentage points: {gains}.",
            gains=say("; ").join(
                _sentence(columns, row)
                for row, effect in enumerate(columns[ALL])
                if words.is_known(effect.estimate)
            ),
        ),
        draw=partial(_draw, profile, columns),
    )


def _caption(profile: ImpactProfile, score: str) -> str:
    caption = say(
        "What each strategy gains in {score} on corrupted test images, in percentage points "
        "and on one scale: over all corruptions, then by family. The mark is the gain, the "
        "line its {interval}; filled: beyond seed noise, hollow: within it. Star: the strategy "
        "changes training images likewise, so a gain there is no surprise; the other families "
        "say whether it carries over. Shape and colour: the verdict, which is on images as "
        "they are.",
        score=score,
        interval=queries.interval(profile),
    )
    if len(profile.strategies) <= MOST:
        return caption
    return sentences(caption, say("In a paper's column: over all corruptions alone."))


def _columns(profile: ImpactProfile) -> Columns:
    questions = [ALL, *(f"{ALL}.{family}" for family in families(profile))]
    names = [s.strategy for s in queries.ranked(profile)]
    return {question: [profile.effect(name, question) for name in names] for question in questions}


def _sentence(columns: Columns, row: int) -> str:
    effect = columns[ALL][row]
    beyond = [
        say("{family} {gain}", family=say(_family(question)), gain=_points(effects[row]))
        for question, effects in columns.items()
        if question != ALL and effects[row].beyond_noise
    ]
    strategy, gain = words.visible(effect.strategy), _points(effect)
    if not beyond:
        return say("{strategy} {gain}", strategy=strategy, gain=gain)
    return say(
        "{strategy} {gain} (beyond seed noise: {families})",
        strategy=strategy,
        gain=gain,
        families=words.listing(beyond),
    )


def _family(question: str) -> str:
    return question.removeprefix(f"{ALL}.")


def _points(effect: Effect) -> str:
    return words.points(effect.estimate, digits=1)


def _draw(profile: ImpactProfile, columns: Columns, size: Size) -> style.Drawing:
    verdicts = queries.verdicts(profile)
    names = [effect.strategy for effect in columns[ALL]]
    if size.is_narrow and len(names) > MOST:
        columns = {ALL: columns[ALL]}
    stars = {
        question: [_family(question) in practised(profile, name) for name in names]
        for question in columns
    }
    keys = verdict_keys(verdicts[name] for name in names)
    if any(map(any, stars.values())):
        keys.append(Key(say("practised in training"), style.INK, STAR))
    panels = [Panel(say("All, points") if q == ALL else heading(_family(q))) for q in columns]
    labels = [words.visible(name) for name in names]
    drawing, every_axes = row_panels(size, labels, panels, keys, BESIDE[size.is_narrow])
    limits = _limits([effect for effects in columns.values() for effect in effects])
    for axes, (question, effects) in zip(every_axes, columns.items(), strict=True):
        _scale(axes, limits, TICKS[size.is_narrow])
        for row, effect in enumerate(effects):
            summary(axes, row, effect, verdicts[effect.strategy], 100)
        _mark(axes, stars[question])
    return drawing


def _limits(effects: Sequence[Effect]) -> tuple[float, float]:
    """Return the ends of the one scale, in points."""
    ends = [
        100 * end
        for effect in effects
        for end in (effect.estimate, effect.low, effect.high)
        if words.is_known(end)
    ]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    width = (high - low) or 1.0
    return low - 0.06 * width, high + 0.06 * width


def _scale(axes: "Axes", limits: tuple[float, float], ticks: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(limits)
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)


def _mark(axes: "Axes", stars: Sequence[bool]) -> None:
    """Draw a star right of the rows whose strategy has practised the family."""
    for row, has_star in enumerate(stars):
        if has_star:
            axes.plot(
                1.06, row, STAR, color=style.INK, ms=4.5, mew=0, clip_on=False,
                transform=axes.get_yaxis_transform(),
            )  # fmt: skip
