"""Projects on a real X server: saved, opened again, dropped, and offered back after `kill -9`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from nnlib import project_file
from tests.support.user import asks, draw_three, leave, points, ready, stack, state
from tests.support.xserver import DrivenProgram, XServer, wait_until


def title(window: DrivenProgram) -> str:
    return str(window.read("mainWindow", "windowTitle"))


def choose(xserver: XServer, window: DrivenProgram, dialog: str, path: Path) -> None:
    """Type a path into a file dialog."""
    wait_until(lambda: asks(window, dialog), what=dialog)
    xserver.key("ctrl+a")
    xserver.type(str(path))
    xserver.key("Return")
    wait_until(lambda: not asks(window, dialog), what=f"{dialog} has closed")


def test_saved_closed_and_opened_again_it_reads_and_trains_on(
    xserver: XServer, tmp_path: Path
) -> None:
    file = tmp_path / "seven.layerlab"
    window = ready(xserver)
    xserver.key("F5")
    wait_until(lambda: state(window) == "FINISHED", timeout=90, what="training is finished")
    assert window.read("mainWindow", "isWindowModified")

    # The window asks, saves where it is told, and closes.
    assert not window.ask("close")
    xserver.click(*window.widget("buttonSave").center)
    wait_until(lambda: asks(window, "saveDialog"))
    xserver.key("ctrl+a")
    xserver.type(str(file.with_suffix("")))
    xserver.key("Return")
    assert window.wait_closed() == 0
    assert "Traceback" not in window.stderr
    saved = project_file.load(file)
    assert saved.history is not None

    window = ready(xserver)
    xserver.key("ctrl+o")
    choose(xserver, window, "openDialog", file)
    wait_until(lambda: title(window).startswith("seven"), what="the project is open")
    assert points(window)["points"] == len(saved.history.evaluations)
    draw_three(xserver, window)
    wait_until(lambda: window.read("digitCanvas", "probabilities"), what="a reading")
    probabilities = window.read("digitCanvas", "probabilities")
    assert max(range(10), key=probabilities.__getitem__) == 3
    xserver.click(*window.action("actionStepEpoch").center)
    wait_until(lambda: window.read("session", "epochs_done") == 21, what="one epoch more")
    xserver.key("ctrl+s")
    wait_until(lambda: not window.read("mainWindow", "isWindowModified"), what="it is saved")
    assert window.close_window() == 0
    assert project_file.load(file).training["step"] == 21 * 180  # type: ignore[index]


@pytest.mark.parametrize("answer", ["buttonRecover", "buttonDiscard"])
def test_killed_in_the_middle_of_training_it_is_offered_back(xserver: XServer, answer: str) -> None:
    home = xserver.folder / "one-home"
    folders = {"HOME": str(home), "XDG_DATA_HOME": str(home / ".local/share")}
    window = xserver.launch_driven(**folders)
    wait_until(lambda: window.action("actionTrain")["enabled"])
    xserver.click(*window.widget("epochsBox").at(0.3, 0.5), times=2)
    xserver.type("5000")
    xserver.key("Return")
    xserver.click(*window.action("actionTrain").center)
    folder = home / ".local/share/LayerLab/LayerLab/recovery"
    wait_until(lambda: list(folder.glob("*.layerlab")), timeout=30, what="a recovery file")
    other = xserver.launch_driven(**folders)  # another window may run beside it
    wait_until(lambda: other.action("actionTrain")["enabled"])
    assert not asks(other, "recoveryBox")
    assert other.close_window() == 0
    os.killpg(window.process.pid, signal.SIGKILL)
    window.process.wait()

    window = xserver.launch_driven(**folders)
    wait_until(lambda: asks(window, "recoveryBox"), what="the offer")
    assert "did not end properly" in window.widget("recoveryBox")["text"]
    xserver.click(*window.widget(answer).center)
    if answer == "buttonDiscard":
        wait_until(lambda: not list(folder.glob("*.layerlab")), what="it is gone")
        assert window.close_window() == 0
        return
    wait_until(lambda: state(window) == "PAUSED", what="it stands where it stood")
    assert window.read("mainWindow", "isWindowModified")
    assert window.read("document", "spec.training.epochs") == 5000
    assert window.read("session", "epochs_done") > 0
    assert points(window)["points"] > 0
    done = window.read("session", "epochs_done")
    xserver.click(*window.action("actionPause").center)  # it says Resume now
    wait_until(lambda: window.read("session", "epochs_done") > done, what="it trains on")
    assert list(folder.glob("*.layerlab"))
    assert leave(xserver, window) == 0
    assert not list(folder.glob("*.layerlab"))
    assert "Traceback" not in window.stderr


def test_the_window_opens_with_a_file_of_a_file_manager(xserver: XServer, tmp_path: Path) -> None:
    from nnlib.project import ProjectSpec

    file = tmp_path / "given.layerlab"
    project_file.save(file, ProjectSpec.from_preset("perceptron"))
    xserver.launch(str(file))
    xserver.find_window("given")
    window = xserver.launch_driven(str(file))
    wait_until(lambda: title(window).startswith("given"), what="the project is open")
    assert stack(window) == ["Flatten", "Affine"]
    assert window.close_window() == 0
