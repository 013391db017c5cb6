"""The model of the stack says what the document says, after whatever edit, and takes drops."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.document.document import Document
from gui.editor import mime
from gui.editor.cards import Kind, cards
from gui.editor.stack_model import StackModel
from nnlib import presets
from nnlib.layers import Affine, Dropout, Flatten, ReLU, Sigmoid
from nnlib.project import ProjectSpec

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
NOWHERE = QModelIndex()


@pytest.fixture
def model(document) -> StackModel:
    return StackModel(document)


@pytest.fixture(autouse=True)
def _checked(request):
    """Qt's own tester looks at every change of the model."""
    if "model" in request.fixturenames:
        model = request.getfixturevalue("model")
        fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
        QAbstractItemModelTester(model, fatal, model)


def names(document: Document) -> list[str]:
    return [type(layer).__name__ for layer in document.spec.layers]


def shown(model: StackModel) -> list:
    return [model.card(row) for row in range(model.rowCount())]


def with_text(text: str | bytes, kind: str = mime.LAYERS) -> QMimeData:
    data = QMimeData()
    data.setData(kind, text if isinstance(text, bytes) else text.encode())
    return data


def test_first_row_is_the_data_last_row_the_loss_and_between_them_the_layers(model):
    kinds = [card.kind for card in shown(model)]
    assert kinds == [Kind.DATA, *[Kind.LAYER] * 4, Kind.LOSS]
    affine = model.card(2)
    assert affine.title == "2 · Affine"
    assert affine.detail == "50 units"
    assert affine.shape == "50"
    assert affine.count == "39,250 parameters"
    assert model.card(0).shape == "1 × 28 × 28"
    assert model.card(5).shape == "10 scores"


def test_a_card_can_be_heard(model):
    spoken = model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "2 · Affine, 50 units, gives 50, 39,250 parameters"


def test_an_impossible_stack_shows_its_problem_and_stays_editable(model, document):
    document.remove_layers([0])
    assert "Affine needs a flat input" in model.card(1).problem
    assert "(N, 1, 28, 28)" in model.card(1).problem
    assert [card.shape for card in shown(model)[2:]] == ["shape unknown"] * 3
    assert "Problem" in model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    document.insert_layers(0, [Flatten()])
    assert not any(card.problem for card in shown(model))


def test_a_layer_from_the_palette_lands_in_the_gap(model, document):
    assert model.dropMimeData(mime.write_layers([Sigmoid()]), COPY, 3, 0, NOWHERE)
    assert names(document) == ["Flatten", "Affine", "Sigmoid", "ReLU", "Affine"]


@pytest.mark.parametrize(("row", "place"), [(1, 0), (5, 4)])
def test_the_outermost_gaps_are_after_the_data_and_before_the_loss(model, document, row, place):
    assert model.dropMimeData(mime.write_layers([Sigmoid()]), COPY, row, 0, NOWHERE)
    assert names(document)[place] == "Sigmoid"


@pytest.mark.parametrize("row", [-1, 0, 6, 99])
def test_nothing_lands_above_the_data_or_below_the_loss(model, document, row):
    data = mime.write_layers([Sigmoid()])
    assert not model.canDropMimeData(data, COPY, row, 0, NOWHERE)
    assert not model.dropMimeData(data, COPY, row, 0, NOWHERE)
    assert len(document.spec.layers) == 4


def test_nothing_lands_inside_a_card(model):
    assert not model.canDropMimeData(mime.write_layers([ReLU()]), COPY, 1, 0, model.index(2))


@pytest.mark.parametrize(
    ("rows", "gap", "expected"),
    [
        ([4], 1, ["Affine", "Flatten", "Affine", "ReLU"]),
        ([1], 5, ["Affine", "ReLU", "Affine", "Flatten"]),
        ([1, 3], 5, ["Affine", "Affine", "Flatten", "ReLU"]),
        ([2, 4], 3, ["Flatten", "Affine", "Affine", "ReLU"]),
        ([2], 2, ["Flatten", "Affine", "ReLU", "Affine"]),
    ],
)
def test_cards_are_moved_in_their_order(model, document, rows, gap, expected):
    data = model.mimeData([model.index(row) for row in rows])
    assert model.dropMimeData(data, MOVE, gap, 0, NOWHERE)
    assert names(document) == expected


def test_a_copy_of_cards_is_made_of_new_layers(model, document):
    data = model.mimeData([model.index(2)])
    assert model.dropMimeData(data, COPY, 5, 0, NOWHERE)
    assert document.spec.layers[-1] == Affine(50)
    assert document.spec.layers[-1] is not document.spec.layers[1]


def test_cards_of_another_stack_are_added_not_moved(model, document):
    other = StackModel(Document(ProjectSpec.from_preset("lenet")))
    data = other.mimeData([other.index(2)])
    assert model.dropMimeData(data, MOVE, 1, 0, NOWHERE)
    assert names(document) == ["ReLU", "Flatten", "Affine", "ReLU", "Affine"]


def test_a_drag_from_before_another_edit_moves_nothing_else(model, document):
    data = model.mimeData([model.index(2)])
    document.remove_layers([0])
    assert model.own_layers(data) == []


def test_data_and_loss_are_not_dragged(model):
    draggable = [
        bool(model.flags(model.index(row)) & Qt.ItemFlag.ItemIsDragEnabled)
        for row in range(model.rowCount())
    ]
    assert draggable == [False, True, True, True, True, False]
    everything = [model.index(row) for row in range(model.rowCount())]
    assert len(json.loads(bytes(model.mimeData(everything).data(mime.LAYERS).data()))) == 4


