"""Undo everything: after any edits, all the way back and forth is byte for byte the same file."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.document.document import Document
from nnlib.project import ProjectSpec
from nnlib.project_file import capture, to_bytes
from tests.support.edits import Editor

EDITS = 200


def content(document: Document) -> bytes:
    """The project file."""
    return to_bytes(capture(document.spec))


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32))
def test_undoing_every_edit_restores_the_file_byte_for_byte(qapp, seed):
    document = Document(ProjectSpec.from_preset("lenet"))
    start = content(document)
    editor = Editor(document, np.random.default_rng(seed))
    for _ in range(EDITS):
        editor.edit()
    end, steps = content(document), document.undo_stack.count()
    assert steps > EDITS / 3
    while document.undo_stack.canUndo():
        assert document.undo_stack.undoText()
        document.undo_stack.undo()
    assert content(document) == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert content(document) == end
    assert document.undo_stack.count() == steps


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_every_step_back_is_the_file_as_it_was_then(qapp, seed):
    document = Document(ProjectSpec.from_preset("two-layer"))
    editor = Editor(document, np.random.default_rng(seed))
    files = {0: content(document)}
    for _ in range(40):
        editor.edit()
        document.end_merging()
        files[document.undo_stack.index()] = content(document)
    for index in sorted(files, reverse=True):
        document.undo_stack.setIndex(index)
        assert content(document) == files[index]


def test_what_is_shown_follows_an_undo(qtbot):
    document = Document(ProjectSpec.from_preset("two-layer"))
    before = document.report
    document.clear()
    with qtbot.waitSignal(document.spec_changed):
        document.undo_stack.undo()
    assert document.report == before
