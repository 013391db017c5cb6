"""3,000 damaged project files: each opens or is refused in one line, and nothing else happens."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nnlib import ProjectError, project_file
from tests.support.mutations import mutated
from tests.support.projects import CONTENT, members, packed, zipped

FILES = 3000
MOST_MEMORY = 400e6  # bytes that the process may grow by, over all of them

FORBIDDEN = {
    "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename", "os.mkdir",
    "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate", "subprocess.Popen",
    "shutil.rmtree", "socket.connect", "socket.bind", "pickle.find_class", "ctypes.dlopen",
    "code.__new__", "marshal.loads", "webbrowser.open",
}  # fmt: skip
_watching: list[str] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _watching is None:
        return
    if event in FORBIDDEN:
        _watching.append(f"{event} {arguments!r}"[:200])
    elif event == "open":
        _path, mode, flags = arguments
        is_writing = isinstance(mode, str) and set(mode) & set("wax+")
        if is_writing or (isinstance(flags, int) and flags & 3):
            _watching.append(f"open {arguments!r}"[:200])


sys.addaudithook(_hook)  # for good: Python has no way to remove one


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is written, started, deleted or reached meanwhile."""
    global _watching
    found: list[str] = []
    _watching = found
    try:
        yield found
    finally:
        _watching = None


def is_opened(path: Path) -> bool:
    """Whether it opens; if not, it is refused in one line that names it."""
    try:
        saved = project_file.load(path)
        if saved.weights is not None:
            saved.network()
    except ProjectError as error:
        refusal = str(error)
    else:
        return True
    assert path.name in refusal
    assert "\n" not in refusal
    assert len(refusal) < 1000
    return False


@pytest.mark.parametrize("seed", range(3))
def test_damaged_files_open_or_are_refused_and_do_nothing(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "some.layerlab"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    opened = 0
    for _ in range(FILES // 3):
        path.write_bytes(mutated(rng))
        with watched() as harm:
            opened += is_opened(path)
        assert harm == []
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert opened < FILES // 3 / 2  # else they are hardly damaged
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before < MOST_MEMORY


def test_the_watch_sees_what_it_must_see(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.mkdir, (tmp_path / "harm",))

    import pickle

    with watched() as harm:
        (tmp_path / "written").write_bytes(b"")
        pickle.loads(pickle.dumps(Evil()))  # noqa: S301 - this one is ours
    assert any(event.startswith("open") for event in harm)
    assert any(event.startswith("pickle.find_class") for event in harm)
    assert any(event.startswith("os.mkdir") for event in harm)


def test_a_sound_file_is_opened_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "sound.layerlab"
    path.write_bytes(CONTENT)
    with watched() as harm:
        assert is_opened(path)
    assert harm == []


@pytest.mark.parametrize("layers", [10**4, 10**5])
def test_many_layers_are_refused_before_they_are_made(layers: int, tmp_path: Path) -> None:
    head = members()["project.json"].replace(
        b'"layers": [', b'"layers": [' + b'"ReLU",' * layers, 1
    )
    path = tmp_path / "long.layerlab"
    path.write_bytes(zipped({"project.json": head}))
    with pytest.raises(ProjectError, match="at most 1000 layers"):
        project_file.load(path)


def test_a_layer_of_a_thousand_million_units_is_refused(tmp_path: Path) -> None:
    head = members()["project.json"].replace(b'"units": 5', b'"units": 1000000000', 1)
    path = tmp_path / "large.layerlab"
    path.write_bytes(zipped({"project.json": head, "weights.npz": packed({})}))
    with pytest.raises(ProjectError, match="units must be a whole number from 1 to 16,384"):
        project_file.load(path)