HOSTILE = [
    "",
    "not json",
    "null",
    "{}",
    "[]",
    "[1]",
    '["NoSuchLayer"]',
    '[{"type": "Affine", "units": -1}]',
    '[{"type": "Affine", "units": "many"}]',
    '[{"type": "Affine", "units": 1e400}]',
    '[{"type": "Affine", "units": NaN}]',
    '[{"type": "Affine", "units": 1' + "0" * 400 + "}]",
    '[{"type": "Affine", "units": 1' + "0" * 5000 + "}]",
    '[{"type": "Affine", "__class__": "os.system"}]',
    '[{"type": ["Affine"]}]',
    '[{"type": "Affine", "initial": {"type": {}}}]',
    '[{"type": "Affine", "initial": [[]]}]',
    "[" * 100_000,
    json.dumps(["ReLU"] * 1001),
    '["ReLU"' + " " * 2_000_000 + "]",
    b"\xff\xfe\x00[",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:40]))
def test_what_is_not_layers_is_ignored(model, document, text):
    data = with_text(text)
    for action in (COPY, MOVE):
        assert not model.canDropMimeData(data, action, 1, 0, NOWHERE)
        assert not model.dropMimeData(data, action, 1, 0, NOWHERE)
    assert document.undo_stack.count() == 0


def test_foreign_types_are_ignored(model):
    data = QMimeData()
    data.setText('["ReLU"]')
    assert not model.canDropMimeData(data, COPY, 1, 0, NOWHERE)
    assert not model.canDropMimeData(QMimeData(), COPY, 1, 0, NOWHERE)


@pytest.mark.parametrize(
    "rows", ["[]", "null", "[[0]]", "[true]", "[-1]", "[99]", '["0"]', "[1.5]", "[3]"]
)
def test_forged_row_numbers_move_nothing(model, document, rows):
    data = model.mimeData([model.index(1)])
    stack = json.loads(bytes(data.data(mime.ROWS).data()))["stack"]
    data.setData(mime.ROWS, f'{{"stack": "{stack}", "layers": {rows}}}'.encode())
    assert model.own_layers(data) == []


# Following the document


def test_an_edit_of_options_changes_rows_and_keeps_them(model, document, qtbot):
    held = QPersistentModelIndex(model.index(2))
    with qtbot.assertNotEmitted(model.rowsRemoved), qtbot.assertNotEmitted(model.modelReset):
        document.set_layer(1, Affine(77), changed="units")
    assert held.data() == "2 · Affine"
    assert model.card(3).shape == "77"


def test_a_moved_card_is_still_the_same_row_to_the_views(model, document):
    held = QPersistentModelIndex(model.index(1))
    document.move_layers([0], 4)
    assert (held.row(), held.data()) == (4, "4 · Flatten")
    document.undo_stack.undo()
    assert (held.row(), held.data()) == (1, "1 · Flatten")


def test_one_layer_that_stands_twice_has_two_rows(model, document):
    same = ReLU()
    document.insert_layers(1, [same, same])
    document.move_layers([1], 3)
    document.remove_layers([2])
    assert shown(model) == cards(document)


EDITS = st.lists(
    st.one_of(
        st.tuples(
            st.just("insert"), st.integers(0, 9), st.sampled_from([ReLU(), Affine(7), Flatten()])
        ),
        st.tuples(st.just("remove"), st.lists(st.integers(0, 9), max_size=4)),
        st.tuples(st.just("move"), st.lists(st.integers(0, 9), max_size=4), st.integers(0, 9)),
        st.tuples(st.just("set"), st.integers(0, 9), st.sampled_from([Dropout(0.2), Affine(9)])),
        st.tuples(st.just("load"), st.sampled_from(presets.names())),
        st.tuples(st.sampled_from(["undo", "redo"])),
    ),
    max_size=25,
)


def do(document: Document, edit: tuple) -> None:
    layers = document.spec.layers
    n = len(layers)
    match edit:
        case ("insert", at, layer):
            document.insert_layers(min(at, n), [layer])
        case ("remove", indices):
            document.remove_layers([i for i in indices if i < n])
        case ("move", indices, to):
            inside = [i for i in indices if i < n]
            if inside:
                document.move_layers(inside, min(to, n))
        case ("set", index, layer) if index < n:
            document.set_layer(index, layer)
        case ("load", name):
            document.load_preset(presets.find(name))
        case ("undo",):
            document.undo_stack.undo()
        case ("redo",):
            document.undo_stack.redo()


@given(edits=EDITS)
def test_model_and_document_stay_in_step_whatever_is_edited(qapp, edits):
    document = Document(ProjectSpec.from_preset("two-layer"))
    before = document.spec
    model = StackModel(document)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(model, fatal, model)
    for edit in edits:
        held = {
            id(layer): QPersistentModelIndex(model.index(i + 1))
            for i, layer in enumerate(document.spec.layers)
        }
        kept_alive = document.spec.layers
        do(document, edit)
        assert shown(model) == cards(document)
        stands_once = [i for i in map(id, document.spec.layers) if i in held]
        for row, layer in enumerate(document.spec.layers, start=1):
            once = stands_once.count(id(layer)) == 1 == [*map(id, kept_alive)].count(id(layer))
            if once:
                assert held[id(layer)].row() == row
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.spec == before
    assert shown(model) == cards(document)
