"""The rules of the verdicts: claims in, a verdict out, the first rule that matches.

1. equivalent, and no class surely loses      -> no gain worth having, even where gain or loss is
                                                 sure
2. loses                                      -> avoid; trade-off if cost surely falls
3. gains                                      -> trade-off if a class surely loses, focus leaves,
                                                 marks are missed or cost rises; undecided if a
                                                 class may lose or is not visible, or adopt is
                                                 blocked; else adopt
4. a class surely loses                       -> avoid
5. the gain's bound lies below the margin     -> no gain worth having; trade-off if cost falls
6. anything else                              -> undecided

A control has no verdict: it is quiet, or it is not; without enough models it is undecided.
Attention decides nothing but by focus and missed marks, and these only where the maps pass their
own check.
"""

from collections.abc import Callable, Iterable

from cam_augment.records.claims import Claims, Judgement, Outlook, Verdict
from cam_augment.records.notices import Notice
from cam_augment.statistics.significance import is_significant

Rule = Callable[[Claims], Judgement | None]

MOST_LEAKS = 0.01
LEAST_MODELS = 3
CONTROL_LEVEL = 0.01
MOST_TIMES = 20  # the test images there are: nobody will have more


def judge(claims: Claims) -> Judgement:
    """Return the verdict of the first rule that matches, with its reasons."""
    rules: Iterable[Rule] = (_control,) if claims.control else RULES
    for rule in rules:
        judgement = rule(claims)
        if judgement is not None:
            return judgement
    return Judgement("undecided", "open", _open(claims) + _saves(claims), notes(claims))


def _control(claims: Claims) -> Judgement | None:
    if claims.gain is None:
        return None
    loud = _gain(claims) + _classes(claims)
    quiet = (Notice.of("control.quiet"),)
    return Judgement("not quiet" if loud else "quiet", "control", loud or quiet)


def _equivalent(claims: Claims) -> Judgement | None:
    if not claims.equivalent or claims.surely:
        return None
    saves = _saves(claims)
    verdict: Verdict = "trade-off" if saves else "no gain worth having"
    reasons = (Notice.of("gain.equivalent"), *saves)
    return Judgement(verdict, "equivalent", reasons, notes(claims))


def _loses(claims: Claims) -> Judgement | None:
    if claims.gain != "loses":
        return None
    saves = _saves(claims)
    verdict: Verdict = "trade-off" if saves else "avoid"
    return Judgement(verdict, "loses", _gain(claims) + saves + _classes(claims), notes(claims))


def _gains(claims: Claims) -> Judgement | None:
    if claims.gain != "gains":
        return None
    against, doubts = _against(claims), _doubts(claims)
    if against:
        return Judgement("trade-off", "gains at a price", _gain(claims) + against, notes(claims))
    if doubts:
        return Judgement("undecided", "gains in doubt", _gain(claims) + doubts, notes(claims))
    return Judgement("adopt", "gains", _gain(claims) + _saves(claims), notes(claims))


def _class_loses(claims: Claims) -> Judgement | None:
    if not claims.surely:
        return None
    return Judgement("avoid", "class loses", _classes(claims), notes(claims))


def _no_gain(claims: Claims) -> Judgement | None:
    if not claims.no_gain:
        return None
    saves = _saves(claims)
    verdict: Verdict = "trade-off" if saves else "no gain worth having"
    reasons = (Notice.of("gain.below_margin"), *saves)
    return Judgement(verdict, "no gain", reasons, notes(claims))


RULES: tuple[Rule, ...] = (
    _equivalent,
    _loses,
    _gains,
    _class_loses,
    _no_gain,
)


def _gain(claims: Claims) -> tuple[Notice, ...]:
    codes = {"gains": "gain.rises", "loses": "gain.falls"}
    return (Notice.of(codes[claims.gain]),) if claims.gain in codes else ()


def _saves(claims: Claims) -> tuple[Notice, ...]:
    return (Notice.of("cost.falls"),) if claims.cost == "gains" else ()


