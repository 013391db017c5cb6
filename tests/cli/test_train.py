"""`main.py train`: what it prints, keeps and refuses."""

from __future__ import annotations

import dataclasses
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

FIELDS = [
    "network", "data", "parameters", "epochs", "train_loss", "train_accuracy",
    "test_loss", "test_accuracy", "seconds", "samples_per_second", "findings",
]  # fmt: skip


def train(*arguments: object) -> int:
    return run(["train", *map(str, arguments)])


def noisy_project(folder: Path) -> Path:
    """A network whose training draws random numbers and keeps statistics."""
    layers = (Flatten(), Affine(20), BatchNormalization(), ReLU(), Dropout(0.3), Affine(10))
    path = folder / "noisy.layerlab"
    project_file.save(path, ProjectSpec(layers, title="noisy"))
    return path


def test_json_is_one_object_with_the_agreed_fields(program: Program, tiny: Path) -> None:
    done = program("train", "two-layer", "--data", tiny, "--epochs", 3, "--json")
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert list(result) == FIELDS
    assert (result["network"], result["data"], result["epochs"]) == ("two-layer", "bands", 3)
    assert result["parameters"] == 784 * 50 + 50 + 50 * 10 + 10
    assert 0 <= result["test_accuracy"] <= 1
    assert result["seconds"] > 0
    assert [text.split(":")[0] for text in done.stderr.splitlines()] == [
        f"Epoch {n}/3" for n in (1, 2, 3)
    ]


