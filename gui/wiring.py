"""What happens when: connects document, session and window, which do not know each other."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QTimer

from gui import controls
from gui.document.document import Document
from gui.main_window import MainWindow
from gui.session.data_loader import DataLoader
from gui.session.session import Session
from gui.session.states import State
from gui.status import Status
from nnlib import presets
from nnlib.data import Dataset
from nnlib.saved_project import SavedProject
from nnlib.training.distributions import Distribution
from nnlib.types import Array

TICK = 50  # milliseconds between two looks at what the worker has posted
TICKS_PER_READING = 2  # while training runs, the drawing is read anew every that many ticks


class Wiring(QObject):
    """Lives as long as the window, and ends all threads when it closes."""

    def __init__(self, document: Document, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("wiring")
        self.document, self.window = document, window
        document.setParent(self)
        document.setObjectName("document")
        self.session = Session(self)
        self.session.setObjectName("session")
        self.status = Status(window, self.session, document)
        self.loader = DataLoader(self)
        self.datasets: dict[str, Dataset] = {}  # the one in use, and the one before for undo
        self._missing = ("", "")  # data that an opened project names, and why they are not here
        self._waiting: SavedProject | None = None  # a file whose training waits for them
        self._drawing: Array | None = None
        self._scaled: object = None  # the run whose epochs the curves' time axis shows
        self._ticks = 0
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._tick)
        self._renewal = QTimer(self, singleShot=True, interval=0)
        self._renewal.timeout.connect(self._renew_network)
        self._connect()
        self._show_spec()
        self.loader.load(document.spec.data)
        self._timer.start()

    def close(self) -> None:
        """End all threads."""
        self._timer.stop()
        self._renewal.stop()
        self.window.hide()  # a step that takes long is waited for, but not in front of the user
        if not self.session.close():
            os._exit(0)  # the step does not end; all that is saved is on disk already
        self.loader.close()

    @property
    def dataset(self) -> Dataset | None:
        """The data set that the document names, once it is loaded."""
        return self.datasets.get(self.document.spec.data)

    def _connect(self) -> None:
        window, session = self.window, self.session
        window.closing.connect(self.close)
        actions = window.controls
        actions["train"].triggered.connect(self._train)
        actions["pause"].triggered.connect(self._pause_or_resume)
        actions["stop"].triggered.connect(session.stop)
        actions["reset"].triggered.connect(self._reset)
        actions["step_batch"].triggered.connect(lambda: self._step(whole_epoch=False))
        actions["step_epoch"].triggered.connect(lambda: self._step(whole_epoch=True))
        window.bar.data_chosen.connect(self._choose_data)
        window.bar.network_chosen.connect(
            lambda name: self.document.load_preset(presets.find(name))
        )
        window.bar.setting_changed.connect(self.document.set_training)
        window.tries.image_changed.connect(self._take_drawing)
        window.editor.stack.layer_hovered.connect(self._light_distribution)
        window.watch.layer_pointed.connect(self._light_card)
        self.document.spec_changed.connect(self._follow_edit)
        self.loader.loaded.connect(self._take_data)
        self.loader.failed.connect(self._miss_data)
        self.loader.progressed.connect(lambda _, text: self.status.say(text))
        session.state_changed.connect(self._show_state)
        session.run_began.connect(self._begin_run)
        session.predicted.connect(window.tries.show_prediction)
        session.probed.connect(self._take_distributions)

    # Data

    def _choose_data(self, name: str) -> None:
        self.status.say(self.tr("Loading {0} …").format(name))
        self.loader.load(name)

    def _take_data(self, name: str, dataset: Dataset) -> None:
        before = self.document.spec.data
        self.datasets = {key: d for key, d in self.datasets.items() if key == before}
        self.datasets[name] = dataset
        self.status.forget()
        if name == self._missing[0]:
            self._missing = ("", "")
        self.document.set_data(name)
        waiting, session = self._waiting, self.session
        if (
            waiting is not None
            and (waiting.network_spec.data, session.dataset) == (name, None)
            and session.spec is waiting.network_spec  # nothing was trained since it was opened
        ):
            self._waiting = None
            session.adopt(waiting, dataset)
        self._show_spec()

    def _miss_data(self, name: str, text: str) -> None:
        self.status.say(text, is_problem=True)
        self.window.bar.show_spec(self.document.spec)
        self.window.tell_problem(text)

    def missing_text(self) -> str:
        """Why the data that the project names are not here, and what to do; "" where they may be.

        It is known of an opened project only.
        """
        name, why = self._missing
        if self.document.spec.data != name or not why:
            return ""
        return self.tr("To train, choose other data in the bar above. {0}").format(why)

    # Another project

    def show_project(self, saved: SavedProject, dataset: Dataset | None, problem: str) -> None:
        """Put a project in the place of the present one, and stand where its file stood.

        ``dataset`` is the data that it names; None where they are not here; ``problem`` says why.
        """
        name, network_is_of = saved.spec.data, saved.network_spec.data
        self.loader.forget()
        self.status.forget()
        self._missing = ("", "") if dataset is not None else (name, problem)
        self._waiting = None
        self.session.clear()
        self.datasets = {} if dataset is None else {name: dataset}
        self.document.replace(saved.spec)
        if saved.weights is None or saved.input_shape is None:
            return  # the renewal that an edit brings builds the network
        if dataset is None:
            self._waiting = saved
            classes = saved.classes or self.document.class_names
            self.document.describe_data(saved.input_shape, classes)
            self.window.tries.set_classes(classes)
            self.window.tries.set_enabled_for(saved.input_shape)
        self.session.adopt(saved, dataset if name == network_is_of else None)

    # The document changed

    def _follow_edit(self) -> None:
        self.status.forget()
        self._show_spec()

    def _show_spec(self) -> None:
        spec, dataset = self.document.spec, self.dataset
        self.window.bar.show_spec(spec)
        if dataset is None:
            if (
                self.datasets and not self.missing_text()
            ):  # an undo led back to data that are no longer in memory
                self.loader.load(spec.data)
        else:
            self.document.describe_data(dataset.input_shape, dataset.classes)
            self.window.tries.set_classes(dataset.classes)
            self.window.tries.set_enabled_for(dataset.input_shape)
            self.session.retune(spec)
            self.status.show_progress()
            self._renewal.start()
        self._show_state()

    def _renew_network(self) -> None:
        """An untrained network follows every edit, so that it can be looked at and tried."""
        if self.dataset is None or self.session.state not in (State.IDLE, State.FAILED):
            return
        if self.document.report.problem:
            self.session.drop()
            self.window.watch.clear()  # what was there is of a network that is gone
            self.window.tries.show_prediction(None, self.tr("This network cannot work yet."))
        elif self.session.needs_new_network(self.document.spec, self.dataset):
            self.session.prepare(self.document.spec, self.dataset)

    # Control

    def _is_ready(self) -> bool:
        """Whether training can begin, with all that was typed."""
        self.window.bar.commit()
        self.document.end_merging()
        self.status.forget()
        return self._problem() == ""

    def _train(self) -> None:
        if self._is_ready() and self.dataset is not None:
            self.session.train(self.document.spec, self.dataset)

    def _pause_or_resume(self) -> None:
        session = self.session
        if session.state is not State.PAUSED:
            session.pause()
        elif session.spec is None or session.dataset is None or self._shows_this_network():
            self._train()
        else:  # to resume never begins anew, whatever was edited meanwhile; to train does
            session.train(session.spec, session.dataset)

    def _step(self, whole_epoch: bool) -> None:
        if self._is_ready() and self.dataset is not None:
            self.session.step(self.document.spec, self.dataset, whole_epoch)

    def _reset(self) -> None:
        self._is_ready()
        if self.dataset is not None and not self.document.report.problem:
            self.session.prepare(self.document.spec, self.dataset)
        elif self.session.spec is not None and self.session.dataset is not None:
            self.session.prepare(self.session.spec, self.session.dataset)

    # The session changed

    def _begin_run(self) -> None:
        self.window.watch.clear()
        self._ask_for_reading()

    def _take_distributions(self, found: tuple[Distribution, ...] | None) -> None:
        self.window.watch.set_distributions(found or ())
        if not self.session.is_busy:
            self.window.watch.refresh_all()

    def _light_distribution(self, index: int) -> None:
        self.window.watch.highlight_layer(index if self._shows_this_network() else -1)

    def _light_card(self, index: int) -> None:
        if self._shows_this_network():
            self.window.editor.stack.light_layer(index)

    def _shows_this_network(self) -> bool:
        """Whether the panels show the stack as it is, so that layers correspond."""
        trained = self.session.spec
        return trained is not None and trained.layers == self.document.spec.layers

    def _show_state(self) -> None:
        session, window = self.session, self.window
        facts = session.facts
        is_new = facts is not self._scaled or not len(session.history.steps)
        if facts is not None and session.spec is not None and is_new:
            self._scaled = facts
            window.watch.begin_run(facts.samples_per_epoch, session.spec.training.epochs)
            if session.state is State.IDLE:
                session.probe()
        if not session.is_busy:
            window.watch.set_history(session.history)
            window.watch.refresh_all()
            session.probe()
            self._ask_for_reading()
        window.editor.stack.show_trained(session.spec if len(session.history.steps) else None)
        has_data = self.dataset is not None or session.dataset is not None
        controls.enable(window.controls, session, self._problem(), has_data)
        self.status.show_progress()
        self.status.show_texts(self.dataset, self.missing_text())

    def _problem(self) -> str:
        """Why nothing can be trained, or ""."""
        if self.document.report.problem:
            return str(self.document.report.problem)
        if self.dataset is not None:
            return ""
        return self.missing_text() or self.tr("The data are still being loaded.")

    # Showing

    def _tick(self) -> None:
        self.session.pull()
        if self.session.state is not State.RUNNING:
            return
        watch = self.window.watch
        watch.set_history(self.session.history)
        if watch.wants_distributions():
            self.session.probe()
        watch.refresh_next()
        self._ticks += 1
        if self._ticks % TICKS_PER_READING == 0:
            self._ask_for_reading()
            self.status.show_progress()

    def _take_drawing(self, image: Array | None) -> None:
        self._drawing = image
        if image is None:
            self.session.forget_drawing()
        else:
            self._ask_for_reading()

    def _ask_for_reading(self) -> None:
        if self._drawing is not None:
            self.session.predict(self._drawing[None])
