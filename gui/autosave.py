"""Keeps the project in the recovery folder, so that a crash costs seconds of work."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from gui.document.document import Document
from gui.document.project_files import ProjectFiles
from gui.document.recovery import Left, RecoveryFolder
from gui.session.captures import Position
from gui.session.session import Session
from nnlib.saved_project import SavedProject

LOOK = 500  # milliseconds between two looks for changes
DELAY = 3.0  # seconds from a change to the copy of it
SHARE = 0.01  # of the time, at most, that writing takes; copying beforehand takes less than writing
PATIENCE = 30.0  # seconds until the next try where writing failed


class Autosave(QObject):
    """Looks for changes now and then, and has them written in the background.

    Attributes:
        is_kept: whether the recovery file holds something.
    """

    failed = Signal(str)
    """A sentence for the user, once."""
    looked = Signal()
    """What is modified may be so since a moment."""

    def __init__(
        self,
        document: Document,
        session: Session,
        files: ProjectFiles,
        folder: RecoveryFolder,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._session = document, session
        self._files, self._folder = files, folder
        self.is_kept = False
        self._kept: Any = None  # what the file holds, to tell whether there is more
        self._changed_at: float | None = None
        self._not_before = 0.0
        self._ticket: int | None = None
        self._is_writing = self._has_complained = False
        files.changed.connect(self._drop_what_is_saved)
        session.captures.captured.connect(self._write)
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Ask for a copy where something changed some time ago."""
        self.looked.emit()
        self._drop_what_is_saved()
        if self._ticket is not None or self._is_writing or not self._files.is_modified:
            return
        if self._kept == self._present():
            return
        now = time.monotonic()
        if self._changed_at is None:
            self._changed_at = now
        if now >= max(self._changed_at + DELAY, self._not_before):
            self._ticket = self._session.capture(self._document.spec)

    def begin_anew(self, left: Left | None) -> None:
        """Another project is in the window; where it is one that was ``left``, it is kept there."""
        self._ticket = self._changed_at = self._kept = None
        if left is not None:
            self._files.writer.do(partial(self._folder.take_over, left), lambda *_: None)
            self.is_kept = True

    def close(self) -> None:
        """The window ends properly; the writer's thread has ended already."""
        self._timer.stop()
        self._folder.close()

    def _present(self) -> Any:
        return self._document.spec, self._session.position, self._files.path

    def _write(self, ticket: int, project: SavedProject | None, where: Position | str) -> None:
        if ticket != self._ticket:
            return
        self._ticket = self._changed_at = None
        if project is None:
            self._finish(None, str(where))
        elif self._files.is_modified:  # not saved or closed meanwhile
            kept = (project.spec, where, self._files.path)
            self._is_writing = self.is_kept = True
            work = partial(_timed, partial(self._folder.write, project, self._files.path))
            self._files.writer.do(work, partial(self._finish_writing, kept))

    def _finish_writing(self, kept: Any, seconds: float | None, problem: str) -> None:
        self._is_writing = False
        if seconds is not None:
            self._kept = kept
        self._finish(seconds, problem)

    def _finish(self, seconds: float | None, problem: str) -> None:
        pause = PATIENCE if seconds is None else seconds / SHARE
        self._not_before = time.monotonic() + pause
        if problem and not self._has_complained:
            self._has_complained = True
            self.failed.emit(problem)

    def _drop_what_is_saved(self) -> None:
        if self.is_kept and not self._files.is_modified:
            self.is_kept, self._kept = False, None
            self._files.writer.do(self._folder.remove, lambda *_: None)


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
