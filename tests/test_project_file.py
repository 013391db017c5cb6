"""Project files: what is saved comes back, and a failed save leaves what was there."""

from __future__ import annotations

import dataclasses
import errno
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from nnlib import (
    Network,
    ProjectError,
    Trainer,
    optimizers,
    presets,
    project_file,
)
from nnlib.layers import Affine, Flatten, MaxPooling
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from tests.support.projects import (
    CONTENT,
    SPEC,
    dataset,
    trained,
)

# What is saved comes back


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_comes_back_with_its_weights(name: str, tmp_path: Path) -> None:
    spec = ProjectSpec.from_preset(name, data="mnist", seed=3)
    network = Network(spec.layers, (1, 28, 28), spec.loss, seed=3)
    path = tmp_path / "a.layerlab"
    project_file.save(path, spec, network)
    saved = project_file.load(path)
    assert saved.spec == spec
    assert saved.input_shape == (1, 28, 28)
    restored = saved.network()
    assert network.state().keys() == restored.state().keys()
    for key, array in network.state().items():
        np.testing.assert_array_equal(array, restored.state()[key])


def test_a_project_without_weights_comes_back_even_if_it_cannot_work(tmp_path: Path) -> None:
    spec = ProjectSpec((Flatten(), MaxPooling(2), Affine(10)), title="impossible")
    project_file.save(tmp_path / "a.layerlab", spec)
    saved = project_file.load(tmp_path / "a.layerlab")
    assert saved == SavedProject(spec)
    with pytest.raises(ProjectError, match="no weights yet"):
        saved.network()


def test_classes_and_metrics_come_back_and_what_is_not_finite_does_not(tmp_path: Path) -> None:
    metrics = {"train_loss": 0.25, "validation_loss": float("nan")}
    project_file.save(tmp_path / "a.layerlab", SPEC, trainer=trained(), metrics=metrics)
    saved = project_file.load(tmp_path / "a.layerlab")
    assert saved.classes == ("ant", "bee", "cat")
    assert saved.metrics == {"train_loss": 0.25}


@pytest.mark.parametrize("optimizer", optimizers.Optimizer.members)
@pytest.mark.parametrize("steps", [0, 1, 8, 11])
def test_a_training_goes_on_bitwise_as_if_never_stopped(
    optimizer: str, steps: int, tmp_path: Path
) -> None:
    settings = SPEC.training.replace(optimizer=optimizer)
    spec = dataclasses.replace(SPEC, training=settings)
    trainer = trained(spec, steps)
    project_file.save(tmp_path / "a.layerlab", spec, trainer=trainer)

    saved = project_file.load(tmp_path / "a.layerlab")
    second = Trainer(saved.network(), dataset(), saved.spec.training)
    assert saved.training is not None
    second.restore(saved.training)

    skip = 1 if steps == 0 else 0  # the evaluation before the first step
    ours, theirs = list(trainer.run(5))[skip:], list(second.run(5))[skip:]
    assert [e for e in ours if type(e).__name__ == "StepDone"] == [
        e for e in theirs if type(e).__name__ == "StepDone"
    ]
    np.testing.assert_array_equal(trainer.network.values, second.network.values)
    assert project_file.to_bytes(project_file.capture(spec, trainer=trainer)) == (
        project_file.to_bytes(project_file.capture(spec, trainer=second))
    )


def test_a_capture_does_not_change_while_training_goes_on() -> None:
    trainer = trained()
    captured = project_file.capture(SPEC, trainer=trainer)
    before = project_file.to_bytes(captured)
    list(trainer.run(4))
    assert project_file.to_bytes(captured) == before


def test_equal_content_gives_equal_bytes_whenever_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.layerlab"
    path.write_bytes(CONTENT)
    project_file.write(tmp_path / "b.layerlab", project_file.load(path))
    assert (tmp_path / "b.layerlab").read_bytes() == CONTENT


def test_weights_of_another_network_are_not_saved(tmp_path: Path) -> None:
    other = Network((Flatten(), Affine(3)), (1, 2, 3))
    with pytest.raises(ProjectError, match="contradict"):
        project_file.save(tmp_path / "a.layerlab", SPEC, other)
    assert list(tmp_path.iterdir()) == []


# Saving fails


@pytest.mark.parametrize(
    ("call", "number", "advice"),
    [
        ("fsync", errno.ENOSPC, "Free some space"),
        ("replace", errno.EACCES, "in which you may write"),
        ("fsync", errno.EIO, "Save in another place"),
    ],
)
def test_a_failed_save_leaves_the_old_file(
    call: str, number: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.layerlab"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(ProjectError, match=f"{advice}.* unchanged"):
        project_file.save(path, SPEC)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_save_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "a.layerlab"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        project_file.save(path, SPEC)
    assert [(p, p.read_bytes()) for p in tmp_path.iterdir()] == [(path, b"old")]


def test_a_real_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    path = tmp_path / "a.layerlab"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(ProjectError, match="could not be saved"):
            project_file.save(path, SPEC)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [(p, p.read_bytes()) for p in tmp_path.iterdir()] == [(path, b"old")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_without_rights_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ProjectError, match="in which you may write"):
            project_file.save(tmp_path / "a.layerlab", SPEC)
    finally:
        tmp_path.chmod(0o700)


def test_places_that_are_none_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent" / "a.layerlab", Path(os.devnull)):
        with pytest.raises(ProjectError, match="could not be saved"):
            project_file.save(place, SPEC)
    with pytest.raises(ProjectError, match="shorter name"):
        project_file.save(tmp_path / ("x" * 300), SPEC)
    with pytest.raises(ProjectError):
        project_file.save("a\0b", SPEC)


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_a_link_stays_a_link_and_a_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.layerlab", tmp_path / "link.layerlab"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    project_file.save(link, SPEC)
    assert link.is_symlink()
    assert project_file.load(real).spec == SPEC
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
