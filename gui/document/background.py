"""Work that must not hold up the window: one piece after the other, on one thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from nnlib.errors import LayerLabError

log = logging.getLogger(__name__)

Then = Callable[[Any, str], None]
"""Called with what the work gave, or with None and a sentence for the user."""


class Background(QObject):
    """Does what `do` is given; the answers come on the GUI's thread, in the same order."""

    _done = Signal(object, object, str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._is_closed = False
        self._done.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def do(self, work: Callable[[], Any], then: Then) -> None:
        """Call ``work`` on the thread, and ``then`` on this one when it is done."""
        self._pool.submit(self._work, work, then)

    def close(self) -> None:
        """End the thread, with what it does now; nobody is answered any more."""
        self._is_closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, work: Callable[[], Any], then: Then) -> None:
        result, problem = None, ""
        try:
            result = work()
        except (LayerLabError, OSError, MemoryError) as error:
            problem = str(error) or self.tr("There is not enough memory.")
        except Exception as error:
            log.exception("work in the background failed")
            problem = self.tr("An error inside the program: {0}.").format(error)
        if not self._is_closed:
            self._done.emit(then, result, problem)

    def _answer(self, then: Then, result: Any, problem: str) -> None:
        if not self._is_closed:
            then(result, problem)
