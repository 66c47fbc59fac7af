"""Excess shift: every model, the mean and its interval, strategy by strategy."""

from functools import partial

from cam_augment.plan import BASELINE
from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import naming, queries, words
from cam_augment.report.figures import style
from cam_augment.report.figures.keys import verdict_keys
from cam_augment.report.figures.marks import dots, summary
from cam_augment.report.figures.rows import Panel, row_panels
from cam_augment.report.figures.sizes import Size
from cam_augment.report.language import say
from cam_augment.report.model_shifts import shifts_of_models
from cam_augment.report.parts import Figure, figure


@figure("paper", 2)
def excess_shift(profile: ImpactProfile) -> Figure | None:
    """How far each strategy moves attention beyond seeds, with raw points."""
    effects = [effect for effect in _effects(profile) if words.is_known(effect.estimate)]
    if not effects:
        return None
    return Figure(
        name="excess_shift",
        title=say("How far each strategy moves attention"),
        caption=say(
            "Excess shift E = 2C − F − W ({unit}): how much farther a strategy's maps lie from the "
            "baselines' than seeds alone explain; 0 is not at all. A ring is one trained model's "
            "share, of which E is the mean; the mark is E, the line its {level} interval over "
            "models and probe images; filled: beyond seed noise by p and interval, hollow: not. "
            "Grey band: from the least to the greatest baseline. Shape and colour: the verdict.",
            unit=naming.metric_unit(profile.plan.primary),
            level=queries.level(profile),
        ),
        alt=say(
            "Excess shift of attention by strategy: {values}.",
            values=say("; ").join(
                f"{words.visible(e.strategy)} {words.number(e.estimate)}" for e in effects
            ),
        ),
        draw=partial(_draw, profile),
    )


def _effects(profile: ImpactProfile) -> list[Effect]:
    question = queries.primary(profile)
    return [profile.effect(s.strategy, question) for s in queries.ranked(profile)]


def _draw(profile: ImpactProfile, size: Size) -> style.Drawing:
    effects, verdicts = _effects(profile), queries.verdicts(profile)
    texts = [
        [*map(_numbers, effects)],
        [words.number(effect.estimate) for effect in effects],
    ]
    label = say(
        "excess shift E of attention ({unit})", unit=naming.metric_unit(profile.plan.primary)
    )
    names = [words.visible(effect.strategy) for effect in effects]
    keys = verdict_keys(verdicts.values())
    drawing, (axes,) = row_panels(size, [*names, say("baseline")], [Panel(label, texts)], keys)
    baselines = shifts_of_models(profile, BASELINE)
    if baselines:
        axes.axvspan(min(baselines), max(baselines), color=style.BAND, lw=0, zorder=0)
    axes.axvline(0, color=style.INK, lw=0.8, zorder=1)
    for row, arm in enumerate([*(effect.strategy for effect in effects), BASELINE]):
        dots(axes, row, shifts_of_models(profile, arm))
    for row, effect in enumerate(effects):
        summary(axes, row, effect, verdicts[effect.strategy])
    return drawing


def _numbers(effect: Effect) -> str:
    return f"{words.number(effect.estimate)} {words.span(effect.low, effect.high)}"
