"""The verdict in one sentence: reasons, notes, and what to do next."""

from cam_augment.report.phrases.texts import Texts

VERDICT = "{verdict}: {reasons}"
BUT = "{gain}, but {against}"
REASONS: dict[str, Texts] = {
    "gain.rises": "{score} {change}",
    "gain.falls": "{score} {change}",
    "gain.equivalent": (
        "gain and loss both lie within the margin of {margin} points ({change}, between {least} "
        "and {most})"
    ),
    "gain.below_margin": (
        "any gain lies below the margin of {margin} points ({change}, at most {most})"
    ),
    "gain.open": (
        "neither a gain nor its absence is sure ({change}, at most {most}; worth having: {margin})"
    ),
    "gain.not_measured": (
        "the gain cannot be tested: too few models have answers, or all answer alike"
    ),
    "control.quiet": "no change beyond noise ({change})",
    "class.surely_loses": (
        "class '{name}' loses more than {margin} points of recall ({loss}, at best {loss_high})"
    ),
    "class.may_lose": "class '{name}' may lose more than {margin} points of recall ({loss})",
    "class.not_visible": (
        "a loss of recall in class '{name}' would not be seen ({loss}, at worst {loss_low})"
    ),
    "marks.missed": (
        "in class '{name}' attention misses the marked regions in most images, corrected for "
        "chance (on them in {hit} of the maps, {chance} by chance; strongest at the {place} in "
        "{there})"
    ),
    "focus.leaves": "attention leaves the marked regions (focus {moved})",
    "cost.falls": ("saves {saved} per 1,000 parts", "but it saves {saved} per 1,000 parts"),
    "cost.rises": ("costs {cost} more per 1,000 parts", "but it costs {cost} more per 1,000 parts"),
    "block.leaks": "{share} of the test images nearly repeat one that models learned from",
    "block.few_models": "too few models for it ({models})",
}
NOTES: dict[str, Texts] = {
    "note.control": "A control is not quiet (p = {p}): doubt small effects.",
    "note.early_best": (
        "Its best epoch lies in the first half of training: later ones make it worse."
    ),
}
# What to do next, where something would change: else by verdict.
STEPS: dict[str, Texts] = {
    "step.together": (
        "Use it; {strategies_count} strategies were tested one by one: test them together."
    ),
    "step.models": (
        "About {more} more model, with twice as many baselines, would decide.",
        "About {more} more models, with twice as many baselines, would decide.",
    ),
    "step.images": (
        "More test images, about {then} in place of {now}, would decide; more models would not."
    ),
    "step.images of groups": (
        "More test images of other {kind}, about {then} of {then_groups} in place of {now} of "
        "{now_groups}, would decide; more models would not."
    ),
    "step.at_margin": (
        "Its estimate lies beside a margin: {times} times the test images would not decide. "
        "Count it as worth about that margin."
    ),
    "step.class_images": (
        "More test images of class '{name}', about {then} in place of {now}, would show whether "
        "it loses."
    ),
    "step.class_images of groups": (
        "More test images of class '{name}' of other {kind}, about {then} in place of {now}, would "
        "show whether it loses."
    ),
    "step.class_few": (
        "Test images of class '{name}' of other parts: what they would say cannot be told from the "
        "{now} there are, of one part or all alike."
    ),
    "step.few_images": (
        "Test images of other parts: what they would say cannot be told from the {now} there are, "
        "of one part or all alike."
    ),
    "step.leaks": "Take the near-copies ({share} of the test images) out of the test set.",
}
ACTIONS = {
    "adopt": "Use it.",
    "trade-off": "Weigh what it gains against what it costs.",
    "undecided": "Give it more models that have answers.",
    "no gain worth having": "Leave it out.",
    "avoid": "Do not use it.",
    "quiet": "Nothing to do: this is how no effect looks here.",
    "not quiet": "Find out why before any verdict here is believed.",
}
NEXT = "Next: {step}"
# Reasons of verdicts before margins. Code to its text; to two texts where it may speak against
# the reasons before it.
OLD_REASONS: dict[str, Texts] = {
    "verdict.too_few_runs": (
        "too few models have answers: the noise of seeds is not known from one model"
    ),
    "accuracy.rises": "accuracy {change}",
    "accuracy.falls": "accuracy {change}",
    "accuracy.not_settled": (
        "no sure change of accuracy ({change}: corrected p {p}, but {unsettled}; {design})"
    ),
    "accuracy.within_noise": "no change of accuracy beyond noise ({change}; {design})",
    "cost.not_settled": (
        "no sure change of cost (saves {saved} per 1,000 parts: corrected p {p}, but {unsettled})"
    ),
    "cost.within_noise": "no change of cost beyond noise (saves {saved} per 1,000 parts)",
    "cost.unknown": "the cost is not known",
    "attention.not_measured": "attention could not be measured",
    "attention.within_noise": "attention moves no more than between seeds",
    "attention.moves": "attention moves beyond seed noise without gathering or scattering",
    "attention.gathers": "attention moves beyond seed noise and gathers",
    "attention.scatters": "attention moves beyond seed noise and scatters",
    "focus.falls": "but it leaves the marked regions",
    "focus.rises": "and it moves onto the marked regions",
    "class.loses": (
        "and class '{name}' loses ({loss} points of recall)",
        "but class '{name}' loses ({loss} points of recall)",
    ),
    "rare_class.loses": (
        "and the rare class '{name}' ({rare} of the test images) loses ({loss} points of recall)",
        "but the rare class '{name}' ({rare} of the test images) loses ({loss} points of recall)",
    ),
    "class.missed": (
        "but in class '{name}' attention misses the marked regions in most images, corrected for "
        "chance (on them in {hit} of the maps, {chance} by chance; strongest at the {place} in "
        "{there})"
    ),
}
POINTS = "{points} points"
UNSETTLED = {"no interval": "there is no interval", "zero": "the interval holds 0"}
DESIGN = {
    "least": "this design finds {least} points or more",
    "nothing": "this design can find no gain",
}
