"""RandAugment, TrivialAugment and AugMix draw and apply what their papers say."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from cam_augment.plan import Strategy
from cam_augment.registry import STRATEGIES
from cam_augment.strategies import augmix, chains, operations, policies, tones
from cam_augment.strategies.draws import integers, shares, signs
from cam_augment.strategies.operations import OPERATIONS, VALUES
from tests.test_strategies import SEED, assert_uniform, pictures, run
from tests.test_warp import twin_warp

RAND, TRIVIAL, MIX = policies.RAND_AUGMENT, policies.TRIVIAL_AUGMENT, augmix.AUG_MIX


def through(images, names, strengths, space=RAND, fill="zero"):
    """Put every image through the same operations; numpy out."""
    count = len(images)
    drawn = tf.tile(tf.constant([[OPERATIONS.index(name) for name in names]]), [count, 1])
    strength = tf.tile(tf.constant([strengths], tf.float32), [count, 1])
    return operations.transform(images, drawn, strength, space, fill).numpy()


def test_draws_are_even():
    blank = tf.zeros([20000, 1, 1, 1])
    for drawn, size in ((integers(blank, SEED, 7), 7), (operations.draw(blank, SEED, MIX, 1), 9)):
        assert len(np.unique(drawn)) == size
        assert stats.chisquare(np.unique(drawn, return_counts=True)[1]).pvalue > 1e-3
    assert set(np.unique(signs(blank, SEED))) == {-1, 1}
    assert abs(signs(blank, SEED).numpy().mean()) < 0.03


def test_shares_follow_dirichlet():
    drawn = shares(tf.zeros([4000, 1, 1, 1]), SEED, 3).numpy()
    np.testing.assert_allclose(drawn.sum(1), 1, atol=1e-6)
    for share in drawn.T:  # the margins of Dirichlet(1, 1, 1)
        assert stats.kstest(share, stats.beta(1, 2).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] + 0.5) < 0.05


def test_the_spaces_are_the_papers():
    assert len(RAND.operations) == len(TRIVIAL.operations) == 14
    assert len(MIX.operations) == 9
    shared_with_corruptions = {"contrast", "brightness", "saturation", "sharpness"}
    assert not shared_with_corruptions & set(MIX.operations)  # AugMix keeps clear of ImageNet-C


ONE = {
    "rotate": lambda s: [[np.cos(s * np.pi / 6), -np.sin(s * np.pi / 6), 0],
                         [np.sin(s * np.pi / 6), np.cos(s * np.pi / 6), 0], [0, 0, 1]],
    "shear_x": lambda s: [[1, 0.3 * s, 0], [0, 1, 0], [0, 0, 1]],
    "shear_y": lambda s: [[1, 0, 0], [0.3 * s, 1, 0], [0, 0, 1]],
    "translate_x": lambda s: [[1, 0, s * 16 * 150 / 331], [0, 1, 0], [0, 0, 1]],
    "translate_y": lambda s: [[1, 0, 0], [0, 1, s * 20 * 150 / 331], [0, 0, 1]],
    "identity": lambda _s: np.eye(3),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("strength", [-0.6, 1.0])
def test_each_geometric_operation_is_its_matrix(name, strength):
    images, _ = pictures()
    changed = through(images, [name], [strength])
    matrix = np.array(ONE[name](strength), float)
    for image, result in zip(images.numpy(), changed, strict=True):
        expected = twin_warp(image[..., 0].astype(float), matrix, "grid-constant")
        np.testing.assert_allclose(result[..., 0], expected, atol=1e-4)


def test_geometry_in_a_chain_is_one_warp_in_order():
    images, _ = pictures()
    changed = through(images, ["rotate", "solarise", "translate_x", "shear_y"], [1, 0.4, 0.5, -1])
    matrix = ONE["rotate"](1) @ np.array(ONE["translate_x"](0.5)) @ ONE["shear_y"](-1)
    for image, result in zip(images.numpy(), changed, strict=True):
        moved = twin_warp(image[..., 0].astype(float), matrix, "grid-constant")
        expected = np.where(moved > 0.6, 1 - moved, moved)
        near = np.abs(moved - 0.6) < 1e-3  # on the threshold, rounding decides
        np.testing.assert_allclose(result[~near, 0], expected[~near], atol=1e-4)


FORMULAS = {
    "autocontrast": lambda x, _s: tones.stretched(x),
    "equalise": lambda x, _s: tones.equalised(x),
    "posterise": lambda x, s: tones.posterised(x, tf.fill(len(x), np.round(4 * abs(s)))),
    "solarise": lambda x, s: tones.solarised(x, tf.fill(len(x), 1 - abs(s))),
    "brightness": lambda x, s: tones.brightened(x, tf.fill(len(x), 1 + 0.9 * s)),
    "contrast": lambda x, s: tones.contrasted(x, tf.fill(len(x), 1 + 0.9 * s)),
    "saturation": lambda x, s: tones.saturated(x, tf.fill(len(x), 1 + 0.9 * s)),
    "sharpness": lambda x, s: tones.sharpened(x, tf.fill(len(x), 1 + 0.9 * s)),
}


@pytest.mark.parametrize("name", VALUES)
def test_each_change_of_values_is_its_formula(name):
    images, _ = pictures(channels=3)
    for strength in (-0.55, 0.8):
        expected = FORMULAS[name](images, np.float32(strength))
        changed = through(images, [name], [strength])
        np.testing.assert_allclose(changed, expected, atol=1e-5)
        assert not np.allclose(changed, images)


def test_values_change_in_the_order_of_the_draws():
    images, _ = pictures()
    one = through(images, ["solarise", "autocontrast"], [0.7, 0])
    other = through(images, ["autocontrast", "solarise"], [0, 0.7])
    expected = tones.stretched(tones.solarised(images, tf.fill([12], 0.3)))
    np.testing.assert_allclose(one, expected, atol=1e-5)
    assert not np.allclose(one, other, atol=1e-3)


def test_each_image_goes_through_its_own_operations_only():
    images, _ = pictures(images=14, channels=3)
    drawn = tf.stack([tf.range(14), (tf.range(14) * 5 + 3) % 14], 1)
    strength = tf.linspace(tf.constant([-1.0, 0.2]), [0.9, -0.7], 14)
    together = operations.transform(images, drawn, strength, TRIVIAL, "reflect").numpy()
    for i in range(14):
        part = (value[i : i + 1] for value in (images, drawn, strength))
        alone = operations.transform(*part, TRIVIAL, "reflect").numpy()
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5)


def drawn_operations(monkeypatch, text, count=3000):
    """Return what a policy asks of ``transform``: numbers and strengths of operations."""
    calls = []

    def note(images, drawn, strength, space, fill):
        calls.append((drawn.numpy(), strength.numpy(), space, fill))
        return images

    monkeypatch.setattr(policies, "transform", note)
    step = Strategy.parse(text).steps[0]
    STRATEGIES[step.name](tf.zeros([count, 4, 4, 1]), None, SEED, **step.settings)
    return calls


def blends(monkeypatch, text, count=3000):
    """Return what AugMix asks of ``blend_chains``: shares, numbers and strengths of operations."""
    calls = []

    def note(images, shares, drawn, strength, space, fill):
        calls.append((shares.numpy(), drawn.numpy(), strength.numpy(), space, fill))
        return images

    monkeypatch.setattr(augmix, "blend_chains", note)
    step = Strategy.parse(text).steps[0]
    STRATEGIES[step.name](tf.zeros([count, 4, 4, 1]), None, SEED, **step.settings)
    return calls[0]


def test_rand_augment_draws_operations_of_one_strength(monkeypatch):
    ((drawn, strength, space, fill),) = drawn_operations(
        monkeypatch, "rand_augment:12,operations=3,fill=zero"
    )
    assert (drawn.shape, space, fill) == ((3000, 3), RAND, "zero")
    np.testing.assert_allclose(np.abs(strength), 12 / 30)
    assert abs(np.sign(strength).mean()) < 0.05
    for slot in drawn.T:
        assert stats.chisquare(np.bincount(slot, minlength=14)).pvalue > 1e-3
    again = (drawn[:, 0] == drawn[:, 1]).sum()  # with replacement
    assert stats.binomtest(int(again), 3000, 1 / 14).pvalue > 1e-3


def test_trivial_augment_draws_one_operation_of_any_strength(monkeypatch):
    ((drawn, strength, space, _),) = drawn_operations(monkeypatch, "trivial_augment:24")
    assert (drawn.shape, space) == ((3000, 1), TRIVIAL)
    assert stats.chisquare(np.bincount(drawn[:, 0], minlength=14)).pvalue > 1e-3
    assert_uniform(strength[:, 0], -0.8, 0.8)


def test_aug_mix_draws_chains_of_any_length(monkeypatch):
    text = "aug_mix:5,width=4,depth=3,fill=nearest"
    _, drawn, strength, space, fill = blends(monkeypatch, text)
    assert (drawn.shape, space, fill) == ((3000, 4, 3), MIX, "nearest")
    assert_uniform(np.abs(strength).ravel(), 0.01, 0.5)
    assert abs(np.sign(strength).mean()) < 0.05
    for chain in drawn.transpose(1, 0, 2):
        used = chain > 0
        np.testing.assert_array_equal(used, np.sort(used, 1)[:, ::-1])  # then none any more
        assert stats.chisquare(np.bincount(used.sum(1), minlength=4)[1:]).pvalue > 1e-3
    assert (drawn[:, 0] == drawn[:, 1]).all(1).mean() < 0.2


def test_aug_mix_draws_shares_of_the_image_and_of_its_chains(monkeypatch):
    shares, *_ = blends(monkeypatch, "aug_mix")
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    assert_uniform(shares[:, 0], 0, 1)  # Beta(1, 1)
    chains = shares[:, 1:] / shares[:, 1:].sum(1, keepdims=True)
    for chain in chains.T:  # the margins of Dirichlet(1, 1, 1)
        assert stats.kstest(chain, stats.beta(1, 2).cdf).pvalue > 1e-3
    assert abs(np.corrcoef(shares[:, 0], chains[:, 0])[0, 1]) < 0.06


# -- the compiled loop, against the operations one by one


SMOOTH = ("identity", *operations.GEOMETRY, "autocontrast")


def asked_of_chains(images, chains, slots, names=("identity", *MIX.operations), seed=0):
    """Return shares of image and chains, and operations of AugMix with strengths, at random."""
    rng = np.random.default_rng(seed)
    numbers = [OPERATIONS.index(name) for name in names]
    drawn = rng.choice(numbers, (len(images), chains, slots)).astype(np.int32)
    strength = rng.uniform(-1, 1, drawn.shape).astype(np.float32)
    shares = rng.dirichlet(np.ones(1 + chains), len(images)).astype(np.float32)
    return shares, drawn, strength


def slowly_blended(images, shares, drawn, strength, fill):
    """The twin: every chain by ``transform``, and a sum."""
    parts = [images.numpy()]
    for chain in range(drawn.shape[1]):
        draws = (tf.constant(array[:, chain]) for array in (drawn, strength))
        parts.append(operations.transform(images, *draws, MIX, fill).numpy())
    return np.einsum("pirck,ip->irck", parts, shares)


@pytest.mark.parametrize("fill", ["reflect", "nearest", "zero"])
@pytest.mark.parametrize(
    ("rows", "columns", "channels"), [(20, 16, 1), (13, 17, 3), (8, 8, 2), (1, 5, 1), (1, 1, 3)]
)
@pytest.mark.parametrize(
    ("names", "beyond"),
    # A grey level or a threshold turns a difference in rounding into one that shows.
    [(SMOOTH, 0), (("identity", *MIX.operations), 0.005)],
)
def test_chains_in_a_loop_are_those_one_by_one(rows, columns, channels, fill, names, beyond):
    images, _ = pictures(images=60, rows=rows, columns=columns, channels=channels)
    draws = asked_of_chains(images, 3, 4, names)
    expected = slowly_blended(images, *draws, fill)
    result = chains.blend_chains(images, *map(tf.constant, draws), MIX, fill).numpy()
    assert result.dtype == np.float32
    assert np.quantile(np.abs(result - expected), 1 - beyond) < 5e-5


@pytest.mark.parametrize("name", MIX.operations)
def test_every_operation_of_aug_mix_is_in_the_loop(name):
    images, _ = pictures(images=30, channels=3)
    _, drawn, strength = asked_of_chains(images, 1, 1)
    drawn[:] = OPERATIONS.index(name)
    shares = np.tile(np.float32([0, 1]), (30, 1))
    result = chains.blend_chains(
        images, *map(tf.constant, (shares, drawn, strength)), MIX, "reflect"
    )
    expected = slowly_blended(images, shares, drawn, strength, "reflect")
    np.testing.assert_allclose(result, expected, atol=1e-5)
    assert (np.abs(result - images) > 1e-3).mean() > 0.1


def test_a_loop_without_operations_changes_nothing():
    images, _ = pictures(channels=3)
    shares, drawn, strength = asked_of_chains(images, 3, 2)
    draws = map(tf.constant, (shares, 0 * drawn, strength))
    np.testing.assert_allclose(chains.blend_chains(images, *draws, MIX, "zero"), images, atol=1e-6)


@pytest.mark.parametrize("text", ["rand_augment:0", "trivial_augment:0"])
def test_without_strength_only_histograms_change(text):
    images, labels = pictures(images=64)
    images = tf.clip_by_value(images * 0.8 + 0.1, 0, 1)
    changed, _ = run(text, images, labels)
    same = (np.abs(changed - images.numpy()) < 1e-6).all((1, 2, 3))
    assert 0.4 < same.mean() < 1


@pytest.mark.parametrize("tone", [tones.stretched, tones.equalised])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_channel_of_one_value_stays(tone, value):
    """Between other channels that change."""
    images = np.random.default_rng(3).random((2, 5, 4, 3)).astype(np.float32) * 0.5
    images[:, :, :, 1] = value
    changed = tone(tf.constant(images)).numpy()
    np.testing.assert_array_equal(changed[..., 1], images[..., 1])
    assert (changed[..., ::2] != images[..., ::2]).any()
