"""Data sets in `.npz` files, as people write them, and as nobody should."""

from __future__ import annotations

import contextlib
import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib.data
from nnlib.data import npz
from nnlib.errors import DataError

BYTES = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def members(**changes):
    usual = {"x_train": BYTES, "t_train": LABELS, "x_test": BYTES[:2], "t_test": LABELS[:2]}
    return {name: array for name, array in (usual | changes).items() if array is not None}


@pytest.fixture
def save(tmp_path):
    def save(**changes):
        np.savez_compressed(tmp_path / "mine.npz", **members(**changes))
        return tmp_path / "mine.npz"

    return save


def test_bytes_become_numbers_in_0_to_1_with_a_channel(save):
    dataset = nnlib.data.load(save())
    assert dataset.name == "mine"
    assert dataset.input_shape == (1, 5, 4)
    np.testing.assert_allclose(dataset.x_train[:, 0], BYTES / 255, rtol=1e-6)
    assert dataset.classes == ("0", "1", "2")


def test_the_habits_of_many_hands_mean_the_same(save):
    expected = nnlib.data.load(save())
    for changes in (
        {"x_train": BYTES / 255, "x_test": BYTES[:2] / 255},
        {"x_train": BYTES.astype(">f8"), "x_test": BYTES[:2].astype(int)},
        {"x_train": BYTES[:, None], "x_test": BYTES[:2, None]},
        {"x_train": BYTES[..., None], "x_test": BYTES[:2, ..., None]},
        {"x_train": np.asfortranarray(BYTES)},
        {"t_train": None, "y_train": LABELS, "t_test": None, "y_test": LABELS[:2, None]},
        {"t_train": np.eye(3)[LABELS], "t_test": LABELS[:2].astype(np.float32)},
    ):
        dataset = nnlib.data.load(save(**changes))
        np.testing.assert_allclose(dataset.x_train, expected.x_train, rtol=1e-6)
        np.testing.assert_allclose(dataset.x_test, expected.x_test, rtol=1e-6)
        np.testing.assert_array_equal(dataset.t_train, expected.t_train)
        np.testing.assert_array_equal(dataset.t_test, expected.t_test)


def test_flat_samples_stay_flat_and_classes_keep_their_names(save):
    flat = BYTES.reshape(6, -1)
    dataset = nnlib.data.load(save(x_train=flat, x_test=flat[:2], classes=["red", "green", "blue"]))
    assert dataset.input_shape == (20,)
    assert dataset.classes == ("red", "green", "blue")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"t_train": None}, "no array t_train or y_train"),
        ({"x_test": None}, "no array x_test"),
        ({"x_train": BYTES.astype(float) - 1}, "must lie in 0..1 or in 0..255"),
        ({"x_train": BYTES * 2.0}, "must lie in 0..1 or in 0..255"),
        ({"x_train": np.full((6, 5, 4), np.nan)}, "not a finite number"),
        ({"x_train": np.array(list("abcdef"))}, "must hold numbers"),
        ({"x_train": np.zeros((0, 5, 4))}, "must hold numbers"),
        ({"t_train": LABELS + 0.5}, "not a whole number"),
        ({"t_train": LABELS - 1}, "out of range"),
        ({"t_train": LABELS * 10**6}, "class indices"),
        ({"t_train": np.ones((6, 3))}, "not one-hot"),
        ({"t_train": LABELS.astype(str)}, "class indices"),
        ({"classes": ["only one"]}, "labels go from 0 to 2"),
        ({"x_train": np.array([{}] * 6)}, "Python objects"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(save, changes, says):
    with pytest.raises(DataError, match=says):
        nnlib.data.load(save(**changes))


def forged(path, header_shape, content=b"", dtype="|u1"):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": dtype, "fortran_order": False, "shape": header_shape}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", header.getvalue() + content)


@pytest.mark.parametrize("shape", [(10**12,), (-5,), (3, -1), (2**40, 2**40), (11,), (9,)])
def test_a_header_that_promises_what_is_not_there_costs_no_memory(tmp_path, shape):
    path = tmp_path / "forged.npz"
    forged(path, shape, bytes(10))
    with pytest.raises(DataError, match="damaged"):
        npz.read(path)


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x_train=np.zeros(1_000_000, np.uint8))
    with pytest.raises(DataError, match="at most 500,000 are read"):
        npz.read(path, largest=500_000)


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return pytest.fail, ("a pickle was opened",)

    np.savez(tmp_path / "trap.npz", x_train=np.array([Trap()], object), allow_pickle=True)
    with pytest.raises(DataError, match="Python objects"):
        npz.read(tmp_path / "trap.npz")
    (tmp_path / "bare.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(DataError, match="damaged"):
        npz.read(tmp_path / "bare.npz")


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("npz") / "some.npz"
    npz.write(path, members())
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(DataError):
        npz.read(path)


def test_what_is_written_numpy_reads_and_the_same_arrays_are_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        npz.write(tmp_path / name, members())
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["x_train"], BYTES)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.npz"
    npz.write(path, members())
    before = path.read_bytes()
    with pytest.raises(ValueError, match="pickle"):
        npz.write(path, {"fine": BYTES, "bad": np.array([{}])})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]
