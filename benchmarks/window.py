"""What the window costs: training speed beside it, and how long input waits.

The same network is trained headless and in the shown window, in turns; the ratio is the median
over the turns. Events posted from a thread of their own tell how long a key press would wait.
"""

from __future__ import annotations

import statistics
import sys
import threading
import time

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QPushButton

from benchmarks.training import endless, run_for
from gui.app import build
from gui.session.states import State
from gui.wiring import Wiring
from nnlib import presets
from nnlib.data import load

TURNS = 3
NETWORKS = ("two-layer", "lenet")


class Ping(QObject):
    """Posts events from a thread and notes how long each waited, in milliseconds."""

    sent = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._over = threading.Event()
        self.sent.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._over.wait(0.02):
            self.sent.emit(time.perf_counter())

    def _arrive(self, then: float) -> None:
        self.waits.append(1000 * (time.perf_counter() - then))


def spin(app: QApplication, until: object, seconds: float = 60.0) -> None:
    """Let the window live until the condition holds or the time is over."""
    clock = QElapsedTimer()
    clock.start()
    while not until() and clock.elapsed() < 1000 * seconds:  # type: ignore[operator]
        app.processEvents()
        time.sleep(0.001)


def report(seconds: float) -> None:
    """Print ratio and waiting times for each network."""
    app, window = build(sys.argv[:1])
    window.resize(1280, 800)
    window.show()
    wiring = window.findChild(Wiring)
    assert wiring is not None
    session, document = wiring.session, wiring.document
    spin(app, lambda: session.facts is not None)
    dataset = load("digits")
    print(f"window on {app.platformName()}, {window.width()}×{window.height()}")
    for name in NETWORKS:
        document.load_preset(presets.find(name))
        document.set_training("epochs", 100_000)
        headless = endless(name, dataset)
        ratios, waits = [], []
        for _ in range(TURNS):
            alone = run_for(headless, seconds)
            window.controls["train"].trigger()
            spin(app, lambda: session.state is State.RUNNING and len(session.history.steps) > 50)
            ping, start = Ping(), time.perf_counter()
            before = session.history.steps.last("samples")
            spin(app, lambda: False, seconds)
            session.pull()
            speed = (session.history.steps.last("samples") - before) / (time.perf_counter() - start)
            ping.stop()
            window.controls["pause"].trigger()
            spin(app, lambda: session.state is State.PAUSED)
            ratios.append(speed / alone)
            waits += ping.waits
        window.controls["reset"].trigger()
        spin(app, lambda: session.facts is not None)
        print(
            f"{name:<12} {statistics.median(ratios):.2f} of headless speed "
            f"({', '.join(f'{r:.2f}' for r in ratios)}); events wait "
            f"{np.percentile(waits, 50):.1f} ms (median), {np.percentile(waits, 99):.1f} ms (p99)",
            flush=True,
        )
    window.close()
    if (discard := window.findChild(QPushButton, "buttonDiscard")) is not None:
        discard.click()
