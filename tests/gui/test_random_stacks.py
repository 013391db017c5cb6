"""1,000 random stacks in the window: the shape that is shown is real, or an error is shown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gui.editor.stack_model import StackModel
from nnlib import Network
from nnlib.analysis import StackReport, analyse
from nnlib.errors import shape_text
from nnlib.layers import Layer
from tests.support.edits import Editor

STACKS = 1000
MOST_NUMBERS = 400_000  # of a network that is really built, so that all this takes seconds


def fixed(layers: tuple[Layer, ...], rounds: int) -> tuple[Layer, ...]:
    """The stack after following the first proposal again and again, as somebody would who only
    clicks."""
    for _ in range(rounds):
        report = analyse(layers, (1, 28, 28), 10)
        fixes = next((r.fixes for r in (*report.layers, report.loss) if r.problem), ())
        if not fixes:
            break
        layers = fixes[0].layers
    return layers


def is_small(report: StackReport) -> bool:
    return report.parameters < MOST_NUMBERS and report.memory(1) < 4 * MOST_NUMBERS * 6


def check_shapes(model: StackModel, layers: tuple[Layer, ...]) -> None:
    network = Network(layers, (1, 28, 28))
    outputs = network.activations(np.zeros((1, 1, 28, 28), np.float32))
    for row, (layer, output) in enumerate(zip(layers, outputs, strict=True), start=1):
        card = model.card(row)
        shown = "off" if card.is_off else shape_text(output.shape[1:])
        assert card.shape == shown, layer


@pytest.mark.parametrize("seed", range(2))
def test_shapes_are_real_or_an_error_is_shown_and_train_is_disabled(window, wiring, seed):
    rng = np.random.default_rng(seed)
    document, model = wiring.document, window.editor.stack.model()
    editor = Editor(document, rng)
    built = 0
    for _ in range(STACKS // 2):
        stack = tuple(editor.layer() for _ in range(rng.integers(0, 9)))
        stack = fixed(stack, int(rng.integers(0, 12)))
        document._show(dataclasses.replace(document.spec, layers=stack))  # not an edit: no undo
        report = document.report
        train = window.controls["train"]
        if report.problem:
            shown = [model.card(row).problem for row in range(model.rowCount())]
            assert [text for text in shown if text] == [str(report.problem)]
            assert not train.isEnabled()
            assert train.toolTip() == str(report.problem)
        else:
            assert train.isEnabled()
            if is_small(report):
                check_shapes(model, document.spec.layers)
                built += 1
    assert built > STACKS // 2 / 8
