"""What the diagnosis remembers: when it begins to tell a finding, and when it takes it back."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from nnlib.training import StepDone
from nnlib.training.diagnosis import Diagnosis
from nnlib.training.diagnosis.course import rate_too_high
from nnlib.training.diagnosis.diagnosis import CONFIRMED, FADED
from nnlib.training.diagnosis.evidence import Evidence, Inputs, Losses
from nnlib.training.events import Evaluated
from nnlib.training.vitals import Probe, Vitals
from tests.support.watched import digits, project

SPEC = project("sigmoid-deep-small", std=0.1)


def vitals(**numbers: float) -> Vitals:
    """Those of a network that nothing ails, with these numbers in every layer."""
    network = project("multi-layer").build(digits())
    found = Probe(network, digits().x_train[:100], digits().t_train[:100]).take(0)
    changes: dict[str, Any] = {"saturated": 0.1, "dead": 0.0, "update_ratio": 1e-3} | numbers
    layers = tuple(dataclasses.replace(v, **changes) for v in found.layers)
    return Vitals(0, 2.3, layers)


def told(diagnosis: Diagnosis, looks: list[Vitals], start: int = 0) -> list[int]:
    """How many findings there are after each look."""
    return [
        len(diagnosis.look(dataclasses.replace(look, step=start + step)))
        for step, look in enumerate(looks)
    ]


BAD, GOOD = {"saturated": 0.8}, {"saturated": 0.1}


def test_one_look_proves_nothing_and_one_does_not_take_back():
    bad, good = vitals(**BAD), vitals(**GOOD)
    assert (CONFIRMED, FADED) == (2, 3)
    looks = [bad, good, bad, bad, good, good, bad, good, good, good, good]
    assert told(Diagnosis(SPEC, digits()), looks) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0]


def test_a_second_look_at_the_same_step_is_no_further_evidence():
    diagnosis, bad = Diagnosis(SPEC, digits()), vitals(**BAD)
    assert [len(diagnosis.look(bad)) for _ in range(5)] == [0] * 5


def test_numbers_in_the_text_are_the_newest():
    diagnosis = Diagnosis(SPEC, digits())
    for step, share in enumerate((0.8, 0.7, 0.6)):
        diagnosis.look(dataclasses.replace(vitals(saturated=share), step=step))
    (finding,) = diagnosis.findings
    assert finding.evidence == {"saturated": 0.6}
    assert "60 %" in finding.text


def teach(diagnosis: Diagnosis, losses: list[float], start: int = 0) -> None:
    for step, loss in enumerate(losses, start + 1):
        diagnosis.see(StepDone(step, 1, loss, 0.1, 100 * step))


def test_the_damage_of_a_step_too_large_is_told_until_the_network_learns_all_the_same():
    diagnosis = Diagnosis(SPEC, digits())
    diagnosis.see(Evaluated(0, 0.0, 2.4, 0.1, 2.4, 0.1))
    wild, calm = vitals(update_ratio=0.8), vitals()
    teach(diagnosis, [2.3] * 12)
    assert told(diagnosis, [wild, wild], 12) == [0, 1]
    assert told(diagnosis, [calm] * 6, 14) == [1] * 6
    teach(diagnosis, [1.0] * 6, 12)
    assert told(diagnosis, [calm] * 6, 20)[-1] == 0


def test_another_rate_is_judged_anew():
    diagnosis = Diagnosis(SPEC, digits())
    teach(diagnosis, [2.3] * 6 + [9.0] * 6)
    assert told(diagnosis, [vitals()] * 3) == [0, 1, 1]
    diagnosis.use(SPEC)
    assert told(diagnosis, [vitals()] * 3, 3) == [0] * 3


def rate_is_too_high(losses: list[float], initial: float = 2.3) -> bool:
    case = Evidence(SPEC, digits(), Inputs.of(digits()), vitals())
    case.losses.begin(initial)
    for step, loss in enumerate(losses, 1):
        case.losses.add(StepDone(step, 1, loss, 0.1, 100 * step))
    return bool(list(rate_too_high(case)))


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([2.3] * 30, False),  # nothing learned, but nothing jumped
        ([2.3, 4.1, 3.0, 2.0, 1.8, 1.7], False),  # a rough start
        ([2.3, 9.0, 9.0, 5.0, 4.0, 3.0], True),
        ([2.2] * 12 + [3.0] * 3 + [2.3] * 12, True),  # a small jump, and all was for nothing
        ([2.2] * 12 + [3.0] * 3 + [1.8] * 12, False),
        ([1.0] * 9 + [0.2] * 9 + [0.5] * 9, False),  # scatters on a low loss
        ([1.0] * 9 + [0.2] * 9 + [2.5] * 9, True),
    ],
)
def test_a_loss_that_jumps_and_stays_up_tells_of_a_rate_too_high(losses, expected):
    assert rate_is_too_high(losses) is expected


def test_losses_of_small_batches_are_judged_by_many_of_them():
    losses = Losses()
    losses.begin(2.3)
    for step in range(1, 600):
        losses.add(StepDone(step, 1, 7.0 if step % 3 == 0 else 0.1, 0.1, step))
    assert losses.steps == 599
    assert losses.last == pytest.approx(2.4)
    assert losses.jump < 1.1
