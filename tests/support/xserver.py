"""A virtual screen with a mouse and a keyboard, and the program running on it as a user sees it.

    def test_training_starts_from_the_tool_bar(xserver):
        window = xserver.launch_driven()              # the window, plus questions answered
        xserver.click(*window.action("actionTrain").center)
        wait_until(lambda: window.action("actionPause")["enabled"])
        xserver.screenshot("docs/window.png")

`launch()` starts plain main.py; `launch_driven()` starts the same window through driver.py, which
tells where things are. Input goes through the X server either way. Nothing here sleeps to
synchronise: it asks until a condition holds or a time limit is reached.
"""

from __future__ import annotations

import itertools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image, ImageGrab

ROOT = Path(__file__).resolve().parents[2]
Point = tuple[float, float]
T = TypeVar("T")


def what_is_missing() -> str | None:
    return ", ".join(p for p in ("Xvfb", "xdotool") if shutil.which(p) is None) or None


def wait_until(condition: Callable[[], T], timeout: float = 10.0, what: str = "") -> T:
    """The condition's first true value; TimeoutError if it has none in time."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:g} s: {what or 'the condition'}")
        time.sleep(0.02)
    return value


class XServer:
    """Xvfb on a free display. No window manager: windows stand where the program puts them."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        self.folder = folder
        self.size = size
        self._programs: list[Program] = []

    def __enter__(self) -> XServer:
        told, tell = os.pipe()
        width, height = self.size
        self._log = (self.folder / "xvfb.log").open("wb")
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(tell), "-screen", "0", f"{width}x{height}x24",
             "-nolisten", "tcp", "-noreset"],
            pass_fds=[tell], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        os.close(tell)
        with os.fdopen(told) as pipe:
            number = pipe.readline().strip()  # the end of the file if the server could not start
        if not number:
            self.__exit__()
            raise RuntimeError("Xvfb did not start: " + (self.folder / "xvfb.log").read_text())
        self.display = f":{number}"
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:
            program.kill()
        self._server.terminate()
        self._server.wait(10)
        self._log.close()

    # --- programs

    def launch(self, *arguments: str, **environment: str) -> Program:
        """`python main.py ARGUMENTS` on this display, in a home of its own."""
        return self._start(Program, ["main.py", *arguments], environment)

    def launch_driven(self, *arguments: str, **environment: str) -> DrivenProgram:
        """The same window with driver.py beside it; returns when it is on the screen."""
        command = ["-m", "tests.support.driver", *arguments]
        program = self._start(DrivenProgram, command, environment)
        program.ask("ping", timeout=60)
        wait_until(lambda: program.windows(), what="a window on the screen")
        return program

    def _start(self, kind: type[P], command: list[str], environment: dict[str, str]) -> P:
        home = self.folder / f"program-{len(self._programs)}"
        home.mkdir()
        settings = {
            k: v for k, v in os.environ.items()
            if not k.startswith(("QT_", "XDG_", "WAYLAND_", "DBUS_", "LC_", "LAYERLAB_"))
        } | {
            "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "HOME": str(home), "LANG": "C.UTF-8",
            "XDG_CONFIG_HOME": str(home / ".config"), "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_DATA_HOME": str(home / ".local/share"), "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        program = kind([sys.executable, *command], home, settings | environment)
        self._programs.append(program)
        return program

    # --- looking

    def screenshot(self, path: Path | str | None = None) -> Image.Image:
        """The whole screen; saved too, when a path is given."""
        picture = ImageGrab.grab(xdisplay=self.display).convert("RGB")
        if path is not None:
            picture.save(path)
        return picture

    def pixel(self, x: float, y: float) -> tuple[int, int, int]:
        return self.screenshot().getpixel((round(x), round(y)))  # type: ignore[return-value]

    def find_window(self, title: str, timeout: float = 30) -> str:
        """The id of a visible window whose title matches; for programs that run without the driver.

        Use it with `xdotool("getwindowgeometry", id)` and the like.
        """

        def search() -> str:
            found = self._xdotool("search", "--onlyvisible", "--name", title, check=False)
            return found.split("\n")[-1]

        return wait_until(search, timeout, f"a window called {title}")

    # --- mouse and keyboard, in screen coordinates

    def xdotool(self, *arguments: object) -> str:
        return self._xdotool(*arguments)

    def move(self, x: float, y: float) -> None:
        self._xdotool("mousemove", round(x), round(y))

    def press(self, button: int = 1) -> None:
        self._xdotool("mousedown", button)

    def release(self, button: int = 1) -> None:
        self._xdotool("mouseup", button)

    def click(self, x: float, y: float, button: int = 1, times: int = 1) -> None:
        self._xdotool("mousemove", round(x), round(y), "click", "--repeat", times, button)

    def scroll(self, x: float, y: float, clicks: int) -> None:
        """Turn the wheel; a positive number scrolls down."""
        self.click(x, y, button=5 if clicks > 0 else 4, times=abs(clicks))

    def drag(self, path: Iterable[Point], button: int = 1, step: float = 8) -> None:
        """Press at the first point, move through the others in small steps, release at the last.

        The steps are what makes Qt start native drag and drop, and a canvas see a stroke. Every
        driven program has to answer between them, so that no motion is merged with the next.
        """
        points = _small_steps(list(path), step)
        self.move(*points[0])
        self.press(button)
        self._settle()
        for x, y in points[1:]:
            self.move(x, y)
            self._settle()
        self.release(button)
        self._settle()

    def key(self, *keys: str) -> None:
        """Press keys by their X names: key("ctrl+z"), key("Tab", "Return")."""
        self._xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--clearmodifiers", "--delay", 1, text)

    def _settle(self) -> None:
        for program in self._programs:
            if isinstance(program, DrivenProgram) and program.is_running:
                program.ask("ping")

    def _xdotool(self, *arguments: object, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=os.environ | {"DISPLAY": self.display},
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"xdotool {arguments}: {done.stderr.strip()}")
        return done.stdout.strip()


def _small_steps(corners: list[Point], step: float) -> list[Point]:
    points = corners[:1]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        n = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / step))
        points += [(x0 + (x1 - x0) * i / n, y0 + (y1 - y0) * i / n) for i in range(1, n + 1)]
    return points


