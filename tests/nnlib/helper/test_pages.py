"""Pages: memory that is shared in its place."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.helper.pages import CAN_SHARE, Pages, _withdraw, arrays, needed, opened

pytestmark = pytest.mark.skipif(not CAN_SHARE, reason="pages cannot be shared on this system")
FORMS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 40), min_size=1, max_size=3).map(tuple),
        st.sampled_from(["float32", "float64", "bool", "int64"]),
    ),
    max_size=6,
)


@given(FORMS)
def test_arrays_lie_beside_each_other_and_are_seen_on_both_sides(forms):
    pages = Pages(needed(forms))
    here = arrays(pages.bytes, forms)
    for k, a in enumerate(here):
        a[...] = k
    there = opened(pages.share(), forms)
    assert [a.shape for a in there] == [shape for shape, _ in forms]
    for k, (a, b) in enumerate(zip(here, there, strict=True)):
        assert a.dtype == b.dtype
        assert (b == np.array(k).astype(b.dtype)).all()
        b[...] = 1
        assert (a == 1).all()


def test_who_is_shut_out_sees_nothing_more_and_views_stay():
    form = [((1000,), "float32")]
    pages = Pages(needed(form))
    (here,) = arrays(pages.bytes, form)
    part = here[10:20]
    here[:] = 3
    (there,) = opened(pages.share(), form)
    _withdraw(pages._memory)  # as after a fork
    assert (part == 3).all()
    part[:] = 4
    assert (here[10:20] == 4).all()
    assert (there == 3).all()


def test_a_disk_that_is_full_leaves_the_memory_as_it_was(monkeypatch):
    pages = Pages(100_000)
    pages.bytes[:] = 5
    before = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0

    def full(descriptor, data):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            pages.share()
    assert (pages.bytes == 5).all()
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
