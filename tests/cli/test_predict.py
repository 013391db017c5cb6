"""`main.py predict`: pictures of any kind, brought to the form of the training digits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnlib import Network, data, project_file
from nnlib.cli import pictures, run
from nnlib.data import raster
from nnlib.errors import DataError
from nnlib.layers import Affine, Flatten
from nnlib.project import ProjectSpec
from tests.cli.conftest import Program


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learned the built-in digits well enough."""
    file = tmp_path_factory.mktemp("reader") / "reader.layerlab"
    assert run(["train", "two-layer", "--epochs", "3", "--save", str(file)]) == 0
    return file


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Pictures (100, 28, 28) of bytes, ink is 255, and what they show."""
    dataset = data.load("digits")
    return (dataset.x_test[:100, 0] * 255).astype(np.uint8), dataset.t_test[:100]


def on_a_page(digit: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """The digit in dark ink somewhere on a large, grainy sheet."""
    large = Image.fromarray(digit).resize((168, 168), Image.Resampling.BICUBIC)
    page = np.full((300, 420), 235.0)
    top, left = rng.integers(5, 125), rng.integers(5, 245)
    page[top : top + 168, left : left + 168] -= np.asarray(large) / 255 * 200
    page += rng.normal(0, 4, page.shape)
    return Image.fromarray(page.clip(0, 255).astype(np.uint8))


def test_a_prediction_is_a_line_with_class_and_share(
    program: Program, reader: Path, digits: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    for name, picture in (("one.png", digits[0][0]), ("two.png", digits[0][1])):
        Image.fromarray(picture).save(tmp_path / name)
    done = program("predict", reader, "one.png", "two.png")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("one.png: ")
    assert second.startswith("two.png: ")
    label, share = first.removeprefix("one.png: ").removesuffix(" %)").split(" (")
    assert label in "0123456789"
    assert 0 <= float(share) <= 100


def test_json_gives_an_object_a_picture_with_probabilities(
    reader: Path,
    digits: tuple[np.ndarray, np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.fromarray(digits[0][0]).save(tmp_path / "a.png")
    capsys.readouterr()
    assert run(["predict", str(reader), str(tmp_path / "a.png"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    shares = result["probabilities"]
    assert (len(shares), sum(shares)) == (10, pytest.approx(1))
    assert result["prediction"] == str(int(np.argmax(shares)))
    assert result["probability"] == max(shares)


def test_what_is_read_from_a_page_is_as_good_as_the_digits_themselves(
    reader: Path, digits: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    network = project_file.load(reader).network()
    x, t = digits
    rng = np.random.default_rng(0)
    views = []
    for number, digit in enumerate(x):
        on_a_page(digit, rng).save(tmp_path / f"{number}.jpg")
        views.append(pictures.read(tmp_path / f"{number}.jpg"))
    itself = network.accuracy(x[:, None].astype(np.float32) / 255, t)
    assert network.accuracy(np.stack(views)[:, None], t) >= itself - 0.05


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P", "1", "CMYK", "I;16", "I", "F"])
def test_every_kind_of_picture_gives_the_same_view(mode: str, tmp_path: Path) -> None:
    page = np.full((90, 70), 255, np.uint8)
    page[20:70, 30:38] = 0
    if mode == "I;16":
        picture = Image.fromarray(page.astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        picture = Image.fromarray(page.astype(np.int32 if mode == "I" else np.float32))
    else:
        picture = Image.fromarray(page).convert(mode)
    path = tmp_path / "picture.tiff"
    picture.save(path)
    view = pictures.read(path)
    assert view.shape == (28, 28)
    assert view.dtype == np.float32
    rows = np.flatnonzero(view.max(1) > 0.5)
    assert (rows[0], rows[-1]) == (4, 23)
    assert view.max() == 1
    assert view[0].max() == 0


@pytest.mark.parametrize("light", [False, True])
def test_transparency_is_paper(light: bool, tmp_path: Path) -> None:
    picture = np.zeros((60, 60, 4), np.uint8)
    picture[10:50, 25:32] = (255, 255, 255, 255) if light else (0, 0, 0, 255)
    Image.fromarray(picture).save(tmp_path / "clear.png")
    view = pictures.read(tmp_path / "clear.png")
    assert view[14, 14] == 1
    assert view[14, 2] == 0


def test_the_longer_side_is_20_pixels_and_the_centre_of_mass_at_14(tmp_path: Path) -> None:
    page = np.zeros((500, 800), np.uint8)
    page[30:130, 600:610] = 255
    page[120:130, 560:610] = 255
    Image.fromarray(page).save(tmp_path / "j.png")
    view = pictures.read(tmp_path / "j.png")
    rows, columns = np.nonzero(view > 0.3)
    assert np.ptp(rows) + 1 == raster.INK
    assert (np.arange(28) @ view.sum(1)) / view.sum() == pytest.approx(14, abs=0.6)
    assert (np.arange(28) @ view.sum(0)) / view.sum() == pytest.approx(14, abs=0.6)
    assert columns.min() > 4


def test_28_pixels_are_taken_as_they_are_unless_dark_on_light(tmp_path: Path) -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[2:9, 3:7] = 255
    for name, shown in (("same.png", picture), ("dark.png", 255 - picture)):
        Image.fromarray(shown).save(tmp_path / name)
        np.testing.assert_allclose(pictures.read(tmp_path / name), picture / np.float32(255))


def test_one_bad_picture_does_not_keep_the_others_from_being_read(
    reader: Path,
    digits: tuple[np.ndarray, np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good, blank, text = tmp_path / "good.png", tmp_path / "blank.png", tmp_path / "text.png"
    Image.fromarray(digits[0][0]).save(good)
    Image.new("L", (50, 50), 255).save(blank)
    text.write_text("no picture")
    capsys.readouterr()
    files = [tmp_path / "absent.png", blank, text, tmp_path, good]
    assert run(["predict", str(reader), *map(str, files)]) == 2
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 1
    absent, empty, odd, folder = said.err.splitlines()
    assert "There is no file" in absent
    assert "shows nothing" in empty
    assert "not a picture" in odd
    assert "cannot be read" in folder


def test_damaged_and_huge_pictures_are_data_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "noise.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (64, 64), np.uint8)).save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError):
            pictures.read(path)
    path.write_bytes(whole)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
    with pytest.raises(DataError, match="64 × 64 pixels"):
        pictures.read(path)


def test_a_project_that_cannot_predict_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = ProjectSpec((Flatten(), Affine(3)))
    untrained, other = tmp_path / "untrained.layerlab", tmp_path / "other.layerlab"
    project_file.save(untrained, spec)
    project_file.save(other, spec, Network(spec.layers, (5,)))
    for file, expected in [
        (untrained, "no weights yet"),
        (other, "28 × 28 grey pixels only"),
        (tmp_path / "absent.layerlab", "There is no file"),
    ]:
        assert run(["predict", str(file), "a.png"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert expected in line


def test_a_network_of_nan_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = ProjectSpec((Flatten(), Affine(3)))
    network = Network(spec.layers, (1, 28, 28))
    network.values[:] = np.nan
    project_file.save(tmp_path / "nan.layerlab", spec, network)
    picture = np.zeros((28, 28), np.uint8)
    picture[9:20, 14] = 255
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert run(["predict", str(tmp_path / "nan.layerlab"), str(tmp_path / "a.png")]) == 2
    assert "diverged" in capsys.readouterr().err
