"""`main.py list`: everything that is declared is there."""

from __future__ import annotations

import json

import pytest

from nnlib import data, presets
from nnlib.cli import run
from nnlib.layers import Layer
from nnlib.optimizers import Optimizer
from nnlib.options import Declared
from nnlib.schedules import Schedule

KNOWN = {
    "networks": presets.names(),
    "layers": [name for name, layer in Layer.members.items() if layer.category],
    "optimizers": list(Optimizer.members),
    "schedules": [schedule.title for schedule in Schedule.members.values()],
    "data": list(data.names()),
}


@pytest.mark.parametrize("what", KNOWN)
def test_a_table_has_a_line_for_each(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", what]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.startswith("NAME")
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == KNOWN[what]


@pytest.mark.parametrize("what", KNOWN)
def test_json_is_an_array_with_an_object_for_each(
    what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["list", what, "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in entries] == KNOWN[what]
    for entry in entries:
        assert entry["description"]


@pytest.mark.parametrize(
    ("what", "family"), [("layers", Layer), ("optimizers", Optimizer), ("schedules", Schedule)]
)
def test_options_are_told_with_bounds_and_defaults(
    what: str, family: type[Declared], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["list", what])
    said = capsys.readouterr().out
    for member in family.members.values():
        if family is Layer and not member.category:
            continue
        for declared in member.declared_options():
            assert f"{declared.name} = " in said
            assert declared.help in said


def test_a_listed_schedule_can_be_written_after_the_flag_as_it_stands_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(["list", "schedules", "--json"])
    for entry in json.loads(capsys.readouterr().out):
        assert Schedule.from_json(entry["name"]).title == entry["name"]
        for option in entry["options"]:
            described = {"type": entry["name"], option["name"]: option["default"]}
            assert Schedule.from_json(described) == Schedule.from_json(entry["name"])


@pytest.mark.parametrize("what", KNOWN)
def test_the_help_names_every_table(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--help"]) == 0
    assert what in capsys.readouterr().out
