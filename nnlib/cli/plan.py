"""What ``train`` is to train: the project that its arguments describe."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path
from typing import Any

from nnlib import data, presets, project_file
from nnlib.data import Dataset
from nnlib.errors import OptionError, ProjectError
from nnlib.options import value_text
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.schedules import CoolDown
from nnlib.training import TrainingSettings

HELD_BACK = 0.1
"""The share of the training samples that early stopping is judged on, if nothing else is said."""


def plan(arguments: argparse.Namespace) -> tuple[ProjectSpec, SavedProject | None]:
    """The project that the arguments describe, and what it is to be resumed from.

    Raises:
        OptionError, ProjectError: an argument, or the file that it names, is bad.
    """
    if arguments.resume is not None:
        saved = project_file.load(arguments.resume)
        _check_resumable(saved, arguments)
        return _changed(saved.spec, arguments), saved
    if arguments.network is None:
        raise OptionError(f"Say which network to train: {', '.join(presets.names())}, or a file.")
    spec = _changed(_named(arguments.network), arguments)
    share = arguments.validation
    if share is None:
        wanted = spec.training.validation_share or HELD_BACK
        share = 0.0 if spec.training.patience is None else wanted
    training = spec.training.replace(validation_share=share)
    return dataclasses.replace(spec, training=training), None


def _check_resumable(saved: SavedProject, arguments: argparse.Namespace) -> None:
    """Refuse what would not be the same training any more."""
    spec, file = saved.spec, arguments.resume
    if saved.training is None:
        raise ProjectError(f"{file} holds no training that could be continued.")
    if arguments.network is not None and _named(arguments.network).layers != spec.layers:
        raise OptionError(
            f"{file} holds another network than {arguments.network}. Leave "
            f"{arguments.network} out, or start anew without --resume."
        )
    for name, value, begun in (
        ("seed", arguments.seed, spec.seed),
        ("validation", arguments.validation, spec.training.validation_share),
    ):
        if value not in (None, begun):
            raise OptionError(
                f"{file} was begun with --{name} {value_text(begun)}, which cannot be changed."
            )


def check_held_back(settings: TrainingSettings, dataset: Dataset) -> None:
    """Refuse early stopping where no sample is held back to judge by."""
    count, share = len(dataset.x_train), settings.validation_share
    if settings.patience is not None and not len(data.split(count, share, settings.seed)[1]):
        raise OptionError(
            f"--validation {share:g} holds none of the {count:,} training samples back, but "
            "--patience needs some to judge by. Begin with a larger share, such as "
            f"--validation {HELD_BACK:g}, or do without --patience."
        )


def _named(network: str) -> ProjectSpec:
    """The project behind a preset's name or a file."""
    if network in presets.names():
        return ProjectSpec.from_preset(network, training=TrainingSettings(schedule=CoolDown()))
    path = Path(network)
    if path.suffix == project_file.SUFFIX or os.path.isfile(network):
        spec = project_file.load(path).spec
        return spec if spec.title else dataclasses.replace(spec, title=path.stem)
    raise OptionError(
        f"There is no network named {network!r}. Known: {', '.join(presets.names())}; "
        "or give a .layerlab file."
    )


def _changed(spec: ProjectSpec, arguments: argparse.Namespace) -> ProjectSpec:
    """The project with what the arguments say otherwise."""
    optimizer = spec.training.optimizer
    if arguments.optimizer is not None and type(arguments.optimizer) is not type(optimizer):
        optimizer = arguments.optimizer
    if arguments.learning_rate is not None:
        optimizer = optimizer.replace(lr=arguments.learning_rate)
    changes: dict[str, Any] = {
        name: value
        for name in ("epochs", "batch_size", "schedule", "weight_decay", "patience", "seed")
        if (value := getattr(arguments, name)) is not None
    }
    training = spec.training.replace(optimizer=optimizer, **changes)
    spec = dataclasses.replace(spec, training=training)
    if arguments.seed is not None:
        spec = dataclasses.replace(spec, seed=arguments.seed)
    if arguments.data is not None:
        source = arguments.data
        if source not in data.names() and os.path.exists(source):
            source = os.path.abspath(source)  # so that the saved project finds it from anywhere
        spec = dataclasses.replace(spec, data=source)
    return spec
