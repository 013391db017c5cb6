"""Every layer has a picture: its curve, its own drawing, or that of its category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage

from gui import style
from gui.editor.icon_path import SIDE, read_drawing
from gui.editor.layer_icons import CATEGORIES, PLAIN, layer_drawing, layer_icon, layer_pixmap
from nnlib.layers import Layer, ReLU, Sigmoid, Softmax, Step, Tanh


def strong_points(shown) -> list[tuple[float, float]]:
    path = layer_drawing(shown).strong.lines
    elements = [path.elementAt(i) for i in range(path.elementCount())]
    return [(element.x, element.y) for element in elements]


def picture(shown, side: int = 20) -> QImage:
    return layer_pixmap(shown, side).toImage()


@pytest.mark.parametrize("member", Layer.members.values(), ids=list(Layer.members))
def test_every_layer_has_a_picture_of_its_own(qapp, member):
    if not member.category:
        return
    assert not layer_icon(member).isNull()
    others = [m for m in Layer.members.values() if m is not member and m.category]
    assert all(picture(member) != picture(other) for other in others)
    assert member.is_activation or read_drawing(member.icon) is not None


def test_a_curve_is_what_the_function_really_gives(qapp):
    for member, function in ((Tanh, np.tanh), (Sigmoid, lambda x: 1 / (1 + np.exp(-x)))):
        x, y = np.array(strong_points(member)).T
        expected = function((x - x.min()) / (x.max() - x.min()) * 6 - 3)
        assert abs(np.corrcoef(y, -expected)[0, 1]) > 0.999999
    heights = {round(y, 6) for _, y in strong_points(Step)}
    assert len(heights) == 2
    assert min(heights) < max(heights)  # 1 stands above 0


def test_a_curve_shows_the_options_of_its_layer(qapp):
    @dataclass
    class Leaky(Layer):
        is_activation = True
        slope: float = 0.01

        def forward(self, x, training):
            return np.where(x > 0, x, self.slope * x)

        def to_json(self):
            return {"slope": self.slope}

        @classmethod
        def from_json(cls, data):
            return cls(data["slope"])

    assert strong_points(Leaky(0.5)) != strong_points(Leaky)
    assert strong_points(Leaky(0.01)) == strong_points(Leaky)
    assert strong_points(Leaky) != strong_points(ReLU)


def fails(self, x, training):
    raise KeyError("W")


@pytest.mark.parametrize(
    "forward",
    [
        fails,
        lambda self, x, training: np.full_like(x, np.nan),
        lambda self, x, training: x[:1],
        lambda self, x, training: "no array",
        lambda self, x, training: Softmax().forward(x, training),
    ],
)
def test_what_has_no_curve_has_the_picture_of_its_category(qapp, forward):
    category = "Activation functions"
    own = {"is_activation": True, "forward": forward, "category": category}
    odd = type("Odd", (Layer,), own)
    plain = read_drawing(CATEGORIES[category])
    assert plain is not None
    assert layer_drawing(odd).strong.lines == plain.strong.lines


@pytest.mark.parametrize("text", ["", "nonsense", "L 3 3", "M 1 | | M 2 2", "M 99 99 L 1 1"])
def test_a_bad_drawing_falls_back_to_a_plain_one(qapp, text):
    odd = type("Odd", (Layer,), {"icon": text})
    plain = read_drawing(PLAIN)
    assert plain is not None
    assert layer_drawing(odd).strong.lines == plain.strong.lines
    layer_icon(odd)


def test_a_drawing_is_read_letter_by_letter(qapp):
    drawing = read_drawing("M1,2L3 4|M 5 6 C 1 1 2 2 3.5 3 Z R 1 1 4 4 B 2 2 3 3 O 9 9 2 D 4 4 1")
    assert drawing is not None
    assert drawing.faint.lines.elementCount() == 2
    assert drawing.faint.blocks.isEmpty()
    assert drawing.strong.lines.boundingRect().right() == 11
    assert drawing.strong.blocks.boundingRect().left() == 2


@pytest.mark.parametrize(
    "text",
    [
        "M 1",
        "M 1 2 3",
        "1 2",
        "M 1 2 L",
        "m 1 2",
        "M 1 x L 2 2",
        "Z",
        "M 1 2 C 1 2",
        "M -1 2",
    ],
)
def test_what_is_no_drawing_is_none(qapp, text):
    assert read_drawing(text) is None


@given(st.text() | st.text("MLCZRBOD|0123456789. ,", max_size=40))
def test_no_text_makes_the_reader_fail(text):
    drawing = read_drawing(text)
    if drawing is not None:
        assert drawing.strong.lines.boundingRect().left() >= -SIDE


def test_icons_take_the_colour_of_the_theme_or_the_one_given(qapp):
    try:
        qapp.setPalette(style.palette(style.LIGHT))
        light = picture(ReLU)
        qapp.setPalette(style.palette(style.DARK))
        assert picture(ReLU) != light
        assert layer_pixmap(ReLU, 20, color=style.LIGHT.text).toImage() == light
    finally:
        qapp.setPalette(style.palette(style.LIGHT))
    colors = {QColor(layer_pixmap(ReLU, 24, color="#ff0000").toImage().pixelColor(x, 4)).name()
              for x in range(24)}  # fmt: skip
    assert "#ff0000" in colors


def test_a_dense_screen_gets_more_dots(qapp):
    pixmap = layer_pixmap(ReLU, 16, 3.0)
    assert pixmap.width() == 48
    assert pixmap.deviceIndependentSize().width() == 16
    assert layer_icon(ReLU).pixmap(16, 16).width() == 16
