"""Recent files: few, the newest first, and only those that are there."""

from __future__ import annotations

from gui.document import recent_files


def test_the_newest_comes_first_once_and_no_more_than_ten_are_kept(tmp_path, qapp):
    paths = [str(tmp_path / f"{n}.layerlab") for n in range(13)]
    for path in [*paths, paths[5]]:
        open(path, "w").close()
        recent_files.remember(path)
    assert recent_files.recent_files() == [paths[5], *reversed(paths[6:]), paths[4], paths[3]]
    assert recent_files.last_folder() == str(tmp_path)


def test_absent_ones_drop_out_and_a_single_one_stays(tmp_path, qapp):
    one, other = tmp_path / "one.layerlab", tmp_path / "other.layerlab"
    for path in (one, other):
        path.touch()
        recent_files.remember(str(path))
    other.unlink()
    assert recent_files.recent_files() == [str(one)]
    recent_files.forget_all()
    assert recent_files.recent_files() == []
    recent_files.remember(str(one))  # a list of one is kept as its item
    assert recent_files.recent_files() == [str(one)]


def test_settings_of_somebody_else_are_no_list(qapp):
    from PySide6.QtCore import QSettings

    QSettings().setValue("files/recent", 3)
    QSettings().setValue("files/folder", ["a"])
    assert recent_files.recent_files() == []
    assert recent_files.last_folder()
