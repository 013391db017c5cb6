"""What the window asks about files. Nothing waits for an answer: each calls a function."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton, QWidget

from gui.document import recent_files
from nnlib.project_file import SUFFIX

Answers = list[tuple[str, str, QMessageBox.ButtonRole, Callable[[], object]]]
"""Object name and text of each button, its role, and what it does. The last one is for Escape."""

Role = QMessageBox.ButtonRole


def tr(text: str) -> str:
    """The text in the user's language."""
    return QCoreApplication.translate("Questions", text)


def ask(window: QWidget, name: str, text: str, detail: str, answers: Answers) -> QMessageBox:
    """A box over the window; the first answer is for Enter, the last for Escape."""
    box = QMessageBox(QMessageBox.Icon.Question, "LayerLab", text, parent=window)
    box.setObjectName(name)
    box.setInformativeText(detail)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    buttons: dict[QPushButton, Callable[[], object]] = {}
    for index, (button_name, label, role, do) in enumerate(answers):
        button = box.addButton(label, role)
        button.setObjectName(button_name)
        buttons[button] = do
        if not index:
            box.setDefaultButton(button)
        if index == len(answers) - 1:
            box.setEscapeButton(button)

    def answer() -> None:
        clicked = box.clickedButton()
        next((do for button, do in buttons.items() if button is clicked), answers[-1][3])()

    box.finished.connect(answer)
    box.open()
    return box


def ask_to_save(
    window: QWidget,
    name: str,
    save: Callable[[], object],
    discard: Callable[[], object],
    cancel: Callable[[], object],
) -> QMessageBox:
    """Whether the project of that name is to be saved before it goes."""
    return ask(
        window,
        "unsavedBox",
        tr("Save the changes to “{0}”?").format(name),
        tr("Otherwise they are lost, and so is what was trained since."),
        [
            ("buttonSave", tr("Save"), Role.AcceptRole, save),
            ("buttonDiscard", tr("Discard"), Role.DestructiveRole, discard),
            ("buttonCancel", tr("Cancel"), Role.RejectRole, cancel),
        ],
    )


def ask_to_recover(
    window: QWidget,
    name: str,
    time: float,
    recover: Callable[[], object],
    discard: Callable[[], object],
    later: Callable[[], object],
) -> QMessageBox:
    """Whether what a window left that did not end properly is still wanted."""
    return ask(
        window,
        "recoveryBox",
        tr("LayerLab did not end properly. Recover “{0}” as it was at {1}?").format(
            name, time_text(time)
        ),
        tr("What is discarded is lost. Later asks again at the next start."),
        [
            ("buttonRecover", tr("Recover"), Role.AcceptRole, recover),
            ("buttonDiscard", tr("Discard"), Role.DestructiveRole, discard),
            ("buttonLater", tr("Later"), Role.RejectRole, later),
        ],
    )


def ask_to_replace(
    window: QWidget, path: str, replace: Callable[[], object], cancel: Callable[[], object]
) -> QMessageBox:
    """Whether a file that is there may be replaced."""
    return ask(
        window,
        "replaceBox",
        tr("Replace {0}?").format(path),
        tr("There is a file of that name already."),
        [
            ("buttonReplace", tr("Replace"), Role.AcceptRole, replace),
            ("buttonCancel", tr("Cancel"), Role.RejectRole, cancel),
        ],
    )


def choose_file(window: QWidget, chosen: Callable[[str], object]) -> QFileDialog:
    """Which project to open."""
    dialog = _dialog(window, "openDialog", tr("Open a project"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog


def choose_place(
    window: QWidget, name: str, chosen: Callable[[str], object], cancel: Callable[[], object]
) -> QFileDialog:
    """Where to save the project of that name."""
    dialog = _dialog(window, "saveDialog", tr("Save the project"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(SUFFIX)
    dialog.selectFile(name + SUFFIX)
    dialog.fileSelected.connect(chosen)
    dialog.rejected.connect(cancel)
    dialog.open()
    return dialog


def _dialog(window: QWidget, name: str, title: str) -> QFileDialog:
    dialog = QFileDialog(window, title, recent_files.last_folder())
    dialog.setObjectName(name)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilters([tr("LayerLab projects (*{0})").format(SUFFIX), tr("All files (*)")])
    return dialog


def time_text(time: float) -> str:
    """The time of day, and the day where it is not today."""
    then = datetime.fromtimestamp(time)
    text = f"{then:%H:%M}"
    if then.date() == datetime.now().date():
        return text
    day = QLocale().toString(QDate(then.year, then.month, then.day), QLocale.FormatType.ShortFormat)
    return tr("{0} on {1}").format(text, day)
