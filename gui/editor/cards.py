"""What the cards of the stack say: the data first, then one card a layer, the loss last."""

from __future__ import annotations

import html
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QCoreApplication

from gui.document.document import Document
from gui.widgets.texts import library_text
from nnlib import data
from nnlib.analysis import LayerReport
from nnlib.errors import shape_text
from nnlib.fixes import Fix
from nnlib.layers import Disabled, Layer
from nnlib.layers.disabled import enabled
from nnlib.remarks import Remark

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
        arithmetic: how that number comes about: "5·5·1·30 + 30 = 780", or "".
        problem: what it needs and what it got, or "".
        remarks: what could be better.
        fixes: what can be done about problem and remarks, each with a click.
        is_known: False from the first problem on, where no shape can be told.
        is_off: whether the layer is switched off.
        is_changed: whether it is not what was trained.
    """

    kind: Kind
    index: int
    title: str
    detail: str = ""
    shape: str = ""
    count: str = ""
    arithmetic: str = ""
    problem: str = ""
    remarks: tuple[Remark, ...] = ()
    fixes: tuple[Fix, ...] = ()
    is_known: bool = True
    is_off: bool = False
    is_changed: bool = False

    @property
    def spoken(self) -> str:
        """The whole card as one sentence, for assistive tools."""
        shape = self.shape
        if shape and self.is_known and self.kind is not Kind.LOSS:
            shape = translate("Card", "gives {0}").format(shape)
        problem = self.problem and translate("Card", "Problem: {0}").format(self.problem)
        remarks = (translate("Card", "Remark: {0}").format(r.text) for r in self.remarks)
        changed = translate("Card", "changed since training") if self.is_changed else ""
        said = (self.title, self.detail, shape, self.count, changed, problem, *remarks)
        return ", ".join(part for part in said if part)


def cards(document: Document, changed: Container[int] = ()) -> list[Card]:
    """All cards of the document's stack, from the top.

    Args:
        changed: the places of the layers that are not as they were trained; as many as there are
            layers means the loss.
    """
    layers = document.spec.layers
    remarks: dict[int, list[Remark]] = {}
    for remark in document.remarks:
        remarks.setdefault(remark.index, []).append(remark)
    made = [data_card(document)]
    for index, (layer, report) in enumerate(zip(layers, document.report.layers, strict=True)):
        card = layer_card(index, layer, report, remarks.get(index, ()))
        made.append(replace(card, is_changed=index in changed))
    card = loss_card(document, remarks.get(len(layers), ()))
    return [*made, replace(card, is_changed=len(layers) in changed)]


def data_card(document: Document) -> Card:
    """The card of the chosen data."""
    classes = translate("Card", "{0} classes").format(len(document.class_names))
    title = translate("Card", "Data · {0}").format(data_title(document.spec.data))
    return Card(Kind.DATA, -1, title, classes, shape_text(document.input_shape))


def data_title(name: str) -> str:
    """What a user calls the data: a source's title, or a path's last part."""
    titles = {source.name: library_text(source.title) for source in data.sources()}
    return titles.get(name) or name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def layer_card(
    index: int, layer: Layer, report: LayerReport, remarks: Sequence[Remark] = ()
) -> Card:
    """The card of the layer at ``index``."""
    is_off, layer = isinstance(layer, Disabled), enabled(layer)
    known = report.output_shape is not None
    if is_off:
        shape = translate("Card", "off")
    elif report.output_shape is None:
        shape = translate("Card", "shape unknown")
    else:
        shape = shape_text(report.output_shape)
    return Card(
        Kind.LAYER,
        index,
        f"{index + 1} · {layer.display_name()}",
        layer.summary(),
        "" if report.problem else shape,
        parameters_text(report.parameters),
        f"{report.arithmetic} = {report.parameters:,}" if report.arithmetic else "",
        "" if report.problem is None else str(report.problem),
        tuple(remarks),
        report.fixes + tuple(fix for remark in remarks for fix in remark.fixes),
        known,
        is_off,
    )


def loss_card(document: Document, remarks: Sequence[Remark] = ()) -> Card:
    """The card at the end of the stack."""
    loss, report = document.spec.loss, document.report.loss
    if report.input_shape is None:
        scores = translate("Card", "shape unknown")
    elif report.problem:
        scores = ""
    else:
        scores = translate("Card", "{0} scores").format(shape_text(report.input_shape))
    return Card(
        Kind.LOSS,
        -1,
        translate("Card", "Loss"),
        library_text(loss.title or loss.display_name()),
        scores,
        problem="" if report.problem is None else str(report.problem),
        remarks=tuple(remarks),
        fixes=report.fixes,
        is_known=report.output_shape is not None,
    )


def tool_tip(card: Card) -> str:
    """All of a card, also what did not fit on it, as rich text."""
    top = [f"<b>{html.escape(card.title)}</b>"]
    state = translate("Card", "changed since training") if card.is_changed else ""
    for text in (card.detail, card.shape, card.arithmetic or card.count, state):
        if text:
            top.append(html.escape(text))
    told = [card.problem] if card.problem else [remark.text for remark in card.remarks]
    paragraphs = ["<br>".join(top), *map(html.escape, told)]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def parameters_text(count: int) -> str:
    """ "1 parameter", "78,500 parameters", or "" for none."""
    if count == 0:
        return ""
    return (
        translate("Card", "1 parameter")
        if count == 1
        else translate("Card", "{0} parameters").format(f"{count:,}")
    )