def test_the_summary_tells_data_parameters_and_accuracies(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train("two-layer", "--data", tiny, "--epochs", 20, "--learning-rate", 0.01) == 0
    said = capsys.readouterr().out
    assert "two-layer, 39,760 parameters" in said
    assert "bands, 300 samples to learn from, 100 to test on" in said
    assert "Adam with learning rate 0.01" in said
    assert "Accuracy  training 100.00 %, test 100.00 %" in said


def test_what_goes_wrong_is_told_at_the_end(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--data", tiny, "--epochs", 2)
    assert train("sigmoid-deep", *asked) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith("Diagnosis Layer 3 (Sigmoid) is saturated: ")
    assert train("sigmoid-deep", *asked, "--json") == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["layer"]) == ("saturated", 2)
    assert f"Diagnosis {finding['text']}" == said
    assert train("multi-layer", *asked) == 0
    assert "Diagnosis" not in capsys.readouterr().out


def test_the_same_seed_gives_the_same_network(tiny: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.layerlab" for name in "abc"]
    for file, seed in zip(files, (1, 1, 2), strict=True):
        train("two-layer", "--data", tiny, "--epochs", 1, "--seed", seed, "--save", file)
    a, b, c = (file.read_bytes() for file in files)
    assert a == b != c


def test_a_bar_is_drawn_on_a_terminal_only(tiny: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "train", "two-layer", "--data", str(tiny)],
        env=environment(TERM="xterm", PYTHONIOENCODING="utf-8"),
        stderr=theirs, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # how Linux tells that the other end was closed
            pass
        os.close(ours)
        assert process.stdout is not None
        result = process.stdout.read().decode()
    assert "█" in shown.decode()
    assert "samples/s" in shown.decode()
    assert "\r" not in result
    assert "█" not in result


# Bad arguments


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "two-layer"),
        (("no-such-net",), "There is no network named 'no-such-net'"),
        (("absent.layerlab",), "There is no file absent.layerlab"),
        (("two-layer", "--epochs", "0"), "--epochs: must be a whole number from 1 to 100,000"),
        (("two-layer", "--epochs", "9" * 400), "--epochs: must be a whole number"),
        (("two-layer", "--epochs", "many"), "not 'many'"),
        (("two-layer", "--batch-size", "1.5"), "--batch-size: must be a whole number"),
        (("two-layer", "--learning-rate", "0"), "greater than 0 and at most 100"),
        (("two-layer", "--learning-rate", "nan"), "--learning-rate: must be a number"),
        (("two-layer", "--weight-decay=-1"), "--weight-decay: must be a number from 0"),
        (("two-layer", "--seed=-1"), "--seed: must be a whole number from 0 to 2,147,483,647"),
        (("two-layer", "--optimizer", "adan"), "Known: SGD, Momentum"),
        (("two-layer", "--data", "nowhere"), "There is no data set 'nowhere'"),
        (("two-layer", "--data", "mnist"), "MNIST is not on this computer"),
        (("two-layer", "--save", "x.npz"), "--save needs the name of a .layerlab file"),
        (("two-layer", "--save", "no/folder/x.layerlab"), "Make that folder first"),
        (("--resume", "absent.layerlab"), "There is no file absent.layerlab"),
        (("two-layer", "--epoch", "3"), "unrecognized arguments"),
        (("two-layer", "lenet"), "unrecognized arguments"),
    ],
)
def test_a_bad_argument_is_one_line_and_code_2(
    arguments: tuple[str, ...],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert train(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert expected in line
    assert list(tmp_path.iterdir()) == []


def test_every_optimizer_is_known_in_any_spelling(tiny: Path) -> None:
    for name in ("sgd", "Momentum", "NESTEROV", "adagrad", "rmsprop", "adam"):
        assert train("perceptron", "--data", tiny, "--epochs", 1, "--optimizer", name) == 0


def test_data_that_does_not_fit_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = np.zeros((20, 8, 8), np.float32)
    labels = np.arange(20) % 10
    np.savez(tmp_path / "small.npz", x_train=small, t_train=labels, x_test=small, t_test=labels)
    assert train("lenet", "--data", tmp_path / "small.npz") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_training_that_diverges_fails_and_keeps_the_old_file(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "kept.layerlab"
    train("multi-layer", "--data", tiny, "--epochs", 1, "--save", file)
    before = file.read_bytes()
    capsys.readouterr()
    wild = ("--optimizer", "sgd", "--learning-rate", 100, "--epochs", 50)
    assert train("multi-layer", "--data", tiny, *wild, "--save", file) == 1
    assert "diverged" in capsys.readouterr().err.splitlines()[-1]
    assert file.read_bytes() == before


# Saving and going on


def test_a_saved_network_can_start_anew_with_its_settings(tiny: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.layerlab", tmp_path / "b.layerlab"
    options = ("--epochs", 2, "--optimizer", "momentum", "--batch-size", 50, "--seed", 5)
    train("two-layer", "--data", tiny, *options, "--save", first)
    assert train(first, "--save", second) == 0
    assert first.read_bytes() == second.read_bytes()


def test_resumed_after_an_epoch_it_is_as_if_it_had_never_stopped(
    tiny: Path, tmp_path: Path
) -> None:
    network = noisy_project(tmp_path)
    whole, half, rest = (tmp_path / f"{name}.layerlab" for name in ("whole", "half", "rest"))
    assert train(network, "--data", tiny, "--epochs", 4, "--save", whole) == 0
    assert train(network, "--data", tiny, "--epochs", 2, "--save", half) == 0
    assert train("--resume", half, "--epochs", 4, "--save", rest) == 0
    assert rest.read_bytes() == whole.read_bytes()


def start_endless(network: Path, tiny: Path, file: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, str(ROOT / "main.py"), "train", str(network), "--data", str(tiny),
            "--epochs", "100000", "--batch-size", "7", "--save", str(file), *options,
        ],
        env=environment(), text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_ctrl_c_keeps_what_was_asked_for_and_it_resumes_bitwise(tiny: Path, tmp_path: Path) -> None:
    network = noisy_project(tmp_path)
    stopped, rest, whole = (tmp_path / f"{name}.layerlab" for name in ("stopped", "rest", "whole"))
    with start_endless(network, tiny, stopped) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Epoch 1/")
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.splitlines()[-1].startswith("Stopped after step")
    assert "Traceback" not in told

    state = project_file.load(stopped).training
    assert state is not None
    goal = state["epoch"] + 1
    assert train("--resume", stopped, "--epochs", goal, "--save", rest) == 0
    train(network, "--data", tiny, "--epochs", goal, "--batch-size", 7, "--save", whole)
    assert rest.read_bytes() == whole.read_bytes()


@pytest.mark.skipif(not hasattr(signal, "SIGTERM"), reason="there are no such signals here")
def test_being_told_to_end_is_like_ctrl_c(tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "ended.layerlab"
    with start_endless(noisy_project(tmp_path), tiny, file, "--json") as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.terminate()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert said == ""
    assert project_file.load(file).weights is not None


def test_nothing_left_to_do_is_said_and_no_error(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "done.layerlab"
    train("perceptron", "--data", tiny, "--epochs", 1, "--save", file)
    capsys.readouterr()
    assert train("--resume", file, "--json") == 0
    said = capsys.readouterr()
    assert "--epochs asks for more" in said.err
    assert json.loads(said.out)["epochs"] == 1


def test_what_cannot_be_resumed_says_why(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, trained = noisy_project(tmp_path), tmp_path / "trained.layerlab"
    train("two-layer", "--data", tiny, "--epochs", 1, "--save", trained)
    other = tmp_path / "other.npz"
    arrays = np.load(tiny)
    half = {name: arrays[name][:40] for name in arrays.files}
    np.savez(other, **half)
    for arguments, expected in [
        (("--resume", plain), "no training that could be continued"),
        (("lenet", "--resume", trained), "holds another network than lenet"),
        (("--resume", trained, "--seed", 3), "begun with --seed 0"),
    ]:
        capsys.readouterr()
        assert train(*arguments) == 2
        assert expected in capsys.readouterr().err

    seeded = tmp_path / "seeded.layerlab"
    train("perceptron", "--data", tiny, "--epochs", 1, "--seed", 2**31 - 1, "--save", seeded)
    assert train("--resume", seeded, "--seed", 4) == 2
    assert "begun with --seed 2147483647, which" in capsys.readouterr().err

    middle = tmp_path / "middle.layerlab"
    saved = project_file.load(trained)
    state = dict(saved.training or {}, order=np.arange(200, 300))
    project_file.write(middle, dataclasses.replace(saved, training=state))
    assert train("--resume", middle, "--data", other, "--epochs", 2) == 2
    assert "of other data" in capsys.readouterr().err


def test_another_optimizer_may_take_over(tiny: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.layerlab"
    train("two-layer", "--data", tiny, "--epochs", 1, "--save", file)
    assert train("--resume", file, "--epochs", 2, "--optimizer", "sgd", "--save", file) == 0
    saved = project_file.load(file)
    assert saved.training is not None
    assert saved.training["optimizer"]["type"] == "SGD"
    assert saved.training["epoch"] == 2


def test_other_data_of_the_same_shape_are_refused_in_the_midst_and_after_an_epoch(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "a.layerlab", tmp_path / "other.npz"
    train("perceptron", "--data", tiny, "--epochs", 1, "--save", file)
    arrays = dict(np.load(tiny))
    arrays["x_train"] = arrays["x_train"] * np.float32(0.5)
    np.savez(other, **arrays)
    kept = file.read_bytes()
    assert train("--resume", file, "--data", other, "--epochs", 2, "--save", file) == 2
    assert "of other data than these (other)" in capsys.readouterr().err
    assert file.read_bytes() == kept
    moved = tmp_path / "moved.npz"
    moved.write_bytes(tiny.read_bytes())  # another name, the same data
    assert train("--resume", file, "--data", moved, "--epochs", 2) == 0