class Program:
    """The program under test, in a process of its own. `stderr` is what it has written so far."""

    def __init__(self, command: list[str], home: Path, environment: dict[str, str]) -> None:
        self.home = home
        with (home / "stderr.txt").open("wb") as stderr:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, text=True, bufsize=1, stderr=stderr,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def stderr(self) -> str:
        return (self.home / "stderr.txt").read_text(errors="replace")

    def wait_closed(self, timeout: float = 15) -> int:
        """The exit code, when the program has ended by itself."""
        return self.process.wait(timeout)

    def kill(self) -> None:
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        if text := self.stderr:
            print(f"--- stderr of the program\n{text}")  # pytest shows it when the test failed


P = TypeVar("P", bound=Program)


class Part(dict[str, Any]):
    """What the driver says of a widget, an action or an item, with its place on the screen."""

    @property
    def center(self) -> Point:
        x, y, width, height = self["rect"]
        return x + width / 2, y + height / 2

    def at(self, fx: float, fy: float) -> Point:
        """A point inside: (0, 0) is the upper left corner, (1, 1) the lower right one."""
        x, y, width, height = self["rect"]
        return x + fx * (width - 1), y + fy * (height - 1)


class DrivenProgram(Program):
    """The window with driver.py beside it; the questions it answers are described there."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._answers: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(line)
        self._answers.put("")

    def ask(self, query: str, timeout: float = 20, **arguments: Any) -> Any:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"query": query, **arguments}) + "\n")
            line = self._answers.get(timeout=timeout)
        except BrokenPipeError:
            line = ""
        except queue.Empty:
            raise TimeoutError(f"no answer to {query} {arguments} in {timeout:g} s") from None
        if not line:
            raise RuntimeError(f"the program has ended\n{self.stderr}")
        answer = json.loads(line, object_hook=lambda d: Part(d) if "rect" in d else d)
        if "error" in answer:
            raise LookupError(answer["error"])
        return answer["result"]

    def kill(self) -> None:
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(5)
        super().kill()

    # --- the questions, see driver.py

    def windows(self) -> list[Part]:
        return self.ask("windows")

    def widget(self, name: str) -> Part:
        return self.ask("widget", name=name)

    def children(self, name: str) -> list[Part]:
        return self.ask("children", name=name)

    def items(self, name: str) -> list[Part]:
        return self.ask("items", name=name)

    def action(self, name: str) -> Part:
        return self.ask("action", name=name)

    def popup(self) -> list[Part]:
        return self.ask("popup")

    def curves(self, name: str) -> list[dict[str, Any]]:
        return self.ask("curves", name=name)

    def read(self, name: str, attribute: str) -> Any:
        return self.ask("read", name=name, attribute=attribute)

    def close_window(self, timeout: float = 15) -> int:
        """Close the main window as its close button does; the exit code."""
        self.ask("close")
        return self.wait_closed(timeout)
