"""The document: edits, undo, and the analysis that follows each of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.document.document import Document
from nnlib import presets
from nnlib.layers import Affine, Flatten, ReLU, Sigmoid
from nnlib.losses import MeanSquaredError
from nnlib.optimizers import SGD
from nnlib.project import ProjectSpec

LAYERS = (Flatten(), Affine(10), ReLU(), Sigmoid(), Affine(3))


def make() -> Document:
    return Document(ProjectSpec.from_preset("two-layer"))


def names(document: Document) -> list[str]:
    return [layer.display_name() for layer in document.spec.layers]


def test_layers_are_inserted_moved_changed_and_removed(qtbot):
    document = make()
    document.insert_layers(1, [Sigmoid()])
    assert names(document) == ["Flatten", "Sigmoid", "Affine", "ReLU", "Affine"]
    document.move_layers([1], 3)
    assert names(document) == ["Flatten", "Affine", "Sigmoid", "ReLU", "Affine"]
    document.move_layers([2, 4], 0)
    assert names(document) == ["Sigmoid", "Affine", "Flatten", "Affine", "ReLU"]
    document.remove_layers([0, 1])
    assert names(document) == ["Flatten", "Affine", "ReLU"]
    document.set_layer(1, Affine(7), "units")
    assert document.spec.layers[1] == Affine(7)


def test_the_edit_menu_names_what_undo_would_undo(qtbot):
    document = make()
    document.insert_layers(1, [Sigmoid()])
    assert document.undo_stack.undoText() == "Add Sigmoid"
    document.remove_layers([0, 1])
    assert document.undo_stack.undoText() == "Remove 2 layers"


def test_edits_of_one_option_in_a_row_are_one_command(qtbot):
    document = make()
    before = document.spec
    for units in (1, 12, 123):
        document.set_layer(1, Affine(units), "units")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.spec == before


def test_an_edit_that_changes_nothing_is_no_command(qtbot):
    document = make()
    document.set_layer(1, document.spec.layers[1], "units")
    document.move_layers([1], 1)
    document.move_layers([1], 2)
    assert document.undo_stack.count() == 0


def test_an_impossible_stack_stays_editable_and_says_what_is_wrong(qtbot):
    document = make()
    document.remove_layers([0])
    problem = document.report.problem
    assert problem is not None
    assert "Affine needs a flat input (N, D), but the data gives (N, 1, 28, 28)" in str(problem)
    assert "Insert Flatten" in str(problem)
    document.insert_layers(0, [Flatten()])
    assert document.report.problem is None


def test_an_output_that_does_not_match_the_classes_is_a_problem_of_the_loss(qtbot):
    document = make()
    document.describe_data((1, 28, 28), ("cat", "dog"))
    assert document.report.loss.problem is not None
    assert "2 units" in str(document.report.loss.problem)


edits = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.integers(0, 9), st.sampled_from(LAYERS)),
        st.tuples(st.just("remove"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("set"), st.integers(0, 9), st.sampled_from(LAYERS)),
        st.tuples(st.just("preset"), st.sampled_from(presets.names()), st.none()),
        st.tuples(st.just("epochs"), st.integers(1, 50), st.none()),
        st.tuples(st.just("optimizer"), st.floats(1e-6, 1), st.none()),
        st.tuples(st.just("loss"), st.none(), st.none()),
    ),
    max_size=40,
)


def apply(document: Document, kind: str, a, b) -> None:
    count = len(document.spec.layers)
    match kind:
        case "insert":
            document.insert_layers(min(a, count), [b])
        case "preset":
            document.load_preset(presets.find(a))
        case "epochs":
            document.set_training("epochs", a)
        case "optimizer":
            document.set_training("optimizer", SGD(lr=a))
        case "loss":
            document.set_loss(MeanSquaredError())
        case "remove" if count:
            document.remove_layers([a % count, b % count])
        case "move" if count:
            document.move_layers([a % count], b % (count + 1))
        case "set" if count:
            document.set_layer(a % count, b, "units")


def text(document: Document) -> str:
    return json.dumps(document.spec.to_json())


@given(edits=edits)
def test_undoing_every_edit_restores_the_project_and_redoing_brings_it_back(edits):
    document = make()
    start = text(document)
    for edit in edits:
        apply(document, *edit)
    end = text(document)
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert text(document) == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert text(document) == end


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_can_be_trained_on_the_built_in_digits(qtbot, name):
    document = make()
    document.load_preset(presets.find(name))
    assert document.report.problem is None
    assert document.spec.title == name
