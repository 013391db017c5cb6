"""Remedies: each, applied and trained again, makes its finding go away."""

from __future__ import annotations

import dataclasses

import pytest

from nnlib import Affine, BatchNormalization, Convolution, Dropout, ReLU, Sigmoid
from nnlib.layers import Disabled
from nnlib.optimizers import SGD, Adam
from nnlib.project import ProjectSpec
from nnlib.training.diagnosis import remedies
from tests.support.watched import digits, project, watch

FAULTS = [
    ("vanishing", project("sigmoid-deep-small")),
    ("vanishing", project("multi-layer", std=0.01)),
    ("collapsed", project("sigmoid-deep-small")),
    ("saturated", project("sigmoid-deep")),
    ("exploding", project("multi-layer", std=5)),
    ("dead", project("multi-layer", std=0)),
    ("dead", project("multi-layer", Adam(lr=0.1))),
    ("rate_high", project("multi-layer", Adam(lr=0.1))),
    ("rate_high", project("two-layer", SGD(lr=1.0))),
    ("rate_low", project("two-layer", SGD(lr=1e-5), batch_size=50)),
]


@pytest.mark.parametrize(("kind", "spec"), FAULTS)
def test_every_remedy_makes_its_finding_go_away(kind, spec):
    finding = watch(spec).told[kind]
    assert finding.remedies
    for remedy in finding.remedies:
        assert kind not in watch(remedy.spec).told, remedy.label


def test_dead_units_are_revived_by_normalization():
    def plant(network):
        for key, b in network.params.items():
            if key.endswith("b"):
                b[:] = -10

    finding = watch(project("multi-layer"), plant=plant).findings["dead"]
    remedy = finding.remedies[0]
    assert remedy.label == "Insert BatchNormalization before each activation function"
    assert "dead" not in watch(remedy.spec, plant=plant).told


def test_normalization_brings_unscaled_data_to_scale():
    large = digits(800, scale=255)
    (remedy,) = watch(project("lenet"), large, every=10).findings["unscaled"].remedies
    assert isinstance(remedy.spec.layers[0], BatchNormalization)
    assert watch(remedy.spec, large, every=10).told == {}


def test_early_stopping_ends_before_overfitting():
    few = digits(300)
    spec = project("multi-layer", epochs=15, batch_size=50)
    finding = watch(spec, few).findings["overfitting"]
    stop, drop, decay = finding.remedies
    assert stop.spec.training.patience == 5
    assert stop.spec.training.validation_share > 0
    assert "overfitting" not in watch(stop.spec, few).told
    assert [type(layer) for layer in drop.spec.layers].count(Dropout) == 5
    assert decay.spec.training.weight_decay == 0.01


def test_a_remedy_changes_what_it_says_and_nothing_else():
    spec = project("sigmoid-deep-small", Adam(lr=0.02))
    slower = remedies.rate(spec, 0.1)
    assert slower is not None
    assert slower.spec == dataclasses.replace(
        spec, training=spec.training.replace(optimizer=Adam(lr=0.002))
    )
    assert slower.label == "Set the learning rate to 0.002"
    drawn = remedies.right_weights(spec)
    assert drawn is not None
    assert drawn.label == "Use Xavier weights"
    assert drawn.spec == dataclasses.replace(spec, layers=drawn.spec.layers)
    assert remedies.right_weights(drawn.spec) is None


def test_there_is_no_remedy_where_it_is_in_place_already():
    spec = project("multi-layer", Adam(lr=100))
    assert remedies.rate(spec, 10) is None
    assert remedies.right_weights(spec) is None
    assert remedies.rectifiers(spec) is None
    normalized = remedies.normalization(spec)
    assert normalized is not None
    assert remedies.normalization(normalized.spec) is None
    dropped = remedies.dropout(spec)
    assert dropped is not None
    assert remedies.dropout(dropped.spec) is None
    assert remedies.early_stopping(project("two-layer", patience=3, validation_share=0.1)) is None
    assert remedies.weight_decay(project("two-layer", weight_decay=0.1)) is None


def test_layers_that_are_switched_off_stay_as_they_are():
    off = Disabled(Affine(7, initial=0.5))
    stack = (Convolution(4, 5, initial=0.5), off, Sigmoid(), Disabled(Sigmoid()), Affine(10))
    for make in (remedies.right_weights, remedies.normalization, remedies.rectifiers):
        remedy = make(ProjectSpec(stack))
        assert remedy is not None
        assert off in remedy.spec.layers
        assert Disabled(Sigmoid()) in remedy.spec.layers


def test_weights_suit_the_activation_that_follows():
    stack = (Affine(20, initial=1), ReLU(), Affine(20, initial=1), Sigmoid(), Affine(2, initial=1))
    remedy = remedies.right_weights(ProjectSpec(stack), before=4)
    assert remedy is not None
    assert remedy.label == "Use He and Xavier weights"
    assert remedy.spec.layers == (
        Affine(20, initial="he"), ReLU(), Affine(20, initial="xavier"), Sigmoid(),
        Affine(2, initial=1),
    )  # fmt: skip
