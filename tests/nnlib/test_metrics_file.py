"""Metrics files: one line an event, and what cannot be continued is refused and stays."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from nnlib import ProjectError
from nnlib.training import Checked, Diverged, Evaluated, Event, Finished, MetricsFile, StepDone
from tests.support.projects import trained

EVENTS: list[Event] = [
    Evaluated(0, 0.0, 2.3, 0.1, 2.4, 0.2),
    StepDone(1, 1, 0.5, 0.25, 4),
    StepDone(2, 1, 0.1 + 0.2, 1.0, 8),
    Evaluated(2, 1.0, math.inf, 0.1, math.nan, 0.2),
    Checked(2, 0.75, True, 0),
    Finished(2, True, 2),
    Diverged(2, "layer 1 (Affine)"),
]


def told(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_event_is_a_line_with_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text('{"event": "finished", "step": 9}\n' * 99)  # it is replaced
    file = MetricsFile(path)
    for event in EVENTS:
        file.record(event)
    file.close()
    lines = told(path)
    assert [line.pop("event") for line in lines] == [
        "evaluation", "step", "step", "evaluation", "check", "finished", "diverged",
    ]  # fmt: skip
    for line, event in zip(lines, EVENTS, strict=True):
        expected = {k: None if v in (math.inf,) or v != v else v for k, v in vars(event).items()}
        assert line == expected  # 0.1 + 0.2 comes back to the last bit


def test_evaluations_are_there_at_once_for_who_looks_on(tmp_path: Path) -> None:
    file = MetricsFile(tmp_path / "m.jsonl")
    file.record(EVENTS[1])
    file.record(EVENTS[3])
    assert len(told(tmp_path / "m.jsonl")) == 2
    file.close()


def test_an_absent_or_empty_file_begins_where_the_training_goes_on(tmp_path: Path) -> None:
    state = trained(steps=11).state()
    for path in (tmp_path / "absent.jsonl", tmp_path / "empty.jsonl"):
        if "empty" in path.name:
            path.touch()
        file = MetricsFile(path, state)
        file.record(StepDone(12, 2, 0.5, 0.5, 48))
        file.close()
        assert [line["step"] for line in told(path)] == [12]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Dear diary,\n", "is not a metrics file"),
        (b"\x00\xff\n", "is not a metrics file"),
        (b"[1, 2]\n", "is not a metrics file"),
        (b'{"event": "party", "step": 1}\n', "is not a metrics file"),
        (b'{"event": "step", "step": "1"}\n', "is not a metrics file"),
        (b'{"event": "step", "step": 5}\n', "ends at step 5, but the training goes on after"),
        (b'{"event": "step", "step": 5}\n{"event": "st', "step 11. Give another file"),
    ],
)
def test_what_cannot_be_continued_is_refused_and_stays(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=said):
        MetricsFile(path, trained(steps=11).state())
    assert path.read_bytes() == content


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize(
    "content",
    [b"Dear diary,\n", b"Dear diary", b"PK\x03\x04\n", b"[]", b'{"event": "party"}\n', b"\n",
     b'{"event": "step"}\n{"event": "step", "step": 1}\n', b"\0" * 9999],
)  # fmt: skip
def test_a_file_of_anything_else_is_refused_and_stays(
    content: bytes, resumed: bool, tmp_path: Path
) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=r"is not a metrics file.* Give another file"):
        MetricsFile(path, trained(steps=11).state() if resumed else None)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"{", b'{"event": "st', b'{"event": "step", "step": 1'])
def test_a_first_line_that_was_torn_may_be_replaced(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(content)
    file = MetricsFile(path)
    file.record(EVENTS[5])
    file.close()
    assert [line["event"] for line in told(path)] == ["finished"]


def test_places_that_are_none_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent" / "m.jsonl", "a\0b"):
        with pytest.raises(ProjectError, match="cannot be written to"):
            MetricsFile(place)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_a_full_disk_is_told_and_closing_still_closes() -> None:
    file = MetricsFile("/dev/full")
    file.record(EVENTS[1])
    with pytest.raises(ProjectError, match="No space left"):
        file.record(EVENTS[3])
    with pytest.raises(ProjectError, match="No space left"):
        file.close()
    assert file._file.closed
