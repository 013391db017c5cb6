"""From a picture file to the picture that a network reads, as MNIST's were made.

The only place of the command line that needs Pillow.
"""

from __future__ import annotations

import os
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from nnlib.data import raster
from nnlib.errors import DataError

Grey = NDArray[np.float32]

MOST_PIXELS = 100_000_000
_PAPER = 0.15
"""Ink fainter than this share of the darkest is shade or grain of the paper."""
_INSIDE = 0.35
"""Ink of at least this share decides where a drawing begins and ends."""
_FAINTEST = 0.04
"""A picture whose darkest and brightest differ by less than this is empty."""


def read(path: str | os.PathLike[str]) -> Grey:
    """The picture as a network sees it, float32 (28, 28) in 0..1, ink is 1.

    A picture of 28 x 28 pixels is taken as it is, but for dark ink on light paper, which is
    inverted. Any other is cropped to its ink, scaled so that the longer side is 20 pixels, and put
    with its centre of mass at pixel 14.

    DataError: it is not a picture, or shows nothing.
    """
    grey = read_grey(path)
    if float(np.ptp(grey)) < _FAINTEST:
        raise DataError(f"{path} shows nothing: all its pixels are alike.")
    if grey.shape == (raster.SIDE, raster.SIDE):
        is_dark_on_light = _paper(grey) > 0.5 and float(grey.mean()) > 0.5
        return 1 - grey if is_dark_on_light else grey
    return to_view(grey)


def to_view(grey: Grey) -> Grey:
    """A grey picture (H, W), in 0..1, of any ink on any paper, as the (28, 28) of a network."""
    paper = _paper(grey)
    is_dark_ink = paper - grey.min() >= grey.max() - paper
    ink = paper - grey if is_dark_ink else grey - paper
    ink = ((ink / ink.max() - _PAPER) / (1 - _PAPER)).clip(0, 1)
    ink = _cropped(ink)
    scale = raster.INK / max(ink.shape)
    height, width = (max(1, round(n * scale)) for n in ink.shape)
    shrunk = Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR)
    small = np.asarray(shrunk, np.float32)
    view = np.zeros((1, raster.SIDE, raster.SIDE), np.float32)
    row, column = (raster.SIDE - height) // 2, (raster.SIDE - width) // 2
    view[0, row : row + height, column : column + width] = small / small.max()
    centred: Grey = raster.centre(view.clip(0, 1))[0]
    return centred


def read_grey(path: str | os.PathLike[str]) -> Grey:
    """A picture file as grey values, float32 (H, W) in 0..1, white is 1.

    DataError: it is not a picture, or too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large and of odd files
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise DataError(
                        f"{path} has {image.width:,} × {image.height:,} pixels; at most "
                        f"{MOST_PIXELS:,} are read."
                    )
                return _grey(ImageOps.exif_transpose(image))
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except UnidentifiedImageError:
        raise DataError(f"{path} is not a picture of a known kind.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # Pillow's decoders raise many kinds for damaged bytes
        raise DataError(f"{path} is not a readable picture ({error}).") from error


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits, on scales that nothing tells
        values = np.asarray(image, np.float32)
        if not np.isfinite(values).all():
            raise DataError("it holds values that are not finite numbers")
        span = float(np.ptp(values))
        scaled: Grey = (values - values.min()) / np.float32(span or 1)
        return scaled
    if not image.has_transparency_data:
        return _levels(image.convert("L"))
    # What is transparent is paper: white, unless that leaves nothing to be seen.
    image = image.convert("RGBA")
    for paper in ("white", "black"):
        sheet = Image.new("RGBA", image.size, paper)
        grey = _levels(Image.alpha_composite(sheet, image).convert("L"))
        if float(np.ptp(grey)) >= _FAINTEST:
            break
    return grey


def _levels(image: Image.Image) -> Grey:
    return np.asarray(image, np.float32) / np.float32(255)


def _paper(grey: Grey) -> float:
    """The grey of the paper: what most of the picture's edge has."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return float(np.median(edge))


def _cropped(ink: Grey) -> Grey:
    """The part that is drawn on."""
    rows, columns = np.nonzero(ink >= _INSIDE)
    return np.ascontiguousarray(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
