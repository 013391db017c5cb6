"""The rows show, on comparable axes, what the networks of the book's section 6.2 do."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtWidgets import QApplication

from gui.panels.activations import FULL, ActivationPanel
from gui.panels.rows import LOWEST
from gui.style import layer_color
from nnlib import data, presets
from nnlib.layers import Affine, Flatten, Sigmoid
from nnlib.network import Network
from nnlib.training.distributions import BINS, Distribution, distributions


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return data.load("digits").x_train[:100]


@pytest.fixture
def panel(qtbot) -> ActivationPanel:
    made = ActivationPanel()
    qtbot.addWidget(made)
    made.resize(560, 300)
    made.show()
    return made


def show(panel: ActivationPanel, name: str, samples: np.ndarray) -> tuple[Distribution, ...]:
    found, _ = distributions(presets.build(name), samples)
    panel.show_distributions(found)
    return found


def drawn_shares(panel: ActivationPanel, place: int) -> np.ndarray:
    """What a reader of the plot takes from it: the share of outputs in each bin."""
    x, y = panel.rows[place].getData()
    assert (x[0], x[-1]) == (0, 1)
    heights = y - panel.plot.base(place)
    assert (heights[0], heights[-1]) == (0, 0)
    return (heights[1:-1:2] / FULL) ** 2


def rows_of(panel: ActivationPanel, found: tuple[Distribution, ...], name: str) -> list[np.ndarray]:
    return [drawn_shares(panel, i) for i, d in enumerate(found) if d.name == name]


def spread(shares: np.ndarray) -> float:
    """The standard deviation, in widths of the row."""
    at = (np.arange(BINS) + 0.5) / BINS
    mean = (shares * at).sum()
    return float(np.sqrt((shares * (at - mean) ** 2).sum()))


def test_std_1_saturates(panel, samples):
    found = show(panel, "sigmoid-deep", samples)
    for shares in rows_of(panel, found, "Sigmoid"):
        assert shares[:6].sum() + shares[-6:].sum() > 0.5, "most outputs are near 0 or 1"
        assert shares[0] == max(shares[:30])
        assert shares[-1] == max(shares[30:])


def test_std_001_collapses(panel, samples):
    found = show(panel, "sigmoid-deep-small", samples)
    for shares in rows_of(panel, found, "Sigmoid")[1:]:
        assert shares[BINS // 2 - 4 : BINS // 2 + 4].sum() > 0.99, "all are about 0.5"
        assert shares.max() > 20 / BINS, "a spike is drawn as a spike"


def test_he_with_relu_spreads(panel, samples):
    found = show(panel, "multi-layer", samples)
    spreads = [spread(shares) for shares in rows_of(panel, found, "ReLU")]
    assert len(spreads) == 5
    assert min(spreads) > 0.25 * max(spreads), "no layer dies down"
    assert min(spreads) > 1 / BINS


def test_every_share_is_drawn_on_one_scale(panel, samples):
    found = show(panel, "lenet-5", samples)
    assert len(panel.rows) == len(found)
    for place, shown in enumerate(found):
        np.testing.assert_allclose(drawn_shares(panel, place), shown.shares, atol=1e-12)


def test_layers_without_bounds_share_their_axis(panel, samples):
    show(panel, "sigmoid-deep", samples)
    by_name: dict[str, set[str]] = {}
    for (label,), (axis, _) in zip(panel.plot.labels.cells, panel.plot.facts.cells, strict=True):
        by_name.setdefault(label.split(" · ")[1], set()).add(axis)
    assert by_name["Sigmoid"] == {"0 … 1"}
    assert len(by_name["Affine"]) == 1
    low, high = by_name["Affine"].pop().split(" … ")
    assert low == f"−{high}"


def test_rows_are_named_as_the_cards_and_coloured_alike(panel, samples):
    found = show(panel, "sigmoid-deep", samples)
    labels = [label for (label,) in panel.plot.labels.cells]
    assert labels[:2] == ["2 · Affine", "3 · Sigmoid"]
    for row, shown in zip(panel.rows, found, strict=True):
        assert row.opts["pen"].color() == layer_color(shown.index)
    bases = [panel.plot.base(place) for place in range(len(found))]
    assert bases == sorted(bases, reverse=True), "the first layer is on top"


def test_curves_and_texts_are_kept_while_the_network_is_the_same(panel, samples):
    found = show(panel, "multi-layer", samples)
    rows = list(panel.rows)
    assert not panel.show_distributions(found)
    show(panel, "multi-layer", samples * 0.5)
    assert all(a is b for a, b in zip(rows, panel.rows, strict=True))
    show(panel, "two-layer", samples)
    assert len(panel.rows) == 3


def test_the_spread_of_each_layer_is_told_in_words(panel, samples):
    show(panel, "two-layer", samples)
    assert "2 · Affine: σ 0." in panel.plot.accessibleDescription()


def test_empty_it_says_what_to_press(panel, samples):
    assert "Press Train" in panel.plot.says_empty
    show(panel, "two-layer", samples)
    assert panel.plot.says_empty == ""
    panel.clear()
    assert "Press Train" in panel.plot.says_empty
    assert panel.shown_points == {}


def test_outputs_that_are_no_numbers_are_survived(panel, samples):
    network = presets.build("multi-layer")
    network.params["3.W"][...] = np.nan
    found, _ = distributions(network, samples)
    panel.show_distributions(found)
    panel.grab()
    assert "σ –" in [sigma for _, sigma in panel.plot.facts.cells]
    assert drawn_shares(panel, len(found) - 1).sum() == 0


@pytest.mark.parametrize("pairs", [3, 6, 12, 20])
def test_every_row_stays_high_enough_to_read(panel, samples, pairs):
    layers = [layer for _ in range(pairs) for layer in (Affine(20), Sigmoid())]
    network = Network([Flatten(), *layers, Affine(10)], (1, 28, 28), "cross_entropy", 0)
    panel.show_distributions(distributions(network, samples)[0])
    QApplication.processEvents()
    view = panel.plot.getPlotItem().getViewBox()
    assert view.height() / len(panel.rows) >= LOWEST - 1


def test_a_highlighted_row_stands_out_and_no_other_changes(panel, samples):
    show(panel, "two-layer", samples)
    before = [row.opts["brush"].color().name() for row in panel.rows]
    panel.highlight_layer(2)
    during = [row.opts["brush"].color().name() for row in panel.rows]
    assert [a != b for a, b in zip(before, during, strict=True)] == [False, True, False]
    panel.highlight_layer(-1)
    assert [row.opts["brush"].color().name() for row in panel.rows] == before


def test_the_mouse_tells_which_layer_it_is_on(qtbot, panel, samples):
    show(panel, "two-layer", samples)
    QApplication.processEvents()
    heard: list[int] = []
    panel.layer_pointed.connect(heard.append)
    view = panel.plot.getPlotItem().getViewBox()
    for place in range(3):
        y = view.mapViewToScene(panel.rows[place].boundingRect().center()).y()
        qtbot.mouseMove(panel.plot.viewport(), QPoint(200, round(y)))
        assert panel.rows[place].name() in panel.plot.toolTip()
    QApplication.sendEvent(panel.plot, QEvent(QEvent.Type.Leave))
    assert heard == [1, 2, 3, -1]
