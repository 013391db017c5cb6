"""`main.py list`: everything that is declared is there."""

from __future__ import annotations

import json

import pytest

from nnlib import data, presets
from nnlib.cli import run
from nnlib.layers import Layer
from nnlib.optimizers import Optimizer

KNOWN = {
    "networks": presets.names(),
    "layers": list(Layer.members),
    "optimizers": list(Optimizer.members),
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


def test_options_are_told_with_bounds_and_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    run(["list", "layers"])
    said = capsys.readouterr().out
    for layer in Layer.members.values():
        for declared in layer.declared_options():
            assert f"{declared.name} = " in said
            assert declared.help in said
