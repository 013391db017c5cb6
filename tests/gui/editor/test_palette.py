"""The palette shows every layer there is, because it is declared."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt

from gui.editor import mime
from gui.editor.layer_icons import layer_drawing, layer_pixmap
from gui.editor.palette import PalettePanel
from gui.editor.palette_model import PaletteModel, find_layers
from nnlib.layers import Layer, ReLU
from nnlib.options import option, register


@pytest.fixture
def leaky_relu():
    @register("Activation functions")
    @dataclass
    class LeakyReLU(Layer):
        """Lets a little of the negative values through."""

        formula = "y = x if x > 0 else slope · x"
        is_activation = True
        slope: float = option(0.01, minimum=0.0, maximum=1.0, help="What negative values keep.")

        def forward(self, x, training):
            return np.where(x > 0, x, self.slope * x)

    yield LeakyReLU
    del Layer.members["LeakyReLU"]


@pytest.fixture
def panel(qtbot) -> PalettePanel:
    panel = PalettePanel()
    qtbot.addWidget(panel)
    panel.resize(300, 260)
    panel.show()
    return panel


def rows(model: PaletteModel) -> dict[str, QModelIndex]:
    indexes = [model.index(row) for row in range(model.rowCount())]
    return {index.data(): index for index in indexes}


def layers(model: PaletteModel) -> list[str]:
    return [name for name, index in rows(model).items() if index.data(PaletteModel.LAYER)]


def test_every_registered_layer_is_there_under_its_category(panel):
    model = panel.palette_view.layers
    offered = {name: member for name, member in Layer.members.items() if member.category}
    assert sorted(layers(model)) == sorted(offered)
    seen, heading = {}, ""
    for name, index in rows(model).items():
        if index.data(PaletteModel.LAYER) is None:
            heading = name
        else:
            seen[name] = heading
    assert seen == {name: member.category for name, member in offered.items()}


def test_headings_cannot_be_selected_or_dragged(panel):
    model = panel.palette_view.layers
    assert model.flags(rows(model)["Layers"]) == Qt.ItemFlag.NoItemFlags


def test_a_tool_tip_has_name_formula_and_sentence(panel):
    tip = rows(panel.palette_view.layers)["Step"].data(Qt.ItemDataRole.ToolTipRole)
    assert "<b>Step</b>" in tip
    assert "1 if x &gt; 0 else 0" in tip
    assert "Fires or does not" in tip


def test_chips_stand_inside_the_palette_and_do_not_overlap(panel):
    view = panel.palette_view
    view.executeDelayedItemsLayout()
    seen = [view.visualRect(index) for index in rows(view.layers).values()]
    for i, rect in enumerate(seen):
        assert 0 <= rect.left() < rect.right() <= view.viewport().width()
        assert not any(rect.intersects(other) for other in seen[:i])


def test_the_search_filters_while_typing(panel, qtbot):
    qtbot.keyClicks(panel.search, "pool")
    assert layers(panel.palette_view.layers) == ["MaxPooling", "AveragePooling"]
    panel.search.setText("  ")
    assert layers(panel.palette_view.layers) == layers(PaletteModel())
    panel.search.setText("no such thing")
    assert panel.palette_view.layers.rowCount() == 0
    panel.grab()  # it says so


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("dense", "Affine"),
        ("fully connected", "Affine"),
        ("linear", "Affine"),
        ("conv", "Convolution"),
        ("max pool", "MaxPooling"),
        ("batch norm", "BatchNormalization"),
        ("bn", "BatchNormalization"),
        ("rectifier", "ReLU"),
        ("logistic", "Sigmoid"),
        ("heaviside", "Step"),
        ("reshape", "Flatten"),
        ("hyperbolic", "Tanh"),
        ("regularization", "Dropout"),
        ("probabilities", "Softmax"),
        ("so", "Softmax"),  # before all whose description has it
        ("POOL", "MaxPooling"),
    ],
)
def test_a_layer_is_found_by_other_words_too_and_the_best_comes_first(panel, qtbot, text, first):
    assert find_layers(text)[0].__name__ == first
    qtbot.keyClicks(panel.search, text)
    assert layers(panel.palette_view.layers)[0] == first
    with qtbot.waitSignal(panel.palette_view.layer_chosen) as chosen:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert type(chosen.args[0]).__name__ == first


def test_names_that_begin_with_the_text_come_before_those_that_hold_it():
    names = [member.__name__ for member in find_layers("t")]
    begins = [name.lower().startswith("t") for name in names]
    holds = ["t" in name.lower() for name in names]
    assert begins == sorted(begins, reverse=True)
    assert holds == sorted(holds, reverse=True)
    assert find_layers("s t e p")  # each word for itself
    assert find_layers("step xyz") == []


def test_a_layer_without_a_category_is_not_offered(leaky_relu):
    leaky_relu.category = ""
    assert leaky_relu not in find_layers("")
    assert leaky_relu not in find_layers("leaky")
    assert "LeakyReLU" not in layers(PaletteModel())


def test_enter_in_the_search_adds_the_best_match(panel, qtbot):
    qtbot.keyClicks(panel.search, "dro")
    with qtbot.waitSignal(panel.palette_view.layer_chosen) as chosen:
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert type(chosen.args[0]).__name__ == "Dropout"


def test_enter_in_an_empty_search_adds_nothing(panel, qtbot):
    panel.palette_view.setCurrentIndex(panel.palette_view.layers.first_layer())
    with qtbot.assertNotEmitted(panel.palette_view.layer_chosen):
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)


def test_down_then_enter_adds_from_the_list(panel, qtbot):
    qtbot.keyClicks(panel.search, "tanh")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.palette_view.layer_chosen) as chosen:
        qtbot.keyClick(panel.palette_view, Qt.Key.Key_Enter)
    assert type(chosen.args[0]).__name__ == "Tanh"


def test_what_is_dragged_is_json_of_the_layer_as_declared(panel):
    model = panel.palette_view.layers
    data = model.mimeData([rows(model)["Dropout"]])
    assert json.loads(bytes(data.data(mime.LAYERS).data())) == [{"type": "Dropout", "ratio": 0.5}]


def test_a_new_layer_appears_by_existing(leaky_relu, editor, document, qtbot):
    view = editor.palette_panel.palette_view
    index = rows(view.layers)["LeakyReLU"]
    assert "slope" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(PaletteModel.LAYER) is leaky_relu
    assert layer_pixmap(leaky_relu, 96).toImage() != layer_pixmap(ReLU, 96).toImage()
    assert layer_drawing(leaky_relu).strong.lines.elementCount() > 100  # its own curve
    assert not index.data(Qt.ItemDataRole.DecorationRole).isNull()
    view.choose(index)
    assert document.spec.layers[-1] == leaky_relu()
    field = editor.inspector.findChild(object, "option_slope")
    note = editor.inspector.findChild(object, "note_slope")
    assert note.text() == "What negative values keep."
    field.lineEdit().selectAll()
    field.lineEdit().insert("2")
    assert note.text() == "Slope must be a number from 0 to 1."
    field.setValue(0.25)
    assert document.spec.layers[-1] == leaky_relu(slope=0.25)


def test_double_click_adds_after_the_selected_card(editor, document, qtbot):
    editor.stack.select_layers([1])
    view = editor.palette_panel.palette_view
    index = rows(view.layers)["Sigmoid"]
    view.scrollTo(index)
    point: QPoint = view.visualRect(index).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert [type(layer).__name__ for layer in document.spec.layers] == [
        "Flatten", "Affine", "Sigmoid", "ReLU", "Affine",
    ]  # fmt: skip
    assert editor.stack.selected_layers() == [2]
