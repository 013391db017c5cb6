"""What happens to projects: New, Open, Save, close, crash. Connects files, window and session."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from gui import questions
from gui.autosave import Autosave
from gui.document.project_files import Opened, ProjectFiles, name_of, with_suffix
from gui.document.recovery import Left, RecoveryFolder
from gui.session.captures import Position
from gui.session.messages import Fit
from gui.wiring import Wiring
from nnlib.project import ProjectSpec
from nnlib.project_file import SUFFIX, SavedProject

Step = Callable[[], object]
"""What is to happen once the present project may go."""


class Projects(QObject):
    """Lives as long as the window. ``new_spec`` is what New begins with.

    One project gives way to another, or the window closes, in three steps: the file is read; the
    user is asked where something would be lost; then everything changes at once. A file that is
    refused has changed nothing.
    """

    def __init__(self, wiring: Wiring, new_spec: ProjectSpec) -> None:
        super().__init__(wiring)
        self.setObjectName("projects")
        self._wiring, self._window, self._session = wiring, wiring.window, wiring.session
        self._document, self._new_spec = wiring.document, new_spec
        self.files = ProjectFiles(wiring.document, lambda: self._session.position, self)
        self.folder = RecoveryFolder()
        self.autosave = Autosave(wiring.document, self._session, self.files, self.folder, self)
        self._is_opening = self._is_asking = self._may_go = False
        self._saving: dict[int, str] = {}  # where the copies under way are to be written
        self._afterwards: Step | None = None  # once all is saved
        self._left: list[Left] = []
        self._recovering: Left | None = None
        self._connect()
        self._show_title()
        # Asked once there is a window to ask over.
        start = QTimer(self, singleShot=True, interval=0)
        start.timeout.connect(self.offer_recovery)
        start.start()

    def _connect(self) -> None:
        menu = self._window.file_menu
        menu.new_asked.connect(self.new)
        menu.open_asked.connect(self._choose_file)
        menu.recent_chosen.connect(self.open_path)
        menu.save_asked.connect(self.save)
        menu.save_as_asked.connect(self.save_as)
        self._window.files_dropped.connect(self._take_drop)
        self._window.may_close = self._may_close
        self.files.opened.connect(self._take_opened)
        self.files.refused.connect(self._tell_refused)
        self.files.saved.connect(self._finish_saving)
        self.files.save_failed.connect(self._fail_saving)
        self.files.changed.connect(self._show_title)
        self.autosave.looked.connect(self._show_title)
        self.autosave.failed.connect(self._tell_no_recovery)
        self._session.captures.captured.connect(self._take_copy)
        self._session.state_changed.connect(self._show_title)
        self._session.adopted.connect(self._tell_fit)

    @property
    def name(self) -> str:
        """What the project is called."""
        return self.files.name or self.tr("Untitled")

    def _show_title(self) -> None:
        self._window.setWindowTitle(f"{self.name}[*] — LayerLab")
        self._window.setWindowModified(self.files.is_modified)

    # Another project

    def new(self) -> None:
        """Begin anew."""
        if self._is_free():
            self._is_opening = True
            self.files.make(self._new_spec, self._wiring.datasets)

    def open_path(self, path: str) -> None:
        """Open a project file."""
        if self._is_free():
            self._is_opening = True
            self._wiring.status.say(self.tr("Opening {0} …").format(os.path.basename(path)))
            self.files.read(path, self._wiring.datasets)

    def _choose_file(self) -> None:
        if self._is_free():
            questions.choose_file(self._window, self.open_path)

    def _take_drop(self, paths: list[str]) -> None:
        if len(paths) == 1 and paths[0].lower().endswith(SUFFIX):
            self.open_path(paths[0])
        elif self._is_free():
            text = self.tr("One project file can be dropped here; its name ends in {0}.")
            self._window.tell_problem(text.format(SUFFIX))

    def _is_free(self) -> bool:
        """Whether no other project is on its way already."""
        return not (self._is_opening or self._is_asking or self._afterwards)

    def _take_opened(self, opened: Opened) -> None:
        if self._is_asking or self._afterwards:  # the window is about to close
            self._give_up()
        else:
            self._leave(partial(self._show, opened))

    def _show(self, opened: Opened) -> None:
        self._is_opening = False
        self._wiring.show_project(opened.saved, opened.dataset, opened.problem)
        self.files.take(opened)
        left, self._recovering = self._recovering, None
        self.autosave.begin_anew(left)
        if opened.problem:
            self._window.tell_problem(self._wiring.missing_text())

    def _tell_refused(self, path: str, problem: str) -> None:
        self._is_opening = False
        if self._recovering is not None:
            left, self._recovering = self._recovering, None
            place = self.folder.set_aside(left)
            text = self.tr("What was to be recovered is damaged. It is kept as {0}. {1}")
            problem = text.format(place, problem)
        self._wiring.status.say(problem, is_problem=True)
        self._window.tell_problem(problem)

    def _tell_fit(self, fit: Fit) -> None:
        """Say what of the file could not be taken up."""
        self.files.settle()  # it comes before any step
        if fit is Fit.WEIGHTS:
            text = self.tr(
                "The training in this file cannot be continued on these data. "
                "Its weights are here: they can be tried, and a new training goes on from them."
            )
        elif fit is Fit.NETWORK and self._wiring.dataset is not None:
            text = self.tr(
                "The network in this file is of other data than these. It stays until a new "
                "training begins."
            )
        else:
            return
        self._wiring.status.say(text, is_problem=True)

    # Leaving the present one

    def _leave(self, then: Step) -> None:
        """Go on with ``then`` as soon as nothing is lost by it, or the user says so."""
        if self._saving or self.files.saves_under_way:
            self._afterwards = then
        elif not self.files.is_modified:
            then()
        else:
            self._is_asking = True
            questions.ask_to_save(
                self._window,
                self.name,
                save=partial(self._answer, partial(self.save, then)),
                discard=partial(self._answer, then),
                cancel=partial(self._answer, self._stay),
            )

    def _answer(self, do: Step) -> None:
        self._is_asking = False
        do()

    def _stay(self) -> None:
        """The present project stays."""
        self._wiring.status.resume()
        self._afterwards = None
        self._give_up()

    def _give_up(self) -> None:
        """What was being opened is not wanted any more."""
        self._is_opening = False
        if self._recovering is not None:
            self.folder.keep(self._recovering)
            self._recovering = None

    def _may_close(self) -> bool:
        """Whether the window may close now; where not, it is closed when the time has come."""
        if not self._may_go and not self._is_asking:
            self._leave(self._let_go)
        if self._may_go:
            self._window.hide()  # what is being read or written is waited for, but not by the user
            self.files.close()
            self.autosave.close()
            self._tell_later()
        return self._may_go

    def _let_go(self) -> None:
        self._may_go = True
        self._window.close()  # does nothing where that is what is going on

    # Saving

    def save(self, then: Step | None = None) -> None:
        """Save where the project was saved before, or ask where; ``then`` follows if it is done."""
        if self.files.path:
            self.save_to(self.files.path, then)
        else:
            self.save_as(then)

    def save_as(self, then: Step | None = None) -> None:
        """Ask where to save."""

        cancel: Callable[[], object] = self._stay if then else lambda: None

        def take(path: str) -> None:
            # The dialog has asked about the name as typed; it may be another one with its suffix.
            place = with_suffix(path)
            if place != os.path.abspath(path) and os.path.exists(place):
                replace = partial(self.save_to, place, then)
                questions.ask_to_replace(self._window, place, replace, cancel)
            else:
                self.save_to(place, then)

        name = self.files.name or self._document.spec.title or self.tr("Untitled")
        questions.choose_place(self._window, name, take, cancel)

    def save_to(self, path: str, then: Step | None = None) -> None:
        """Save in that file, which is the project's from then on; training goes on meanwhile."""
        self._window.bar.commit()
        self._document.end_merging()
        self._afterwards = then or self._afterwards
        self._saving[self._session.capture(self._document.spec)] = with_suffix(path)

    def _take_copy(self, ticket: int, project: SavedProject | None, where: Position | str) -> None:
        path = self._saving.pop(ticket, None)
        if path is None:
            return
        if project is None:
            self._fail_saving(str(where))
        else:
            self.files.write(path, project, where)

    def _finish_saving(self, path: str) -> None:
        self._wiring.status.say(self.tr("Saved {0}.").format(path))
        if self._saving or self.files.saves_under_way or self._afterwards is None:
            return
        then, self._afterwards = self._afterwards, None
        if self.files.is_edited:  # since: ask again
            self._leave(then)
        else:
            then()

    def _fail_saving(self, problem: str) -> None:
        self._stay()
        self._wiring.status.say(problem, is_problem=True)
        self._window.tell_problem(problem)

    # After a crash

    def offer_recovery(self) -> None:
        """Offer back what a window left that did not end properly."""
        if not self._may_go:
            self._left = self.folder.left()
            self._offer_next()

    def _offer_next(self) -> None:
        if self._left:
            left = self._left.pop(0)
            questions.ask_to_recover(
                self._window,
                name_of(left.origin) or self.tr("Untitled"),
                left.time,
                recover=partial(self._recover, left),
                discard=partial(self._discard, left),
                later=partial(self._tell_later, left),
            )

    def _recover(self, left: Left) -> None:
        self._tell_later()  # one at a time: the others are offered at the next start
        if self._is_free():
            self._is_opening, self._recovering = True, left
            self.files.recover(left.file, left.origin, self._wiring.datasets)
        else:
            self.folder.keep(left)

    def _discard(self, left: Left) -> None:
        self.folder.discard(left)
        self._offer_next()

    def _tell_later(self, *others: Left) -> None:
        for left in (*others, *self._left):
            self.folder.keep(left)
        self._left = []

    def _tell_no_recovery(self, problem: str) -> None:
        text = self.tr("A crash would cost the unsaved work now: {0}")
        self._wiring.status.say(text.format(problem), is_problem=True)
