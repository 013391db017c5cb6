"""The built-in digits: the same from the same seed, shipped, cached, and as MNIST's are made."""

from __future__ import annotations

import numpy as np
import pytest

from nnlib.data import digits
from nnlib.errors import DataError


@pytest.fixture(scope="module")
def some():
    return digits.generate(1500, seed=3)


def test_images_and_labels_have_the_promised_form(some):
    images, labels = some
    assert images.shape == (1500, 28, 28)
    assert labels.shape == (1500,)
    assert images.dtype == labels.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 255)


@pytest.mark.parametrize("count", [0, 1, 10, 999, 1001])
def test_a_smaller_count_gives_the_first_of_the_same_digits(some, count):
    images, labels = digits.generate(count, seed=3)
    np.testing.assert_array_equal(images, some[0][:count])
    np.testing.assert_array_equal(labels, some[1][:count])


def test_each_ten_digits_hold_every_class_in_changing_order(some):
    tens = some[1].reshape(-1, 10)
    np.testing.assert_array_equal(np.sort(tens, axis=1), np.tile(np.arange(10), (150, 1)))
    assert len({tuple(ten) for ten in tens}) > 140


def test_seeds_streams_and_blocks_differ(some):
    images, _ = some
    other_seed, _ = digits.generate(500, seed=4)
    other_stream, _ = digits.generate(500, seed=3, stream=1)
    for other in (other_seed, other_stream, images[1000:]):
        seen = {image.tobytes() for image in images[:500]}
        assert not any(image.tobytes() in seen for image in other)


def test_they_are_centred_sized_and_inked_as_mnists(some):
    pictures = some[0] / 255
    axis = np.arange(28)
    mass = pictures.sum((1, 2))
    np.testing.assert_allclose(pictures.sum(2) @ axis / mass, 14, atol=0.6)
    np.testing.assert_allclose(pictures.sum(1) @ axis / mass, 14, atol=0.6)
    rows, columns = (pictures.max(a).sum(1) for a in (2, 1))
    assert np.median(np.maximum(rows, columns)) == pytest.approx(20, abs=0.7)
    assert pictures.mean() == pytest.approx(0.12, abs=0.02)  # MNIST: 0.13


def test_every_class_is_drawn_in_many_ways(some):
    images, labels = some
    for digit in range(10):
        drawn = images[labels == digit]
        assert len({image.tobytes() for image in drawn}) == len(drawn)
        assert drawn.std(0).mean() > 20


def test_progress_goes_from_0_to_1():
    seen = []
    digits.generate(2000, 0, lambda share, text: seen.append((share, text)))
    assert [share for share, _ in seen] == [0, 0.5, 1]
    assert all("2,000" in text for _, text in seen)


def test_negative_arguments_are_refused():
    for arguments in ((-1, 0), (1, -1)):
        with pytest.raises(DataError, match="0 or more"):
            digits.generate(*arguments)


def test_the_shipped_digits_are_those_that_the_recipe_draws():
    x_train, t_train, x_test, t_test = digits.read(
        digits.SHIPPED, digits.TRAIN, digits.TEST, digits.SEED
    )
    for shipped, labels, stream in ((x_train, t_train, 0), (x_test, t_test, 1)):
        images, drawn_labels = digits.generate(1000, digits.SEED, stream=stream)
        np.testing.assert_array_equal(labels[:1000], drawn_labels)
        step = np.abs(shipped[:1000].astype(int) - images).max((1, 2))
        # Another processor's rounding may change a shade of grey, and, once in a while, tip a
        # centre of mass that lies right between two pixels.
        assert (step > 17).sum() <= 2
    assert digits.SHIPPED.stat().st_size < 3_000_000


class TestTheCache:
    @pytest.fixture(autouse=True)
    def folder(self, monkeypatch, tmp_path):
        monkeypatch.setenv("LAYERLAB_DATA_DIR", str(tmp_path))
        return tmp_path / "digits"

    @pytest.fixture
    def generated(self, monkeypatch):
        """Counts how often digits are drawn."""
        calls = []
        generate = digits.generate

        def counting(*arguments, **options):
            calls.append(arguments)
            return generate(*arguments, **options)

        monkeypatch.setattr(digits, "generate", counting)
        return calls

    def test_the_shipped_set_needs_neither_cache_nor_drawing(self, folder, generated):
        digits.load()
        assert not generated
        assert not folder.exists()

    def test_other_digits_are_drawn_once(self, folder, generated):
        first = digits.load(50, 20, seed=7)
        assert [p.name for p in folder.iterdir()] == ["digits-recipe1-seed7-50+20.npz"]
        second = digits.load(50, 20, seed=7)
        assert len(generated) == 2
        for name in ("x_train", "t_train", "x_test", "t_test"):
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
        assert (len(first.x_train), len(first.x_test)) == (50, 20)

    @pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "another"])
    def test_a_damaged_file_is_drawn_anew(self, folder, damage):
        first = digits.load(50, 20, seed=7)
        (path,) = folder.iterdir()
        content = path.read_bytes()
        middle = len(content) // 2
        if damage == "another":
            digits.write(path, *digits.generate(50, 8), *digits.generate(20, 8), 8)
        else:
            flipped = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
            path.write_bytes({"cut": content[:middle], "flipped": flipped, "empty": b""}[damage])
        np.testing.assert_array_equal(digits.load(50, 20, seed=7).x_train, first.x_train)
        assert path.read_bytes() == content

    def test_a_folder_that_cannot_be_written_is_no_error(self, monkeypatch, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("not a folder")
        monkeypatch.setenv("LAYERLAB_DATA_DIR", str(blocked))
        assert len(digits.load(50, 20, seed=7).x_train) == 50

    def test_a_lost_shipped_file_is_replaced_from_the_recipe(
        self, monkeypatch, tmp_path, generated
    ):
        monkeypatch.setattr(digits, "SHIPPED", tmp_path / "lost.npz")
        monkeypatch.setattr(digits, "TRAIN", 50)
        monkeypatch.setattr(digits, "TEST", 20)
        seen = []
        dataset = digits.load(50, 20, digits.SEED, lambda share, text: seen.append(share))
        assert len(generated) == 2
        assert len(dataset.x_train) == 50
        assert seen == sorted(seen)
        assert seen[-1] == 1
