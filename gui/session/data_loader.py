"""Loads data sets in the background, one at a time; the newest wish wins."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Qt, Signal

from nnlib import data
from nnlib.errors import LayerLabError

log = logging.getLogger(__name__)


class DataLoader(QObject):
    """Loads what `load` names and reports on the GUI's thread."""

    progressed = Signal(float, str)
    loaded = Signal(str, object)
    """The name and the `Dataset`."""
    failed = Signal(str, str)
    """The name and a sentence for the user."""

    _reported = Signal(int, str, object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="data")
        self._wish = 0
        self._reported.connect(self._report, Qt.ConnectionType.QueuedConnection)
        self._moved.connect(self._move, Qt.ConnectionType.QueuedConnection)

    _moved = Signal(int, float, str)

    def load(self, name: str) -> None:
        """Begin to load; the answer comes by signal, and only for the newest wish."""
        self._wish += 1
        self._pool.submit(self._work, self._wish, name)

    def forget(self) -> None:
        """Want nothing of what is being loaded."""
        self._wish += 1

    def close(self) -> None:
        """End the thread; loads that have not begun are dropped."""
        self._wish += 1
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, wish: int, name: str) -> None:
        try:
            if wish != self._wish:
                return
            found = data.load(name, lambda done, text: self._moved.emit(wish, done, text))
            self._reported.emit(wish, name, found, "")
        except (LayerLabError, OSError, MemoryError) as error:
            self._reported.emit(
                wish, name, None, str(error) or self.tr("There is not enough memory.")
            )
        except Exception as error:
            log.exception("loading %s failed", name)
            text = self.tr("{0} could not be loaded: {1}.").format(name, error)
            self._reported.emit(wish, name, None, text)

    def _move(self, wish: int, done: float, text: str) -> None:
        if wish == self._wish:
            self.progressed.emit(done, text)

    def _report(self, wish: int, name: str, found: object, problem: str) -> None:
        if wish != self._wish:
            return
        if found is None:
            self.failed.emit(name, problem)
        else:
            self.loaded.emit(name, found)
