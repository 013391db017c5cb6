"""`python -m tests.support.pictures`: takes the pictures in docs/ anew, from the real window."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.user import draw_three, leave, ready, state
from tests.support.xserver import ROOT, XServer, wait_until


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, XServer(Path(folder)) as xserver:
        window = ready(xserver)
        xserver.click(*window.items("layerStack")[2].center)
        xserver.click(*window.action("actionTrain").center)
        wait_until(lambda: state(window) == "FINISHED", timeout=120)
        draw_three(xserver, window)
        wait_until(lambda: window.read("digitCanvas", "probabilities"))
        xserver.move(1270, 700)
        xserver.screenshot(ROOT / "docs" / "window.png")
        leave(xserver, window)


main()
