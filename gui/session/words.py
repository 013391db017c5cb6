"""What the session has to say about itself, in the words of the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from gui.session.states import State
from nnlib.cli.console import duration_text
from nnlib.training import Diverged

if TYPE_CHECKING:  # the session uses these words itself
    from gui.session.session import Session


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Session", text)


def state_text(session: Session) -> str:
    """Where the session stands, and what the user can do."""
    done, wanted = session.epochs_done, session.epochs_wanted
    training = tr("Training: epoch {0} of {1}.").format(min(int(done) + 1, wanted), wanted)
    ending = tr("Trained for {0}. Draw a digit, or train on.")
    if done < wanted:
        ending = tr("Stopped after {0}. Draw a digit, or train on.")
    if session.is_trained and not done:
        ending = tr("The weights are those of the file. Draw a digit, or train on.")
    if session.early_stop:
        ending = tr(
            "Stopped early after {0}: the validation loss no longer fell. "
            "The network has its best weights."
        )
    texts = {
        State.IDLE: tr("Ready. Press Train, or draw a digit."),
        State.STARTING: training,
        State.RUNNING: training,
        State.PAUSED: tr("Paused after {0}. Resume goes on from here."),
        State.STOPPING: tr("Stopping …"),
        State.FINISHED: ending,
    }
    return texts.get(session.state, "").format(amount_text(session))


def amount_text(session: Session) -> str:
    """How much was learned, in batches where it is less than an epoch."""
    epochs, batches = session.epochs_done, len(session.history.steps)
    if 0 < epochs < 1:
        return tr("1 batch") if batches == 1 else tr("{0} batches").format(batches)
    text = f"{epochs:.1f}".removesuffix(".0")
    return tr("1 epoch") if text == "1" else tr("{0} epochs").format(text)


def progress(session: Session) -> tuple[float, str]:
    """The share of the training that is done, and what stands beside it."""
    done, wanted = session.epochs_done, session.epochs_wanted
    if session.state is State.IDLE or not wanted:
        return 0.0, tr("Not trained")
    share = min(1.0, done / wanted)
    text = f"{100 * share:.0f} %"
    left = session.seconds_left
    if session.state is State.RUNNING and left is not None:
        text = tr("{0} left · {1}").format(duration_text(left), text)
    elif session.state is State.PAUSED:
        text = tr("Paused · {0}").format(text)
    return share, text


def divergence_text(event: Diverged) -> str:
    """Where the numbers ceased to be numbers, and what to do."""
    where = tr(" It shows first in {0}.").format(event.layer) if event.layer else ""
    return tr(
        "The loss became infinite or NaN at step {0}.{1} "
        "Reset and train with a smaller learning rate."
    ).format(event.step, where)
