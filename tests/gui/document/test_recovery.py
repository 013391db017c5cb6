"""The recovery folder: what dead windows left is found, what living ones own is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gui.document.recovery import RecoveryFolder
from nnlib import project_file
from nnlib.errors import ProjectError
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject

PROJECT = SavedProject(ProjectSpec.from_preset("perceptron"))


def died(folder: RecoveryFolder) -> None:
    """As after a crash: the lock is there no more, the files are."""
    folder._lock.unlock()


def test_what_a_dead_window_left_is_found_with_its_file(home):
    first = RecoveryFolder()
    first.write(PROJECT, "/somewhere/mine.layerlab")
    died(first)
    second = RecoveryFolder()
    (left,) = second.left()
    assert left.origin == "/somewhere/mine.layerlab"
    assert project_file.load(left.file).spec == PROJECT.spec
    assert left.time == pytest.approx(os.path.getmtime(left.file))
    assert second.folder.is_relative_to(home)
    assert second.folder.stat().st_mode & 0o077 == 0


def test_a_living_windows_project_is_nobody_elses(home):
    first, second = RecoveryFolder(), RecoveryFolder()
    first.write(PROJECT, "")
    assert second.left() == []
    died(first)
    found = second.left()
    assert len(found) == 1
    assert RecoveryFolder().left() == []  # the second window holds it


def test_a_proper_end_leaves_nothing(home):
    folder = RecoveryFolder()
    folder.write(PROJECT, "")
    folder.close()
    assert list(folder.folder.iterdir()) == []


def test_taken_over_it_is_kept_in_its_place(home):
    first = RecoveryFolder()
    first.write(PROJECT, "")
    died(first)
    second = RecoveryFolder()
    second.write(SavedProject(ProjectSpec.from_preset("lenet")), "")
    (left,) = second.left()
    second.take_over(left)
    assert [p.name for p in second.folder.glob("*.layerlab")] == [left.file.name]
    second.write(SavedProject(ProjectSpec.from_preset("two-layer")), "")
    assert project_file.load(left.file).spec.title == "two-layer"
    assert RecoveryFolder().left() == []
    second.close()
    assert list(second.folder.glob("*.layerlab")) == []


def test_the_newest_comes_first_and_what_is_kept_is_offered_again(home):
    for age, name in ((100, "lenet"), (0, "perceptron")):
        window = RecoveryFolder()
        window.write(SavedProject(ProjectSpec.from_preset(name)), "")
        os.utime(window._file, (1e9 - age, 1e9 - age))
        died(window)
    folder = RecoveryFolder()
    newest, oldest = folder.left()
    assert project_file.load(newest.file).spec.title == "perceptron"
    folder.discard(newest)
    folder.keep(oldest)
    again = RecoveryFolder().left()
    assert [left.file for left in again] == [oldest.file]


@pytest.mark.parametrize(
    "about", [b"", b"{", b"[]", b'{"origin": 3}', b'{"origin": "a\\u0000b"}', b"[" * 100_000, None]
)
def test_a_damaged_note_costs_the_name_only(home, about):
    window = RecoveryFolder()
    window.write(PROJECT, "/somewhere/mine.layerlab")
    note = window._file.with_suffix(".json")
    note.unlink() if about is None else note.write_bytes(about)
    died(window)
    (left,) = RecoveryFolder().left()
    assert left.origin == ""


def test_a_damaged_project_is_set_aside_and_not_offered_again(home):
    window = RecoveryFolder()
    window.write(PROJECT, "")
    window._file.write_bytes(b"damaged")
    died(window)
    folder = RecoveryFolder()
    (left,) = folder.left()
    aside = folder.set_aside(left)
    assert aside.read_bytes() == b"damaged"
    assert RecoveryFolder().left() == []


def test_halves_of_files_go_unless_another_window_may_be_writing_them(home):
    first = RecoveryFolder()
    half = first.folder / ".layerlab-0123456789ab.tmp"
    half.write_bytes(b"half")
    RecoveryFolder().close()
    assert half.exists()
    died(first)
    RecoveryFolder()
    assert not half.exists()


def test_a_folder_that_cannot_be_made_is_told_when_writing(home):
    home.mkdir(parents=True)
    (home / ".local").write_text("in the way")
    folder = RecoveryFolder()
    assert folder.left() == []
    with pytest.raises((ProjectError, OSError)):
        folder.write(PROJECT, "")
    folder.remove()
    folder.close()


def test_a_killed_process_sets_its_project_free(home):
    code = (
        "import os, signal\n"
        "from gui.document.recovery import RecoveryFolder\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "QCoreApplication.setOrganizationName('LayerLab')\n"
        "QCoreApplication.setApplicationName('LayerLab')\n"
        "from tests.gui.document.test_recovery import PROJECT\n"
        "folder = RecoveryFolder()\n"
        "folder.write(PROJECT, '')\n"
        "print(folder.folder, flush=True)\n"
        "input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        place = Path(process.stdout.readline().strip())
        mine = RecoveryFolder()
        mine.folder = place
        assert mine.left() == []
        process.kill()
    assert len(mine.left()) == 1


def test_the_note_is_plain_json(home):
    folder = RecoveryFolder()
    folder.write(PROJECT, "/odd/\udcff.layerlab")
    note = json.loads(folder._file.with_suffix(".json").read_bytes())
    assert note == {"origin": "/odd/\udcff.layerlab"}
