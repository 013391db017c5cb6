"""How the program starts: window or terminal, and what is not loaded for either."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

import main
from nnlib.cli import display
from tests.cli.conftest import ROOT, Program, environment

NO_SCREEN = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux asks for a display")


@linux
def test_without_a_display_it_says_so_in_one_line_and_trains(program: Program) -> None:
    done = program(**NO_SCREEN)
    assert done.returncode == 0
    first, *rest = done.stderr.splitlines()
    assert first.startswith("No window: there is no display")
    assert "Training two-layer on digits" in first
    assert [line.split("/")[0] for line in rest] == [f"Epoch {n}" for n in range(1, 6)]
    assert "two-layer, 39,760 parameters" in done.stdout
    assert "Accuracy" in done.stdout


@linux
def test_a_display_that_does_not_answer_is_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NO_SCREEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":4242")
    monkeypatch.setattr(display, "_missing_library", lambda: None)
    reason = display.why_no_window()
    assert reason is not None
    assert "DISPLAY=:4242" in reason


@linux
def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file")

    monkeypatch.setattr("ctypes.CDLL", refuse)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    reason = display.why_no_window()
    assert reason is not None
    assert "libxcb-cursor.so.0" in reason
    assert "apt install libxcb-cursor0)" in reason


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libEGL.so.1", "libegl1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
    ],
)
def test_debian_packages_have_the_names_that_debian_gives(library: str, package: str) -> None:
    assert display.debian_package(library) == package


@pytest.mark.parametrize(
    "arguments", [[], ["mine.layerlab"], ["/some/where/train.layerlab"], ["OLD.LAYERLAB"]]
)
def test_without_arguments_or_with_a_project_the_window_opens(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    shown: list[bool] = []
    given: list[list[str]] = []
    app = types.SimpleNamespace(exec=lambda: 7)
    window = types.SimpleNamespace(show=lambda: shown.append(True))
    fake = types.ModuleType("gui.app")

    def build(argv: list[str]) -> tuple[object, object]:
        given.append(argv[1:])
        return app, window

    fake.build = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gui.app", fake)
    monkeypatch.setattr(display, "why_no_window", lambda: None)
    assert main.main(arguments) == 7
    assert (shown, given) == ([True], [arguments])


@linux
def test_a_project_without_a_display_is_one_line_and_no_training(program: Program) -> None:
    done = program("mine.layerlab", **NO_SCREEN)
    assert (done.returncode, done.stdout) == (1, "")
    assert "train --resume mine.layerlab" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_command_line_loads_neither_qt_nor_pillow() -> None:
    code = (
        "import sys\n"
        "for name in ('PySide6', 'pyqtgraph', 'gui', 'PIL'): sys.modules[name] = None\n"
        "import main\n"
        "sys.exit(main.main(['list', 'networks']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "lenet" in done.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "-h"]])
def test_help_has_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(arguments) == 0
    assert "examples:" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("LayerLab 0.")


@pytest.mark.parametrize("arguments", [["dance"], ["list"], ["list", "cats"], ["--what"]])
def test_an_unknown_command_is_one_line_and_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_a_terminal_of_plain_letters_gets_question_marks(program: Program) -> None:
    done = program("list", "networks", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "784 ? 50 ? 10" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
def test_a_reader_who_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "list", "layers"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
