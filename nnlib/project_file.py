"""Project files: a `.layerlab` file is a zip of `project.json` and of arrays in `.npz` members.

`weights.npz` is the network. `training.npz` is what a training needs to go on: optimizer slots and
the rest of the epoch's order. Early stopping adds `best.npz` and, once it has given the best
weights back, `last.npz`, the weights to go on from. `history.npz` is what the curves show.
Reading trusts nothing: no pickle, no path is extracted, sizes are bounded, every value is checked.
Writing is whole or not at all, and the same content gives the same bytes.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from nnlib import saved_history
from nnlib.analysis import analyse
from nnlib.data import npz
from nnlib.errors import LayerLabError, ProjectError, Shape
from nnlib.network import Network
from nnlib.project import ProjectSpec
from nnlib.saved_project import SavedProject, capture, check_weights
from nnlib.saved_training import join, split
from nnlib.saving import write_file
from nnlib.training import History, Trainer

__all__ = [
    "SCHEMA_VERSION",
    "SUFFIX",
    "SavedProject",
    "capture",
    "load",
    "save",
    "to_bytes",
    "write",
]

SCHEMA_VERSION = 3
"""2 added early stopping and more schedules; 3 added the history and disabled layers. Files of all
versions up to this one are read."""
SUFFIX = ".layerlab"

_PROJECT, _WEIGHTS, _TRAINING = "project.json", "weights.npz", "training.npz"
_HISTORY = "history.npz"
_KEPT = {"best": "best.npz", "last": "last.npz"}  # weights that early stopping keeps
_LARGEST_JSON = 4 * 2**20
_LARGEST_SAMPLE = 2**24  # numbers
_MOST_CLASSES = 100_000
_OVERHEAD = 4 * 2**20  # zip and array headers, what batch normalization keeps
_LARGEST_ORDER = 8 * 2**24  # the sample indices that are left of an epoch


def save(
    path: str | os.PathLike[str],
    spec: ProjectSpec,
    network: Network | None = None,
    trainer: Trainer | None = None,
    metrics: Mapping[str, float] | None = None,
    history: History | None = None,
) -> None:
    """Write the project; the arguments are those of `capture`.

    Raises:
        ProjectError: it could not be written. The text says what to do; an older file of that name
            is as it was.
    """
    write(path, capture(spec, network, trainer, metrics, history))


# Writing


def write(path: str | os.PathLike[str], project: SavedProject) -> None:
    """Write what `capture` gave; `ProjectError` as `save`."""
    write_file(path, to_bytes(project))


def to_bytes(project: SavedProject) -> bytes:
    """The file's content; equal projects give equal bytes."""
    head: dict[str, Any] = {
        "format": "layerlab",
        "schema_version": SCHEMA_VERSION,
        "project": project.spec.to_json(),
        "metrics": {name: value for name, value in project.metrics.items() if math.isfinite(value)},
    }
    members: dict[str, bytes] = {}
    if project.weights is not None and project.input_shape is not None:
        head["network"] = {
            "input_shape": list(project.input_shape),
            "classes": list(project.classes),
            "begun_at": project.begun_at,
            "is_over": project.is_over,
        }
        if project.trained is not None:
            head["network"]["project"] = project.trained.to_json()
        members[_WEIGHTS] = npz.to_bytes(project.weights)
        if project.training is not None:
            head["training"], arrays, kept = split(project.training)
            members[_TRAINING] = npz.to_bytes(arrays)
            members |= {_KEPT[name]: npz.to_bytes(state) for name, state in kept.items()}
        if project.history is not None:
            members[_HISTORY] = npz.to_bytes(saved_history.split(project.history))
    text = json.dumps(head, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return npz.zip_bytes({_PROJECT: text.encode("utf-8", "surrogatepass"), **members})


# Reading


def load(path: str | os.PathLike[str]) -> SavedProject:
    """Read a project file.

    Raises:
        ProjectError: it is absent, damaged, of a newer program, or contradicts itself.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, str(path))
    except ProjectError:
        raise
    except FileNotFoundError:
        raise ProjectError(f"There is no file {path}.") from None
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from error
    except LayerLabError as error:
        raise ProjectError(f"{path} cannot be opened: {error}") from error
    except MemoryError:
        raise ProjectError(f"{path} does not fit into memory.") from None
    except Exception as error:  # zipfile, json and NumPy raise a dozen kinds for damaged bytes
        raise ProjectError(f"{path} is damaged, or is not a LayerLab project ({error}).") from error


def _read(archive: zipfile.ZipFile, path: str) -> SavedProject:
    names = [member.filename for member in archive.infolist()]
    if _PROJECT not in names:
        raise ProjectError(f"{path} is not a LayerLab project: it has no {_PROJECT}.")
    head = json.loads(_member(archive, _PROJECT, _LARGEST_JSON, path))
    if not isinstance(head, dict) or head.get("format") != "layerlab":
        raise ProjectError(f"{path} is not a LayerLab project.")
    _check_version(head.get("schema_version"), path)
    known = {_PROJECT, _WEIGHTS, _TRAINING, _HISTORY, *_KEPT.values()}
    if set(names) - known or len(set(names)) != len(names):
        raise _damaged(path, "it has parts that no LayerLab project has")
    if not isinstance(head.get("project"), dict):
        raise _damaged(path, "it says nothing about the network")
    spec = ProjectSpec.from_json(head["project"])
    metrics = _metrics(head.get("metrics", {}), path)
    if _WEIGHTS not in names:
        if len(names) > 1:
            raise _damaged(path, "it has a training but no weights")
        return SavedProject(spec, metrics=metrics)

    input_shape, classes, trained, begun_at, is_over = _network_head(head.get("network"), path)
    report = analyse((trained or spec).layers, input_shape)
    if report.problem:
        raise ProjectError(f"{path} has weights, but its network cannot work. {report.problem}")
    largest = 8 * report.parameters + _OVERHEAD
    weights = _arrays(archive, _WEIGHTS, largest, path)
    try:
        check_weights(trained or spec, input_shape, weights)
    except ProjectError as error:
        raise ProjectError(f"{path} cannot be opened: {error}") from error
    training = None
    if _TRAINING in names:
        # No optimizer has more than two slots; a state that claims more is too large.
        arrays = _arrays(archive, _TRAINING, 2 * largest + _LARGEST_ORDER, path)
        kept = {
            name: _arrays(archive, member, largest, path)
            for name, member in _KEPT.items()
            if member in names
        }
        training = join(head.get("training"), arrays, kept)
        if training is None:
            raise _damaged(path, "its training state contradicts itself")
    history = _history(archive, training, path) if _HISTORY in names else None
    return SavedProject(
        spec, weights, input_shape, classes, training, metrics, history, trained, begun_at, is_over
    )


def _history(
    archive: zipfile.ZipFile, training: Mapping[str, Any] | None, path: str
) -> History | None:
    """The history, which must end where the training stands."""
    # Floats hardly shrink: what would grow a lot in memory is none.
    packed = archive.getinfo(_HISTORY).compress_size
    largest = min(saved_history.LARGEST, 16 * packed + _OVERHEAD)
    history = saved_history.join(_arrays(archive, _HISTORY, largest, path))
    if history is None:
        raise _damaged(path, "what it recorded of the training makes no sense")
    if training is not None and len(history.steps):
        end = {name: history.steps.last(name) for name in ("step", "samples")}
        if end != {name: training[name] for name in end}:
            raise _damaged(path, "what it recorded does not end where its training stands")
    return history


def _member(archive: zipfile.ZipFile, name: str, largest: int, path: str) -> bytes:
    """A member's bytes, of which there may be ``largest`` at most."""
    size = archive.getinfo(name).file_size
    if size > largest:
        raise _damaged(path, f"{name} would take {size:,} bytes, at most {largest:,} make sense")
    with archive.open(name) as stream:
        return stream.read(largest)


class _Bytes(io.BytesIO):
    """A file in memory that messages call by the project's name."""

    path = ""

    def __str__(self) -> str:
        return self.path


def _arrays(
    archive: zipfile.ZipFile, name: str, largest: int, path: str
) -> dict[str, NDArray[Any]]:
    content = _Bytes(_member(archive, name, largest, path))
    content.path = f"{path} ({name})"
    return npz.read(content, largest=largest)


def _check_version(version: Any, path: str) -> None:
    if type(version) is not int or version < 1:
        raise _damaged(path, "it has no valid schema version")
    if version > SCHEMA_VERSION:
        raise ProjectError(
            f"{path} was made by a newer LayerLab (schema version {version}; this program reads "
            f"up to {SCHEMA_VERSION}). Update LayerLab to open it."
        )


def _metrics(data: Any, path: str) -> dict[str, float]:
    if not isinstance(data, dict) or len(data) > 100:
        raise _damaged(path, "its metrics are not a list of numbers")
    for value in data.values():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _damaged(path, "its metrics are not a list of numbers")
    return {name: float(value) for name, value in data.items()}


def _network_head(
    data: Any, path: str
) -> tuple[Shape, tuple[str, ...], ProjectSpec | None, int, bool]:
    """Input shape, classes, what the weights are of, and how its training stands; all checked."""
    data = data if isinstance(data, dict) else {}
    shape, classes = data.get("input_shape"), data.get("classes")
    if (
        not isinstance(shape, list)
        or len(shape) not in (1, 3)
        or not all(type(n) is int and 1 <= n <= _LARGEST_SAMPLE for n in shape)
        or math.prod(shape) > _LARGEST_SAMPLE
    ):
        raise _damaged(path, "the shape of its samples makes no sense")
    if (
        not isinstance(classes, list)
        or len(classes) > _MOST_CLASSES
        or not all(isinstance(name, str) for name in classes)
    ):
        raise _damaged(path, "its classes are not a list of names")
    # Files before version 3 say nothing of the rest.
    trained, begun_at, is_over = (
        data.get("project"), data.get("begun_at", 0), data.get("is_over", False),
    )  # fmt: skip
    if trained is not None and not isinstance(trained, dict):
        raise _damaged(path, "it does not say what its weights are of")
    if type(begun_at) is not int or not 0 <= begun_at < 2**31 or type(is_over) is not bool:
        raise _damaged(path, "it does not say how far its training is")
    return (
        tuple(shape),
        tuple(classes),
        None if trained is None else ProjectSpec.from_json(trained),
        begun_at,
        is_over,
    )


def _damaged(path: str, what: str) -> ProjectError:
    return ProjectError(f"{path} is damaged: {what}.")
