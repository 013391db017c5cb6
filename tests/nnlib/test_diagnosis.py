"""Diagnosis: planted faults are each named, on the right layer, within one epoch."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from nnlib import Affine, Convolution, Flatten, MaxPooling, ReLU, Sigmoid, Softmax
from nnlib.data import Dataset
from nnlib.layers import Disabled
from nnlib.losses import MeanSquaredError
from nnlib.network import Network
from nnlib.optimizers import SGD, Adam
from nnlib.project import ProjectSpec
from nnlib.training import StepDone, TrainingSettings
from nnlib.training.diagnosis import KINDS, Finding, Severity
from nnlib.training.diagnosis.course import rate_too_low
from nnlib.training.diagnosis.evidence import Evidence, Inputs
from nnlib.training.vitals import Probe
from tests.support.watched import digits, project, watch


def negative_bias(index: int):
    def plant(network: Network) -> None:
        network.params[f"{index}.b"][:] = -10

    return plant


def assert_reads_well(finding: Finding) -> None:
    assert finding.kind in KINDS
    assert finding.text.endswith(".")
    assert finding.text[0].isupper()
    assert "  " not in finding.text
    assert "nan" not in finding.text
    assert finding.layers == () or finding.layer == finding.layers[0]
    for remedy in finding.remedies:
        assert remedy.label[1:] in finding.text
        assert isinstance(remedy.spec, ProjectSpec)


@pytest.mark.parametrize("index", [1, 5, 9])
def test_an_all_negative_bias_is_told_as_dead_units_on_its_relu(index):
    found = watch(project("multi-layer"), plant=negative_bias(index)).findings
    assert set(found) == {"dead"}
    assert found["dead"].layer == index + 1
    assert f"Layer {index + 2} (ReLU) is dead: all 100 units are zero" in found["dead"].text
    assert found["dead"].evidence["share"] == 1


def test_channels_of_a_convolution_die_like_units():
    found = watch(project("lenet"), digits(600), negative_bias(3)).findings
    assert found["dead"].layer == 4
    assert "all 16 units" in found["dead"].title


def test_five_sigmoid_layers_with_small_weights_vanish_and_collapse():
    watched = watch(project("sigmoid-deep-small"))
    assert set(watched.findings) == {"vanishing", "collapsed"}
    vanishing, collapsed = (watched.findings[kind] for kind in ("vanishing", "collapsed"))
    assert vanishing.layer == 1
    assert vanishing.evidence["share"] < 1e-6
    assert "layer 12 (Affine) to layer 2 (Affine), which hardly learns" in vanishing.text
    # What the first layer says still depends on the sample; behind the second, nothing does.
    assert collapsed.layers == (4, 6, 8, 10)


def test_five_sigmoid_layers_with_large_weights_are_saturated():
    found = watch(project("sigmoid-deep")).findings
    assert set(found) == {"saturated"}
    assert found["saturated"].layers == (2, 4, 6, 8, 10)
    assert "% of its outputs are within 5 % of 0 or 1" in found["saturated"].text


def test_large_weights_explode_and_the_first_of_them_is_named():
    found = watch(project("multi-layer", std=5)).findings
    assert found["exploding"].layers == (1, 3, 5, 7, 9, 11)
    assert found["exploding"].evidence["growth"] > 1e6


@pytest.mark.parametrize("preset", ["two-layer", "multi-layer"])
@pytest.mark.parametrize("usual", [Adam(), SGD()], ids=["Adam", "SGD"])
def test_a_hundred_times_the_rate_is_too_high(preset, usual):
    rate = usual.lr * 100
    found = watch(project(preset, usual.replace(lr=rate))).findings
    assert "rate_high" in found
    assert f"The learning rate {rate:g} is too high" in found["rate_high"].text
    assert found["rate_high"].remedies[0].spec.training.optimizer.lr <= rate / 10


@pytest.mark.parametrize("preset", ["two-layer", "multi-layer"])
@pytest.mark.parametrize("usual", [Adam(), SGD()], ids=["Adam", "SGD"])
def test_a_thousandth_of_the_rate_is_too_low(preset, usual):
    optimizer = usual.replace(lr=usual.lr / 1000)
    found = watch(project(preset, optimizer, batch_size=50)).findings
    assert set(found) == {"rate_low"}
    assert found["rate_low"].remedies[0].spec.training.optimizer.lr >= usual.lr / 10


@pytest.mark.parametrize(("schedule", "count"), [("constant", 1), ("warm-up", 0)])
def test_a_rate_that_a_schedule_keeps_low_for_now_is_not_too_low(schedule, count):
    spec = project("two-layer", Adam(lr=1e-6), schedule=schedule)
    network = spec.build(digits())
    probe = Probe(network, digits().x_train[:100], digits().t_train[:100])
    probe.take(0)
    network.values *= 1 + 1e-6
    case = Evidence(spec, digits(), Inputs.of(digits()), probe.take(1), samples=10)
    for step in range(1, 40):
        case.losses.add(StepDone(step, 1, 2.3, 0.1, 100 * step))
    assert len(list(rate_too_low(case))) == count


def test_a_nan_pixel_is_told_with_step_layer_and_sample():
    clean = digits()
    x = clean.x_train.copy()
    dataset = dataclasses.replace(clean, x_train=x)
    x[1233, 0, 5, 5] = np.nan
    found = watch(project("multi-layer"), dataset).findings
    assert set(found) == {"nan"}
    finding = found["nan"]
    assert finding.severity is Severity.ERROR
    assert finding.layer == 0
    assert finding.remedies == ()
    assert "Sample 1,234 of the training data holds NaN" in finding.text
    assert f"step {finding.evidence['step']:.0f}" in finding.text


def test_numbers_that_burst_by_themselves_are_not_the_datas_fault():
    found = watch(project("multi-layer", SGD(), std=5)).findings
    assert "beyond all bounds" in found["nan"].text
    assert found["nan"].layer is not None
    assert found["nan"].remedies


def test_pixels_up_to_255_are_not_scaled():
    found = watch(project("multi-layer"), digits(scale=255)).findings
    assert set(found) == {"unscaled"}
    assert "from 0 to 255" in found["unscaled"].text


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_samples_that_are_all_alike_are_told(value):
    clean = digits(300)
    dataset = dataclasses.replace(clean, x_train=np.full_like(clean.x_train, value))
    assert watch(project("two-layer"), dataset).findings["unscaled"].title == (
        "All inputs are the same"
    )


def test_few_samples_learned_by_heart_are_overfitting():
    found = watch(project("multi-layer", epochs=15, batch_size=50), digits(300)).findings
    assert set(found) == {"overfitting"}
    evidence = found["overfitting"].evidence
    assert evidence["validation_loss"] > 1.1 * evidence["best_validation_loss"]


@pytest.mark.parametrize(
    ("spec", "plant"),
    [
        (project("multi-layer"), negative_bias(3)),
        (project("sigmoid-deep-small"), None),
        (project("sigmoid-deep"), None),
        (project("multi-layer", SGD(), std=5), None),
        (project("multi-layer", Adam(lr=0.1)), None),
        (project("two-layer", Adam(lr=1e-6), batch_size=50), None),
        (project("multi-layer", std=0), None),
    ],
)
def test_every_text_reads_well_and_names_its_remedies(spec, plant):
    watched = watch(spec, digits(1500), plant)
    assert watched.told
    for finding in watched.told.values():
        assert_reads_well(finding)


def test_what_is_told_does_not_flicker():
    for spec in (project("sigmoid-deep-small"), project("multi-layer", Adam(lr=0.1))):
        course = watch(spec).course
        for kind in set().union(*course):
            states = [kind in told for told in course]
            assert sum(a != b for a, b in itertools.pairwise(states)) <= 2, kind


def clouds(count: int = 400) -> Dataset:
    rng = np.random.default_rng(0)
    t = rng.integers(0, 2, count)
    x = (rng.normal(size=(count, 2)) + 2 * t[:, None]).astype(np.float32)
    return Dataset("clouds", x[:300], t[:300], x[300:], t[300:], ("a", "b"))


PLAIN = TrainingSettings(epochs=4, batch_size=20)
FLAT_STACKS = {
    "one layer": ProjectSpec((Affine(2),), training=PLAIN),
    "two layers": ProjectSpec((Affine(20), ReLU(), Affine(2)), training=PLAIN),
    "squares": ProjectSpec(
        (Affine(20), Sigmoid(), Affine(2), Softmax()),
        MeanSquaredError(),
        PLAIN,
    ),
    "switched off": ProjectSpec(
        (Affine(20), Disabled(ReLU()), ReLU(), Disabled(Affine(5)), Affine(2)), training=PLAIN
    ),
}


@pytest.mark.parametrize("name", FLAT_STACKS)
def test_small_networks_on_two_numbers_are_judged_and_quiet(name):
    assert watch(FLAT_STACKS[name], clouds()).told == {}


def test_places_are_those_of_the_whole_stack_with_layers_switched_off():
    spec = project("multi-layer")
    stack = (Disabled(Sigmoid()), *spec.layers[:3], Disabled(ReLU()), *spec.layers[3:])
    found = watch(dataclasses.replace(spec, layers=stack), plant=negative_bias(5)).findings
    assert found["dead"].layer == 6


def test_a_network_that_pools_its_only_activations_is_judged_and_quiet():
    stack = (Convolution(4, 5), Sigmoid(), MaxPooling(4), Flatten(), Affine(10))
    spec = dataclasses.replace(project("two-layer"), layers=stack)
    assert watch(spec, digits(300)).told == {}
