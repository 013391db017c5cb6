"""The gallery of presets, and the summary of the stack."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QListView, QPushButton, QTableWidget

from gui.document.document import Document
from gui.editor.gallery import GalleryModel, PresetGallery
from gui.editor.summary import StackSummary
from nnlib import presets
from nnlib.layers import Affine

KEY = Qt.Key


@pytest.fixture
def gallery(qtbot, document) -> PresetGallery:
    gallery = PresetGallery(document)
    gallery.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(gallery)
    gallery.open()
    qtbot.waitExposed(gallery)
    return gallery


def view_of(gallery: PresetGallery) -> Any:
    return gallery.findChild(QListView, "galleryView")


@pytest.fixture
def view(gallery) -> Any:
    return view_of(gallery)


def test_every_preset_has_a_tile_with_its_facts(view):
    model = view.model()
    assert [model.index(i, 0).data() for i in range(model.rowCount())] == presets.names()
    for row, preset in enumerate(presets.PRESETS):
        said = model.index(row, 0).data(Qt.ItemDataRole.AccessibleDescriptionRole)
        assert preset.summary in said
        assert "parameters" in said


def test_it_opens_on_the_network_in_use(view):
    assert view.currentIndex().data() == "two-layer"
    assert view.currentIndex().data(GalleryModel.TILE).is_used


def test_arrows_and_enter_choose_and_one_undo_brings_back(gallery, view, document, qtbot):
    before = document.spec
    qtbot.keyClick(view, KEY.Key_Right)
    chosen = view.currentIndex().data()
    assert chosen == "multi-layer"
    qtbot.keyClick(gallery, KEY.Key_Return)
    assert document.spec.title == chosen
    assert not gallery.isVisible()
    document.undo_stack.undo()
    assert document.spec == before


def test_typing_finds_a_preset(view, qtbot):
    qtbot.keyClicks(view, "simple")
    assert view.currentIndex().data() == "simple-conv"


def test_a_double_click_loads(view, document, qtbot):
    index = view.model().index(presets.names().index("lenet"), 0)
    place = view.visualRect(index).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert document.spec.title == "lenet"


def test_escape_changes_nothing(gallery, view, document, qtbot):
    qtbot.keyClick(view, KEY.Key_Right)
    qtbot.keyClick(gallery, KEY.Key_Escape)
    assert document.undo_stack.count() == 0
    assert not gallery.isVisible()


def test_tiles_stand_side_by_side_inside_the_window(view, qtbot):
    def stand_side_by_side() -> None:
        rects = [view.visualRect(view.model().index(row, 0)) for row in range(3)]
        assert rects[0].top() == rects[1].top() == rects[2].top()
        assert all(view.viewport().rect().contains(rect) for rect in rects)

    qtbot.waitUntil(stand_side_by_side)


def test_what_does_not_fit_the_data_says_so(qtbot, document):
    document.describe_data((2,), ("a", "b"))
    gallery = PresetGallery(document)
    qtbot.addWidget(gallery)
    model = view_of(gallery).model()
    said = model.index(presets.names().index("lenet"), 0).data(
        Qt.ItemDataRole.AccessibleDescriptionRole
    )
    assert "does not fit" in said
    gallery.show()
    assert not gallery.grab().isNull()


# The summary


@pytest.fixture
def shown(qtbot, document) -> StackSummary:
    shown = StackSummary(document)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


@pytest.fixture
def table(shown) -> Any:
    return shown.findChild(QTableWidget, "summaryTable")


def texts(table: Any, row: int) -> list[str]:
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_the_table_follows_the_document(table, document: Document):
    assert table.rowCount() == 6
    assert texts(table, 2)[:4] == ["2", "Affine (50 units)", "50", "39,250"][:4]
    document.set_layer(1, Affine(60))
    assert texts(table, 2)[2:4] == ["60", "47,100"]
    assert table.item(2, 3).toolTip() == "784·60 + 60 = 47,100"
    document.remove_layers([0])
    assert "Insert Flatten" in texts(table, 1)[5]


def test_it_is_copied_as_markdown(shown, document):
    shown.findChild(QPushButton, "summaryCopy").click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("|")
    assert "39,760 parameters" in text
    assert shown.findChild(QLabel, "summarySaid").text() == "Copied."
    document.set_layer(1, Affine(60))
    assert shown.findChild(QLabel, "summarySaid").text() == ""


def test_the_selected_rows_are_copied_with_tabs(table, qtbot):
    table.selectRow(2)
    qtbot.keyClick(table, KEY.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[:3] == ["2", "Affine (50 units)", "50"]


def test_a_closed_summary_no_longer_follows(qtbot, document):
    shown = StackSummary(document)
    shown.show()
    shown.close()
    qtbot.wait(0)
    document.set_layer(1, Affine(60))  # a slot of something deleted would be a crash
    assert document.spec.layers[1] == Affine(60)