def _classes(claims: Claims) -> tuple[Notice, ...]:
    return tuple(Notice.of("class.surely_loses", name=name) for name in claims.surely)


def _against(claims: Claims) -> tuple[Notice, ...]:
    """Return what makes a gain a trade-off."""
    cost = (Notice.of("cost.rises"),) if claims.cost == "loses" else ()
    if not claims.maps_valid:
        return _classes(claims) + cost
    focus = (Notice.of("focus.leaves"),) if claims.leaves else ()
    missed = tuple(Notice.of("marks.missed", name=name) for name in claims.missed)
    return _classes(claims) + focus + missed + cost


def _doubts(claims: Claims) -> tuple[Notice, ...]:
    """Return what keeps a gain from being adopted until more is known."""
    leaks = (Notice.of("block.leaks", share=claims.leaks),) if claims.leaks > MOST_LEAKS else ()
    few = (Notice.of("block.few_models", models=claims.models),) * (claims.models < LEAST_MODELS)
    may = tuple(Notice.of("class.may_lose", name=name) for name in claims.may)
    unseen = tuple(Notice.of("class.not_visible", name=name) for name in claims.unseen)
    return leaks + few + may + unseen


def _open(claims: Claims) -> tuple[Notice, ...]:
    return (Notice.of("gain.not_measured" if claims.gain is None else "gain.open"),)


def notes(claims: Claims) -> tuple[Notice, ...]:
    """Return what a reader must know beside a verdict, whichever it is."""
    loud = is_significant(claims.control_p, CONTROL_LEVEL)
    control = (Notice.of("note.control", p=claims.control_p),) if loud else ()
    return control + ((Notice.of("note.early_best"),) if claims.early else ())


def next_step(judgement: Judgement, outlook: Outlook | None, together: int) -> Notice:
    """Return what to do next about a strategy, as a code with its numbers.

    Args:
        outlook: of an undecided strategy; None where nothing was measured.
        together: adopted strategies that may stand in one pipeline, this one among them; else 0.
    """
    if judgement.verdict == "adopt" and together > 1:
        return Notice.of("step.together", strategies=together)
    if judgement.verdict != "undecided" or outlook is None:
        return Notice.of("step.none")
    codes = {reason.code: reason.values for reason in judgement.reasons}
    if "gain.not_measured" in codes:
        return Notice.of("step.none")
    if "block.leaks" in codes:
        return Notice.of("step.leaks", **codes["block.leaks"])
    if names := _short_of_images(judgement, outlook):
        now, then = outlook.class_images[names[0]]
        if not then:
            return Notice.of("step.class_few", name=names[0], now=now)
        return Notice.of("step.class_images", name=names[0], now=now, then=then)
    return _more(outlook, _further_models(codes.keys(), outlook))


def _short_of_images(judgement: Judgement, outlook: Outlook) -> list[str]:
    """Return the classes that no more models would decide about, those not visible first."""
    codes = ["class.not_visible"]
    if outlook.class_models == float("inf"):
        codes.append("class.may_lose")
    named = [str(r.values["name"]) for code in codes for r in judgement.reasons if r.code == code]
    return [name for name in named if name in outlook.class_images]


def _further_models(codes: Iterable[str], outlook: Outlook) -> float:
    """Return how many more models the reasons ask for; inf where images are short."""
    numbers = {
        "block.few_models": LEAST_MODELS - outlook.models,
        "class.may_lose": outlook.class_models,
        "gain.open": outlook.more_models,
    }
    return max(numbers[code] for code in codes if code in numbers)


def _more(outlook: Outlook, models: float) -> Notice:
    if models == float("inf") and not outlook.more_images:
        return Notice.of("step.few_images", now=outlook.images)
    if models == float("inf") and outlook.more_images > MOST_TIMES * outlook.images:
        return Notice.of("step.at_margin", times=MOST_TIMES)
    if models == float("inf"):
        return Notice.of("step.images", now=outlook.images, then=outlook.more_images)
    return Notice.of("step.models", more=max(1, int(models)))
