"""Sentences of the page, as templates with named fields.

Numbers come in as text, written by ``words``. Other languages replace these templates.
"""

# Of two texts the second is for several things, or speaks against the reasons before it.
Texts = str | tuple[str, str]

# -- what an inspection engineer asks -----------------------------------------------------

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
    "shift": "Attention moves: E {change} {interval}, {tested}.",
    "within": (
        "Over {images} probe images, how far attention moved and how much the true class gained "
        "correlate by ρ = {rho} {interval}: {tested}."
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

# -- the verdict in one sentence ----------------------------------------------------------

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
    "step.class_images": (
        "More test images of class '{name}', about {then} in place of {now}, would show a loss."
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

# -- what must be known before the numbers: warnings, notes of data, missing runs ----------

# Code of a notice to its text; to two texts where it counts something: of one, of more.
NOTICES: dict[str, Texts] = {
    "verdicts.old": (
        "The verdicts here are those of earlier rules, which asked whether anything is beyond "
        "seed noise. By today's rules, claims against margins, none is given: these numbers do "
        "not say enough for it. Running the plan again on its store gives them, without training."
    ),
    "score.uneven": (
        "Accuracy decides here and says little of class '{name}', which has {rare} of the test "
        "images: let another score decide, such as --gain balanced_accuracy; nothing is trained "
        "for it."
    ),
    "test.few_images": (
        "Class '{name}' has {now} test images: gains of a few points cannot be told on so few. Let "
        "the test part rotate, and all {then} of it outside the probes are judged by models that "
        "have not seen them: --folds 5 --test rotating --baselines 10 --seeds 5."
    ),
    "maps.coarse": (
        "The maps have a grid of {rows}x{columns}: below 4x4 they say almost nothing. Take an "
        "earlier layer (cam_layer) or larger images."
    ),
    "maps.passed_over": (
        "The last layer with a grid, {layer}, is too coarse for a map: maps are made at {taken}."
    ),
    "network.augments": (
        "The plan lets the network change images at random in layers of its own "
        "(architecture.augments): models without augmentation may be augmented, too."
    ),
    "maps.empty": "{arm}: {share} of the maps are all zero and left out.",
    "maps.no_better_than_random": (
        "Maps under {look}: {test} does not show that their highest cells matter more to the "
        "baselines than cells drawn at random."
    ),
    "maps.no_better_than_centre": (
        "Maps under {look} are not shown to do better than a blob in the middle: neither deletion "
        "nor insertion shows that their highest cells matter more to the baselines than the cells "
        "nearest to the centre."
    ),
    "maps.worse_than_centre": (
        "Maps under {look}: {test} shows that the cells nearest to the centre matter more to the "
        "baselines than their highest cells."
    ),
    "maps.show_the_image": (
        "Maps under {look} stay nearly the same (mean Pearson {r}) when all weights are "
        "randomised: they show the image, not what the models have learnt."
    ),
    "look.unstable": (
        "Unstable under {look}: it disagrees with the plan's own look on whether attention moves "
        "beyond seed noise under {strategies}."
    ),
    "baselines.miss_class": (
        "Baselines: in class '{name}' attention misses the marked regions in most images, "
        "corrected for chance (on them in {hit} of the maps, {chance} by chance; strongest at the "
        "{place} in {there}). These networks may decide by something else there; accuracy on "
        "images like these cannot show it."
    ),
    "costs.unfitted_given": (
        "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
        "cost could not be fitted, since models that were given have no validation images."
    ),
    "costs.unfitted": (
        "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
        "cost could not be fitted, since {count} of the models has no answer on its validation "
        "images; running the plan again adds it, without training.",
        "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
        "cost could not be fitted, since {count} of the models have no answers on their "
        "validation images; running the plan again adds them, without training.",
    ),
    "costs.fitted_higher": (
        "Costs: decisions fitted for least expected cost are more expensive here than those for "
        "the likeliest class: the baselines cost {fitted} per 1,000 parts with the former and "
        "{plain} with the latter. Savings are counted from the former."
    ),
    "costs.plain_lower": (
        "Costs: decisions fitted for least expected cost are more expensive for the baselines than "
        "those for the likeliest class ({fitted} per 1,000 parts against {plain}): calibrated on "
        "validation images, they do not hold on test images. Savings are counted from the cheaper "
        "ones."
    ),
    "costs.blind_lower": (
        "Costs: calling every part '{name}' without a look costs {blind} per 1,000 parts, less "
        "than the baselines ({baseline_cost}): with these costs no model of theirs is of use."
    ),
    "costs.fitted_decides": (
        "Costs: what {strategy} saves rests on decisions fitted for least expected cost: with "
        "them it costs {fitted} per 1,000 parts (baselines {fitted_baseline}), by the likeliest "
        "class {plain} (baselines {plain_baseline})."
    ),
    "costs.few_images": (
        "Costs: what mistakes on '{name}' cost rests on {count} test image, which stands for "
        "{parts} of 1,000 parts.",
        "Costs: what mistakes on '{name}' cost rests on {count} test images, each of which stands "
        "for {parts} of 1,000 parts.",
    ),
    "models.mixed": "The models were made under different {name}: {values}.",
    "pictures.damaged": (
        "{count} picture is damaged and left out: {messages}.",
        "{count} pictures are damaged and left out: {messages}.",
    ),
    "pictures.marks_cut_off": (
        "{count} picture is marked only outside of the part that is shown: {names}. It counts as "
        "having nothing marked.",
        "{count} pictures are marked only outside of the part that is shown: {names}. They count "
        "as having nothing marked.",
    ),
    "pictures.near_duplicates": (
        "Nearly the same pictures lie in two splits: {overlaps} (such as {pairs}). What is "
        "measured on them may flatter; a group keeps them together."
    ),
    "pictures.groups_torn": (
        "{count} group is in more than one of the splits that the data bring along ({groups}).",
        "{count} groups are in more than one of the splits that the data bring along ({groups}).",
    ),
    "files.ignored": "Ignored: {files}.",
    "masks.unused": (
        "{count} mask has the name of no picture and is not used.",
        "{count} masks have the name of no picture and are not used.",
    ),
    "masks.lacking": ("Pictures without a mask, in which nothing counts as marked: {classes}."),
    "pictures.bits": (
        "{count} picture is stored with 16 bits a value and holds {bits}: white is {white}.",
        "{count} pictures are stored with 16 bits a value and hold {bits}: white is {white}.",
    ),
    "pictures.mixed_depths": (
        "{count} of {of} pictures has 16 bits a value and the others have 8.",
        "{count} of {of} pictures have 16 bits a value and the others have 8.",
    ),
    "pictures.class_depths": (
        "Pictures of class '{low}' hold values of {few} bits and those of '{high}' of {many}: that "
        "alone tells the classes apart."
    ),
    "pictures.dark": (
        "All pictures are dark: no value is above {share} of white. Strategies that change values "
        "are out of proportion to them."
    ),
    "regions.flaws": (
        "{count} annotation cannot be used and is left out: {messages}.",
        "{count} annotations cannot be used and are left out: {messages}.",
    ),
    "masks.flaws": (
        "{count} picture is left out, since its mask cannot be used: {messages}.",
        "{count} pictures are left out, since their masks cannot be used: {messages}.",
    ),
    "masks.large": (
        "{count} mask marks more than half of its picture: {names}.",
        "{count} masks mark more than half of their pictures: {names}.",
    ),
    "masks.nothing": ("The mask marks nothing.", "None of the {count} masks marks anything."),
    "masks.greys": (
        "{count} mask holds many values between what it marks and what it does not: {names}. What "
        "is beyond half counts as marked.",
        "{count} masks hold many values between what they mark and what they do not: {names}. What "
        "is beyond half counts as marked.",
    ),
    "masks.turned": (
        "{count} picture is turned upright by its Exif data, and its mask fits both ways: {names}. "
        "It is taken as drawn on the upright picture.",
        "{count} pictures are turned upright by their Exif data, and their masks fit both ways: "
        "{names}. They are taken as drawn on the upright pictures.",
    ),
    "masks.rules": (
        "Masks: {count} marks something, {share} of the picture. Judged by {rules}.",
        "Masks: {count} mark something, {share} of the picture in the middle one and {most} at "
        "most. Judged by {rules}.",
    ),
    "layout": "Read as {layout}: {name}.",
    "table.encoding": "The table's text is in the encoding {name}.",
    "folder.left_out": (
        "Left out: '{name}', {why} ({count} picture).",
        "Left out: '{name}', {why} ({count} pictures).",
    ),
    "run.not_trained": "not trained yet",
    "run.not_asked": "not asked everything yet",
}
TABLES = (NOTICES, REASONS, NOTES, STEPS, OLD_REASONS)
# What some of their values are lists of.
FILES = {
    "hidden": ("{count} hidden file", "{count} hidden files"),
    "other": (
        "{count} file that is no picture by its name",
        "{count} files that are no pictures by their names",
    ),
    "beside": (
        "{count} picture that lies in no folder of a class",
        "{count} pictures that lie in no folder of a class",
    ),
}
LAYOUTS = {
    "classes": "a folder for each class",
    "splits": "folders of splits, with a folder for each class",
    "inspection": "sound parts to train on and defects to test, pooled and split anew",
    "masks": "pictures with masks, of classes by whether anything is marked",
    "coco": "pictures with a file of COCO's, of classes by its categories",
    "table": "a table",
}
LEFT_OUT = {
    "system": "which a storage or desktop system made",
    "masks": "which holds masks",
    "unmatched": "called as masks are, though none has a picture's name",
    "beside": "which lies beside the splits",
    "empty": "in which no picture lies",
}
RULES = {
    "levels": ("all but the background ({count} mask)", "all but the background ({count} masks)"),
    "halfway": (
        "what is beyond half, since JPEG left greys ({count} mask)",
        "what is beyond half, since JPEG left greys ({count} masks)",
    ),
    "greys": (
        "what is beyond half of many greys ({count} mask)",
        "what is beyond half of many greys ({count} masks)",
    ),
    "faint": (
        "all but black in a JPEG of nearly black numbers ({count} mask)",
        "all but black in JPEGs of nearly black numbers ({count} masks)",
    ),
    "opacity": ("opacity ({count} mask)", "opacity ({count} masks)"),
    "drawn": ("shapes ({count} picture)", "shapes ({count} pictures)"),
}
OVERLAP = "{count} of {of} {part} images in {other}"
PAIR = "{first} and {second}"
LACKING = "{count} of {of} of class '{name}'"
QUOTED = "'{name}'"
MORE = "and {count} more"
PLACES = (
    "top left", "top centre", "top right", "left", "centre", "right",
    "bottom left", "bottom centre", "bottom right",
)  # fmt: skip

# -- how a network ends: what it gives, from which its logits are read ----------------------

OUTPUTS = {
    "softmax": "a softmax; maps are of what goes into it",
    "log_softmax": "the logarithm of a softmax; maps are of what goes into it",
    "sigmoid": "one sigmoid a class; maps are of what goes into it",
    "probabilities": "probabilities, as the plan says; maps are of their logarithms",
    "unit.logits": "one unit: its sign tells two classes apart",
    "unit.sigmoid": "one unit with a sigmoid; maps are of what goes into it",
    "unit.probabilities": "one probability, as the plan says; maps are of its log-odds",
}

# -- learning curves ----------------------------------------------------------------------

READINGS = {
    "overfits": "overfits: validation loss is lowest at epoch {best} and {rise} higher at the end",
    "falling": "no overfitting: validation loss is lowest at the last epoch",
    "level": "no overfitting: validation loss is lowest at epoch {best} and level from there",
}

# -- gain and saving side by side ---------------------------------------------------------

SAVING_FIGURE = {
    "title": "Gain and cost saved, side by side",
    "caption": (
        "Left: percentage points of {score} over the baselines' mean. Right: what the strategy "
        "saves per 1,000 parts; the baselines cost {before}. The mark is the mean, the line its "
        "{interval}, the grey band seed noise (± 1 standard deviation of the baselines). "
        "Filled: beyond seed noise, by p corrected over the strategies and an interval that leaves "
        "out 0; hollow: within it. Above 0 is better on both sides. Shapes are those of the "
        "verdicts. Most saved first."
    ),
    "alt": "Gain in points and cost saved per 1,000 parts: {rows}.",
    "row": "{strategy} {gain} and {saved}",
    "gain": "gain (percentage points)",
    "saved": "saved per 1,000 parts",
}

# -- the first screen ---------------------------------------------------------------------

FACTS = {
    "control": "{strategies} + control",
    "models": "{models} v {baselines} models",
    "images": "train {train}, test {test}",
    "test": "test {test}",
    "folds": "{folds} folds",
}
HEADLINE = {
    "adopt": ("{count}, tested one by one: {least} to {most} {unit} (baselines' {score}: {mean})"),
    "alike": "{count}, tested one by one: {least} {unit} (baselines' {score}: {mean})",
    "strategy": "{name} {gain}",
    "more": "{names} and {count} more",
}
CHECKS = {
    "control quiet": "control is quiet",
    "control uneasy": "control is hardly quiet: doubt small effects",
    "control loud": "control is not quiet: find out why before you believe a verdict",
    "no control": "no control in the plan: add identity",
    "maps pass": "maps pass their check",
    "maps fail": "maps do no better than random cells: they decide nothing",
    "maps not checked": "maps were not checked",
    "few models": "fewer than 3 models in an arm: nothing is adopted",
    "leaks": "{share} of the test images nearly repeat training images: nothing is adopted",
    "test images": "seed noise that more test images would remove: {share}",
    "early": "{strategies} trained past the best epoch",
    "missing": "{runs} missing",
}
NEXT_STEPS = {
    "control": "find out why the control is not quiet",
    "leaks": "take the near-copies out of the test images ({share})",
    "together": "test the {count} adopted together",
    "models": "{names}: {more} more models and twice as many baselines decide",
    "images": "{names}: about {then} test images in place of {now} decide",
    "class images": "class {name}: about {then} test images in place of {now} would show a loss",
    "nothing": "nothing is left to decide",
}
ROWS = {
    "drawing": "{strategy}: gain {gain} {interval}, models {models}",
    "overestimated": "likely overestimated",
    "class": "{name}: {change}",
}
ATTENTION = {
    "moved": "moved",
    "moved falls": "moved, gathers",
    "moved rises": "moved, scatters",
    "same place": "same place",
    "not known": "not known",
}
MEAN_MAPS = {
    "all": "{arm}: mean map of {images} images",
    "all difference": (
        "{arm}: mean map less the baselines', purple to green −{limit} to +{limit} times even"
    ),
    "class": "{arm}: mean map of {images} images of class {name}",
    "class difference": (
        "{arm}, class {name}: mean map less the baselines', purple to green −{limit} to +{limit} "
        "times even"
    ),
}
LEGEND = {
    "drawing": (
        "Small circle: a trained model. Large mark: the mean, its line the {interval}. Band: the "
        "margin of {margin} points; only what leaves it is worth having."
    ),
    "maps": (
        "Maps: the brighter, the more attention. Change from the baselines: green more, purple "
        "less."
    ),
    "doubtful": "Hatched: maps that fail their check.",
}

# -- a strategy looked at closely ---------------------------------------------------------

FACT_NAMES = {
    "models": "Models with answers",
    "gain": "Gain, deciding interval",
    "again": "A second study would find",
    "finds": "Least gain that is found in four of five studies",
    "better": "Surely better than",
    "shift": "Excess shift E",
    "spread": "Change of spread",
    "epoch": "Best epoch",
    "cost": "Cost per 1,000 parts",
    "saving": "Saving, deciding interval",
}
ERRORS = {
    "title": "Misses against false alarms",
    "across": "false alarms (“{good}” called a defect) per 1,000 parts",
    "up": "misses (called “{good}”) per 1,000 parts",
    "at": "Misses per 1,000 parts, with {alarms} false alarms: baselines {misses}, {rows}.",
    "arm": "{arm} {misses}",
    "legend": "What other thresholds would make of the same models: further down and left is "
    "better. Thick line: the mean over models; thin line: a model; mark: what is decided.",
    "costs": "Dashed: all that costs as much as the baselines at their cheapest threshold; what "
    "lies below costs less.",
    "mistakes": "Dashed: as many mistakes as the baselines make at their best threshold.",
}
SHARE_OF_FLOOR = "{shift}, {share} of the noise floor"
AGAINST = "{own}, baselines {before}"
TURNED = {
    "image": "probe image {index}, class {name}",
    "text": "class {name}: read rightly by {before} of the baselines, {after} of its models",
    "baseline": "mean map of the baselines",
    "strategy": "mean map of the strategy",
    "difference": "the strategy's map less the baselines'",
}
