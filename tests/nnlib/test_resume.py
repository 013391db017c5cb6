"""Resuming: stopped after any event, saved, loaded, a training goes on bit for bit."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import DataError, Dataset, Trainer, project_file
from nnlib.optimizers import Optimizer
from nnlib.project import ProjectSpec
from nnlib.schedules import Cosine, Schedule, WarmUp
from nnlib.training import Event, Finished, MetricsFile, StepDone, TrainingSettings
from tests.support.projects import SPEC, dataset, open_bytes, trained

settings = st.builds(
    TrainingSettings,
    optimizer=st.sampled_from([member() for member in Optimizer.members.values()]),
    schedule=st.sampled_from([*[m() for m in Schedule.members.values()], WarmUp(then=Cosine())]),
    batch_size=st.sampled_from([4, 7, 24, 100]),
    epochs=st.integers(1, 4),
    validation_share=st.just(0.2),
    patience=st.none() | st.integers(1, 3),
    seed=st.integers(0, 3),
)


def start(training: TrainingSettings) -> tuple[ProjectSpec, Trainer]:
    """The small network with batch normalization and dropout, untrained."""
    spec, data = dataclasses.replace(SPEC, training=training), dataset()
    return spec, Trainer(spec.build(data), data, training)


def by_way_of_a_file(spec: ProjectSpec, trainer: Trainer, folder: Path) -> Trainer:
    """Another trainer that goes on where this one stands."""
    saved = open_bytes(folder, project_file.to_bytes(project_file.capture(spec, trainer=trainer)))
    resumed = Trainer(saved.network(), dataset(), saved.spec.training)
    assert saved.training is not None
    resumed.restore(saved.training)
    return resumed


def everything(trainer: Trainer) -> bytes:
    """All that a checkpoint holds, and how `run` would end."""
    spec = dataclasses.replace(SPEC, training=trainer.settings)
    return project_file.to_bytes(project_file.capture(spec, trainer=trainer))


@given(settings, st.data())
def test_stopped_after_any_event_a_run_goes_on_with_the_next_one(
    tmp_path_factory: pytest.TempPathFactory, training: TrainingSettings, data: st.DataObject
) -> None:
    spec, whole = start(training)
    events = list(whole.run())
    count = data.draw(st.integers(0, len(events)), "events before the stop")
    _, stopped = start(training)
    before = list(itertools.islice(stopped.run(), count))
    resumed = by_way_of_a_file(spec, stopped, tmp_path_factory.getbasetemp())
    after = list(resumed.run())
    if count == len(events):  # a finished run says so again
        assert after == events[-1:]
    else:
        assert before + after == events
    assert everything(resumed) == everything(whole)


@given(settings, st.data())
def test_stopped_again_and_again_it_is_still_the_same_run(
    tmp_path_factory: pytest.TempPathFactory, training: TrainingSettings, data: st.DataObject
) -> None:
    spec, whole = start(training)
    events = list(whole.run())
    _, trainer = start(training)
    told: list[Event] = []
    while not (told and isinstance(told[-1], Finished)):
        told += itertools.islice(trainer.run(), data.draw(st.integers(1, 9)))
        trainer = by_way_of_a_file(spec, trainer, tmp_path_factory.getbasetemp())
    assert told == events
    assert everything(trainer) == everything(whole)


@given(st.integers(1, 4), st.integers(1, 3))
def test_a_finished_training_may_be_given_more_epochs(
    tmp_path_factory: pytest.TempPathFactory, first: int, more: int
) -> None:
    """The best weights were given back; it goes on from the last ones all the same."""
    training = TrainingSettings(batch_size=7, epochs=first, validation_share=0.2, patience=50)
    spec, short = start(training)
    list(short.run())
    resumed = by_way_of_a_file(spec, short, tmp_path_factory.getbasetemp())
    resumed.use(training.replace(epochs=first + more))
    list(resumed.run())
    _, whole = start(training.replace(epochs=first + more))
    list(whole.run())
    assert everything(resumed) == everything(whole)


# --- files of the first version -----------------------------------------------------------------


def test_a_file_of_the_first_version_opens_and_goes_on() -> None:
    saved = project_file.load(Path(__file__).parents[1] / "support" / "version_1.layerlab")
    assert saved.spec.training == TrainingSettings(batch_size=4)
    assert saved.training is not None
    resumed = Trainer(saved.network(), dataset(), saved.spec.training)
    resumed.restore(saved.training)
    assert (resumed.step, resumed.epoch) == (11, 1)
    events = list(resumed.run())
    assert [e.step for e in events if isinstance(e, StepDone)] == list(range(12, 41))
    assert events[-1] == Finished(40)


# --- other data ---------------------------------------------------------------------------------


def changed(part: str, place: tuple[int, ...], value: float) -> Dataset:
    """The small data set with one number of one part changed."""
    data = dataset()
    changes: dict[str, Any] = {part: np.array(getattr(data, part))}
    changes[part][place] = value
    return dataclasses.replace(data, **changes)


@pytest.mark.parametrize("steps", [0, 6, 11])  # 6 is an epoch's end, where no order is left
@pytest.mark.parametrize(
    "other",
    [changed("x_train", (29, 0, 1, 2), 0.5), changed("x_train", (0, 0, 0, 0), 0.5),
     changed("t_train", (29,), (dataset().t_train[29] + 1) % 3), dataset(31)],
    ids=["last value", "first value", "last label", "one more"],
)  # fmt: skip
def test_other_data_are_refused_and_nothing_changes(other: Dataset, steps: int) -> None:
    state = trained(steps=steps).state()
    trainer = Trainer(SPEC.build(other), other, SPEC.training)
    before = everything(trainer)
    with pytest.raises(DataError, match="of other data than these"):
        trainer.restore(state)
    assert everything(trainer) == before


def test_neither_the_name_nor_the_place_in_memory_nor_the_test_part_makes_other_data() -> None:
    data = dataset()
    x = np.asfortranarray(data.x_train)
    other = dataclasses.replace(data, name="b", x_train=x, x_test=x[:5], t_test=data.t_test[:5])
    trainer = Trainer(SPEC.build(other), other, SPEC.training)
    trainer.restore(trained().state())
    assert trainer.step == 11


def test_a_state_without_a_fingerprint_still_opens() -> None:
    state = trained().state()
    del state["fingerprint"]
    trainer = Trainer(SPEC.build(dataset()), dataset(), SPEC.training)
    trainer.restore(state)
    assert trainer.step == 11


# --- states that do not fit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [{"step": None}, {"epoch": "1"}, {"samples": -1}, {"order": None}, {"order": [1, 2]},
     {"optimizer": None}, {"optimizer": {}}, {"optimizer": {"step_count": 0, "slots": {"m": 3}}},
     {"judged_at": "x"}, {"patience": 3}, {"patience": {"best": [1]}}, {"fingerprint": {}}],
    ids=str,
)  # fmt: skip
def test_a_damaged_state_is_refused_and_nothing_changes(damage: dict[str, Any]) -> None:
    _, trainer = start(SPEC.training)
    list(itertools.islice(trainer.run(), 9))
    before = everything(trainer)
    for state in ({}, trainer.state() | damage):
        with pytest.raises(DataError):
            trainer.restore(state)
        assert everything(trainer) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"waited": -1}, "damaged"),
        ({"checked_at": None}, "damaged"),
        ({"best": None}, "damaged"),
        ({"best": {}}, "another network"),
        ({"last": {"1.W": np.zeros(3)}}, "another network"),
        ({"best_step": None}, "damaged"),
    ],
)
def test_a_state_of_patience_that_does_not_fit_is_refused_and_nothing_changes(
    change: dict[str, Any], said: str
) -> None:
    _, trainer = start(SPEC.training)
    while trainer.epoch < 1:
        list(itertools.islice(trainer.run(), 9))
    before = everything(trainer)
    state = trainer.state()
    state["patience"] |= change
    with pytest.raises(DataError, match=said):
        trainer.restore(state)
    assert everything(trainer) == before


# --- metrics ------------------------------------------------------------------------------------


def write(file: MetricsFile, trainer: Trainer, count: int | None = None) -> None:
    for event in itertools.islice(trainer.run(), count):
        file.record(event)


@given(settings, st.integers(0, 40), st.integers(0, 12), st.binary(max_size=9))
def test_a_metrics_file_goes_on_exactly_where_the_checkpoint_was(
    tmp_path_factory: pytest.TempPathFactory,
    training: TrainingSettings,
    count: int,
    lost: int,
    torn: bytes,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole, cut = folder / "whole.jsonl", folder / "cut.jsonl"
    spec, trainer = start(training)
    file = MetricsFile(whole)
    write(file, trainer)
    file.close()

    _, stopped = start(training)
    file = MetricsFile(cut)
    write(file, stopped, count)
    resumed = by_way_of_a_file(spec, stopped, folder)
    write(file, stopped, lost)  # after the checkpoint, before the sudden end
    file.close()
    if cut.stat().st_size:  # else it would be no metrics file
        with cut.open("ab") as end:
            end.write(torn.replace(b"\n", b""))
    file = MetricsFile(cut, resumed.state())
    write(file, resumed)
    file.close()
    assert cut.read_bytes() == whole.read_bytes()
