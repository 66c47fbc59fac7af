"""Predictions stay in the store, and no more of them are held than is allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base.recent import Recent
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.store import Store
from cam_augment.study import fits as stored_fits
from cam_augment.study.fits import fits_of
from cam_augment.study.requests import requests
from tests import stored
from tests.cut_pictures import PLAN, read_tiles, write_parts


@pytest.fixture(scope="module")
def data(once):
    return read_tiles(once("parts", write_parts))


def test_predictions_are_read_when_they_are_asked_for_and_no_more_of_them_held(
    data, tmp_path, monkeypatch
):
    plan, store = Plan.make(PLAN | {"baselines": 3, "seeds": 3}), Store(tmp_path)
    for request in requests(plan, data, store):
        store.put_training(request.training_key, stored.training_of(request.run, data))
        for question in request.questions:
            answer = stored.answer_of(question, request.run, data)
            store.put_answer(question.kind, question.key, answer)
    part = requests(plan, data, store)
    read, real = [], store.arrays
    monkeypatch.setattr(store, "arrays", lambda kind, key: read.append(key) or real(kind, key))
    monkeypatch.setattr(stored_fits, "LOGITS_BYTES", 1)
    fits = fits_of(part, store, data)
    assert not read
    for fit in fits:
        expected = stored.logits_of(fit.run, data, "test")
        np.testing.assert_array_equal(fit.tiles.logits, expected)
        np.testing.assert_array_equal(fit.test_logits, data.test.judged(expected))
        np.testing.assert_array_equal(fit.probe_logits, stored.logits_of(fit.run, data, "probe"))
    assert len(read) == 2 * len(fits)  # once each: a fit stays until the next
    assert len(fits[0].test_logits) == len(data.test.tiles.pictures)
    assert len(read) == 2 * len(fits) + 2
    assert part[0].predictions("test").about == "test" != OWN


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 40))
def test_what_was_asked_for_last_stays(keys, limit):
    twin: list[str] = []  # the twin: a list, the last in front
    read: list[str] = []
    recent = Recent[int](limit, lambda value: value)
    for number in keys:
        key, size = str(number), 3 * number + 1
        expected = key not in twin
        assert recent.get(key, lambda key=key, size=size: read.append(key) or size) == size
        assert (read[-1:] == [key]) if expected else True
        twin = [key, *(other for other in twin if other != key)]
        while len(twin) > 1 and sum(3 * int(other) + 1 for other in twin) > limit:
            twin.pop()
    assert len(read) <= len(keys)
