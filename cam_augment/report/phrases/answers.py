"""What an inspection engineer asks, and the answers; focus by class and by size."""

QUESTIONS = {
    "place": "Does it look at what matters?",
    "scatter": "Does its attention scatter less?",
    "together": "Does the gain go with the change of attention?",
    "saving": "What does it save per 1,000 parts?",
}
SHORT = {
    "place": {
        "missed": "Mostly not, in {classes}.",
        "less": "Less than the baselines.",
        "more": "More than the baselines.",
        "same": "No change shown.",
        "open": "Not known.",
        "unknown": "Cannot be answered.",
    },
    "scatter": {
        "gathers": "Yes, it gathers.",
        "scatters": "No, it scatters more.",
        "same": "No change shown.",
        "still": "No change shown.",
        "open": "Not known.",
        "unknown": "Cannot be answered.",
    },
    "together": {
        "yes": "Yes, the gain does.",
        "loss": "Yes, the loss does.",
        "against": "No, they go opposite ways.",
        "apart": "No, attention stays.",
        "open": "Not shown.",
        "no gain": "No gain shown.",
        "unknown": "Cannot be answered.",
    },
    "saving": {
        "saves": "It saves.",
        "costs": "It costs more.",
        "same": "No saving shown.",
        "unknown": "Cannot be answered.",
    },
}
NOISE = {
    "beyond": "beyond seed noise",
    "within noise": "within seed noise",
    "not settled": "not settled, since {unsettled}",
}
TEST = "{noise}, corrected {p}"

ATTENTION_OPEN = "Whether attention moves as a whole is not known."
PLACE = {
    "focus": (
        "Focus: {own} times the attention that an even map has on what is marked (baselines "
        "{before}). Change {change} {interval}: {tested}."
    ),
    "pointing": (
        "The strongest cell is on it in {hit} of the maps (by chance {chance}, baselines {before})."
    ),
    "product": (
        "Off the product lies {own} of its attention (baselines {before}). Change in points "
        "{change} {interval}: {tested}."
    ),
    "missed": "In {classes} attention misses what is marked in most images, corrected for chance.",
    "maps fail": "The maps tell no more than random cells, so they do not say.",
    "nothing marked": ("Nothing says where the essential features are: no masks, no regions."),
    "few": "Too few of its models have maps of what is marked.",
}
CLASS = "class “{name}”"
SCATTER = {
    "still": "As a whole, {still}.",
    "measure": "{measure} {change} {interval}, {tested}.",
    "few": "Too few of its models have maps.",
}
MEASURES = {
    "spread": "Spread in % of the diagonal:",
    "entropy": "Entropy, 0 to 1:",
    "effective_area": "Area in % of the image:",
}
TOGETHER = {
    "gain": "Gain in points: {change} {interval}, {tested}.",
    "shift": "Shift of attention: E {change} {interval}, {tested}.",
    "within": (
        "Over {images} probe images, how far attention moved and how much the true class gained "
        "correlate by ρ = {rho} ({interval} over other images), {tested}."
    ),
    "few": "Too few of its models have answers.",
}
SAVING = {
    "saved": "Saved: {change} {interval}, {tested}.",
    "cost": "It costs {own} per 1,000 parts; the baselines cost {before}.",
    "year": "That is {saved} {unit}.",
    "few": "Too few of its models have answers.",
}
QUESTIONS_TITLE = "Three questions, answered for each strategy"
QUESTIONS_TITLE_PRICED = "Four questions, answered for each strategy"
QUESTIONS_CAPTION = (
    "By verdict, then by gain. Every number is the strategy less the baselines, with its "
    "{interval}; that of ρ is over images. “Beyond seed noise”: p, corrected over the strategies, "
    "is at most {alpha}; the interval of a gain, a saving or a shift must leave out 0, too (see "
    "the rules of the verdicts below). “No change shown” is no proof of no change. Whether "
    "attention gathers or scatters is said only where it moves beyond seed noise, and is judged by "
    "its spread; entropy and effective area describe."
)
UNMARKED_CAPTION = (
    "To have the first question answered, give masks with your pictures (--masks or --regions), or "
    "draw regions on the images of the gallery, save them, and run the plan again with "
    "--probe-regions FILE: nothing is trained for it."
)

# -- focus by class and by size -----------------------------------------------------------

FOCUS_TITLE = "Focus by class and by size"
FOCUS_CAPTION = (
    "Change of focus against the baselines, in the images of one class, and in thirds of the "
    "marked images by the share of the image that is marked; classes differ in size, so the two "
    "views are not independent. Change with its {level} interval over models. Bold: beyond seed "
    "noise, by p corrected over the classes (or the sizes) by the largest of them, and over the "
    "strategies. Groups of fewer than five images are left out."
)
FOCUS_GROUPS = {
    "class": "class “{name}”",
    "small": "small: {least} to {most} of the image",
    "medium": "medium: {least} to {most} of the image",
    "large": "large: {least} to {most} of the image",
}
FOCUS_HEADS = {
    "strategy": "Strategy",
    "group": "Images",
    "images": "Number",
    "change": "{question} [interval]",
}
