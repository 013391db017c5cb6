"""`main.py train` killed without warning: what is on disk is whole, and goes on bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnlib import project_file
from nnlib.cli import run
from nnlib.layers import Affine, BatchNormalization, Dropout, Flatten, ReLU
from nnlib.project import ProjectSpec
from tests.cli.conftest import ROOT, Program, environment


def train(*arguments: object) -> int:
    return run(["train", *map(str, arguments)])


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """A network whose training draws random numbers and keeps statistics."""
    layers = (Flatten(), Affine(12), BatchNormalization(), ReLU(), Dropout(0.3), Affine(10))
    project_file.save(tmp_path / "noisy.layerlab", ProjectSpec(layers, title="noisy"))
    return tmp_path / "noisy.layerlab"


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- kill -9 ------------------------------------------------------------------------------------


def kill_at_random(command: list[str], rng: np.random.Generator) -> int:
    """Start the program and kill it while it starts, while it begins to train, or later.

    Returns:
        The exit code; 0 where it was done before it could be killed.
    """
    with subprocess.Popen(
        command, env=environment(), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        when = rng.choice(["starting", "beginning", "training"], p=[0.2, 0.3, 0.5])
        if when == "beginning":
            any(line.startswith("Training") for line in process.stdout)
        elif when == "training":
            process.stderr.readline()  # an epoch is done
        try:
            process.wait(timeout=rng.uniform(0, 0.3))
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait()


def kill_and_resume(
    kills: int, epochs: int, noisy: Path, tiny: Path, folder: Path, program: Program
) -> None:
    whole, cut = folder / "whole.layerlab", folder / "cut.layerlab"
    metrics, cut_metrics = folder / "whole.jsonl", folder / "cut.jsonl"
    begin = [
        "train", noisy, "--data", tiny, "--epochs", epochs, "--batch-size", 7,
        "--patience", epochs, "--schedule", "warm-up+cosine",
    ]  # fmt: skip
    keep = ["--save", cut, "--metrics", cut_metrics]
    assert program(*begin, "--save", whole, "--metrics", metrics).returncode == 0

    rng, codes, steps = np.random.default_rng(0), [], set()
    for _ in range(kills):
        arguments = ["train", "--resume", cut] if cut.exists() else begin
        command = [sys.executable, ROOT / "main.py", *arguments, *keep, "--checkpoint-every", 0]
        codes.append(kill_at_random([str(part) for part in command], rng))
        if cut.exists():
            saved = project_file.load(cut)  # whole, whatever happened
            assert saved.training is not None
            steps.add(saved.training["step"])
    assert codes.count(-signal.SIGKILL) > kills / 2
    assert len(steps) > kills / 4

    arguments = ["train", "--resume", cut] if cut.exists() else begin
    assert program(*arguments, *keep).returncode == 0
    assert cut.read_bytes() == whole.read_bytes()
    assert cut_metrics.read_bytes() == metrics.read_bytes()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no such signals here")
def test_killed_three_times_it_ends_with_the_same_files(
    noisy: Path, tiny: Path, tmp_path: Path, program: Program
) -> None:
    kill_and_resume(3, 40, noisy, tiny, tmp_path, program)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there are no such signals here")
def test_killed_at_twenty_random_moments_it_ends_with_the_same_files(
    noisy: Path, tiny: Path, tmp_path: Path, program: Program
) -> None:
    kill_and_resume(20, 150, noisy, tiny, tmp_path, program)


# --- metrics ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_metrics_however_often_it_is_saved(
    noisy: Path, tiny: Path, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.jsonl" for name in "abc"]
    options = ("--data", tiny, "--epochs", 2)
    train(noisy, *options, "--metrics", files[0])
    train(noisy, *options, "--metrics", files[1], "--save", tmp_path / "x.layerlab",
          "--checkpoint-every", 0)  # fmt: skip
    train(noisy, *options, "--metrics", files[2], "--seed", 1)
    a, b, c = (file.read_bytes() for file in files)
    assert a == b != c
    told = lines(files[0])
    assert [line["step"] for line in told if line["event"] == "step"] == [1, 2, 3, 4, 5, 6]
    assert told[-1]["event"] == "finished"


def test_resumed_after_the_end_the_metrics_go_on(noisy: Path, tiny: Path, tmp_path: Path) -> None:
    whole, cut, file = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl", tmp_path / "x.layerlab"
    train(noisy, "--data", tiny, "--epochs", 3, "--metrics", whole)
    train(noisy, "--data", tiny, "--epochs", 1, "--metrics", cut, "--save", file)
    assert train("--resume", file, "--epochs", 3, "--metrics", cut) == 0
    assert cut.read_bytes() == whole.read_bytes()


def test_metrics_never_overwrite_a_file_that_the_training_needs(
    noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    bands, done, both = tmp_path / "d.npz", tmp_path / "done.layerlab", tmp_path / "both.layerlab"
    bands.write_bytes(tiny.read_bytes())
    assert train(noisy, "--data", bands, "--epochs", 1, "--save", done) == 0
    (tmp_path / "link").symlink_to(bands)
    (tmp_path / "hard").hardlink_to(done)
    begin = (noisy, "--data", bands)
    for arguments, expected in [
        ((*begin, "--metrics", "d.npz"), "would overwrite the data"),
        ((*begin, "--metrics", "link"), "would overwrite the data"),
        ((noisy, "--data", "link", "--metrics", bands), "would overwrite the data"),
        ((*begin, "--metrics", f"x/../{noisy.name}"), "would overwrite the file of the network"),
        ((*begin, "--save", both, "--metrics", both.name), "would overwrite the file of --save"),
        (("--resume", done, "--metrics", "hard"), "would overwrite the file of --resume"),
        (("--resume", done, "--metrics", "d.npz"), "would overwrite the data"),
    ]:
        (tmp_path / "x").mkdir(exist_ok=True)
        before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        capsys.readouterr()
        assert train(*arguments, "--epochs", 2) == 2
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        assert expected in line
        after = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        assert after == before


def test_a_foreign_file_is_not_taken_for_metrics_and_a_preset_is_no_file(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary,\nno network today.\n")
    options = ("--data", tiny, "--epochs", 1)
    assert train("perceptron", *options, "--metrics", diary) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "diary.txt is not a metrics file of LayerLab" in line
    assert diary.read_text().startswith("Dear diary")
    for _ in range(2):  # our own are replaced
        assert train("perceptron", *options, "--metrics", "perceptron") == 0
    told = lines(tmp_path / "perceptron")
    assert [line["event"] for line in told].count("finished") == 1


# --- trouble ------------------------------------------------------------------------------------


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no disk that is always full")
def test_metrics_on_a_full_disk_are_told_of_once_and_training_goes_on(
    noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.layerlab"
    assert (
        train(noisy, "--data", tiny, "--epochs", 2, "--metrics", "/dev/full", "--save", file) == 0
    )
    told = capsys.readouterr().err
    assert told.count("No space left on device. The training goes on without them.") == 1
    assert project_file.load(file).training is not None


def test_checkpoints_that_fail_are_told_of_once_and_training_goes_on(
    noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file, real, calls = tmp_path / "x.layerlab", os.fsync, []

    def fsync(number: int) -> None:
        calls.append(number)
        if len(calls) < 5:
            raise OSError(28, "No space left on device")
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    options = ("--data", tiny, "--epochs", 2, "--save", file, "--checkpoint-every", 0)
    assert train(noisy, *options) == 0
    told = capsys.readouterr().err
    assert told.count("could not be saved") == 1
    assert "Free some space" in told
    assert "The training goes on, and tries again." in told
    assert project_file.load(file).training is not None


def test_a_training_that_diverges_leaves_its_last_sound_checkpoint(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, metrics = tmp_path / "x.layerlab", tmp_path / "x.jsonl"
    wild = ("--optimizer", "sgd", "--learning-rate", 100, "--epochs", 50, "--save", file)
    kept = ("--metrics", metrics, "--checkpoint-every", 0)
    assert train("multi-layer", "--data", tiny, *wild, *kept) == 1
    saved = project_file.load(file)
    assert saved.training is not None
    assert all(np.isfinite(array).all() for array in (saved.weights or {}).values())
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"The checkpoint of step {saved.training['step']} is kept." in said
    last = lines(metrics)[-1]
    assert (last["event"], last["step"]) == ("diverged", saved.training["step"] + 1)


# --- early stopping and schedules ---------------------------------------------------------------


def test_early_stopping_says_so_and_saves_the_best_weights(
    noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, metrics = tmp_path / "x.layerlab", tmp_path / "x.jsonl"
    options = ("--epochs", 60, "--patience", 2, "--learning-rate", 0.3, "--schedule", "constant")
    assert train(noisy, "--data", tiny, *options, "--save", file, "--metrics", metrics) == 0
    said = capsys.readouterr()
    assert "270 samples to learn from, 30 to validate on, 100 to test on" in said.out
    assert "at most 2 epochs without a lower validation loss" in said.out
    assert "Stopped early after epoch" in said.err
    told = lines(metrics)
    best = [line for line in told if line["event"] == "check" and line["is_best"]][-1]
    assert told[-1] == {
        "event": "finished", "step": told[-1]["step"],
        "stopped_early": True, "best_step": best["step"],
    }  # fmt: skip
    saved = project_file.load(file)
    assert saved.metrics["validation_loss"] == pytest.approx(best["validation_loss"])

    assert train("--resume", file) == 0
    assert "a larger --patience goes on" in capsys.readouterr().err
    assert train("--resume", file, "--patience", 50, "--epochs", 30, "--json") == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == 30


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--patience", "0"), "--patience: must be a whole number from 1"),
        (("--patience", "3", "--validation", "0"), "--validation 0 holds none of the 300"),
        (("--patience", "3", "--validation", "0.001"), "--validation 0.001 holds none of the 300"),
        (("--validation", "1"), "--validation: must be a number from 0 to 0.9"),
        (("--schedule", "cosin"), "Known: constant, cool-down, step, exponential, 1/t"),
        (("--schedule", "step:every=x"), "step: every must be a whole number"),
        (("--schedule", "step:evry=2"), "step has no option evry"),
        (("--schedule", "cosine+step"), "cosine has no option then"),
        (("--schedule", "step:every=2,every=3"), "step: every is given twice"),
        (("--schedule", "warm-up:then=1/t+cosine"), "warm-up: then is given twice"),
        (("--checkpoint-every=-1",), "--checkpoint-every: must be a number from 0"),
        (("--metrics", "no/folder/x.jsonl"), "cannot be written to no/folder/x.jsonl"),
        (("--metrics", ""), "--metrics needs the name of a file, not ''."),
    ],
)
def test_a_bad_argument_is_one_line_and_code_2(
    arguments: tuple[str, ...], expected: str, tiny: Path,
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert train("two-layer", "--data", tiny, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert expected in line
    assert list(tmp_path.iterdir()) == []


def test_what_was_held_back_cannot_be_changed_afterwards(
    noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.layerlab"
    train(noisy, "--data", tiny, "--epochs", 1, "--validation", 0.2, "--save", file)
    assert train("--resume", file, "--validation", 0.3) == 2
    assert "begun with --validation 0.2" in capsys.readouterr().err
    assert train("--resume", file, "--validation", 0.2, "--epochs", 2) == 0


@pytest.mark.parametrize(
    "schedule", ["1/t", "step:every=2,by=0.1", "warm-up:share=0.2+cosine", "warm-up:then=1/t"]
)
def test_a_schedule_is_given_in_words(
    schedule: str, noisy: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.layerlab"
    assert train(noisy, "--data", tiny, "--epochs", 1, "--schedule", schedule, "--save", file) == 0
    title = schedule.split(":")[0]
    assert f", {title}" in capsys.readouterr().out
    assert project_file.load(file).spec.training.schedule.title == title
