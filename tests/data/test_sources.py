"""Data sets by name and by path: MNIST, folders of IDX files, and what is not there."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

import nnlib.data
from nnlib.data import mnist
from nnlib.errors import DataError
from tests.data.test_idx import encode


def put_files(folder: Path, count: int = 5, *, zipped: bool = True, side: int = 28) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, side, side), np.uint8)
    images[0, 0, :2] = 0, 255
    labels = np.arange(count, dtype=np.uint8) % 10
    for name in mnist.FILES:
        content = encode(images if "images" in name else labels)
        path = folder / (f"{name}.gz" if zipped else name)
        path.write_bytes(gzip.compress(content) if zipped else content)


def test_every_source_is_declared_with_words_for_people():
    assert nnlib.data.names() == tuple(source.name for source in nnlib.data.sources())
    assert nnlib.data.names()[0] == "digits"
    assert len(set(nnlib.data.names())) == len(nnlib.data.names())
    for source in nnlib.data.sources():
        assert source.title
        assert source.description.endswith(".")
        assert source.description.count(". ") == 0


def test_the_built_in_digits_need_no_file_and_little_time(home):
    started = time.perf_counter()
    dataset = nnlib.data.load("digits")
    assert time.perf_counter() - started < 2
    assert dataset.x_train.shape == (20_000, 1, 28, 28)
    assert dataset.x_test.shape == (2_000, 1, 28, 28)
    assert dataset.classes == tuple("0123456789")
    assert (dataset.x_train.min(), dataset.x_train.max()) == (0, 1)
    assert not home.exists()


def test_the_cache_folder_is_the_variables_else_the_platforms(home, monkeypatch, tmp_path):
    assert home in nnlib.data.cache_folder().parents
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(tmp_path))
    assert nnlib.data.cache_folder() == tmp_path
    assert not home.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_mnist_is_read_from_the_cache_folder(monkeypatch, tmp_path, zipped):
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(tmp_path))
    put_files(tmp_path / "mnist", 12, zipped=zipped)
    shares = []
    dataset = nnlib.data.load("mnist", lambda share, text: shares.append(share))
    assert dataset.name == "mnist"
    assert dataset.x_train.shape == (12, 1, 28, 28)
    assert (dataset.x_train.min(), dataset.x_train.max()) == (0, 1)
    assert dataset.t_test.tolist() == [*range(10), 0, 1]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_an_absent_mnist_says_what_is_missing_where_and_what_works_instead(monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(tmp_path))
    with pytest.raises(DataError) as caught:
        nnlib.data.load("mnist")
    text = str(caught.value)
    assert all(name in text for name in mnist.FILES)
    assert str(tmp_path / "mnist") in text
    assert "'digits' is built in" in text


def test_what_is_not_mnist_is_not_called_mnist(monkeypatch, tmp_path):
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(tmp_path))
    put_files(tmp_path / "mnist", side=27)
    with pytest.raises(DataError, match="not MNIST"):
        nnlib.data.load("mnist")


def test_a_folder_of_idx_files_is_a_data_set(tmp_path):
    put_files(tmp_path / "letters", 3, side=8)
    dataset = nnlib.data.load(tmp_path / "letters")
    assert dataset.name == "letters"
    assert dataset.input_shape == (1, 8, 8)
    assert dataset.classes == ("0", "1", "2")


def test_the_names_that_some_mirrors_use_are_found(tmp_path):
    put_files(tmp_path, zipped=False)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert len(nnlib.data.load(tmp_path).x_train) == 5


def test_a_folder_that_lacks_a_file_says_which(tmp_path):
    put_files(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"lacks t10k-labels-idx1-ubyte "):
        nnlib.data.load(tmp_path)


def test_files_that_do_not_fit_each_other_are_refused(tmp_path):
    put_files(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(encode(np.zeros(4, np.uint8)))
    with pytest.raises(DataError, match="5 samples but 4 labels"):
        nnlib.data.load(tmp_path)


@pytest.mark.parametrize("name", ["", "nosuch", "no/such/folder", "a\0b", "x" * 5000])
def test_an_unknown_name_says_which_are_known(name):
    with pytest.raises(DataError, match="Known by name: digits, mnist; or give"):
        nnlib.data.load(name)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=r"is not a data set: give an \.npz file"):
        nnlib.data.load(tmp_path / "notes.txt")


def test_the_real_mnist_is_read(monkeypatch, dev_data):
    monkeypatch.setenv("LAYERLAB_DATA_DIR", str(dev_data))
    dataset = nnlib.data.load("mnist")
    assert (len(dataset.x_train), len(dataset.x_test)) == (60_000, 10_000)
    assert dataset.t_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.classes == tuple("0123456789")
