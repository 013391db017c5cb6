"""What an edit costs: from the edit to the window that shows it, painted, in a long stack."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QApplication

from benchmarks.window import spin
from gui.app import build
from gui.document.document import Document
from gui.wiring import Wiring
from nnlib.analysis import analyse
from nnlib.layers import Affine, Convolution, Flatten, Layer, MaxPooling, ReLU
from nnlib.remarks import remarks

ROUNDS = 40
LENGTHS = (6, 30, 100)


def stack(length: int) -> tuple[Layer, ...]:
    """So many layers that work together: convolutions first, then Affine layers."""
    start: list[Layer] = [Convolution(8, 3, padding=1), ReLU(), MaxPooling(2), Flatten()]
    while len(start) < length - 1:
        start += [Affine(32), ReLU()]
    return (*start[: length - 1], Affine(10))


def report() -> None:
    """Print how long each kind of edit takes, for stacks of several lengths."""
    app, window = build(sys.argv[:1])
    window.resize(1280, 800)
    window.show()
    wiring = window.findChild(Wiring)
    assert wiring is not None
    spin(app, lambda: wiring.session.facts is not None)
    print(f"edits on {app.platformName()}, milliseconds until painted: median / 99th percentile")
    print(f"{'layers':>6}  {'analysis':>8}  " + "  ".join(f"{name:>15}" for name in EDITS))
    for length in LENGTHS:
        wiring.document.replace(wiring.document.spec.__class__(stack(length)))
        app.processEvents()
        cells = [_times(app, wiring.document, edit) for edit in EDITS.values()]
        print(f"{length:>6}  {_analysis(wiring.document):>8.2f}  " + "  ".join(cells), flush=True)
    window.close()


def _analysis(document: Document) -> float:
    """Milliseconds that shapes, numbers, problems and remarks take."""
    spec, start = document.spec, time.perf_counter()
    for _ in range(ROUNDS):
        remarks(spec.layers, analyse(spec.layers, document.input_shape, 10), spec.loss)
    return 1000 * (time.perf_counter() - start) / ROUNDS


def _times(app: QApplication, document: Document, edit: Callable[[Document, int], None]) -> str:
    passed = []
    for turn in range(ROUNDS):
        start = time.perf_counter()
        edit(document, turn)
        app.processEvents()
        passed.append(1000 * (time.perf_counter() - start))
        document.undo_stack.undo()
        app.processEvents()
    return f"{np.median(passed):>7.1f} / {np.percentile(passed, 99):>5.1f}"


def _insert(document: Document, turn: int) -> None:
    document.insert_layers(len(document.spec.layers) // 2 + 1, [ReLU()])


def _change(document: Document, turn: int) -> None:
    last = len(document.spec.layers) - 1
    document.set_layer(last, Affine(9 - turn % 2), f"units {turn}")


def _move(document: Document, turn: int) -> None:
    document.move_layers([1], len(document.spec.layers) - 1)


def _break(document: Document, turn: int) -> None:
    document.remove_layers([i for i, k in enumerate(document.spec.layers) if type(k) is Flatten])


EDITS: dict[str, Callable[[Document, int], None]] = {
    "insert": _insert,
    "change": _change,
    "move": _move,
    "break": _break,
}
