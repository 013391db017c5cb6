"""The built-in digits: handwriting drawn by a recipe, free of any rights and of any download.

The usual set is shipped in `resources/digits.npz`. `python -m nnlib.data.digits` makes it anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from nnlib.data import handwriting, npz, raster
from nnlib.data.cache import cache_folder
from nnlib.data.dataset import Dataset
from nnlib.errors import DataError

RECIPE = 1
"""The recipe's version; whoever changes what it draws counts it up and runs `make digits`."""
SEED, TRAIN, TEST = 0, 20_000, 2_000
"""What is shipped."""
SHIPPED = Path(__file__).resolve().parents[2] / "resources" / "digits.npz"
CLASSES = tuple("0123456789")

Progress = Callable[[float, str], None]
Bytes = NDArray[np.uint8]

_BLOCK = 1000  # digits that are drawn together; a part of the recipe, since a block has its streams
_GREYS = 16
_TRAINING, _TEST = 0, 1  # streams


def generate(
    count: int, seed: int, progress: Progress | None = None, *, stream: int = _TRAINING
) -> tuple[Bytes, Bytes]:
    """Draw digits: images (count, 28, 28) in 0..255, ink is 255, and labels (count,).

    The same seed and stream give the same digits, and a smaller count gives the first of them. In
    each ten consecutive digits every class comes once. Images have 16 shades of grey. progress is
    called with the share done and a text.
    """
    if count < 0 or seed < 0:
        raise DataError(f"Count and seed of digits are 0 or more; they are {count} and {seed}.")
    images = np.empty((count, raster.SIDE, raster.SIDE), np.uint8)
    labels = np.empty(count, np.uint8)
    for block, start in enumerate(range(0, count, _BLOCK)):
        if progress:
            progress(start / count, f"Drawing digits: {start:,} of {count:,}")
        part = slice(start, min(start + _BLOCK, count))
        size = part.stop - part.start
        drawn, meant = _draw_block((seed, stream, block))
        images[part], labels[part] = drawn[:size], meant[:size]
    if progress:
        progress(1.0, f"{count:,} digits drawn")
    return images, labels


