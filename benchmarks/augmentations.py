"""(d) Augmentations in one thread: against Keras, albumentations, and the training they feed."""

from collections.abc import Callable
from statistics import median

import numpy as np

from benchmarks.rows import Row, faster, number
from benchmarks.timing import alternate
from cam_augment.base.lazy import Tensor

PART = "augmentations"
BATCH, CLASSES = 50, 10
CHUNK = 500  # images that a training augments at once; against peers, batches as they take them
LOOP = 20  # batches, and LOOP * BATCH / CHUNK chunks, in one timing
SHAPES = ((28, 28, 1), (64, 64, 1), (28, 28, 3))
TRAINING_IMAGES, TRAINING_EPOCHS = 500, 6
FED = "times the training"
AIM = ">= 8"


def measure(quick: bool) -> list[Row]:
    """Return every strategy's rows, for each shape of images."""
    return [row for shape in (SHAPES[:1] if quick else SHAPES) for row in of_shape(shape, quick)]


def of_shape(shape: tuple[int, int, int], quick: bool) -> list[Row]:
    """Return the rows of images of one shape."""
    from cam_augment.registry import STRATEGIES

    size = f"{shape[0]}x{shape[1]}" + (" in colour" if shape[2] == 3 else "")
    train = trainer(shape)
    images, labels = batch(shape)
    rows, rates = [], []
    for name, entry in STRATEGIES.items():
        if entry.family in ("control", "comparison") or (entry.colour and shape[2] != 3):
            continue  # these change no image, and grey ones have no colour to change
        works = {"ours": our_work(name, images, labels)}
        works["fed"] = our_work(name, *batch(shape, CHUNK))
        works |= keras_work(name, images, labels) | albumentations_work(name, images)
        rates.append(train())  # in turns with what feeds it
        rows += rows_of(f"{name}, {size}", alternate(works, 3 if quick else 5), rates[-1])
    title = f"training of small_cnn, {size}"
    note = "one process, one thread, without augmentation; tracing excluded"
    return [number(PART, title, rates, "images/s", note=note), *rows]


def rows_of(title: str, by_way: dict[str, list[float]], rate: float) -> list[Row]:
    """Return how often ours outruns the training, and how much faster it is than each peer."""
    ours, fed = by_way.pop("ours"), by_way.pop("fed")
    speeds = [LOOP * BATCH / seconds / rate for seconds in fed]
    note = f"{LOOP} batches of {BATCH}, one thread"
    feeding = number(
        PART, title, speeds, FED, against="training", aim=AIM, ours=median(fed),
        theirs=LOOP * BATCH / rate,
        note=f"{LOOP * BATCH // CHUNK} chunks of {CHUNK}, as a training takes them; one thread",
    )  # fmt: skip
    return [
        feeding,
        *(faster(PART, title, peer, ours, times, note=note) for peer, times in by_way.items()),
    ]


def batch(shape: tuple[int, int, int], count: int = BATCH) -> tuple[np.ndarray, np.ndarray]:
    """Return images float32 [image, row, column, channel] in 0..1 and labels, one-hot."""
    rng = np.random.default_rng(0)
    labels = np.eye(CLASSES, dtype=np.float32)[rng.integers(0, CLASSES, count)]
    return rng.random((count, *shape), np.float32), labels


def trainer(shape: tuple[int, int, int]) -> Callable[[], float]:
    """Return work that trains small_cnn and returns its images per second, traced before."""
    from cam_augment.plan import GIVEN, Choice, Recipe, Run, Strategy
    from cam_augment.records import DataSet, Split
    from cam_augment.registry import ARCHITECTURES
    from cam_augment.training import trainer as training

    rng = np.random.default_rng(0)

    def split(count: int) -> Split:
        return Split(rng.random((count, *shape), np.float32), np.arange(count) % CLASSES)

    few = split(CLASSES)  # so that training is nearly all that takes time
    names = tuple(str(label) for label in range(CLASSES))
    data = DataSet("made", names, split(TRAINING_IMAGES), few, few, few)
    run = Run(
        dataset=Choice(name=GIVEN),
        architecture=Choice.parse("small_cnn", ARCHITECTURES),
        strategy=Strategy(),
        seed=0,
        recipe=Recipe(epochs=TRAINING_EPOCHS, batch_size=BATCH),
    )

    def rate() -> float:
        trained = training.complete(run, [], None, data).training
        assert trained is not None
        return TRAINING_EPOCHS * TRAINING_IMAGES / trained.seconds

    rate()
    return rate


