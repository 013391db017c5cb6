"""IDX files, good and hostile."""

from __future__ import annotations

import contextlib
import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnlib.data import idx
from nnlib.errors import DataError

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def encode(array: np.ndarray) -> bytes:
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


@pytest.fixture
def write(tmp_path: Path):
    def write(content: bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@given(
    array=arrays(np.uint8, array_shapes(min_dims=1, max_dims=3, max_side=5)), zipped=st.booleans()
)
def test_what_was_written_is_read(tmp_path_factory, array, zipped):
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(encode(array)) if zipped else encode(array))
    read = idx.read(path, array.ndim)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize(
    ("zipped", "name"), [(True, "images"), (False, "images.gz")], ids=["gzip", "plain"]
)
def test_the_content_tells_whether_it_is_gzipd_and_not_the_name(write, zipped, name):
    content = encode(IMAGES)
    path = write(gzip.compress(content) if zipped else content, name)
    np.testing.assert_array_equal(idx.read(path, 3), IMAGES)


GOOD = encode(IMAGES)
TERA = struct.pack(">BBBB3I", 0, 0, 8, 3, 10**6, 1000, 1000)
HOSTILE = {
    "empty": (b"", "magic number"),
    "too short for a header": (GOOD[:3], "magic number"),
    "cut off within the header": (GOOD[:10], "within its header"),
    "another magic number": (b"\x89PNG" + GOOD[4:], "magic number"),
    "another type": (GOOD[:2] + b"\x0d" + GOOD[3:], "IDX type 13"),
    "another number of axes": (encode(IMAGES[0]), "2 axes; 3 are expected"),
    "cut off within the values": (GOOD[:-1], "promises 24 values and holds 23"),
    "goes on": (GOOD + b"\0", "goes on after"),
    "promises 10^12 values": (TERA + bytes(100), "promises 1,000,000,000,000 values"),
    "promises 2^96 values": (GOOD[:4] + b"\xff" * 12, "at most"),
}


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", HOSTILE)
def test_a_bad_file_is_refused_with_a_sentence(write, case, zipped):
    content, says = HOSTILE[case]
    with pytest.raises(DataError, match=says):
        idx.read(write(gzip.compress(content) if zipped else content), 3)


def test_damaged_gzip_is_refused(write):
    whole = gzip.compress(encode(np.random.default_rng(0).integers(0, 256, (9, 9, 9), np.uint8)))
    for content in (whole[:-9], whole[:20], whole[:2], whole[:60] + b"\0\xff\0" + whole[63:]):
        with pytest.raises(DataError, match="damaged"):
            idx.read(write(content), 3)


def test_neither_a_gzip_bomb_nor_a_false_promise_takes_memory(write):
    bomb = write(gzip.compress(GOOD + bytes(200_000_000), 1), "bomb")
    promise = write(struct.pack(">BBBB1I", 0, 0, 8, 1, 2**30) + bytes(50), "promise")
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="goes on"):
            idx.read(bomb, 3)
        with pytest.raises(DataError, match="cut off"):
            idx.read(promise, 1)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_absent_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        idx.read(tmp_path / "absent", 3)
    with pytest.raises(DataError, match="cannot be read"):
        idx.read(tmp_path, 3)


@given(st.binary(max_size=60))
def test_noise_is_read_or_refused_and_nothing_else(tmp_path_factory, noise):
    path = tmp_path_factory.mktemp("idx") / "file"
    for content in (noise, b"\0\0\x08\x01" + noise, b"\x1f\x8b\x08" + noise):
        path.write_bytes(content)
        with contextlib.suppress(DataError):
            idx.read(path, 1)
