"""The left column on a document of its own."""

from __future__ import annotations

import pytest

from gui.document.document import Document
from gui.editor.editor import StackEditor
from nnlib.project import ProjectSpec


@pytest.fixture
def document(qapp) -> Document:
    """Flatten, Affine(50), ReLU, Affine(10)."""
    return Document(ProjectSpec.from_preset("two-layer"))


@pytest.fixture
def editor(qtbot, document) -> StackEditor:
    editor = StackEditor(document)
    qtbot.addWidget(editor)
    editor.resize(300, 640)
    editor.show()
    qtbot.waitExposed(editor)
    return editor