def our_work(name: str, images: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    """Return one of our strategies on as many images as ``LOOP`` batches hold.

    Each batch or chunk of ``images`` has a seed of its own.
    """
    import tensorflow as tf

    from cam_augment import strategies
    from cam_augment.plan import Choice
    from cam_augment.registry import STRATEGIES

    steps = [Choice.parse(name, STRATEGIES)]
    y = tf.constant(labels)
    times = LOOP * BATCH // len(images)
    return _looped(
        lambda x, step: strategies.apply(steps, x, y, tf.stack([1, step]))[0], images, times
    )


def keras_work(
    name: str, images: np.ndarray, labels: np.ndarray
) -> dict[str, Callable[[], object]]:
    """Return Keras' layer for a strategy on ``LOOP`` batches; none where Keras has none."""
    import keras
    import tensorflow as tf

    from benchmarks.naive import augmentation
    from cam_augment.registry import STRATEGIES

    magnitude = STRATEGIES[name].resolve({}).get("magnitude", 0.0)
    if name == "mixup":
        layer, y = keras.layers.MixUp(magnitude), tf.constant(labels)

        def mix(x: Tensor, _step: Tensor) -> Tensor:
            return layer({"images": x, "labels": y}, training=True)["images"]

        return {"Keras MixUp": _looped(mix, images)}
    augment = augmentation(name, magnitude)
    if not augment:
        return {}
    kind = type(augment[0]).__name__
    return {f"Keras {kind}": _looped(lambda x, _: augment[0](x, training=True), images)}


def _looped(change: Callable, images: np.ndarray, times: int = LOOP) -> Callable[[], object]:
    """Return some batches in one compiled loop, as a training or a pipeline has them.

    A call from Python for every batch would cost more than some of the changes themselves.
    """
    import tensorflow as tf

    @tf.function(autograph=False)
    def work(x: Tensor) -> Tensor:
        def add(step: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
            return step + 1, total + tf.reduce_sum(change(x, step))

        start = tf.constant(0), tf.constant(0.0)
        return tf.while_loop(lambda step, _: step < times, add, start)[1]

    tensor = tf.constant(images)
    return lambda: work(tensor).numpy()


def albumentations_work(name: str, images: np.ndarray) -> dict[str, Callable[[], object]]:
    """Return albumentations' transform on each image of ``LOOP`` batches, where installed."""
    try:
        import os

        os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it asks the network at import
        import albumentations as A
        import cv2
    except ImportError:
        return {}
    from cam_augment.registry import STRATEGIES

    cv2.setNumThreads(1)
    size = STRATEGIES[name].resolve({}).get("magnitude", 0.0)
    mirror = cv2.BORDER_REFLECT
    transforms = {
        "rotation": lambda: A.Rotate(size, border_mode=mirror, p=1),
        "zoom": lambda: A.Affine(scale=(1 - size, 1 + size), border_mode=mirror, p=1),
        "translation": lambda: A.Affine(translate_percent=(-size, size), border_mode=mirror, p=1),
        "shear": lambda: A.Affine(
            shear={"x": np.degrees(np.arctan([-size, size])).tolist(), "y": 0},
            border_mode=mirror,
            p=1,
        ),
        "horizontal_flip": lambda: A.HorizontalFlip(p=size),
        "contrast": lambda: A.RandomBrightnessContrast(0, size, p=1),
        "gaussian_noise": lambda: A.GaussNoise(std_range=(size, size), p=1),
        "random_erasing": lambda: A.Erasing(scale=(0.02, size), fill="random_uniform", p=0.5),
    }
    if name not in transforms:
        return {}
    transform = transforms[name]()
    label = f"albumentations {type(transform).__name__}"

    def work() -> None:
        for _ in range(LOOP):
            np.stack([transform(image=image)["image"] for image in images])

    return {label: work}
