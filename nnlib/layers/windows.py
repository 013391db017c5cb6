"""What convolution and pooling share: windows that must fit evenly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nnlib.errors import Shape
from nnlib.functions import convolution_size
from nnlib.layers.base import Layer


@dataclass
class WindowLayer(Layer):
    """A layer that slides a square window over images."""

    window_option: ClassVar[str]
    """The name of the option that holds height and width of the window."""

    def count_windows(
        self, shape: Shape, window: int, stride: int, padding: int = 0
    ) -> tuple[int, int]:
        """How many windows fit down and across, or a `ShapeError` that says what would fit."""
        _, height, width = self.expect_images(shape)
        for axis, size in (("height", height), ("width", width)):
            if size + 2 * padding < window:
                largest = self._largest_window(height, width, padding)
                name = self.window_option
                raise self.shape_error(
                    f"a {axis} of at least {window - 2 * padding}",
                    shape,
                    f"Use {name.replace('_', ' ')} {largest}.",
                    options={name: largest},
                )
            count = convolution_size(size, window, stride, padding)
            if count != int(count):
                name, value = self._what_would_fit(height, width, window, padding)
                raise self.shape_error(
                    f"windows that fit evenly along the {axis}, which ({size} + 2·{padding} − "
                    f"{window}) / {stride} + 1 = {count:g} are not",
                    shape,
                    f"Use {name} {value}.",
                    options={name: value},
                )
        rows = convolution_size(height, window, stride, padding)
        columns = convolution_size(width, window, stride, padding)
        return int(rows), int(columns)

    def _largest_window(self, height: int, width: int, padding: int) -> int:
        """The largest window that fits evenly, or the largest that fits at all."""
        largest = min(height, width) + 2 * padding
        for window in range(largest, 0, -1):
            stride = self.options()["stride"] or window
            if all((size + 2 * padding - window) % stride == 0 for size in (height, width)):
                return window
        return largest

    def _what_would_fit(
        self, height: int, width: int, window: int, padding: int
    ) -> tuple[str, int]:
        """An option, and the value of it with which windows fit evenly."""
        stride = self.options()["stride"] or window

        def fits(stride: int, window: int, padding: int) -> bool:
            return all(
                size + 2 * padding >= window and (size + 2 * padding - window) % stride == 0
                for size in (height, width)
            )

        if "padding" in self.options():
            for other in range(window):
                if fits(stride, window, other):
                    return "padding", other
        elif self.options()["stride"] is None:
            largest = next(o.maximum for o in self.declared_options() if o.name == "size")
            for size in range(2, min(height, width, int(largest or 1)) + 1):
                if fits(size, size, 0):
                    return "size", size
        return "stride", 1
