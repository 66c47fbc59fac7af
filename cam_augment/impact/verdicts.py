"""The verdict on each strategy, by ``rules``, and its sentence, with its numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import Attention
from cam_augment.impact.predictions.gains import WorstClass
from cam_augment.impact.rules import Findings, verdict
from cam_augment.impact.scalars import LEAST_RUNS, known
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.plan import BASELINE
from cam_augment.records import Effect, Pointing, StrategyProfile, Verdict
from cam_augment.statistics import smallest_adjusted_p, smallest_difference
from cam_augment.statistics.significance import is_significant

POWER = 0.8


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on, with its numbers.

    Attributes:
        gain, shift, spread, focus: effects; an empty one was not measured.
        worst: the class that loses most. smallest_gain: what the design can see.
        missed: classes whose marked regions attention does not follow in most images.
        saving: of cost; None where the plan has no costs.
    """

    gain: Effect
    shift: Effect
    spread: Effect
    focus: Effect
    worst: WorstClass | None
    smallest_gain: float | None
    missed: Sequence[Pointing] = ()
    saving: Effect | None = None

    @property
    def findings(self) -> Findings:
        """What the rules look at."""
        return Findings(
            gain=self.gain.finding,
            shift=self.shift.finding,
            focus=self.focus.finding,
            worst=self.worst.finding if self.worst else None,
            saving=self.saving.finding if self.saving else None,
            missed=bool(self.missed),
        )

    @property
    def verdict(self) -> Verdict:
        return verdict(self.findings)

    @property
    def gains(self) -> bool:
        return self.gain.finding == "gains"

    @property
    def loses(self) -> bool:
        return self.gain.finding == "loses"

    @property
    def saves(self) -> bool:
        return self.findings.saving == "gains"

    @property
    def costs_more(self) -> bool:
        return self.findings.saving == "loses"

    @property
    def focus_falls(self) -> bool:
        return self.focus.finding == "falls"

    @property
    def class_loses(self) -> bool:
        return self.findings.worst == "loses"


def sentence(found: Evidence) -> str:
    """Return the verdict in one sentence, with its numbers."""
    if found.gain.estimate is None:
        return f"{found.verdict}: too few runs have answers to judge"
    return (
        f"{found.verdict}: {_gain_words(found)}{_saving_words(found)}, "
        f"{_attention_words(found)}{_but(found)}"
    )


def _gain_words(found: Evidence) -> str:
    gain = found.gain
    interval = f"{100 * gain.estimate:+.2f} points"
    if gain.low is not None:  # models that do not vary have none
        interval += f" [{100 * gain.low:.2f}, {100 * gain.high:.2f}]"
    if found.gains or found.loses:
        return f"accuracy {interval}"
    seen = "this design can find no gain"
    if found.smallest_gain is not None:
        seen = f"this design finds {100 * found.smallest_gain:.2f} or more"
    if gain.finding == "not settled":
        return f"no sure change of accuracy ({interval}: {_but_zero(gain)}; {seen})"
    return f"no change of accuracy beyond noise ({interval}; {seen})"


def _but_zero(effect: Effect) -> str:
    """Say why an effect with a small p is not beyond noise."""
    why = "there is no interval" if effect.low is None else "the interval holds 0"
    return f"corrected p {effect.p_adjusted:.3f}, but {why}"


def _saving_words(found: Evidence) -> str:
    """Say what is saved along with the gain; where the two differ, ``_but`` says it."""
    if found.saving is None:
        return ""
    if found.saving.estimate is None:
        return ", cost could not be told"
    if found.gains and found.saves:
        return f", saves {_amount(found.saving)} per 1,000 parts"
    if found.loses and found.costs_more:
        return f", costs {_amount(found.saving, -1)} more per 1,000 parts"
    if found.saves or found.costs_more:
        return ""
    saved = f"saves {_amount(found.saving)} per 1,000 parts"
    if found.saving.finding == "not settled":
        return f", no sure change of cost ({saved}: {_but_zero(found.saving)})"
    return f", no change of cost beyond noise ({saved})"


def _amount(saving: Effect, sign: int = 1) -> str:
    """Return a saving with its interval, to three digits of its estimate or of its width."""
    if saving.low is None:
        return f"{sign * saving.estimate:.3g}"
    ends = sorted(sign * end for end in (saving.low, saving.high))
    size = max(abs(saving.estimate), ends[1] - ends[0])
    digits = min(6, max(0, 2 - math.floor(math.log10(size)))) if size > 0 else 0
    estimate, low, high = (f"{v:.{digits}f}" for v in (sign * saving.estimate, *ends))
    return f"{estimate} [{low}, {high}]"


def _attention_words(found: Evidence) -> str:
    if found.shift.finding is None:
        return "attention could not be measured"
    if not found.shift.beyond_noise:
        return "attention moves no more than between seeds"
    return f"attention moves beyond seed noise{_which_way(found)}"