def _draw_block(key: tuple[int, int, int]) -> tuple[Bytes, Bytes]:
    """One block of digits; `key`: seed, stream, number of the block."""

    def rng(step: int) -> Generator:
        return np.random.default_rng([*key, step])

    tens = np.tile(np.arange(10), (_BLOCK // 10, 1))
    labels = rng(0).permuted(tens, axis=1).ravel()
    family_of = handwriting.pick_families(rng(1), labels)
    order = np.argsort(family_of, kind="stable")

    draft = handwriting.draft(rng(2), family_of[order])
    paths = handwriting.warp(rng(3), draft.paths)
    paths = handwriting.set_aspect(rng(4), paths, draft.digit, draft.aspect)
    paths = handwriting.smooth(rng(5), paths)
    paths = handwriting.tremble(rng(6), paths)
    paths = handwriting.slant(rng(7), paths)

    thickness = handwriting.pen_thickness(rng(8), draft.digit)
    paths = raster.fit(paths, thickness)
    radius = handwriting.pen_radius(rng(9), paths, thickness)
    gamma = rng(10).uniform(0.8, 1.2, (_BLOCK, 1, 1)).astype(np.float32)
    ink = raster.centre(raster.cover(paths, radius) ** gamma)

    images = np.empty(ink.shape, np.uint8)
    images[order] = np.rint(ink * (_GREYS - 1)).astype(np.uint8) * (255 // (_GREYS - 1))
    return images, labels.astype(np.uint8)


def load(
    train: int = TRAIN, test: int = TEST, seed: int = SEED, progress: Progress | None = None
) -> Dataset:
    """Built-in digits, x (N, 1, 28, 28): shipped, else from the cache folder, else drawn now.

    Training and test digits come from different streams. A cache that cannot be written only means
    that they are drawn again the next time.
    """
    shipped = (train, test, seed) == (TRAIN, TEST, SEED)
    name = f"digits-recipe{RECIPE}-seed{seed}-{train}+{test}.npz"
    cached = cache_folder() / "digits" / name
    for path in [SHIPPED, cached] if shipped else [cached]:
        try:
            return _dataset(*read(path, train, test, seed))
        except DataError:
            continue
    sets = _generate_both(train, test, seed, progress)
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        write(cached, *sets, seed)
    except OSError:
        pass
    return _dataset(*sets)


def _generate_both(
    train: int, test: int, seed: int, progress: Progress | None
) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    share = train / max(train + test, 1)

    def first(done: float, text: str) -> None:
        if progress:
            progress(done * share, text)

    def second(done: float, text: str) -> None:
        if progress:
            progress(share + done * (1 - share), text)

    return *generate(train, seed, first), *generate(test, seed, second, stream=_TEST)


def _dataset(x_train: Bytes, t_train: Bytes, x_test: Bytes, t_test: Bytes) -> Dataset:
    def pictures(images: Bytes) -> NDArray[np.float32]:
        return np.multiply(images[:, None], np.float32(1 / 255), dtype=np.float32)

    return Dataset(
        "digits",
        pictures(x_train),
        t_train.astype(np.int64),
        pictures(x_test),
        t_test.astype(np.int64),
        CLASSES,
    )


# The file: two pixels to a byte, and what they were made with.


def write(
    path: Path, x_train: Bytes, t_train: Bytes, x_test: Bytes, t_test: Bytes, seed: int
) -> None:
    """Keep digits of `generate` in a file, without loss. OSError if it cannot be written."""
    npz.write(
        path,
        {
            "made_with": np.array([RECIPE, seed], np.int64),
            "x_train": _pack(x_train),
            "t_train": t_train,
            "x_test": _pack(x_test),
            "t_test": t_test,
        },
    )


def read(path: Path, train: int, test: int, seed: int) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """The digits of a file; DataError if it is absent, damaged, or not of this recipe and seed."""
    arrays = npz.read(path)
    expected: dict[str, tuple[type, tuple[int, ...]]] = {
        "made_with": (np.int64, (2,)),
        "x_train": (np.uint8, (train, raster.SIDE, raster.SIDE // 2)),
        "t_train": (np.uint8, (train,)),
        "x_test": (np.uint8, (test, raster.SIDE, raster.SIDE // 2)),
        "t_test": (np.uint8, (test,)),
    }
    for name, (dtype, shape) in expected.items():
        if name not in arrays or arrays[name].dtype != dtype or arrays[name].shape != shape:
            raise DataError(f"{path} does not hold {train:,} + {test:,} digits.")
    if arrays["made_with"].tolist() != [RECIPE, seed]:
        raise DataError(f"{path} is of another recipe or seed.")
    return (
        _unpack(arrays["x_train"]),
        arrays["t_train"],
        _unpack(arrays["x_test"]),
        arrays["t_test"],
    )


def _pack(images: Bytes) -> Bytes:
    greys = images // (255 // (_GREYS - 1))
    return (greys[..., 0::2] * 16 + greys[..., 1::2]).astype(np.uint8)


def _unpack(packed: Bytes) -> Bytes:
    images = np.empty((*packed.shape[:-1], packed.shape[-1] * 2), np.uint8)
    images[..., 0::2] = (packed >> 4) * 17
    images[..., 1::2] = (packed & 15) * 17
    return images


def main() -> None:
    """Write the file that is shipped."""
    parser = argparse.ArgumentParser(prog="python -m nnlib.data.digits", description=main.__doc__)
    parser.add_argument("--output", type=Path, default=SHIPPED)
    path: Path = parser.parse_args().output
    write(path, *_generate_both(TRAIN, TEST, SEED, None), SEED)


if __name__ == "__main__":
    main()
