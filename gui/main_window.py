"""The main window: three columns under a bar, menus, status bar. Layout only, no logic."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QByteArray, QEvent, QSettings, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui import icons, style
from gui.canvas.try_panel import TryPanel
from gui.document.document import Document
from gui.editor.editor import StackEditor
from gui.file_drop import FileDrop
from gui.file_menu import FileMenu
from gui.panels.watch_panel import WatchPanel
from gui.style import GRID
from gui.top_bar import TopBar
from gui.widgets.elided_label import ElidedLabel

CONTROLS = ("train", "pause", "step_batch", "step_epoch", "reset")


class MainWindow(QMainWindow):
    """Build, Watch, Try. Its parts are attributes; `gui.app` connects them."""

    closing = Signal()
    files_dropped = Signal(list)
    """The paths of what was dropped anywhere on the window."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("LayerLab")
        self.may_close: Callable[[], bool] = lambda: True
        self._make_actions(document)
        self.bar = TopBar([self.controls[name] for name in CONTROLS])
        self.editor = StackEditor(document)
        self.watch = WatchPanel()
        self.tries = TryPanel()
        self._lay_out()
        self._restore()
        self._make_menus(document)
        self._make_status_bar()
        FileDrop(self).dropped.connect(self.files_dropped)

    def show_status(self, text: str, is_problem: bool = False) -> None:
        """What the program has to say now."""
        self._status.setText(("⚠ " if is_problem else "") + text)

    def tell_problem(self, text: str) -> None:
        """Say what the user has to know in full; nothing waits for the answer."""
        box = QMessageBox(QMessageBox.Icon.Information, "LayerLab", text, parent=self)
        box.setObjectName("problemBox")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def show_facts(self, text: str) -> None:
        """Parameters and speed."""
        self._facts.setText(text)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        settings = QSettings()
        settings.setValue("window/geometry", self.saveGeometry())
        settings.setValue("window/columns", self._columns.saveState())
        for name, part in self._remembered().items():
            settings.setValue(f"window/{name}", part.saveState())
        hidden = [column.objectName() for column in self._column_list() if column.isHidden()]
        settings.setValue("window/hidden", " ".join(hidden))
        self.closing.emit()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()
        super().changeEvent(event)

    # Making

    def _make_actions(self, document: Document) -> None:
        self.controls: dict[str, QAction] = {}
        for name, object_name, text, key, tip in (
            ("train", "actionTrain", self.tr("Train"), "F5", self.tr("Start or resume training")),
            ("pause", "actionPause", self.tr("Pause"), "F6", self.tr("Pause after this batch")),
            ("step_batch", "actionStepBatch", self.tr("Batch"), "F7", self.tr("Train one batch")),
            ("step_epoch", "actionStepEpoch", self.tr("Epoch"), "F8",
             self.tr("Train to the end of the epoch")),
            ("stop", "actionStop", self.tr("Stop"), "Shift+F5",
             self.tr("End the training and keep the weights")),
            ("reset", "actionReset", self.tr("Reset"), "Ctrl+R",
             self.tr("Back to the same initial weights")),
        ):  # fmt: skip
            action = QAction(text, self)
            action.setObjectName(object_name)
            action.setShortcut(QKeySequence(key))
            action.setProperty("tip", tip)
            self.controls[name] = action
            self.addAction(action)
        self._draw_icons()
        self.undo = document.undo_stack.createUndoAction(self, self.tr("Undo"))
        self.undo.setObjectName("actionUndo")
        self.undo.setShortcuts(QKeySequence.StandardKey.Undo)
        self.redo = document.undo_stack.createRedoAction(self, self.tr("Redo"))
        self.redo.setObjectName("actionRedo")
        self.redo.setShortcuts(QKeySequence.StandardKey.Redo)

    def _draw_icons(self) -> None:
        for name, action in self.controls.items():
            action.setIcon(icons.icon(name))

    def _lay_out(self) -> None:
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        self._columns.setChildrenCollapsible(False)
        self._columns.setHandleWidth(GRID)
        for column in (self.editor, self.watch, self.tries):
            self._columns.addWidget(column)
        self._columns.setStretchFactor(1, 1)
        self._columns.setSizes([290, 670, 304])
        central = QWidget()
        column_layout = QVBoxLayout(central)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(0)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Plain)
        line.setForegroundRole(line.palette().ColorRole.Mid)
        column_layout.addWidget(self.bar)
        column_layout.addWidget(line)
        column_layout.addWidget(self._columns, stretch=1)
        self.setCentralWidget(central)

    def _make_menus(self, document: Document) -> None:
        self.file_menu = FileMenu(self._menu(self.tr("&File")), self)
        edit = self._menu(self.tr("&Edit"))
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        self.editor.stack.edits.fill(edit)
        edit.addSeparator()
        edit.addActions([self.tries.action_undo_stroke, self.tries.action_clear_canvas])
        network = self._menu(self.tr("&Network"))
        network.addActions([self.editor.action_gallery, self.editor.action_summary])
        training = self._menu(self.tr("&Training"))
        training.addActions(list(self.controls.values()))
        view = self._menu(self.tr("&View"))
        self._column_toggles: list[QAction] = []
        for title, column in (
            (self.tr("Build"), self.editor),
            (self.tr("Watch"), self.watch),
            (self.tr("Try"), self.tries),
        ):
            toggle = QAction(title, self, checkable=True)
            toggle.setChecked(not column.isHidden())
            toggle.toggled.connect(column.setVisible)
            toggle.toggled.connect(self._keep_one_column)
            view.addAction(toggle)
            self._column_toggles.append(toggle)
        view.addSeparator()
        self._add_ways(view)
        view.addSeparator()
        schemes = QActionGroup(self)
        for scheme, title in (
            ("system", self.tr("Colors of the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            choice = QAction(title, self, checkable=True)
            choice.setChecked(scheme == style.chosen_scheme())
            choice.triggered.connect(lambda _, scheme=scheme: style.choose_scheme(scheme))
            schemes.addAction(choice)
            view.addAction(choice)

    def _add_ways(self, menu: QMenu) -> None:
        """Ways to the parts of the window with the keyboard alone."""
        for key, title, column, part in (
            ("Ctrl+1", self.tr("Search layers"), self.editor, self.editor.palette_panel.search),
            ("Ctrl+2", self.tr("Go to the network"), self.editor, self.editor.stack),
            ("Ctrl+3", self.tr("Go to the canvas"), self.tries, self.tries.canvas),
        ):
            way = QAction(title, self)
            way.setShortcut(QKeySequence(key))
            way.triggered.connect(partial(self._go_to, column, part))
            menu.addAction(way)

    def _go_to(self, column: QWidget, part: QWidget) -> None:
        toggle = self._column_toggles[self._column_list().index(column)]
        toggle.setChecked(True)
        part.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _keep_one_column(self) -> None:
        """The last column that is shown cannot be hidden."""
        shown = [toggle for toggle in self._column_toggles if toggle.isChecked()]
        for toggle in self._column_toggles:
            toggle.setEnabled(len(shown) > 1 or toggle not in shown)

    def _menu(self, title: str) -> QMenu:
        menu = self.menuBar().addMenu(title)
        assert isinstance(menu, QMenu)
        menu.setToolTipsVisible(True)
        return menu

    def _make_status_bar(self) -> None:
        self._status = ElidedLabel()
        self._status.setObjectName("statusText")
        self._facts = QLabel()
        self._facts.setObjectName("statusFacts")
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(GRID, 0, GRID, 0)
        bar.addWidget(self._status, 1)
        bar.addPermanentWidget(self._facts)

    def _column_list(self) -> tuple[QWidget, ...]:
        return (self.editor, self.watch, self.tries)

    def _remembered(self) -> dict[str, QSplitter]:
        return {
            "editor": self.editor.splitter,
            "watch": self.watch.splitter,
            "curves": self.watch.upper,
        }

    def _restore(self) -> None:
        screen = self.screen().availableGeometry()
        self.resize(min(1280, screen.width()), min(800, screen.height()))
        if self.width() < 1200:
            self._columns.setSizes([240, self.width() - 560, 304])
        settings = QSettings()
        geometry = settings.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        splitters = {"columns": self._columns, **self._remembered()}
        for name, splitter in splitters.items():
            state = settings.value(f"window/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        hidden = str(settings.value("window/hidden", "")).split()
        for column in self._column_list():
            column.setVisible(column.objectName() not in hidden or len(hidden) >= 3)
