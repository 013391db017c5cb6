"""What a user does in the real window, for end-to-end tests and for the pictures in docs/."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.xserver import DrivenProgram, Part, XServer, wait_until

THREE = [(-0.6, -0.75), (0.0, -1.0), (0.6, -0.7), (0.5, -0.25), (0.0, -0.05), (0.6, 0.2),
         (0.65, 0.7), (0.0, 1.0), (-0.65, 0.75)]  # fmt: skip


def stack(window: DrivenProgram) -> list[str]:
    """The layers' names, without data and loss."""
    return [layer["type"] for layer in window.read("document", "spec.to_json")["layers"]]


def state(window: DrivenProgram) -> str:
    return str(window.read("session", "state.name"))


def ready(xserver: XServer) -> DrivenProgram:
    window = xserver.launch_driven()
    wait_until(lambda: window.action("actionTrain")["enabled"], what="Train is enabled")
    return window


def leave(xserver: XServer, window: DrivenProgram) -> int:
    """Close the window, and save nothing where it asks; the exit code."""
    if not window.ask("close"):
        xserver.click(*window.widget("buttonDiscard").center)
    return window.wait_closed()


def asks(window: DrivenProgram, name: str) -> bool:
    """Whether a box of that name is on the screen."""
    return any(shown["name"] == name for shown in window.windows())


def choose_network(xserver: XServer, window: DrivenProgram, name: str) -> None:
    """Load a preset from the gallery, with the keyboard."""
    xserver.key("ctrl+shift+n")
    wait_until(lambda: (window.ask("focus") or {}).get("name") == "galleryView", what="the gallery")
    xserver.type(name)
    xserver.key("Return")
    wait_until(lambda: window.read("document", "spec.title") == name, what=name)


def points(window: DrivenProgram) -> dict[str, Any]:
    """The validation curve of the loss plot, once it has points."""
    return next(
        (c for c in window.curves("lossPlot") if "alidation" in (c["name"] or "") and c["points"]),
        {},
    )


def chip(window: DrivenProgram, name: str) -> Part:
    return next(item for item in window.items("layerPalette") if item["text"] == name)


def draw_three(xserver: XServer, window: DrivenProgram) -> None:
    canvas = window.widget("digitCanvas")
    x, y, width, height = canvas["rect"]
    points = []
    for (ax, ay), (bx, by) in itertools.pairwise(THREE):
        points += [(ax + (bx - ax) * i / 6, ay + (by - ay) * i / 6) for i in range(6)]
    xserver.drag(
        [
            (x + width / 2 + px * 0.2 * width, y + height / 2 + py * 0.3 * height)
            for px, py in points
        ]
    )
