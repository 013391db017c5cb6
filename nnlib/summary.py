"""A stack as a table: what a report, a lecture or an issue wants to quote of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nnlib.analysis import StackReport, analyse
from nnlib.errors import Shape, shape_text
from nnlib.layers import Disabled, Layer
from nnlib.layers.disabled import enabled
from nnlib.losses import Loss
from nnlib.remarks import Remark, remarks

HEADINGS = ("#", "Layer", "Output", "Parameters", "Multiply-adds", "Remarks")
_RIGHT = (0, 3, 4)  # columns of numbers
_MARKUP = re.compile(r"[\\|*_~`\[\]]")


@dataclass(frozen=True)
class Row:
    """One line of the table; the texts stand under `HEADINGS`.

    Attributes:
        arithmetic: how the number of parameters comes about, or "".
        is_problem: whether the remark is why the stack cannot work.
    """

    cells: tuple[str, str, str, str, str, str]
    arithmetic: str = ""
    is_problem: bool = False


@dataclass(frozen=True)
class Summary:
    """A stack as rows, for data, layers and loss, and a line of totals."""

    rows: tuple[Row, ...]
    totals: str

    def markdown(self) -> str:
        """The table as Markdown, columns aligned, and the totals below."""
        lines = [HEADINGS, *(row.cells for row in self.rows)]
        escaped = [[_escaped(cell) for cell in line] for line in lines]
        widths = [max(3, *(len(line[i]) for line in escaped)) for i in range(len(HEADINGS))]
        rule = ["-" * (w - 1) + ":" if i in _RIGHT else "-" * w for i, w in enumerate(widths)]
        return "\n".join([
            _line(escaped[0], widths), _line(rule, widths),
            *(_line(line, widths) for line in escaped[1:]), "", self.totals,
        ])  # fmt: skip


def summary(
    layers: Sequence[Layer],
    input_shape: Shape,
    classes: int,
    loss: Loss,
    batch_size: int = 100,
    data: str = "data",
    slots: int = 2,
) -> Summary:
    """The table of a stack, whether it can work or not.

    Args:
        data: what the data are called.
        slots: how many numbers the optimizer keeps for each parameter.
    """
    report = analyse(layers, input_shape, classes)
    said: dict[int, list[Remark]] = {}
    for remark in remarks(layers, report, loss):
        said.setdefault(remark.index, []).append(remark)
    rows = [Row(("", data, shape_text(tuple(input_shape)), "", "", f"{classes} classes"))]
    for index, (layer, found) in enumerate(zip(layers, report.layers, strict=True)):
        is_off, about = isinstance(layer, Disabled), enabled(layer)
        detail = about.summary()
        told = [str(found.problem)] if found.problem else [r.text for r in said.get(index, ())]
        rows.append(
            Row(
                (
                    str(index + 1),
                    f"{about.display_name()} ({detail})" if detail else about.display_name(),
                    "?" if found.output_shape is None else shape_text(found.output_shape),
                    f"{found.parameters:,}" if found.parameters else "",
                    f"{found.multiply_adds:,}" if found.multiply_adds else "",
                    " ".join([*(["Off."] if is_off else []), *told]),
                ),
                found.arithmetic,
                found.problem is not None,
            )
        )
    rows.append(_loss_row(loss, report, said.get(len(layers), ())))
    return Summary(tuple(rows), _totals(report, batch_size, slots))


def _loss_row(loss: Loss, report: StackReport, told: Sequence[Remark]) -> Row:
    problem = report.loss.problem
    text = str(problem) if problem else " ".join(remark.text for remark in told)
    return Row(("", loss.title or loss.display_name(), "", "", "", text), "", problem is not None)


def _totals(report: StackReport, batch_size: int, slots: int) -> str:
    text = f"{report.parameters:,} parameters, {report.multiply_adds:,} multiply-adds per sample"
    if report.problem:
        return f"So far {text}."
    memory = bytes_text(report.memory(batch_size, slots))
    return f"{text}, about {memory} for a batch of {batch_size:,}."


def bytes_text(count: int) -> str:
    """A number of bytes as people read it: "19 MB", "1.9 GB"."""
    size, units = float(count), ["bytes", "kB", "MB", "GB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        del units[0]
    return (
        f"{size:.1f} {units[0]}"
        if size < 9.95 and units[0] != "bytes"
        else f"{size:,.0f} {units[0]}"
    )


def _escaped(cell: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", " ".join(cell.split())).replace("<", "&lt;")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.rjust(width) if i in _RIGHT else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"
