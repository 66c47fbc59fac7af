"""Studies drawn from trained models: what is drawn, what is true, and what is not known."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.truth import report
from benchmarks.truth.flipped import flipped
from benchmarks.truth.judged import Design
from benchmarks.truth.processors import UNDECIDED, Column, apart, equal, here, kept, ways
from benchmarks.truth.simulated import Truth, held_true
from benchmarks.truth.trained import CONTROL, Pool, alarms, drawn_pairs, measured, pairs
from cam_augment.base import kernels, processor
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


def column(way: str, processor: str, profile=None, **changes) -> Column:
    return replace(Column.of(way, processor, profile or example_profile()), **changes)


def test_a_strategy_that_is_decided_twice_differently_is_named():
    one = column("a", "x")
    first = next(name for name, given in one.verdicts.items() if given not in UNDECIDED)
    other = "avoid" if one.verdicts[first] != "avoid" else "adopt"
    two = column("b", "x", verdicts=one.verdicts | {first: other})
    assert apart([one, two]) == [first]
    assert apart([one, one]) == []
    text = report.of_processors([one, two])["processors.md"].decode()
    assert f"decided verdicts: {first}. " in text
    assert f"| {first} | {' or '.join(sorted({one.verdicts[first], other}))} |" in text


@pytest.mark.parametrize("undecided", UNDECIDED)
def test_a_verdict_that_only_hesitates_is_not_another(undecided):
    one = column("a", "x")
    first = next(name for name, given in one.verdicts.items() if given not in UNDECIDED)
    two = column("b", "x", verdicts=one.verdicts | {first: undecided})
    assert apart([one, two]) == []
    text = report.of_processors([one, two])["processors.md"].decode()
    assert f"undecided: {first}." in text


@pytest.mark.parametrize(("vectors", "limited"), [("AVX-512", 1), ("AVX2", 0)])
def test_a_limit_that_the_processor_has_anyway_is_no_way_of_its_own(vectors, limited, monkeypatch):
    monkeypatch.setattr(processor, "vectors", lambda: vectors)
    assert sum(kernels.LIMIT in way.environment for way in ways()) == limited


def test_equal_gains_are_told_of_two_processors_only():
    one, same, elsewhere = column("a", "x"), column("b", "x"), column("c", "y")
    name = next(iter(one.gains))
    near = replace(elsewhere, gains=one.gains | {name: one.gains[name] + 1e-15})
    far = replace(elsewhere, gains={name: gain + 1e-15 for name, gain in one.gains.items()})
    assert equal([one, same, elsewhere]) == [(one, elsewhere, []), (same, elsewhere, [])]
    assert equal([one, same, near]) == [(one, near, [name]), (same, near, [name])]
    assert equal([one, same, far]) == []
    text = report.of_processors([one, near])["processors.md"].decode()
    assert f"to the last digit of every strategy but {name}." in text


def test_what_another_processor_came_to_is_kept(tmp_path):
    there, mine = column("a", "another, AVX9"), column("a", here())
    report.write(report.of_processors([there, mine]), tmp_path)
    assert kept(tmp_path) == [there]
    assert kept(tmp_path / "none") == kept(None) == []


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
