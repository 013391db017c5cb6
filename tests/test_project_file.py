"""Project files: what is saved comes back, and nothing that is not a project does harm."""

from __future__ import annotations

import dataclasses
import errno
import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import (
    Dataset,
    LayerLabError,
    Network,
    ProjectError,
    Trainer,
    optimizers,
    presets,
    project_file,
)
from nnlib.layers import Affine, BatchNormalization, Dropout, Flatten, MaxPooling, ReLU
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.training import TrainingSettings

LAYERS = (Flatten(), Affine(5), BatchNormalization(), ReLU(), Dropout(0.2), Affine(3))
SPEC = ProjectSpec(LAYERS, training=TrainingSettings(batch_size=4), seed=7, title="small")


def dataset(count: int = 30) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.random((count, 1, 2, 3), np.float32)
    t = rng.integers(0, 3, count)
    return Dataset("random", x, t, x, t, ("ant", "bee", "cat"))


def trained(spec: ProjectSpec = SPEC, steps: int = 11) -> Trainer:
    """A trainer in the middle of an epoch."""
    data = dataset()
    trainer = Trainer(spec.build(data), data, spec.training)
    run = trainer.run()
    while trainer.step < steps:
        next(run)
    return trainer


CONTENT = project_file.to_bytes(
    project_file.capture(SPEC, trainer=trained(), metrics={"train_loss": 1.5})
)


def members(content: bytes = CONTENT) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return content.getvalue()


def packed(arrays: Mapping[str, Any], save: Callable[..., None] = np.savez) -> bytes:
    content = io.BytesIO()
    save(content, **arrays)
    return content.getvalue()


def arrays_of(part: str) -> dict[str, Any]:
    with np.load(io.BytesIO(members()[part])) as found:
        return dict(found)


def open_bytes(folder: Path, content: bytes) -> SavedProject:
    path = folder / "some.layerlab"
    path.write_bytes(content)
    return project_file.load(path)


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


# Files that are no project


def test_absent_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no file"):
        project_file.load(tmp_path / "absent.layerlab")
    with pytest.raises(ProjectError, match="cannot be read"):
        project_file.load(tmp_path)
    for content in (b"", b"hello", zipped({}), zipped({"readme": b""}), packed({"a": np.ones(3)})):
        with pytest.raises(ProjectError, match="is not a LayerLab project"):
            open_bytes(tmp_path, content)


def test_a_newer_file_says_that_the_program_is_older(tmp_path: Path) -> None:
    head = json.loads(members()["project.json"])
    head["schema_version"] = project_file.SCHEMA_VERSION + 1
    head["project"] = {"layers": [{"type": "Transformer"}]}
    newer = zipped({"project.json": json.dumps(head).encode(), "future.bin": b""})
    with pytest.raises(ProjectError, match=r"newer LayerLab \(schema version 2.*Update LayerLab"):
        open_bytes(tmp_path, newer)


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.5, True, [], 10**30])
def test_a_schema_version_is_a_whole_number(version: object, tmp_path: Path) -> None:
    head = {**json.loads(members()["project.json"]), "schema_version": version}
    with pytest.raises(ProjectError):
        open_bytes(tmp_path, zipped({"project.json": json.dumps(head).encode()}))


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "weights.npz/../evil", "a.pkl"])
def test_unknown_parts_are_refused_and_nothing_is_extracted(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="parts that no LayerLab project has"):
        open_bytes(tmp_path, zipped({**members(), name: b"x"}))
    assert [p.name for p in tmp_path.iterdir()] == ["some.layerlab"]


def test_a_part_may_not_come_twice(tmp_path: Path) -> None:
    content = io.BytesIO(CONTENT)
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("weights.npz", b"second")
    with pytest.raises(ProjectError):
        open_bytes(tmp_path, content.getvalue())


