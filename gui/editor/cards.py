"""What the cards of the stack say: the data first, then one card a layer, the loss last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from gui.document.document import Document
from gui.widgets.texts import library_text
from nnlib import data
from nnlib.analysis import LayerReport
from nnlib.errors import shape_text
from nnlib.layers import Layer

translate = QCoreApplication.translate


class Kind(Enum):
    """What a card stands for."""

    DATA = "data"
    LAYER = "layer"
    LOSS = "loss"


@dataclass(frozen=True)
class Card:
    """The texts of one card.

    Attributes:
        index: the layer's place in the stack, from 0; -1 for data and loss.
        title: "1 · Affine".
        detail: the option that matters most, or "".
        shape: what it gives to the next card, or "" where there is nothing to say.
        count: its parameters, in words, or "".
        problem: what it needs and what it got, or "".
        is_known: False from the first problem on, where no shape can be told.
    """

    kind: Kind
    index: int
    title: str
    detail: str = ""
    shape: str = ""
    count: str = ""
    problem: str = ""
    is_known: bool = True

    @property
    def spoken(self) -> str:
        """The whole card as one sentence, for assistive tools."""
        shape = self.shape
        if shape and self.is_known and self.kind is not Kind.LOSS:
            shape = translate("Card", "gives {0}").format(shape)
        problem = self.problem and translate("Card", "Problem: {0}").format(self.problem)
        said = (self.title, self.detail, shape, self.count, problem)
        return ", ".join(part for part in said if part)


def cards(document: Document) -> list[Card]:
    """All cards of the document's stack, from the top."""
    reports = document.report.layers
    layers = document.spec.layers
    return [
        data_card(document),
        *(layer_card(i, *pair) for i, pair in enumerate(zip(layers, reports, strict=True))),
        loss_card(document),
    ]


def data_card(document: Document) -> Card:
    """The card of the chosen data."""
    classes = translate("Card", "{0} classes").format(len(document.class_names))
    title = translate("Card", "Data · {0}").format(data_title(document.spec.data))
    return Card(Kind.DATA, -1, title, classes, shape_text(document.input_shape))


def data_title(name: str) -> str:
    """What a user calls the data: a source's title, or a path's last part."""
    titles = {source.name: library_text(source.title) for source in data.sources()}
    return titles.get(name) or name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def layer_card(index: int, layer: Layer, report: LayerReport) -> Card:
    """The card of the layer at ``index``."""
    known = report.output_shape is not None
    shape = (
        translate("Card", "shape unknown")
        if report.output_shape is None
        else shape_text(report.output_shape)
    )
    return Card(
        Kind.LAYER,
        index,
        f"{index + 1} · {layer.display_name()}",
        layer.summary(),
        "" if report.problem else shape,
        parameters_text(report.parameters),
        "" if report.problem is None else str(report.problem),
        known,
    )


def loss_card(document: Document) -> Card:
    """The card at the end of the stack."""
    loss, report = document.spec.loss, document.report.loss
    known = report.output_shape is not None
    if report.input_shape is None:
        scores = translate("Card", "shape unknown")
    else:
        scores = (
            ""
            if report.problem
            else translate("Card", "{0} scores").format(shape_text(report.input_shape))
        )
    return Card(
        Kind.LOSS,
        -1,
        translate("Card", "Loss"),
        library_text(loss.title or loss.display_name()),
        scores,
        problem="" if report.problem is None else str(report.problem),
        is_known=known,
    )


def parameters_text(count: int) -> str:
    """ "1 parameter", "78,500 parameters", or "" for none."""
    if count == 0:
        return ""
    return (
        translate("Card", "1 parameter")
        if count == 1
        else translate("Card", "{0} parameters").format(f"{count:,}")
    )
