"""Studies drawn from trained models: what is drawn, what is true, and what is not known."""

import numpy as np
import pytest

from benchmarks.truth import report
from benchmarks.truth.flipped import flipped
from benchmarks.truth.judged import Design
from benchmarks.truth.processors import rows
from benchmarks.truth.simulated import Truth, held_true
from benchmarks.truth.trained import CONTROL, Pool, alarms, drawn_pairs, measured, pairs
from tests.profiles import example_profile

DESIGN = Design(((3, 5),), 400)


def pool(gains: tuple[float, ...] = (0.0, 0.08, -0.2), models: int = 10, images: int = 400) -> Pool:
    """Models that are right by chance, arms by so much more often than baselines."""
    rng = np.random.default_rng(5)
    labels = np.arange(images) % 4

    def predicted(shape: tuple[int, ...], share: np.ndarray) -> np.ndarray:
        right = rng.random((*shape, images)) < share
        return np.where(right, labels, (labels + 1) % 4)

    share = 0.7 + np.array(gains)[:, None, None]
    arms = predicted((len(gains), models), share)
    names = (CONTROL, *(f"s{n}" for n in range(1, len(gains))))
    return Pool(names, labels, predicted((16,), np.float64(0.7)), arms)


def test_pairs_share_no_model_and_the_truth_is_of_the_others():
    many = pool()
    one, two, truth = drawn_pairs(many, 6, DESIGN, np.random.default_rng(0))
    every = many.recalls(many.arms)
    for study in range(6):
        for arm in range(3):
            models = {column.tobytes(): place for place, column in enumerate(every[arm].T.copy())}
            drawn = [*one.arms[study, arm].T.copy(), *two.arms[study, arm].T.copy()]
            assert len(models) == 10  # no two alike
            assert len({models[column.tobytes()] for column in drawn}) == 6
    assert truth.gain[0].shape == (6, 2)
    assert (truth.gain[0] <= truth.gain[1]).all()
    assert (truth.worst[0] <= truth.worst[1]).all()
    assert (truth.gain[0][:, 1] < -0.1).all()


def test_recalls_are_those_of_the_models():
    many = pool(images=40)
    right = many.baselines[3] == many.labels
    expected = [right[many.labels == c].mean() for c in range(4)]
    np.testing.assert_allclose(many.recalls(many.baselines)[:, 3], expected)


def test_a_claim_is_known_where_all_that_may_be_true_says_the_same():
    gain = (np.array([[0.01, -0.01, -0.02]]), np.array([[0.03, 0.01, -0.01]]))
    worst = (np.zeros((1, 3)), np.full((1, 3), 0.01))
    adopt = np.full((1, 3), "adopt", object)
    true, are_known = held_true(Truth(gain, worst), adopt)
    assert true.tolist() == [[True, False, False]]
    assert are_known.tolist() == [[True, False, True]]


def test_clear_effects_are_decided_rightly():
    result = pairs(pool((0.0, 0.2, -0.2), models=12), DESIGN, 30)
    assert result.right == 1.0
    assert result.against == 0.0
    assert result.counts["avoid"] > 0


def test_nothing_is_claimed_of_models_that_do_nothing():
    for alarm in alarms(pool(), DESIGN, 1.0, 300):
        assert alarm.low <= 0.05, alarm
    assert alarms(pool(), DESIGN, 1.0, 20)[0].world == "trained, noise x 1"


def test_what_was_predicted_is_kept_and_read(tmp_path):
    many = pool()
    (tmp_path / "p.npz").write_bytes(many.content())
    again = Pool.read(tmp_path / "p.npz")
    assert again.names == many.names
    for name in ("labels", "baselines", "arms"):
        np.testing.assert_array_equal(getattr(again, name), getattr(many, name))


def test_the_report_holds_every_design_and_its_predictions():
    many = pool(images=400)
    verdicts, result = measured(many, quick=True)
    files = report.of_trained(verdicts, result, many, example_profile())
    assert set(files) == {"trained.json", "trained.md", "trained.csv", "trained.npz"}
    assert files["trained.csv"].decode().count("\n") == 1 + len(verdicts)


def test_a_strategy_that_is_decided_twice_differently_is_named():
    profile = example_profile()
    first = profile.strategies[1]
    other = "avoid" if first.conclusion != "avoid" else "adopt"
    strategies = (
        s.model_copy(update={"verdict": other}) if s.strategy == first.strategy else s
        for s in profile.strategies
    )
    changed = profile.model_copy(update={"strategies": tuple(strategies)})
    result = {row.strategy: row for row in rows({"a": profile, "b": changed})}
    assert result[first.strategy].apart == (first.conclusion not in ("undecided", "quiet"))
    assert not any(row.apart for name, row in result.items() if name != first.strategy)
    text = report.of_processors(list(result.values()), {"a": profile, "b": changed})
    assert first.strategy in text["processors.md"].decode()


@pytest.mark.slow
def test_flipped_weights_differ_in_their_lowest_bit_alone():
    import keras

    from cam_augment.architectures.small_cnn import small_cnn

    keras.utils.set_random_seed(3)
    plain = small_cnn((28, 28, 1), 10).get_weights()
    keras.utils.set_random_seed(3)
    for a, b in zip(plain, flipped((28, 28, 1), 10).get_weights(), strict=True):
        np.testing.assert_array_equal((a.view(np.uint32) ^ b.view(np.uint32)) <= 1, True)
        assert (a != b).sum() == (a != 0).sum()