def _which_way(found: Evidence) -> str:
    if not found.spread.beyond_noise:
        return " without gathering or scattering"
    return " and gathers" if found.spread.finding == "falls" else " and scatters"


def _but(found: Evidence) -> str:
    words = []
    if found.focus.beyond_noise:
        way = "leaves" if found.focus_falls else "moves onto"
        words.append(f"{'but' if found.focus_falls else 'and'} it {way} the marked regions")
    if found.class_loses:
        loss = 100 * found.worst.gain
        joint = "and" if found.loses else "but"
        words.append(f"{joint} {_class_words(found.worst)} loses ({loss:+.1f} points of recall)")
    words += [f"but {_missing(each)}" for each in found.missed]
    if found.saves and not found.gains:
        words.append(f"but it saves {_amount(found.saving)} per 1,000 parts")
    if found.costs_more and not found.loses:
        words.append(f"but it costs {_amount(found.saving, -1)} more per 1,000 parts")
    return "".join(f", {word}" for word in words)


def _missing(found: Pointing) -> str:
    row, column = divmod(found.place, 3)
    where = ("top ", "", "bottom ")[row] + ("left", "centre", "right")[column]
    return (
        f"in class '{found.name}' attention misses the marked regions in most images, chance taken "
        f"off (on them in {found.hit:.0%} of the maps, {found.chance:.0%} by chance; strongest at "
        f"the {where} in {found.there:.0%})"
    )


def _class_words(worst: WorstClass) -> str:
    """Name a class; a rare one with its share, since the mean hardly feels its loss."""
    if not worst.rare:
        return f"class '{worst.name}'"
    return f"the rare class '{worst.name}' ({worst.share:.1%} of the test images)"


def strategy_profile(
    arms: Arms,
    label: str,
    effects: Sequence[Effect],
    worst: Mapping[str, WorstClass],
    attention: Attention,
    missed: Sequence[Pointing] = (),
    smallest_gain: float | None = None,
) -> StrategyProfile:
    """Return all that was found of one strategy, with its verdict."""
    own = {effect.question: effect for effect in effects if effect.strategy == label}
    nothing = Effect(strategy=label, question="")
    found = Evidence(
        gain=own["gain"],
        shift=own.get(arms.plan.primary_question, nothing),
        spread=own.get("spread", nothing),
        focus=own.get("focus", nothing),
        worst=worst.get(label),
        smallest_gain=smallest_gain,
        missed=missed,
        saving=own.get("gain_cost"),
    )
    floor, between, within = map(known, attention.parts.get(label, (np.nan,) * 3))
    return StrategyProfile(
        strategy=label,
        runs=len(arms.fits(label)),
        accuracy=_mean(arms.accuracy(label)),
        macro_f1=_mean(arms.macro_f1(label)),
        floor=floor,
        between=between,
        within=within,
        degenerate_share=_degenerate(arms, label),
        worst_class=found.worst.name if found.worst else None,
        worst_class_gain=found.worst.gain if found.worst else None,
        worst_class_p=found.worst.p if found.worst else None,
        worst_class_finding=found.findings.worst,
        smallest_gain=found.smallest_gain,
        missed=tuple(each.name for each in missed),
        beyond_noise=found.findings.beyond_noise,
        verdict=found.verdict,
        sentence=sentence(found),
    )


def smallest_gains(arms: Arms, rounds: Rounds | None) -> dict[str, float | None]:
    """Return the least gain that is found with power .8, of every strategy (fractions)."""
    if rounds is not None:
        return {label: rounds.smallest_gain(label) for label in arms.strategies}
    return {label: smallest_gain(arms, label) for label in arms.strategies}


def smallest_gain(arms: Arms, label: str) -> float | None:
    """Return the least gain in accuracy that the design finds with power .8 (a fraction).

    At alpha over the number of strategies: what is found even where no other strategy
    shows anything. None where the exact test cannot reach alpha.
    """
    own, baselines = arms.accuracy(label), arms.accuracy(BASELINE)
    if min(len(own), len(baselines)) < LEAST_RUNS:
        return None
    plan, count = arms.plan, len(arms.strategies)
    blocks = arms.blocks(label)
    least = smallest_adjusted_p(
        len(own), len(baselines), count, plan.correction, plan.permutations, blocks
    )
    if not is_significant(least, plan.alpha):
        return None
    return known(smallest_difference(own, baselines, plan.alpha / count, POWER, blocks))


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _degenerate(arms: Arms, label: str) -> float | None:
    stacks = arms.stacks(label)
    if not stacks:
        return None
    return float(np.mean([(maps.max(axis=(1, 2)) <= 0).mean() for maps in stacks]))
