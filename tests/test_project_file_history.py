"""Project files: what was recorded, and how the training stands, come back; older files open."""

from __future__ import annotations

import dataclasses
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import ProjectError, Trainer, project_file, saved_history
from nnlib.layers import Affine, Flatten
from nnlib.project_file import SavedProject
from nnlib.training import Finished, History, StepDone, TrainingSettings
from tests.support.projects import SPEC, dataset, members, open_bytes, packed, trained, zipped
from tests.test_project_file_hostile import is_opened_or_refused


def recorded(steps: int = 11) -> tuple[Trainer, History]:
    """A trainer in the middle of an epoch, and all that it has told."""
    data, history = dataset(), History()
    trainer = Trainer(SPEC.build(data), data, SPEC.training)
    for event in trainer.run():
        history.record(event)
        if trainer.step == steps:
            break
    return trainer, history


def saved() -> SavedProject:
    trainer, history = recorded()
    return project_file.capture(SPEC, trainer=trainer, history=history)


CONTENT = project_file.to_bytes(saved())


def with_history(arrays: dict[str, Any]) -> bytes:
    return zipped({**members(CONTENT), "history.npz": packed(arrays)})


def columns() -> dict[str, Any]:
    with np.load(io.BytesIO(members(CONTENT)["history.npz"])) as found:
        return dict(found)


def test_the_history_comes_back_with_what_is_not_finite(tmp_path: Path) -> None:
    trainer, history = recorded()
    history.evaluations._columns["train_loss"][-1] = float("nan")
    history.steps._columns["loss"][0] = float("inf")
    project = project_file.capture(SPEC, trainer=trainer, history=history)
    found = open_bytes(tmp_path, project_file.to_bytes(project)).history
    assert found is not None
    for kind in ("steps", "evaluations"):
        ours, theirs = getattr(history, kind).columns(), getattr(found, kind).columns()
        assert len(ours["step"]) > 1
        for name, column in ours.items():
            np.testing.assert_array_equal(column, theirs[name])


def test_a_captured_history_does_not_grow() -> None:
    trainer, history = recorded()
    project = project_file.capture(SPEC, trainer=trainer, history=history)
    history.record(StepDone(12, 2, 1.0, 0.5, 48))
    assert project.history is not None
    assert len(project.history.steps) == 11


def test_saving_what_was_opened_gives_the_same_bytes(tmp_path: Path) -> None:
    stands = dataclasses.replace(saved(), begun_at=3, is_over=True)
    content = project_file.to_bytes(stands)
    opened = open_bytes(tmp_path, content)
    assert (opened.begun_at, opened.is_over) == (3, True)
    assert project_file.to_bytes(opened) == content


def test_weights_of_the_network_before_an_edit_come_back_beside_the_edited_one(
    tmp_path: Path,
) -> None:
    edited = dataclasses.replace(SPEC, layers=(Flatten(), Affine(3)), title="edited")
    project = dataclasses.replace(saved(), spec=edited, trained=SPEC)
    opened = open_bytes(tmp_path, project_file.to_bytes(project))
    assert (opened.spec, opened.trained, opened.network_spec) == (edited, SPEC, SPEC)
    np.testing.assert_array_equal(opened.network().values, trained().network.values)


def test_of_a_history_without_end_the_newest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_history, "MOST_EVENTS", 4)
    _, history = recorded()
    kept = saved_history.join(saved_history.split(history))
    assert kept is not None
    assert kept.steps["step"].tolist() == [8, 9, 10, 11]


# Histories that are none


@pytest.mark.parametrize(
    "change",
    [
        {"steps.loss": None},
        {"steps.extra": np.zeros(11)},
        {"steps.loss": np.zeros(10)},
        {"steps.loss": np.zeros((11, 1))},
        {"steps.loss": np.zeros(11, np.float32)},
        {"steps.loss": np.zeros(11, "U1")},
        {"steps.step": np.full(11, np.nan)},
        {"steps.step": np.arange(11.0)[::-1]},
        {"steps.samples": np.full(11, -1.0)},
        {"steps.samples": np.full(11, 1e300)},
        {"evaluations.epochs": np.full(len(columns()["evaluations.step"]), np.inf)},
    ],
)
def test_a_history_that_is_none_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    arrays = {k: a for k, a in {**columns(), **change}.items() if a is not None}
    with pytest.raises(ProjectError, match="recorded of the training makes no sense"):
        open_bytes(tmp_path, with_history(arrays))


def test_a_history_of_another_training_is_refused(tmp_path: Path) -> None:
    arrays = {**columns(), "steps.step": np.arange(2.0, 13.0)}
    with pytest.raises(ProjectError, match="does not end where its training stands"):
        open_bytes(tmp_path, with_history(arrays))


def test_a_history_without_weights_is_refused(tmp_path: Path) -> None:
    parts = {k: members(CONTENT)[k] for k in ("project.json", "history.npz")}
    with pytest.raises(ProjectError, match="no weights"):
        open_bytes(tmp_path, zipped(parts))


def test_a_history_that_would_swell_is_refused_unopened(tmp_path: Path) -> None:
    import zipfile

    bomb = {**members(CONTENT), "history.npz": bytes(64 * 2**20)}
    with pytest.raises(ProjectError, match="would take 67,108,864 bytes"):
        open_bytes(tmp_path, zipped(bomb, zipfile.ZIP_DEFLATED))
    inner = packed({"steps.step": np.zeros(2**23)}, np.savez_compressed)
    with pytest.raises(ProjectError, match="would take"):
        open_bytes(tmp_path, zipped({**members(CONTENT), "history.npz": inner}))


def test_a_history_of_python_objects_is_refused_unopened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "harm"),))

    arrays = {**columns(), "steps.loss": np.array([Evil()] * 11, object)}
    with pytest.raises(ProjectError, match="Python objects"):
        open_bytes(tmp_path, with_history(arrays))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "change",
    [{"begun_at": -1}, {"begun_at": 1.5}, {"begun_at": True}, {"is_over": 1}, {"project": []},
     {"project": {}}, {"project": {"layers": [{"type": "Transformer"}]}}],
)  # fmt: skip
def test_a_standing_that_makes_no_sense_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    head = json.loads(members(CONTENT)["project.json"])
    head["network"] |= change
    content = zipped({**members(CONTENT), "project.json": json.dumps(head).encode()})
    with pytest.raises(ProjectError):
        open_bytes(tmp_path, content)


@given(st.data())
def test_a_damaged_history_is_opened_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged = bytearray(members(CONTENT)["history.npz"])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] ^= data.draw(st.integers(1, 255))
    content = zipped({**members(CONTENT), "history.npz": bytes(damaged)})
    is_opened_or_refused(tmp_path_factory.getbasetemp(), content)


# Files of the version before


def test_a_file_of_the_second_version_opens_and_goes_on() -> None:
    found = project_file.load(Path(__file__).parent / "support" / "version_2.layerlab")
    assert found.spec == SPEC
    assert found.spec.training == TrainingSettings(batch_size=4, validation_share=0.2, patience=9)
    assert (found.history, found.trained, found.begun_at, found.is_over) == (None, None, 0, False)
    assert found.training is not None
    resumed = Trainer(found.network(), dataset(), found.spec.training)
    resumed.restore(found.training)
    ours, theirs = list(trained().run()), list(resumed.run())
    assert ours == theirs
    assert isinstance(ours[-1], Finished)