@pytest.mark.parametrize("part", ["project.json", "weights.npz", "training.npz"])
def test_a_bomb_is_refused_unopened(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_file, "_LARGEST_ORDER", 2**20)  # of an epoch of 128 K samples
    bomb = zipped({**members(), part: bytes(64 * 2**20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2**20
    with pytest.raises(ProjectError, match="would take 67,108,864 bytes"):
        open_bytes(tmp_path, bomb)


def test_a_bomb_within_the_weights_is_refused(tmp_path: Path) -> None:
    inner = packed({"1.W": np.zeros(2**24, np.float32)}, np.savez_compressed)
    with pytest.raises(ProjectError, match="would take"):
        open_bytes(tmp_path, zipped({**members(), "weights.npz": inner}))


def test_pickled_weights_are_refused_unopened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "harm"),))

    evil = packed({**arrays_of("weights.npz"), "1.b": np.array([Evil()] * 5, object)})
    with pytest.raises(ProjectError, match="Python objects"):
        open_bytes(tmp_path, zipped({**members(), "weights.npz": evil}))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"1.W": np.zeros((6, 6), np.float32)},
        {"1.W": np.zeros((5, 6), np.float32)},
        {"1.W": np.zeros((6, 5), np.float64)},
        {"1.W": np.zeros((6, 5), np.int32)},
        {"1.W": np.zeros((6, 5), np.complex64)},
        {"1.W": np.zeros((6, 5), "U1")},
        {"1.W": None},
        {"2.mean": None},
        {"9.W": np.zeros(1, np.float32)},
    ],
)
def test_weights_that_contradict_the_network_are_refused(
    change: dict[str, Any], tmp_path: Path
) -> None:
    arrays = {k: a for k, a in {**arrays_of("weights.npz"), **change}.items() if a is not None}
    with pytest.raises(ProjectError, match=r"some\.layerlab cannot be opened: .*contradict"):
        open_bytes(tmp_path, zipped({**members(), "weights.npz": packed(arrays)}))


def test_a_network_that_promises_much_is_not_built_for_nothing(tmp_path: Path) -> None:
    head = json.loads(members()["project.json"])
    head["project"]["layers"][1]["units"] = 16384
    head["network"]["input_shape"] = [1, 50, 60]
    parts = {**members(), "project.json": json.dumps(head).encode()}
    with pytest.raises(ProjectError, match="too few of them"):
        open_bytes(tmp_path, zipped(parts))


def replaced(value: Any, path: list[int], new: Any) -> Any:
    """The JSON value with the place that the path leads to replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = replaced(value[key], path[1:], new)
    return copy


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**30), 2**64, 1e308, float("nan"), float("inf")]),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["ReLU", "Adam", "PCG64", "MT19937"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def is_opened_or_refused(folder: Path, content: bytes) -> None:
    """Opened, and then usable or refused by the trainer, or refused with one plain line."""
    try:
        saved = open_bytes(folder, content)
        project_file.to_bytes(saved)
        if saved.training is not None and saved.input_shape == (1, 2, 3):
            Trainer(saved.network(), dataset(), saved.spec.training).restore(saved.training)
    except LayerLabError as error:
        refusal = str(error)
    else:
        return
    assert refusal
    assert "\n" not in refusal


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), odd)
def test_any_odd_value_is_opened_or_refused(
    tmp_path_factory: pytest.TempPathFactory, path: list[int], new: Any
) -> None:
    head = replaced(json.loads(members()["project.json"]), path, new)
    content = zipped({**members(), "project.json": json.dumps(head).encode()})
    is_opened_or_refused(tmp_path_factory.getbasetemp(), content)


@given(st.integers(0, len(CONTENT)))
def test_a_truncated_file_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    is_opened_or_refused(tmp_path_factory.getbasetemp(), CONTENT[:length])


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(1, 255)), min_size=1))
def test_flipped_bits_are_opened_or_refused(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    content = bytearray(CONTENT)
    for place, bits in flips:
        content[place] ^= bits
    is_opened_or_refused(tmp_path_factory.getbasetemp(), bytes(content))


@given(st.sampled_from(["weights.npz", "training.npz"]), st.data())
def test_damaged_arrays_are_opened_or_refused(
    tmp_path_factory: pytest.TempPathFactory, part: str, data: st.DataObject
) -> None:
    """Damage that the outer zip's checksums do not tell."""
    damaged = bytearray(members()[part])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] ^= data.draw(st.integers(1, 255))
    content = zipped({**members(), part: bytes(damaged)})
    is_opened_or_refused(tmp_path_factory.getbasetemp(), content)


def test_json_as_deep_as_an_abyss_is_refused(tmp_path: Path) -> None:
    for abyss in (b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b"\xff\xfe", b"NaN"):
        with pytest.raises(ProjectError):
            open_bytes(tmp_path, zipped({"project.json": abyss}))
