"""Dotted names of what can be searched, and a project with other values under such names.

- ``weight_decay``, ``batch_size``, ``optimizer``, ``epochs`` …: a training setting;
- ``optimizer.lr``, ``schedule.every``: an option of what a setting holds;
- ``layers.1.units``: an option of a layer, counted from 0 as in ``Network.params``;
- ``layers.*.ratio``: that option of every layer that has it; ``initial`` is ``layers.*.initial``.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from nnlib.errors import OptionError
from nnlib.options import Declared, Option
from nnlib.project import ProjectSpec
from nnlib.search.ranges import Interval, Range

D = TypeVar("D", bound=Declared)

_SET_BY_SEARCH = {
    "seed": "every trial gets a seed of its own from the search's",
    "validation_share": "all trials are scored on the same samples; give it to the search itself",
}


def with_values(spec: ProjectSpec, values: Mapping[str, Any]) -> ProjectSpec:
    """The project with other values; what a name contains is set before what is inside it.

    Raises:
        OptionError: there is no such name, or a value is not allowed there.
    """
    for name in sorted(values, key=lambda name: (name.count("."), "*" not in name, name)):
        try:
            spec = _with_value(spec, name, values[name])
        except OptionError as error:
            raise OptionError(f"{name}: {error}") from error
    return spec


def check_ranges(spec: ProjectSpec, ranges: Mapping[str, Range]) -> None:
    """Raise `OptionError` where a name does not exist or a range has values that are not allowed.

    A name inside another one, such as ``optimizer.momentum`` beside ``optimizer``, must exist
    whatever the other one is.
    """
    if not ranges:
        raise OptionError(
            'There is nothing to search: give ranges, such as {"optimizer.lr": '
            "LogUniform(1e-6, 1e-2)}."
        )
    for name, found in ranges.items():
        if not isinstance(found, Range):
            raise OptionError(
                f"{name}: it takes a range, LogUniform(…), Uniform(…) or Choice(…), not {found!r}."
            )
    outer = [name for name in ranges if any(inner.startswith(f"{name}.") for inner in ranges)]
    for chosen in itertools.product(*(ranges[name].probes() for name in outer)):
        base = with_values(spec, dict(zip(outer, chosen, strict=True)))
        for name, found in ranges.items():
            for value in found.probes():
                with_values(base, {name: value})
            if (
                isinstance(found, Interval)
                and not found.whole
                and any(option.kind is int for option in _options(base, name))
            ):
                raise OptionError(
                    f"{name}: it is a whole number, but the range has others, too. "
                    f"Write {type(found).__name__}({found.low:g}, {found.high:g}, whole=True)."
                )


def _with_value(spec: ProjectSpec, name: str, value: Any) -> ProjectSpec:
    indices, path = _parsed(spec, name)
    if indices is None:
        return dataclasses.replace(spec, training=_replaced(spec.training, path, value))
    layers = [
        _replaced(layer, path, value) if index in indices else layer
        for index, layer in enumerate(spec.layers)
    ]
    return dataclasses.replace(spec, layers=tuple(layers))


def _parsed(spec: ProjectSpec, name: str) -> tuple[Sequence[int] | None, list[str]]:
    """Which layers it is about, None for the training settings; and the path from there."""
    head, *path = ("layers.*.initial" if name == "initial" else name).split(".")
    if head in _SET_BY_SEARCH:
        raise OptionError(f"It cannot be searched: {_SET_BY_SEARCH[head]}.")
    if head != "layers":
        return None, [head, *path]
    if len(path) < 2:
        raise OptionError("Say which layer and which option of it, as in layers.1.units.")
    which, *path = path
    if which == "*":
        having = [index for index, layer in enumerate(spec.layers) if path[0] in layer.options()]
        if not having:
            raise OptionError(f"No layer has an option {path[0]}.")
        return having, path
    if not (which.isascii() and which.isdigit()) or int(which) >= len(spec.layers):
        raise OptionError(
            f"There is no layer {which}: the network has {len(spec.layers)} layers, counted "
            f"from 0 to {len(spec.layers) - 1}."
        )
    return [int(which)], path


def _replaced(owner: D, path: Sequence[str], value: Any) -> D:
    declared = _find(owner, path[0])
    if len(path) > 1:
        value = _replaced(_inside(owner, declared), path[1:], value)
    return owner.replace(**{declared.name: value})


def _options(spec: ProjectSpec, name: str) -> Iterator[Option]:
    """The declarations of all options that the name is about."""
    indices, path = _parsed(spec, name)
    owners = [spec.training] if indices is None else [spec.layers[index] for index in indices]
    for owner in owners:
        inner: Declared = owner
        for step in path[:-1]:
            inner = _inside(inner, _find(inner, step))
        yield _find(inner, path[-1])


def _find(owner: Declared, name: str) -> Option:
    known = {declared.name: declared for declared in owner.declared_options()}
    if name not in known:
        known_text = f"It has {', '.join(known)}." if known else "It has none."
        raise OptionError(f"{_title(owner)} has no option {name!r}. {known_text}")
    return known[name]


def _inside(owner: Declared, declared: Option) -> Declared:
    value = getattr(owner, declared.name)
    if not isinstance(value, Declared):
        raise OptionError(f"{_title(owner)}: {declared.name} has no options of its own.")
    return value


def _title(owner: Declared) -> str:
    return "The training" if owner.family == "training settings" else owner.display_name()
