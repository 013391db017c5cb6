"""What holds for every test: no screen, no trace in the user's home, nothing left running.

A Qt warning fails the test that caused it; pyproject.toml says so (`qt_log_level_fail`).
"""

from __future__ import annotations

import os
import sys

# Before anything imports Qt. Tests of the real window start it in a process of their own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy; nnlib/blas.py says why

import itertools
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from nnlib.threads import CREW_NAME

ROOT = Path(__file__).resolve().parent.parent

hypothesis.settings.register_profile("local", deadline=None, max_examples=50)
hypothesis.settings.register_profile(
    "ci", deadline=None, max_examples=50, derandomize=True, database=None
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "xserver" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xserver)


# --- the user's world ---------------------------------------------------------------------------

_homes = itertools.count()


@pytest.fixture(scope="session")
def _homes_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def home(_homes_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test: settings, caches and documents land in it and nowhere else.

    The folder is not created; a program that needs one has to make it, as on a new machine.
    """
    home = _homes_folder / str(next(_homes))
    for variable, value in user_folders(home).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.delenv("LAYERLAB_DATA_DIR", raising=False)
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QSettings

        for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
            QSettings.setPath(form, QSettings.Scope.UserScope, str(home / ".config"))
    return home


def user_folders(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_STATE_HOME": str(home / ".local/state"),
    }


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """Data for development that is not part of the project: MNIST, real pen strokes."""
    folder = Path(os.environ.get("LAYERLAB_DEV_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no development data: set LAYERLAB_DEV_DATA to a folder with mnist/")
    return folder


# --- nothing left behind ------------------------------------------------------------------------

_started_qthreads: list[weakref.ref] = []


@pytest.fixture(scope="session", autouse=True)
def _remember_started_qthreads() -> Iterator[None]:
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QThread

    start: Callable[..., None] = QThread.start

    def remembering_start(thread: QThread, *arguments: object) -> None:
        _started_qthreads.append(weakref.ref(thread))
        start(thread, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QThread, "start", remembering_start)
        yield


def _running_qthreads() -> list[str]:
    if not _started_qthreads:
        return []
    import shiboken6

    alive = [(r, t) for r in _started_qthreads if (t := r()) is not None and shiboken6.isValid(t)]
    running = [(r, t) for r, t in alive if t.isRunning()]
    _started_qthreads[:] = [reference for reference, _ in running]
    return [f"QThread {thread.objectName() or type(thread).__name__}" for _, thread in running]


def _python_threads() -> set[threading.Thread]:
    # A QThread that called Python once stays listed as a dummy thread; it is looked at above. The
    # library's own helping threads wait for the next network.
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and not thread.name.startswith(CREW_NAME)
    }


@pytest.fixture(autouse=True)
def _no_thread_stays(home: Path) -> Iterator[None]:
    before = _python_threads()
    yield
    deadline = time.monotonic() + 2
    while left := [t.name for t in _python_threads() - before] + _running_qthreads():
        if time.monotonic() > deadline:
            _started_qthreads.clear()  # one test fails for it, not all that follow
            pytest.fail(f"threads still alive after the test: {', '.join(left)}")
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def _no_global_random_numbers() -> Iterator[None]:
    """Every random number comes from a Generator that was passed in: same seed, same run."""
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    yield
    after = np.random.get_state(legacy=False)  # noqa: NPY002
    same = before["state"]["pos"] == after["state"]["pos"] and np.array_equal(
        before["state"]["key"], after["state"]["key"]
    )
    if not same:
        pytest.fail("the test used NumPy's global random generator; pass a Generator instead")


# --- a real screen ------------------------------------------------------------------------------


@pytest.fixture
def xserver(tmp_path: Path) -> Iterator[object]:
    """A virtual screen with mouse and keyboard: see tests/support/xserver.py."""
    from tests.support.xserver import XServer, what_is_missing

    if missing := what_is_missing():
        refuse: Callable[[str], object] = (
            pytest.fail if os.environ.get("LAYERLAB_REQUIRE_XSERVER") else pytest.skip
        )
        refuse(f"needs a virtual X server; not installed: {missing}")
    with XServer(tmp_path) as server:
        yield server
