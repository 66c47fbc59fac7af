"""What the example's strategies were measured to do, and how large an effect is."""

# strategy: gain (fraction), between C, within W, change of spread
MEASURED = {
    "identity": (0.0027, 0.197, 0.194, +0.002),
    "rotation": (0.0077, 0.196, 0.184, +0.001),
    "zoom": (0.0078, 0.200, 0.185, -0.002),
    "translation": (0.0078, 0.208, 0.152, -0.015),
    "shear": (0.0079, 0.205, 0.162, -0.008),
    "horizontal_flip": (-0.0362, 0.281, 0.234, +0.009),
    "contrast": (0.0010, 0.197, 0.193, -0.001),
    "gaussian_noise": (-0.0008, 0.199, 0.162, -0.004),
    "random_erasing": (0.0018, 0.235, 0.189, +0.019),
    "mixup": (0.0031, 0.222, 0.171, +0.012),
}


FLOOR, SMALLEST, BASELINES, SEEDS = 0.195, 1 / 495, 8, 4


METRICS = ("pearson", "spearman", "mad", "msd", "overlap", "wasserstein", "centroid_shift")


# metric: (size of its distances relative to 1 - Pearson, chance level of the metric itself)
SIZES = {
    "pearson": (1.0, 0.38),
    "spearman": (0.9, 0.33),
    "mad": (0.45, 0.21),
    "msd": (0.2, 0.09),
    "overlap": (1.9, 0.24),
    "wasserstein": (0.24, 0.11),
    "centroid_shift": (0.21, 0.09),
    "prediction_kl": (0.5, None),
}


MUST_BEAT = ("affinity", "diversity", "one_epoch_accuracy", "excess_shift.prediction_kl")


LEVELS = {
    "accuracy": (0.9312, 0.0019),
    "macro_f1": (0.9304, 0.0020),
    "entropy": (0.871, 0.006),
    "gini": (0.571, 0.008),
    "effective_area": (0.562, 0.011),
    "spread": (0.232, 0.005),
    "focus": (2.31, 0.07),
}


CORRUPTED = {  # corruption to its family
    "defocus": "blur",
    "jpeg": "digital",
    "low_contrast": "light",
    "sensor_noise": "noise",
    "misplacement": "place",
}
