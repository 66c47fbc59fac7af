"""Near duplicates: found across parts, exactly within three bits, and no others."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from cam_augment.reading import duplicates
from cam_augment.reading.duplicates import describe, near_pairs
from tests.own_pictures import drawn


def thumbs_of(images):
    pairs = [describe(image.astype(np.float32)) for image in images]
    return np.array([p[0] for p in pairs], np.uint64), np.stack([p[1] for p in pairs])


def test_the_difference_hash_is_what_its_definition_says():
    values = np.random.default_rng(0).random((8, 9)).astype(np.float32)
    bits = "".join(str(int(row[c + 1] > row[c])) for row in values for c in range(8))
    result, _ = describe(values)
    assert "".join(f"{byte:08b}" for byte in result.tobytes()) == bits


def test_near_duplicates_are_found_across_parts_and_no_others():
    rng = np.random.default_rng(0)
    images = [drawn(seed, (48, 64)) / 255 for seed in range(40)]
    again = [
        images[0],  # the same
        np.clip(images[1] * 0.9 + 0.03, 0, 1),  # other light
        np.clip(images[2] + rng.normal(0, 0.02, (48, 64)), 0, 1),  # noise
        np.asarray(Image.fromarray((images[3] * 255).astype(np.uint8)).resize((96, 72))) / 255,
        images[4][:, ::-1],  # mirrored: another picture
    ]
    hashes, thumbs = thumbs_of([*images, *again, images[5]])
    parts = np.array([0] * 40 + [1] * 5 + [0])  # the last repeats one of its own part
    assert near_pairs(hashes, thumbs, parts) == [(0, 40), (1, 41), (2, 42), (3, 43)]
    parts[40] = -1  # in no split
    assert near_pairs(hashes, thumbs, parts) == [(1, 41), (2, 42), (3, 43)]


def test_other_parts_in_the_same_light_are_no_duplicates():
    light = np.linspace(0.2, 0.7, 64)[None, :] * np.linspace(1, 0.8, 48)[:, None]
    parts = [np.clip(light + 0.1 * (drawn(seed, (48, 64)) / 255 - 0.5), 0, 1) for seed in (0, 1)]
    hashes, thumbs = thumbs_of([*parts, np.clip(parts[0] * 0.9, 0, 1)])
    hashes[:] = hashes[0]  # as if the light alone decided them
    assert near_pairs(hashes, thumbs, np.arange(3)) == [(0, 2)]


def test_flat_pictures_are_near_where_their_greys_are():
    flat = [np.full((9, 9), level) for level in (0.2, 0.2, 0.6)]
    hashes, thumbs = thumbs_of(flat)
    assert near_pairs(hashes, thumbs, np.array([0, 1, 1])) == [(0, 1)]


@given(seed=some.integers(0, 30), bits=some.integers(0, 3))
@settings(max_examples=40)
def test_no_pair_within_three_bits_is_missed(seed, bits):
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**63, 300).astype(np.uint64)
    hashes = np.concatenate([hashes, hashes])
    for bit in rng.choice(64, bits, replace=False):
        hashes[300:] ^= np.uint64(1) << np.uint64(bit)
    thumbs = np.tile(rng.random((1, 32, 32)).astype(np.float32), (600, 1, 1))
    result = near_pairs(hashes, thumbs, np.repeat([0, 1], 300))
    slow = [(a, b + 300) for a in range(300)
            for b in np.flatnonzero(np.bitwise_count(hashes[a] ^ hashes[300:]) <= 3)]  # fmt: skip
    assert result == slow


def test_many_alike_pictures_are_compared_in_blocks(monkeypatch):
    monkeypatch.setattr(duplicates, "_AT_ONCE", 10)
    hashes = np.zeros(100, np.uint64)
    thumbs = np.zeros((100, 32, 32), np.float32)
    result = near_pairs(hashes, thumbs, np.arange(100) % 2)
    assert [later for _, later in result] == list(range(1, 100, 2))
    assert all(earlier % 2 == 0 for earlier, _ in result)


def test_thousands_of_equal_pictures_make_one_pair_each():
    thumbs = np.tile(np.random.default_rng(0).random((1, 32, 32), np.float32), (3000, 1, 1))
    parts = np.arange(3000) % 3
    result = near_pairs(np.zeros(3000, np.uint64), thumbs, parts)
    assert len(result) == 3000 // 3 + 2 * (3000 // 3), "of part 2: one pair with each part before"
    assert result[0] == (0, 1)
