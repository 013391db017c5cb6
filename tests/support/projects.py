"""A small project in the middle of its training, and its file taken apart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnlib import (
    Dataset,
    Trainer,
    project_file,
)
from nnlib.layers import Affine, BatchNormalization, Dropout, Flatten, ReLU
from nnlib.project import ProjectSpec
from nnlib.project_file import SavedProject
from nnlib.training import TrainingSettings

LAYERS = (Flatten(), Affine(5), BatchNormalization(), ReLU(), Dropout(0.2), Affine(3))
SETTINGS = TrainingSettings(batch_size=4, validation_share=0.2, patience=9)
SPEC = ProjectSpec(LAYERS, training=SETTINGS, seed=7, title="small")


def dataset(count: int = 30) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.random((count, 1, 2, 3), np.float32)
    t = rng.integers(0, 3, count)
    return Dataset("random", x, t, x, t, ("ant", "bee", "cat"))


def trained(spec: ProjectSpec = SPEC, steps: int = 11) -> Trainer:
    """A trainer in the middle of an epoch."""
    data = dataset()
    trainer = Trainer(spec.build(data), data, spec.training)
    run = trainer.run()
    while trainer.step < steps:
        next(run)
    return trainer


CONTENT = project_file.to_bytes(
    project_file.capture(SPEC, trainer=trained(), metrics={"train_loss": 1.5})
)


def members(content: bytes = CONTENT) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return content.getvalue()


def packed(arrays: Mapping[str, Any], save: Callable[..., None] = np.savez) -> bytes:
    content = io.BytesIO()
    save(content, **arrays)
    return content.getvalue()


def arrays_of(part: str) -> dict[str, Any]:
    with np.load(io.BytesIO(members()[part])) as found:
        return dict(found)


def open_bytes(folder: Path, content: bytes) -> SavedProject:
    path = folder / "some.layerlab"
    path.write_bytes(content)
    return project_file.load(path)
