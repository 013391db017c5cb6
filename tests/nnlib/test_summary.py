"""The table of a stack: every layer in a row, and Markdown that stays a table whatever is in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Affine, Disabled, Flatten, ReLU, presets
from nnlib.losses import CrossEntropy
from nnlib.summary import HEADINGS, bytes_text, summary
from tests.support.stacks import layers, shapes

IMAGE = (1, 28, 28)


def cells(line: str) -> list[str]:
    """The cells of a Markdown row; an escaped pipe ends none."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_a_preset_as_markdown():
    lenet = presets.find("lenet")
    lines = summary(lenet.layers, IMAGE, 10, CrossEntropy(), 100, "MNIST").markdown().splitlines()
    assert cells(lines[0]) == list(HEADINGS)
    assert all(re.fullmatch(r"-{2,}[-:]", cell) for cell in cells(lines[1]))
    assert cells(lines[3])[:5] == [
        "1", "Convolution (6 filters 5 × 5, padding 2)", "6 × 28 × 28", "156", "117,600",
    ]  # fmt: skip
    assert lines[-1].startswith("61,706 parameters, 416,520 multiply-adds per sample, about 1")
    assert lines[-1].endswith("MB for a batch of 100.")
    assert len({len(line) for line in lines[:-2]}) == 1  # columns stand below each other


def test_problems_remarks_and_what_is_off_are_told():
    stack = [Disabled(Flatten()), Affine(3), ReLU()]
    made = summary(stack, IMAGE, 10, CrossEntropy())
    assert made.rows[1].cells[5] == "Off."
    assert made.rows[2].is_problem
    assert "Insert Flatten" in made.rows[2].cells[5]
    assert made.rows[3].cells[2] == "?"
    assert made.totals.startswith("So far 0 parameters")
    twice = summary([Flatten(), Affine(9), Affine(10)], IMAGE, 10, CrossEntropy())
    assert "activation function" in twice.rows[3].cells[5]
    assert not twice.rows[3].is_problem
    assert twice.rows[2].arithmetic == "784·9 + 9"


@given(st.lists(layers(), max_size=6), shapes, st.integers(1, 12), st.text(max_size=12))
def test_any_stack_has_a_row_for_each_layer_and_all_columns(stack, shape, classes, data):
    lines = summary(stack, shape, classes, CrossEntropy(), 10, data).markdown().split("\n")
    table = lines[:-2]
    assert len(table) == 2 + len(stack) + 2
    assert all(len(cells(line)) == len(HEADINGS) for line in table)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_999_999, "2.0 MB"),
                        (19_300_000, "19 MB"),
                        (5 * 10**9, "5.0 GB"), (10**13, "10,000 GB")]
)  # fmt: skip
def test_numbers_of_bytes_read_well(count, text):
    assert bytes_text(count) == text
