"""A forecast in lines of text: what was understood, what is done, what to expect."""

from cam_augment.plan import Plan
from cam_augment.records.forecast import ArmRuns, Duration, Forecast, Part, SearchForecast
from cam_augment.report.overview import data_lines
from cam_augment.report.sentences import notice
from cam_augment.statistics.significance import is_significant

PARTS = {
    "baseline": "baselines",
    "screening": "screening",
    "growth": "growth",
    "final": "finals",
    "confirmation": "confirmation",
}


def text(forecast: Forecast) -> str:
    """Return what a dry run prints, the line on what is decided last."""
    done, to_ask = forecast.done, forecast.to_ask
    more = f", {to_ask} trained and to be asked more" if to_ask else ""
    lines = [
        *data_lines(forecast.data),
        "",
        f"plan {forecast.plan.name}: {_models(forecast)}, {done} done{more}",
        *map(_arm, forecast.arms),
        _time(forecast.duration),
        *_design(forecast),
        *_gains(forecast),
        *(f"WARNING: {notice(note)}" for note in forecast.notices),
        decision(forecast),
    ]
    return "\n".join(lines)


def decision(forecast: Forecast) -> str:
    """Return in one line what the study will decide, and what it takes."""
    work = f"{_models(forecast)}, {_span(forecast.duration)}"
    least, noise = forecast.least_gain, forecast.noise
    if least is None or noise is None:
        return f"decides by {forecast.plan.gain}; {work}"
    if forecast.decides:
        return f"decides: finds gains from about {100 * least:.1f} points; {work}"
    return (
        f"decides nothing: gains below about {100 * least:.1f} points are not found, and "
        f"{100 * noise.room:.1f} are left to gain: add models or test images, or take "
        f"harder data; {work}"
    )


def search_text(forecast: SearchForecast) -> str:
    """Return what the dry run of a search prints, what it takes in all last."""
    plan, parts = forecast.plan, forecast.parts
    count = len(forecast.strategies)
    more = f", {forecast.to_ask} trained and to be asked more" if forecast.to_ask else ""
    most = sum(part.least for part in parts), sum(part.most for part in parts)
    strategies = f"{count} {'strategy' if count == 1 else 'strategies'}"
    lines = [
        *data_lines(forecast.data),
        "",
        f"plan {plan.name}: a search for a pipeline of {strategies} by {plan.gain} on "
        f"{len(forecast.data.validation.judged_labels):,} validation images{more}",
        *map(_part, parts),
        _time(forecast.duration),
        f"searches: {_span_of(*most)} models, {_span(forecast.duration)}; proposes at most one "
        "pipeline and holds it on fresh seeds",
    ]
    return "\n".join(lines)


def _part(part: Part) -> str:
    done = "" if part.done is None else f"done: {part.done}"
    return f"  {PARTS[part.name]:<24} models: {_span_of(part.least, part.most):<12} {done}".rstrip()


def _models(forecast: Forecast) -> str:
    return f"{_span_of(*forecast.models)} models"


def _span_of(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _arm(arm: ArmRuns) -> str:
    done, missing = (" ".join(map(str, seeds)) or "-" for seeds in (arm.done, arm.missing))
    return f"  {arm.label:<24} done: {done:<12} missing: {missing}"


def _span(duration: Duration) -> str:
    minutes = dict.fromkeys(f"{minutes:.1f}" for minutes in (duration.least, duration.most))
    return f"about {' to '.join(minutes)} min"


def _time(duration: Duration) -> str:
    source = (
        "measured on the runs done" if duration.measured else "a rough guess: no run measured yet"
    )
    return (
        f"time: {_span(duration)} on {duration.workers} workers ({duration.seconds:.1f} s a model, "
        f"{source})"
    )


def _design(forecast: Forecast) -> list[str]:
    """Return the smallest p that the plan's design can reach, with a warning above alpha."""
    plan, corrected = forecast.plan, forecast.corrected_p
    lines = [
        f"smallest p: {forecast.smallest_p:.2g} for {plan.baselines} baselines and {plan.seeds} "
        f"seeds{_folds(plan)}; {'at best' if plan.correction == 'bh' else 'at worst'} "
        f"{corrected:.2g} after {plan.correction} over {plan.family} "
        f"{'strategy' if plan.family == 1 else 'strategies'}"
    ]
    alpha = plan.stages[0].alpha
    if not is_significant(corrected, alpha):
        lines.append(
            f"WARNING: this design cannot be sure to reach p <= {alpha:g}: add seeds or "
            f"baselines, {'take fewer folds, ' if plan.folds else ''}or ask of fewer strategies"
        )
    return lines


def _folds(plan: Plan) -> str:
    return "" if plan.folds is None else f" in {plan.folds} folds"


def _gains(forecast: Forecast) -> list[str]:
    """Return which gains each stage finds, where the seeds' noise is known."""
    noise = forecast.noise
    if noise is None or not forecast.reaches:
        return []
    gains = ", ".join(
        f"{100 * gain:.2f} points by {stage.models} + {stage.baselines} models (alpha "
        f"{stage.alpha:g})"
        for stage, gain in forecast.reaches
    )
    source = f"{noise.models} baselines" if noise.models else "a guess: too few baselines are done"
    return [
        f"gains found with power .8: {gains}; at a seed noise of {100 * noise.sd:.2f} points "
        f"({source})"
    ]
