"""`python -m tests.support.pictures`: takes the pictures in docs/ anew, from the real window."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.support.user import choose_network, draw_three, leave, ready, stack, state
from tests.support.xserver import ROOT, DrivenProgram, Part, XServer, wait_until

DOCS = ROOT / "docs"
Step = Callable[[XServer, DrivenProgram], None]


def picture_of(xserver: XServer, name: str, part: Part | None = None) -> None:
    """The screen, or the part of it where a widget is."""
    xserver.move(1270, 700)
    screen: Image.Image = xserver.screenshot()
    if part is not None:
        x, y, width, height = part["rect"]
        screen = screen.crop((x, y, x + width, y + height))
    screen.save(DOCS / name, optimize=True)


def trained(xserver: XServer, window: DrivenProgram) -> None:
    """The window after a training, with a digit that is read."""
    xserver.click(*window.items("layerStack")[2].center)
    xserver.click(*window.action("actionTrain").center)
    wait_until(lambda: state(window) == "FINISHED", timeout=120)
    draw_three(xserver, window)
    wait_until(lambda: window.read("digitCanvas", "probabilities"))
    picture_of(xserver, "window.png")


def healthy(xserver: XServer, window: DrivenProgram) -> None:
    """A stack that works, with the options of one layer."""
    choose_network(xserver, window, "simple-conv")
    xserver.click(*window.items("layerStack")[1].center)
    picture_of(xserver, "editor.png", window.widget("stackEditor"))


def broken(xserver: XServer, window: DrivenProgram) -> None:
    """A stack that cannot work, one that could do better, and what to do about both."""
    xserver.click(*window.items("layerStack")[4].center)
    xserver.key("Delete")
    wait_until(lambda: "Flatten" not in stack(window))
    xserver.click(*window.items("layerStack")[4].center)
    picture_of(xserver, "editor-problem.png", window.widget("stackEditor"))
    choose_network(xserver, window, "two-layer")
    xserver.click(*window.items("layerStack")[3].center)
    xserver.key("ctrl+e")
    xserver.click(*window.items("layerStack")[4].center)
    picture_of(xserver, "editor-remark.png", window.widget("stackEditor"))


def gallery(xserver: XServer, window: DrivenProgram) -> None:
    """The gallery of networks."""
    xserver.key("ctrl+shift+n")
    wait_until(lambda: window.items("galleryView"))
    picture_of(xserver, "gallery.png", window.widget("presetGallery"))
    xserver.key("Escape")


def main() -> None:
    for step in (trained, healthy_and_broken, gallery):
        with tempfile.TemporaryDirectory() as folder, XServer(Path(folder)) as xserver:
            window = ready(xserver)
            step(xserver, window)
            leave(xserver, window)


def healthy_and_broken(xserver: XServer, window: DrivenProgram) -> None:
    healthy(xserver, window)
    broken(xserver, window)


if __name__ == "__main__":
    main()
