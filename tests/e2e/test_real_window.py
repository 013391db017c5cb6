"""The whole path on a real X server, with a real mouse: build, train, watch, draw, leave."""

from __future__ import annotations

import math

from tests.support.user import chip, choose_network, draw_three, leave, points, ready, stack, state
from tests.support.xserver import XServer, wait_until


def test_drag_a_layer_train_draw_a_digit_and_read_it(xserver: XServer) -> None:
    window = ready(xserver)
    assert stack(window) == ["Flatten", "Affine", "ReLU", "Affine"]

    # Build: a ReLU from the palette to between Flatten and Affine (rows: data, Flatten, Affine …).
    cards = window.items("layerStack")
    xserver.drag([chip(window, "ReLU").center, cards[2].at(0.5, 0.3), cards[2].at(0.5, 0.1)])
    wait_until(lambda: len(stack(window)) == 5, what="the dropped layer is in the stack")
    assert stack(window) == ["Flatten", "ReLU", "Affine", "ReLU", "Affine"]

    # Train: the loss falls.
    xserver.click(*window.action("actionTrain").center)
    wait_until(lambda: points(window), what="points on the loss plot")
    early = points(window)
    wait_until(lambda: state(window) == "FINISHED", timeout=90, what="training is finished")
    late = points(window)
    assert late["points"] > early["points"]
    assert late["last"][1] < 0.8  # about 2.3 before the first step

    # Try: the digit is read.
    draw_three(xserver, window)
    wait_until(lambda: window.read("digitCanvas", "probabilities"), what="a reading")
    probabilities = window.read("digitCanvas", "probabilities")
    assert len(probabilities) == 10
    assert math.isclose(sum(probabilities), 1, abs_tol=1e-3)
    assert max(range(10), key=probabilities.__getitem__) == 3

    assert leave(xserver, window) == 0
    assert "Traceback" not in window.stderr


def test_a_card_is_dragged_to_another_place_and_a_drop_outside_changes_nothing(
    xserver: XServer,
) -> None:
    window = ready(xserver)
    before = stack(window)
    canvas = window.widget("digitCanvas")
    xserver.drag([chip(window, "Sigmoid").center, canvas.center])
    cards = window.items("layerStack")
    xserver.drag([cards[3].center, cards[2].at(0.5, 0.3), cards[2].at(0.5, 0.1)])
    wait_until(lambda: stack(window) != before, what="the card has moved")
    assert stack(window) == ["Flatten", "ReLU", "Affine", "Affine"]
    xserver.key("ctrl+z")
    wait_until(lambda: stack(window) == before, what="undo")
    assert leave(xserver, window) == 0


def test_an_impossible_stack_says_why_and_cannot_be_trained(xserver: XServer) -> None:
    window = ready(xserver)
    xserver.click(*window.items("layerStack")[1].center)
    xserver.click(*window.widget("layerInspector").at(0.5, 0.95))  # beside its fields
    xserver.key("Delete")
    wait_until(lambda: len(stack(window)) == 3, what="Flatten is gone")
    wait_until(lambda: not window.action("actionTrain")["enabled"])
    assert "Insert Flatten" in window.read("actionTrain", "toolTip")
    assert leave(xserver, window) == 0


def test_closing_in_the_middle_of_training_ends_the_program(xserver: XServer) -> None:
    window = ready(xserver)
    xserver.key("F5")
    wait_until(lambda: state(window) == "RUNNING", what="training runs")
    assert leave(xserver, window) == 0
    assert window.stderr.strip() == ""


def test_a_stack_scrolls_while_something_is_dragged_to_its_edge(xserver: XServer) -> None:
    window = ready(xserver)
    choose_network(xserver, window, "deep-conv")
    layers = stack(window)
    x, y, width, height = window.widget("layerStack")["rect"]
    edge = (x + width / 2, y + height - 6)
    xserver.move(*chip(window, "Tanh").center)
    xserver.press()
    xserver.move(x + width / 2, y + height / 2)
    xserver.move(*edge)

    def at_the_end() -> bool:
        """Shake the mouse a little at the edge, as a hand does, until the loss is in sight."""
        xserver.move(edge[0] + 2, edge[1])
        xserver.move(*edge)
        place = window.items("layerStack")[-1]["rect"]
        return place is not None and place[1] + place[3] <= y + height + 2

    wait_until(at_the_end, timeout=30, what="the end of the stack is in sight")
    xserver.release()
    wait_until(lambda: len(stack(window)) == len(layers) + 1, what="the layer is in the stack")
    assert stack(window) == [*layers, "Tanh"]
    assert leave(xserver, window) == 0
