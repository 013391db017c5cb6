"""The composition root: the only place that knows all parts and connects them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtWidgets import QApplication

from gui import style
from gui.document.document import Document
from gui.main_window import MainWindow
from gui.project_wiring import Projects
from gui.wiring import Wiring
from nnlib.project import ProjectSpec
from nnlib.training import TrainingSettings

DEFAULT_NETWORK = "two-layer"


def default_spec() -> ProjectSpec:
    """What the window opens with: it trains at once, on data that is built in."""
    settings = TrainingSettings(epochs=20, validation_share=0.1)
    return ProjectSpec.from_preset(DEFAULT_NETWORK, training=settings)


def build(argv: Sequence[str]) -> tuple[QApplication, MainWindow]:
    """The application and its window, wired and not yet shown.

    Args:
        argv: the program's name, and, where one is to be opened, a project file.
    """
    app = QApplication.instance() or QApplication(list(argv) or sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("LayerLab")
    app.setOrganizationName("LayerLab")
    style.apply(app)
    document = Document(default_spec())
    window = MainWindow(document)
    projects = Projects(Wiring(document, window), default_spec())
    if len(argv) > 1 and not argv[1].startswith("-"):
        projects.open_path(argv[1])
    return app, window
