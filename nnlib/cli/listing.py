"""``list``: what there is to choose from, as the declarations tell it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from nnlib import data
from nnlib.analysis import analyse
from nnlib.cli.console import Console, table
from nnlib.layers import Layer
from nnlib.optimizers import Optimizer
from nnlib.options import Declared, Option, value_text
from nnlib.presets import PRESETS
from nnlib.schedules import Schedule

Entry = dict[str, Any]


def show(arguments: argparse.Namespace, console: Console) -> int:
    """The command."""
    entries = TABLES[arguments.what]()
    if arguments.json:
        console.say_json(entries)
        return 0
    columns = [name for name in entries[0] if name != "options"]
    rows = [[name.replace("_", " ").upper() for name in columns]]
    for entry in entries:
        rows.append([_cell(entry[name]) for name in columns])
        for line in entry.get("options", ()):
            rows.append(["", *[""] * (len(columns) - 2), _option_text(line)])
    numbers = tuple(i for i, name in enumerate(columns) if isinstance(entries[0][name], int))
    for line in table(rows, right=numbers):
        console.say(line)
    return 0


def _networks() -> list[Entry]:
    return [
        {
            "name": preset.name,
            "parameters": analyse(preset.layers, preset.input_shape).parameters,
            "layers": len(preset.layers),
            "description": preset.summary,
        }
        for preset in PRESETS
    ]


def _layers() -> list[Entry]:
    return [
        {
            "name": name,
            "category": layer.category,
            "description": layer.describe(),
            "options": _options(layer),
        }
        for name, layer in Layer.members.items()
        if layer.category
    ]


def _members(family: type[Declared]) -> Callable[[], list[Entry]]:
    """The table of a family whose members have a name, a description and options."""
    return lambda: [
        {
            "name": member.display_name(),
            "description": member.describe(),
            "options": _options(member),
        }
        for member in family.members.values()
    ]


def _data() -> list[Entry]:
    return [
        {"name": source.name, "title": source.title, "description": source.description}
        for source in data.sources()
    ]


TABLES: dict[str, Callable[[], list[Entry]]] = {
    "networks": _networks,
    "layers": _layers,
    "optimizers": _members(Optimizer),
    "schedules": _members(Schedule),
    "data": _data,
}


def _options(thing: type[Declared]) -> list[Entry]:
    return [
        {
            "name": declared.name,
            "default": _default(declared),
            "allowed": _allowed(declared),
            "help": declared.help,
        }
        for declared in thing.declared_options()
    ]


def _allowed(declared: Option) -> str:
    """The values that the option may have, in words."""
    if issubclass(declared.kind, Declared):
        known = declared.kind.members.values()
        return f"one of {', '.join(member.display_name() for member in known)}"
    if declared.kind is str:
        return f"one of {', '.join(declared.choices)}"
    return declared.bounds_text()


def _default(declared: Option) -> Any:
    """The default as JSON knows it."""
    value = declared.default
    if value is None:
        return declared.none_text or "none"
    return value_text(value) if isinstance(value, Declared) else value


def _option_text(option: Entry) -> str:
    return f"  {option['name']} = {_cell(option['default'])}: {option['allowed']}. {option['help']}"


def _cell(value: Any) -> str:
    return f"{value:,}" if type(value) is int else value_text(value)
