"""Dotted names: they reach every option, and what does not exist is refused before the search."""

from __future__ import annotations

import pytest

from nnlib import Affine, Dropout, OptionError, ReLU
from nnlib.initializers import Normal
from nnlib.optimizers import SGD, Momentum
from nnlib.project import ProjectSpec
from nnlib.schedules import Cosine, WarmUp
from nnlib.search import Choice, LogUniform, Search, Uniform
from nnlib.search.names import with_values
from nnlib.training import TrainingSettings

STACK = (Affine(8), ReLU(), Dropout(0.5), Affine(3, initial=0.1))


def spec(**training) -> ProjectSpec:
    return ProjectSpec(STACK, training=TrainingSettings(**training))


def search(**ranges) -> Search:
    return Search(spec(), {name.replace("__", "."): found for name, found in ranges.items()})


def test_names_reach_settings_their_options_and_layers():
    changed = with_values(
        spec(schedule=WarmUp()),
        {
            "optimizer.momentum": 0.5,
            "optimizer": "momentum",
            "batch_size": 7,
            "schedule.then": "cosine",
            "schedule.share": 0.3,
            "layers.0.units": 16,
            "layers.2.ratio": 0.1,
        },
    )
    training = changed.training
    assert training.optimizer == Momentum(momentum=0.5)
    assert training.batch_size == 7
    assert training.schedule == WarmUp(share=0.3, then=Cosine())
    assert changed.layers == (Affine(16), ReLU(), Dropout(0.1), Affine(3, initial=0.1))


def test_initial_is_that_of_all_layers_and_a_layer_s_own_name_goes_before():
    everywhere = with_values(spec(), {"initial": 0.5})
    assert [layer.initial for layer in everywhere.layers if isinstance(layer, Affine)] == [
        Normal(0.5),
        Normal(0.5),
    ]
    one = with_values(spec(), {"layers.3.initial": "He", "layers.*.initial": 0.5})
    assert one.layers[0] == Affine(8, initial=0.5)
    assert one.layers[3] == Affine(3, initial="he")


def test_the_project_itself_stays_as_it_is():
    before = spec()
    with_values(before, {"optimizer.lr": 0.5, "layers.0.units": 99})
    assert before == spec()


@pytest.mark.parametrize(
    ("name", "found", "text"),
    [
        ("rate", Uniform(0, 1), "rate: The training has no option 'rate'. It has optimizer"),
        ("optimizer.speed", Uniform(0, 1), "Adam has no option 'speed'. It has lr"),
        ("optimizer.lr", Uniform(0, 1), "lr must be a number greater than 0"),
        ("optimizer.lr", LogUniform(1, 1e4), "at most 100, not 10000"),
        ("optimizer.lr.x", Uniform(0, 1), "lr has no options of its own"),
        ("optimizer", Choice("adam", "eve"), "no optimizer named 'eve'"),
        ("batch_size", LogUniform(10, 100), r"Write LogUniform\(10, 100, whole=True\)"),
        ("layers.0.units", Uniform(1, 9), "whole=True"),
        ("layers", Uniform(0, 1), "as in layers.1.units"),
        ("layers.9.units", Uniform(1, 9, whole=True), "no layer 9: the network has 4 layers"),
        ("layers.one.units", Uniform(1, 9, whole=True), "no layer one"),
        ("layers.1.units", Uniform(1, 9, whole=True), "ReLU has no option 'units'"),
        ("layers.*.filters", Uniform(1, 9, whole=True), "No layer has an option filters"),
        ("layers.2.ratio", Uniform(0, 1), "ratio must be a number from 0 to 0.95"),
        ("seed", Uniform(0, 9, whole=True), "seed of its own"),
        ("validation_share", Uniform(0, 0.5), "give it to the search itself"),
        ("optimizer.lr", 0.1, "it takes a range"),
        ("optimizer.lr", Choice(0.1, "much"), "not 'much'"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_the_search(name, found, text):
    with pytest.raises(OptionError, match=text):
        Search(spec(), {name: found})


def test_what_is_inside_a_choice_must_exist_in_all_of_them():
    kinds = Choice(Momentum(), "nesterov")
    search(optimizer=kinds, optimizer__momentum=Uniform(0.5, 0.99))
    with pytest.raises(OptionError, match="SGD has no option 'momentum'"):
        search(
            optimizer=Choice("momentum", "sgd"),
            optimizer__momentum=Uniform(0.5, 0.99),
        )


def test_choices_may_be_values_as_well_as_names():
    found = search(optimizer=Choice(SGD(0.1), "adam"), initial=Choice("he", 0.01))
    trials = found.round(1, found.ranges)
    assert {trial.spec.training.optimizer.lr for trial in trials} == {0.1, 0.001}
    assert {type(trial.spec.layers[0].options()["initial"]).__name__ for trial in trials} == {
        "He",
        "Normal",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"trials": 0},
        {"trials": 2.5},
        {"rounds": 0},
        {"keep": 0},
        {"keep": 1.5},
        {"samples": 1},
        {"samples": 3, "validation_share": 0.1},
        {"validation_share": 0},
        {"validation_share": 0.95},
        {"seed": -1},
        {"data_seed": 2**31},
    ],
)
def test_a_search_with_senseless_numbers_is_refused(wrong):
    with pytest.raises(OptionError):
        Search(spec(), {"optimizer.lr": LogUniform(0.01, 1)}, **wrong)


def test_a_search_of_nothing_is_refused():
    with pytest.raises(OptionError, match="nothing to search"):
        Search(spec(), {})
