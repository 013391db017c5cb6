"""The skeletons of the digits: reads `resources/digit-skeletons.txt`, which explains its format.

A family is one way to write one digit, given by a few exemplars that can be mixed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnlib.errors import DataError

SKELETONS = Path(__file__).resolve().parents[2] / "resources" / "digit-skeletons.txt"


@dataclass(frozen=True)
class Family:
    """One way to write a digit.

    `exemplars` (K, V, 2): the nodes of K exemplars, x, y in 0..1 with y downwards, strokes one
    behind the other. `strokes`: the number of nodes of each stroke. `corners` (V,): where the pen
    turns sharply.
    """

    name: str
    digit: int
    weight: float
    aspect: float
    strokes: tuple[int, ...]
    corners: NDArray[np.bool_]
    exemplars: NDArray[np.float64]


@dataclass
class _Draft:
    """A family while its lines are being read."""

    name: str
    weight: float
    aspect: float
    line: int
    exemplars: list[list[list[tuple[float, float, bool]]]] = field(default_factory=list)


@cache
def load() -> tuple[Family, ...]:
    """The families of the program's own file."""
    try:
        text = SKELETONS.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise DataError(
            f"The shapes of the built-in digits cannot be read from {SKELETONS} ({error}). "
            "Install LayerLab again."
        ) from error
    return parse(text)


def parse(text: str) -> tuple[Family, ...]:
    """Read families; DataError names the line that is wrong."""
    drafts: list[_Draft] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.partition("#")[0].rstrip()
        if not line:
            continue
        if not line[0].isspace():
            drafts.append(_family_line(line, number))
        elif not drafts:
            raise DataError(f"Line {number}: an exemplar needs a family line above it.")
        else:
            drafts[-1].exemplars.append(_exemplar_line(line, number))
    return tuple(_finish(draft) for draft in drafts)


def _family_line(line: str, number: int) -> _Draft:
    """`name weight aspect`"""
    words = line.split()
    try:
        name, weight, aspect = words[0], float(words[1]), float(words[2])
        is_good = len(words) == 3 and name[0] in "0123456789" and weight > 0 and aspect > 0
    except (IndexError, ValueError):
        is_good = False
    if not is_good:
        raise DataError(f"Line {number}: expected 'name weight aspect', found {line!r}.")
    return _Draft(name, weight, aspect, number)


def _exemplar_line(line: str, number: int) -> list[list[tuple[float, float, bool]]]:
    """`x,y x,y! x,y + x,y x,y`: strokes of nodes (x, y, is a corner)."""
    strokes = []
    for stroke in line.split("+"):
        nodes = []
        for word in stroke.split():
            try:
                x, y = word.removesuffix("!").split(",")
                nodes.append((int(x) / 100, int(y) / 100, word.endswith("!")))
            except ValueError:
                raise DataError(f"Line {number}: {word!r} is not a node 'x,y' or 'x,y!'.") from None
        if len(nodes) < 2:
            raise DataError(f"Line {number}: a stroke needs two nodes at least.")
        strokes.append(nodes)
    return strokes


def _finish(draft: _Draft) -> Family:
    """Check that the exemplars can be mixed, and make arrays of them."""
    where = f"Family {draft.name} (line {draft.line})"
    if not draft.exemplars:
        raise DataError(f"{where} has no exemplar.")
    layouts = {
        (
            tuple(len(nodes) for nodes in exemplar),
            tuple(corner for nodes in exemplar for _, _, corner in nodes),
        )
        for exemplar in draft.exemplars
    }
    if len(layouts) > 1:
        raise DataError(f"{where}: its exemplars differ in strokes, nodes or corners.")
    strokes, corners = layouts.pop()
    nodes = [[(x, y) for stroke in e for x, y, _ in stroke] for e in draft.exemplars]
    return Family(
        name=draft.name,
        digit=int(draft.name[0]),
        weight=draft.weight,
        aspect=draft.aspect,
        strokes=strokes,
        corners=np.array(corners),
        exemplars=np.array(nodes, dtype=np.float64),
    )
