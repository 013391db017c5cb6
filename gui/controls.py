"""Which of the buttons of the training can be pressed, and what they say."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction

from gui.session.session import Session
from gui.session.states import Request, State


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Controls", text)


def enable(controls: Mapping[str, QAction], session: Session, problem: str, has_data: bool) -> None:
    """Bring them in line with the session.

    Args:
        problem: why nothing can be trained, or "".
        has_data: whether there are data that the present network could begin anew with.
    """
    for name, request in (
        ("train", Request.TRAIN),
        ("step_batch", Request.STEP),
        ("step_epoch", Request.STEP),
    ):
        controls[name].setEnabled(session.allows(request) and not problem)
    paused = session.state is State.PAUSED
    controls["pause"].setEnabled(session.allows(Request.PAUSE) or (paused and not problem))
    controls["pause"].setText(tr("Resume") if paused else tr("Pause"))
    controls["stop"].setEnabled(session.allows(Request.STOP))
    controls["reset"].setEnabled(session.allows(Request.RESET) and has_data)
    for name, action in controls.items():
        why_not = problem if name in ("train", "step_batch", "step_epoch") else ""
        tip = f"{action.property('tip')} ({action.shortcut().toString()})"
        action.setToolTip(why_not or tip)
