"""What must be known first: warnings, notes of data, missing runs, how networks end."""

from cam_augment.report.phrases.texts import Texts

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
    "score.tiles": (
        "Accuracy decides, and a picture is as its worst of about {count} tiles: one that is wrong "
        "makes it wrong. Let another score decide, such as --gain auroc; nothing is trained for it."
    ),
    "score.order": (
        "What decides, {score}, asks how images are ordered, and a class's recall is that of the "
        "likeliest class: what a class loses under {names} may be a threshold that moved. Where a "
        "threshold is set before use, decide by the gain, and by recall at the false alarms that "
        "you allow: --gain recall_at_fpr:0.01."
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
    "models.shared": (
        "Two models of different arms answer all images exactly alike: {pairs}. Intervals and "
        "tests take all models for trained apart: with one model in two arms they do not hold.",
        "{count} models answer all images exactly as one of another arm does: {pairs}. Intervals "
        "and tests take all models for trained apart: with one model in two arms they do not hold.",
    ),
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
    "folds.near_duplicates": (
        "{count} of the {of} pictures outside the probes nearly repeat one of another fold (such "
        "as {pairs}), from which models that are judged by them learned. What is measured on them "
        "may flatter; a group keeps them together."
    ),
    "pictures.groups_torn": (
        "{count} group is in more than one of the splits that the data bring along ({groups}).",
        "{count} groups are in more than one of the splits that the data bring along ({groups}).",
    ),
    "sequences.not_probed": (
        "Nothing is compared from frame to frame: no probe image is a frame of a sequence."
    ),
    "sequences.no_pairs": (
        "Nothing is compared from frame to frame: of {frames} frames of {sequences} sequences "
        "among the probe images no pair of successive ones is left. Left out: of one picture "
        "twice {repeated}, of two classes {changing}, with frames lacking between {interrupted}."
    ),
    "files.ignored": "Ignored: {files}.",
    "masks.unused": (
        "{count} mask has the name of no picture and is not used.",
        "{count} masks have the name of no picture and are not used.",
    ),
    "groups.unused": (
        "{count} row of the table of groups names no picture and is not used: {name}.",
        "{count} rows of the table of groups name no picture and are not used, such as {name}.",
    ),
    "masks.lacking": ("Pictures without a mask, in which nothing counts as marked: {classes}."),
    "tiles.cut": (
        "{pictures} pictures are cut into {count} tiles of {size}x{size}, {stride} pixels apart. "
        "{marked} tiles have {enough} or more marked pixels and their picture's class; of "
        "{unclear} the class is not sure, and nothing is learnt from them."
    ),
    "tiles.unmarked": (
        "{count} picture of a class with defects has nothing marked: {names}. Nothing is learnt "
        "from its tiles, and it is judged as a picture.",
        "{count} pictures of a class with defects have nothing marked: {names}. Nothing is learnt "
        "from their tiles, and they are judged as pictures.",
    ),
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
    "classes.alike": (
        "Two classes are called nearly the same: {pairs}. If they are one, give them one name.",
        "{count} pairs of classes are called nearly the same: {pairs}. If they are one, give them "
        "one name.",
    ),
    "classes.unknown": (
        "A class is called '{name}', as programs write a label that is lacking; if it is none, "
        "leave its pictures out."
    ),
    "classes.as_text": (
        "The classes are numbered in the order of their folders' names as text, as Keras and "
        "torchvision number them: {names}. If the models number them by value, give the folders "
        "names of equal length, such as 01."
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
    "table.substitutes": (
        "{count} path of the table is not there as it is written; the one picture of that name was "
        "taken (path and picture: {pairs}).",
        "{count} paths of the table are not there as they are written; for each the one picture "
        "of that name was taken (path and picture: {pairs}).",
    ),
    "folder.called_masks": (
        "The folder '{name}' is called as those of masks are; its {count} picture is read as a "
        "picture, not as a mask.",
        "The folder '{name}' is called as those of masks are; its {count} pictures are read as "
        "pictures, not as masks.",
    ),
    "folder.left_out": (
        "Left out: '{name}', {why} ({count} picture).",
        "Left out: '{name}', {why} ({count} pictures).",
    ),
    "run.not_trained": "not trained yet",
    "run.not_asked": "not asked everything yet",
}

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
