"""What the status bar and the progress say about document and session."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gui.document.document import Document
from gui.main_window import MainWindow
from gui.session import words
from gui.session.session import Session
from gui.session.states import State
from nnlib.data import Dataset


class Status(QObject):
    """Says what was last worth a notice, until something else happens; otherwise how things are."""

    def __init__(self, window: MainWindow, session: Session, document: Document) -> None:
        super().__init__(window)
        self._window, self._session, self._document = window, session, document
        self._notice = ""
        self._data: tuple[Dataset | None, str] = (None, "")

    def say(self, text: str, is_problem: bool = False) -> None:
        """Say this until `forget`; an empty text is none."""
        self._notice = text
        self._window.show_status(text, is_problem)

    def forget(self) -> None:
        """What was said is over."""
        self._notice = ""

    def resume(self) -> None:
        """What was said is over, and nothing else has changed: say how things are."""
        self.forget()
        self.show_texts(*self._data)

    def show_progress(self) -> None:
        """How far the training is, how large the network, how fast both."""
        session, window = self._session, self._window
        if session.epochs_wanted:
            window.watch.expect(session.epochs_wanted)
        window.bar.show_progress(*words.progress(session))
        facts = []
        if self._document.report.parameters:
            facts.append(self.tr("{0:,} parameters").format(self._document.report.parameters))
        if session.speed:
            facts.append(self.tr("{0:,.0f} samples/s").format(float(f"{session.speed:.2g}")))
        window.show_facts("  ·  ".join(facts))
        if session.state is State.RUNNING:
            self.show_texts(*self._data)

    def show_texts(self, dataset: Dataset | None, missing: str) -> None:
        """Where things stand, and what the user can do.

        Args:
            dataset: the data that the document names, once they are loaded.
            missing: why they cannot be, or "".
        """
        self._data = (dataset, missing)
        session, problem = self._session, self._document.report.problem
        if self._notice:
            return
        if session.state is State.FAILED:
            self._window.show_status(session.problem, is_problem=True)
        elif problem:
            self._window.show_status(str(problem), is_problem=True)
        elif dataset is None:
            text = missing or self.tr("Loading the data …")
            self._window.show_status(text, is_problem=bool(missing))
        else:
            text = words.state_text(session)
            if session.state is not State.IDLE and session.needs_new_network(
                self._document.spec, dataset
            ):
                button = self.tr("Reset") if session.is_busy else self.tr("Train")
                text += " " + self.tr(
                    "The network was changed since: {0} begins with new weights."
                ).format(button)
            self._window.show_status(text)
