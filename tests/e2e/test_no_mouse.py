"""Everything with the keyboard alone: build LeNet from an empty stack, train it, save it."""

from __future__ import annotations

from pathlib import Path

from nnlib import presets, project_file
from tests.support.user import ready, stack, state
from tests.support.xserver import DrivenProgram, XServer, wait_until

LENET: tuple[tuple[str, dict[str, int]], ...] = (
    ("conv", {"filters": 6, "kernel_size": 5, "padding": 2}), ("relu", {}), ("maxp", {}),
    ("conv", {"filters": 16, "kernel_size": 5}), ("relu", {}), ("maxp", {}), ("flat", {}),
    ("affine", {"units": 120}), ("relu", {}), ("dense", {"units": 84}), ("relu", {}),
    ("affine", {"units": 10}),
)  # fmt: skip


def focus(window: DrivenProgram) -> str:
    return str((window.ask("focus") or {}).get("name"))


def test_lenet_is_built_trained_and_saved_without_a_mouse(xserver: XServer, tmp_path: Path) -> None:
    window = ready(xserver)

    def press(*keys: str) -> None:
        xserver.key(*keys)

    def go(key: str, name: str) -> None:
        press(key)
        wait_until(lambda: focus(window) == name, what=f"{name} has the keyboard")

    def tab_to(name: str) -> None:
        for _ in range(12):
            if focus(window) == name:
                return
            press("Tab")
        raise AssertionError(f"Tab does not lead to {name}")

    go("ctrl+2", "layerStack")
    press("ctrl+a", "Delete")
    wait_until(lambda: stack(window) == [], what="an empty stack")
    for typed, options in LENET:
        before = len(stack(window))
        press(typed[0])
        wait_until(lambda: focus(window) == "insertSearch", what="the search for a layer")
        xserver.type(typed[1:])
        press("Return")
        wait_until(lambda: len(stack(window)) > before, what=f"{typed} is there")  # noqa: B023
        wait_until(lambda: focus(window) == "layerStack", what="the stack has the keyboard again")
        if options:
            press("Return")
            for name, value in options.items():
                tab_to(f"option_{name}")
                press("ctrl+a")
                xserver.type(str(value))
            go("ctrl+2", "layerStack")
    wait_until(lambda: window.action("actionTrain")["enabled"], what="the network is whole")
    layers = window.read("document", "spec.to_json")["layers"]
    assert layers == [layer.to_json() for layer in presets.find("lenet").layers]

    press("F7")
    wait_until(lambda: state(window) == "PAUSED", what="a batch is learned")
    path = tmp_path / "built.layerlab"
    press("ctrl+s")
    wait_until(lambda: "QFileDialog" in {w["class"] for w in window.windows()}, what="a dialog")
    press("ctrl+a")
    xserver.type(str(path))
    press("Return")
    wait_until(path.is_file, what="the file is there")
    saved = project_file.load(path)
    assert saved.spec.layers == presets.find("lenet").layers
    assert saved.training is not None
    assert saved.training["step"] == 1
    assert window.close_window() == 0
    assert window.stderr.strip() == ""
