"""The recovery folder: what each running window keeps there, and what dead ones have left.

A window owns three files of one name: `.lock`, held while it lives; `.layerlab`, the project as it
was some seconds ago; `.json`, which file that project is. Files whose lock nobody holds are of a
window that did not end properly.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QStandardPaths

from nnlib import project_file
from nnlib.errors import ProjectError
from nnlib.project_file import SUFFIX, SavedProject
from nnlib.saving import write_file


@dataclass(frozen=True)
class Left:
    """What a dead window left.

    Attributes:
        file: the project as it was at ``time``, in seconds since 1970.
        origin: the project's own file, or "".
    """

    file: Path
    origin: str
    time: float
    lock: QLockFile


class RecoveryFolder:
    """This window's place in the folder. Nothing raises, except `write`."""

    def __init__(self) -> None:
        place = QStandardPaths.StandardLocation.AppDataLocation
        self.folder = Path(QStandardPaths.writableLocation(place)) / "recovery"
        self._file = self.folder / f"{uuid.uuid4().hex[:12]}{SUFFIX}"
        self._lock = _lock(self._file)
        self._is_owner = False
        with contextlib.suppress(OSError):
            self._own()
        self._clean()

    # This window's

    def write(self, project: SavedProject, origin: str) -> None:
        """Keep the project, of which ``origin`` is the file.

        Raises:
            ProjectError, OSError: it could not be written.
        """
        self._own()
        about = json.dumps({"origin": origin}).encode("utf-8", "surrogatepass")
        write_file(self._file.with_suffix(".json"), about)
        project_file.write(self._file, project)

    def remove(self) -> None:
        """Nothing is to be recovered any more."""
        _remove(self._file)

    def close(self) -> None:
        """This window ends properly."""
        self.remove()
        self._lock.unlock()

    def _own(self) -> None:
        if not self._is_owner:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._is_owner = self._lock.tryLock(0)
            if not self._is_owner:
                raise ProjectError(f"{self.folder} cannot be written to.")

    # Dead windows'

    def left(self) -> list[Left]:
        """What dead windows left, the newest first; nobody else is offered it meanwhile."""
        found = []
        for file in self._listed(f"*{SUFFIX}"):
            lock = _lock(file)
            if file != self._file and lock.tryLock(0):
                with contextlib.suppress(OSError):
                    found.append(Left(file, _origin(file), file.stat().st_mtime, lock))
        return sorted(found, key=lambda left: -left.time)

    def take_over(self, left: Left) -> None:
        """This window goes on with that project, and keeps it in the same place."""
        self.close()
        self._file, self._lock, self._is_owner = left.file, left.lock, True

    def keep(self, left: Left) -> None:
        """Let the next window that starts be offered that project."""
        left.lock.unlock()

    def discard(self, left: Left) -> None:
        """That project is not wanted any more."""
        _remove(left.file)
        left.lock.unlock()

    def set_aside(self, left: Left) -> Path:
        """That file is damaged: keep it where it is not offered again; the path that it has now."""
        aside = left.file.with_suffix(".damaged")
        with contextlib.suppress(OSError):
            os.replace(left.file, aside)
        _remove(left.file)
        left.lock.unlock()
        return aside

    def _clean(self) -> None:
        """Remove halves of files that a dead window left, where no other window may be writing."""
        if any(not _is_free(lock) for lock in self._listed("*.lock") if not self._is_mine(lock)):
            return
        for half in self._listed(".layerlab-*.tmp"):
            with contextlib.suppress(OSError):
                half.unlink()

    def _is_mine(self, lock: Path) -> bool:
        return lock == self._file.with_suffix(".lock")

    def _listed(self, pattern: str) -> list[Path]:
        with contextlib.suppress(OSError):
            return list(self.folder.glob(pattern))
        return []


def _lock(file: Path) -> QLockFile:
    """Not yet locked. Only the death of its owner sets it free, never its age."""
    lock = QLockFile(str(file.with_suffix(".lock")))
    lock.setStaleLockTime(0)
    return lock


def _is_free(path: Path) -> bool:
    lock = _lock(path)
    is_free = lock.tryLock(0)
    lock.unlock()  # removes what a dead owner left
    return is_free


def _remove(file: Path) -> None:
    for path in (file, file.with_suffix(".json")):
        with contextlib.suppress(OSError):
            path.unlink()


def _origin(file: Path) -> str:
    """The project's own file; "" where that is not known."""
    try:
        about = json.loads(file.with_suffix(".json").read_bytes()[:65536])
        origin = about["origin"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return origin if isinstance(origin, str) and "\0" not in origin else ""
