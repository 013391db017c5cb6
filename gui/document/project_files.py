"""Which file the document is, whether it differs from it, and reading and writing of files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.document import recent_files
from gui.document.background import Background
from gui.document.document import Document
from nnlib import data, project_file
from nnlib.data import Dataset
from nnlib.errors import LayerLabError
from nnlib.project import ProjectSpec
from nnlib.project_file import SUFFIX, SavedProject


@dataclass(frozen=True)
class Opened:
    """What is to take the place of the present project.

    Attributes:
        path: its file, or "" for a new project.
        dataset: the data that it names; None where they are not here, and ``problem`` says why.
        is_modified: it differs from its file: it was recovered.
    """

    path: str
    saved: SavedProject
    dataset: Dataset | None
    problem: str = ""
    is_modified: bool = False


class ProjectFiles(QObject):
    """Files are read and written on threads of their own; nothing changes where that fails.

    Args:
        position: where the training stands. When it has moved on, there is something to save.
    """

    changed = Signal()
    """Perhaps another file, perhaps modified or no longer so."""
    opened = Signal(object)
    """An `Opened` is ready to be shown; `take` says that it is."""
    refused = Signal(str, str)
    """The path that could not be opened, and a sentence for the user."""
    saved = Signal(str)
    save_failed = Signal(str)
    """A sentence for the user."""

    def __init__(
        self, document: Document, position: Callable[[], Any], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._position = document, position
        self._reader = Background("open", self)
        self.writer = Background("save", self)
        self.path = ""
        self.saves_under_way = 0
        self._spec, self._place = document.spec, position()
        self._differs = False
        document.spec_changed.connect(self.changed)

    @property
    def name(self) -> str:
        """What the file is called, or "" before there is one."""
        return name_of(self.path)

    @property
    def is_modified(self) -> bool:
        """Whether there is something that closing would lose."""
        return self._differs or self.is_edited or self._place != self._position()

    @property
    def is_edited(self) -> bool:
        """Whether the project, apart from its training, is another one than that of the file."""
        return self._document.spec != self._spec

    # Opening

    def read(self, path: str, known: Mapping[str, Dataset]) -> None:
        """Read a file, and the data that it names unless they are ``known``."""
        path = os.path.abspath(path)
        self._reader.do(partial(_read, path, dict(known)), partial(self._finish_reading, path))

    def recover(self, file: Path, origin: str, known: Mapping[str, Dataset]) -> None:
        """As `read`: what was saved in ``file`` of the project whose own file is ``origin``."""
        work = partial(_read, str(file), dict(known), origin, is_modified=True)
        self._reader.do(work, partial(self._finish_reading, str(file)))

    def make(self, spec: ProjectSpec, known: Mapping[str, Dataset]) -> None:
        """A new project, and the data that it names unless they are ``known``."""
        work = partial(_with_data, "", SavedProject(spec), dict(known))
        self._reader.do(work, partial(self._finish_reading, ""))

    def _finish_reading(self, path: str, found: Opened | None, problem: str) -> None:
        if found is None:
            self.refused.emit(path, problem)
        else:
            self.opened.emit(found)

    def take(self, shown: Opened) -> None:
        """The document is this project now, and the training stands where it stood."""
        self.path = shown.path
        self._spec, self._place = self._document.spec, self._position()
        self._differs = shown.is_modified
        if self.path and not shown.is_modified:
            recent_files.remember(self.path)
        self.changed.emit()

    def settle(self) -> None:
        """The training stands where it stands because of what was opened, not of the user."""
        self._place = self._position()
        self.changed.emit()

    # Saving

    def write(self, path: str, project: SavedProject, place: Any) -> None:
        """Write what was copied while the training stood at ``place``."""
        self.saves_under_way += 1
        work = partial(project_file.write, path, project)
        self.writer.do(work, partial(self._finish_writing, path, project.spec, place))

    def _finish_writing(
        self, path: str, spec: ProjectSpec, place: Any, _: None, problem: str
    ) -> None:
        self.saves_under_way -= 1
        if problem:
            self.save_failed.emit(problem)
            return
        self.path, self._spec, self._place, self._differs = path, spec, place, False
        if not self.is_edited:
            self._document.undo_stack.setClean()
        recent_files.remember(path)
        self.changed.emit()
        self.saved.emit(path)

    def close(self) -> None:
        """End both threads; what is being written is written to its end."""
        self._reader.close()
        self.writer.close()


def name_of(path: str) -> str:
    """What a project file is called in a window's title."""
    name = os.path.basename(path)
    return name[: -len(SUFFIX)] if name.lower().endswith(SUFFIX) else name


def with_suffix(path: str) -> str:
    """The path with the suffix of project files; typed without it, it is added."""
    path = os.path.abspath(path)
    return path if path.lower().endswith(SUFFIX) else path + SUFFIX


def _read(
    path: str, known: Mapping[str, Dataset], origin: str | None = None, is_modified: bool = False
) -> Opened:
    saved = project_file.load(path)
    return _with_data(path if origin is None else origin, saved, known, is_modified)


def _with_data(
    path: str, saved: SavedProject, known: Mapping[str, Dataset], is_modified: bool = False
) -> Opened:
    name = saved.spec.data
    try:
        dataset = known[name] if name in known else data.load(name)
    except (LayerLabError, OSError) as error:
        return Opened(path, saved, None, str(error), is_modified)
    return Opened(path, saved, dataset, "", is_modified)
