"""Real pen strokes for tests: 7,494 digits that 30 people wrote on a tablet.

They are development data and no part of the project: UCI "Pen-Based Recognition of Handwritten
Digits" (Alpaydin and Alimoglu, CC BY 4.0), in a UNIPEN-like text.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Strokes = list[NDArray[np.float64]]

_SEGMENT = re.compile(r'\.SEGMENT\s+DIGIT\s+.*"(\d)"')


def pen_digits(dev_data: Path) -> tuple[list[Strokes], NDArray[np.int64]]:
    """All written digits, as strokes (n, 2) with y growing downwards, and what each is.

    dev_data: the folder that the fixture of this name gives; the test is skipped if it lacks them.
    """
    path = dev_data / "pen-strokes" / "pendigits-orig-tra.txt.gz"
    if not path.is_file():
        pytest.skip(f"needs the pen strokes: no file {path}")
    return parse(gzip.decompress(path.read_bytes()).decode("ascii", "replace"))


def parse(text: str) -> tuple[list[Strokes], NDArray[np.int64]]:
    """Read the UNIPEN-like text. In the file y grows upwards; here downwards."""
    digits: list[list[list[tuple[float, float]]]] = []
    labels: list[int] = []
    pen_is_down = False
    for line in text.splitlines():
        if match := _SEGMENT.match(line):
            labels.append(int(match[1]))
            digits.append([])
            pen_is_down = False
        elif line.startswith(".PEN_DOWN"):
            digits[-1].append([])
            pen_is_down = True
        elif line.startswith("."):
            pen_is_down = False
        elif pen_is_down and line.strip():
            x, y = line.split()
            digits[-1][-1].append((float(x), -float(y)))
    arrays = [[np.array(stroke) for stroke in strokes if stroke] for strokes in digits]
    return arrays, np.array(labels, dtype=np.int64)
