"""Writing a file whole or not at all, and saying in plain words why it could not be written."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import uuid
from pathlib import Path

from nnlib.errors import ProjectError

_ROOM = "Free some space on that disk, or save in another place."
_RIGHTS = "Save in a folder in which you may write."
_FOLDER = "Make that folder first, or save in another place."
_ADVICE = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOENT: _FOLDER,
    errno.ENOTDIR: _FOLDER,
    errno.ENAMETOOLONG: "Choose a shorter name.",
}


def write_file(path: str | os.PathLike[str], content: bytes) -> None:
    """Put ``content`` into the file, by way of a temporary file beside it.

    Raises:
        ProjectError: it could not be written. The text says what to do; an older file of that name
            is as it was.
    """
    try:
        replace_file(Path(os.path.realpath(path)), content)
    except (OSError, ValueError) as error:
        kept = " The file that was there is unchanged." if _is_there(path) else ""
        raise ProjectError(f"{path} could not be saved: {_reason(error)}{kept}") from error


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise the `ProjectError` that saving there would raise, as far as that can be told before."""
    try:
        target = Path(os.path.realpath(path))
        _check_target(target)
        if not target.parent.is_dir():
            raise _os_error(errno.ENOENT)
        if not os.access(target.parent, os.W_OK):
            raise _os_error(errno.EACCES)
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be saved: {_reason(error)}") from error


def replace_file(target: Path, content: bytes) -> None:
    """As `write_file`; OSError or ValueError where it could not be written."""
    _check_target(target)
    temporary = target.with_name(f".layerlab-{uuid.uuid4().hex[:12]}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError, AttributeError):  # not every system can flush a folder
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _check_target(target: Path) -> None:
    """Refuse to replace a folder, a device, or a file that is write-protected."""
    if target.exists():
        if not target.is_file():
            raise ValueError("it is not a file")
        if not os.access(target, os.W_OK):
            raise _os_error(errno.EACCES)


def _os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _is_there(path: str | os.PathLike[str]) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def _reason(error: OSError | ValueError) -> str:
    """Why, and what to do."""
    if isinstance(error, OSError):
        reason, number = error.strerror or str(error), error.errno or 0
    else:
        reason, number = str(error), 0
    reason = reason[:1].lower() + reason[1:]
    return f"{reason}. {_ADVICE.get(number, 'Save in another place.')}"
