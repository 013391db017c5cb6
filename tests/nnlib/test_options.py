"""Options: one declaration says what is allowed; what it refuses, it refuses by name."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nnlib.errors import LayerLabError, OptionError
from nnlib.initializers import He, Initializer, Normal, Xavier
from nnlib.layers import Affine, Convolution, Disabled, Dropout, Layer, MaxPooling
from nnlib.losses import CrossEntropy, Loss
from nnlib.optimizers import SGD, Adam, Optimizer
from nnlib.options import Declared, Option
from nnlib.training import TrainingSettings

FAMILIES: list[type[Declared]] = [Layer, Optimizer, Initializer, Loss]
MEMBERS = [member for family in FAMILIES for member in family.members.values()] + [TrainingSettings]
OPTIONS = [(member, option) for member in MEMBERS for option in member.declared_options()]


def label(value: object) -> str:
    return getattr(value, "__name__", None) or getattr(value, "name", None) or repr(value)[:30]


def just_outside(option) -> list[object]:
    """The nearest values that the declaration refuses, and values of wrong types."""
    wrong: list[object] = [
        "3",
        "",
        [1],
        {},
        b"1",
        object(),
        True,
        False,
        math.nan,
        math.inf,
        -math.inf,
    ]
    wrong += [10**400, -(10**400), np.array([1, 2]), 1j]
    if issubclass(option.kind, Declared):
        refused = ["nothing", True, {"type": "nothing"}, {"type": 3}, {}, [], b"1"]
        return refused
    if not option.optional:
        wrong.append(None)
    if option.kind is int:
        return [*wrong, option.minimum - 1, option.maximum + 1, option.minimum + 0.5]
    low = option.minimum if option.exclusive_minimum else math.nextafter(option.minimum, -math.inf)
    return [*wrong, low, math.nextafter(option.maximum, math.inf)]


REFUSED = [(member, option, value) for member, option in OPTIONS for value in just_outside(option)]


@pytest.mark.parametrize(("member", "option", "value"), REFUSED, ids=label)
def test_a_value_outside_is_refused_with_the_name_of_the_option(member, option, value):
    with pytest.raises(OptionError, match=rf"{member.display_name()}: {option.name}\b") as refusal:
        member(**{option.name: value})
    assert isinstance(refusal.value, LayerLabError)
    if not issubclass(option.kind, Declared):
        assert option.bounds_text() in str(refusal.value)


@pytest.mark.parametrize(("member", "option"), OPTIONS, ids=label)
def test_every_value_up_to_the_bounds_is_taken_in_its_type(member, option):
    if issubclass(option.kind, Declared):
        values = [known() for known in option.kind.members.values() if known is not Disabled]
    else:
        low, high = option.minimum, option.maximum
        values = [low + 1e-9 if option.exclusive_minimum else low, high]
        values += [option.default] if option.default is not None else []
        values += [np.float64(high), np.array(high)]
    for value in values:
        taken = getattr(member(**{option.name: value}), option.name)
        assert taken == value
        assert type(taken) is (type(value) if isinstance(value, Declared) else option.kind)


@pytest.mark.parametrize(("member", "option"), OPTIONS, ids=label)
def test_every_option_is_declared_with_bounds_and_help(member, option):
    assert option.help.endswith(".")
    assert option.title
    assert issubclass(option.kind, Declared) or None not in (option.minimum, option.maximum)
    assert not option.optional or option.none_text


@pytest.mark.parametrize("member", MEMBERS, ids=label)
def test_written_down_and_read_back_it_is_equal(member):
    value = member()
    read = member.from_json(json.loads(json.dumps(value.to_json())))
    assert read == value
    assert type(read) is member


@pytest.mark.parametrize("family", FAMILIES, ids=label)
def test_members_are_found_by_name_in_any_spelling(family):
    for known, member in family.members.items():
        assert family.find(known) is member
        assert family.find(known.lower()) is member
    with pytest.raises(OptionError, match="Known: ") as refusal:
        family.find("no such thing")
    assert all(known in str(refusal.value) for known in family.members)


def test_the_names_that_users_write():
    assert Loss.find("cross_entropy") is CrossEntropy
    assert Affine(3, initial="he").initial == He()
    assert Affine(3, initial=0.01).initial == Normal(std=0.01)
    assert Affine(3).replace(initial={"type": "Xavier"}).initial == Xavier()
    assert TrainingSettings().replace(optimizer="sgd").optimizer == SGD()
    assert MaxPooling(3).stride is None


def test_bounds_are_written_as_people_read_them():
    bounds = {o.name: o.bounds_text() for o in TrainingSettings.declared_options() if not o.choices}
    assert bounds["seed"] == "a whole number from 0 to 2,147,483,647"
    assert bounds["minimum_improvement"] == "a number from 0 to 1,000,000"
    assert bounds["validation_share"] == "a number from 0 to 0.9"
    assert Option(
        "a", float, 1.0, minimum=0.5, exclusive_minimum=True, maximum=1e4
    ).bounds_text() == ("a number greater than 0.5 and at most 10,000")
    assert Option("a", int, 1, minimum=0).bounds_text() == "a whole number of at least 0"
    assert Option("a", int, 1, maximum=0).bounds_text() == "a whole number of at most 0"


def test_a_class_in_place_of_an_instance_is_told_how_to_be_one():
    with pytest.raises(OptionError, match=r"optimizer: SGD is a class; write SGD\(\)"):
        TrainingSettings().replace(optimizer=SGD)


def test_numbers_of_numpy_become_plain_ones():
    layer = Affine().replace(units=np.int64(5))
    assert type(layer.units) is int
    assert type(Dropout().replace(ratio=np.float32(0.5)).ratio) is float
    assert type(Affine().replace(units=5.0).units) is int
    json.dumps(layer.to_json())


def test_replace_makes_a_changed_copy():
    layer = Convolution(8, 3)
    other = layer.replace(filters=9)
    assert (layer.filters, other.filters, other.kernel_size) == (8, 9, 3)
    assert layer != other
    with pytest.raises(OptionError, match="filters"):
        layer.replace(filters=0)
    with pytest.raises(OptionError, match="has no option colour"):
        layer.replace(colour=1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"type": "Affine", "size": 3}, "Affine has no option size"),
        ({"type": "Affin"}, "no layer named 'Affin'"),
        ({"units": 3}, "object with a type"),
        ("Affin", "no layer named"),
        (None, "object with a type"),
        ([], "object with a type"),
        ({"type": "Affine", "initial": {"type": "Normal", "std": -1}}, "initial: Normal: std"),
    ],
)
def test_what_is_no_layer_is_refused(data, said):
    with pytest.raises(OptionError, match=said):
        Layer.from_json(data)


def test_an_optimizer_may_be_set_while_it_runs_and_is_still_checked():
    optimizer = Adam()
    optimizer.lr = 0.5
    assert optimizer.lr == 0.5
    with pytest.raises(OptionError, match="lr must be a number greater than 0 and at most 100"):
        optimizer.lr = 0
    assert optimizer.lr == 0.5


def test_a_summary_names_what_is_not_as_usual():
    assert Adam().summary() == ""
    assert Adam(lr=0.5).summary() == "learning rate 0.5"
    assert (
        Convolution(8, 3, stride=2, padding=1).summary() == "8 filters 3 × 3, stride 2, padding 1"
    )
