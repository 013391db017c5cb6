"""Project files that are none: each is opened or refused in one plain line, and does no harm."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import (
    LayerLabError,
    ProjectError,
    Trainer,
    project_file,
)
from tests.support.projects import (
    CONTENT,
    arrays_of,
    dataset,
    members,
    open_bytes,
    packed,
    zipped,
)


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
    with pytest.raises(ProjectError, match=r"newer LayerLab \(schema version 4.*Update LayerLab"):
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


def test_kept_weights_without_early_stopping_are_refused(tmp_path: Path) -> None:
    head = json.loads(members()["project.json"])
    head["training"]["patience"] = None
    with pytest.raises(ProjectError, match="contradicts itself"):
        open_bytes(tmp_path, zipped({**members(), "project.json": json.dumps(head).encode()}))


def test_a_part_may_not_come_twice(tmp_path: Path) -> None:
    content = io.BytesIO(CONTENT)
    with zipfile.ZipFile(content, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("weights.npz", b"second")
    with pytest.raises(ProjectError):
        open_bytes(tmp_path, content.getvalue())


@pytest.mark.parametrize("part", ["project.json", "weights.npz", "training.npz", "best.npz"])
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


@given(st.sampled_from(["weights.npz", "training.npz", "best.npz"]), st.data())
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
