"""Rules about the course of a training: its losses, its learning rate, its data."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nnlib.layers import BatchNormalization
from nnlib.training.diagnosis import remedies
from nnlib.training.diagnosis.evidence import Evidence
from nnlib.training.diagnosis.finding import Finding, Severity, advice, number, percent

JUMP = 1.5
"""The loss of a block of steps has jumped that is so many times the best before it. In the first
half of healthy runs at most 1.2 (AdaGrad's first steps); Adam at 100 times its rate gives 6 to 100,
SGD in the two-layer network 6. What follows on a lower loss is scatter: see `RECOVERED`."""

RISE = 1.2
"""The same where nothing is learned after all: SGD at 100 times its rate in multi-layer gives 1.35
and stays at chance, its units dead. Healthy runs that are as slow (SGD at 0.01) give 1.02."""

RECOVERED = 0.5
"""Below this share of the loss at the beginning, the network learns in spite of a jump: RMSprop at
0.01 starts with a jump to 34 and gets along. There, the best loss doubles by scatter alone."""

LARGE_UPDATE = 0.2
"""Of the weights' size, in one step and one layer. Healthy at most 0.043, AdaGrad's first two steps
0.15; at 100 times the rate 0.4 to 0.95."""

SMALL_UPDATE = 1e-4
"""In all layers. Healthy 9e-4 and more (SGD in multi-layer), a thousandth of the rate 1.5e-5 and
less. Weights of std 5, which are too large and not too slow, 2e-4."""

USUAL_UPDATE, MOST_UPDATE = 3e-3, 2e-2
"""What a remedy aims at from below and from above; healthy runs begin with 1e-3 to 4e-2."""

UNMOVED = 0.9
"""Above this share of the loss at the beginning, nothing was learned yet; blocks scatter by 4 %."""

STEPS = 20
"""No sooner is it told that nothing was learned: the slowest healthy start (lenet-5 apart) has left
`UNMOVED` behind, or moves weights enough."""

LARGE_INPUTS, SMALL_INPUTS = 5.0, 0.02
"""Bounds of the standard deviation, and for the mean. Pixels in 0 … 1 have 0.31, standardized
data 1, pixels in 0 … 255 have 80; pixels divided by 255 twice 0.001."""

RISEN, GAP, CHECKS = 1.1, 1.5, 4
"""Overfitting: in so many evaluations in a row, at five an epoch, the validation loss was so many
times its best, and is so many times the training loss. It never was in five epochs of 20,000
digits (gap at most 1.8, risen by 2 %); 300 digits reach it in 12 epochs."""


def not_finite(case: Evidence) -> Iterator[Finding]:
    """Loss or weights are NaN or infinite; the data may be to blame."""
    event = case.diverged
    if event is None:
        return
    named = {case.name(i): i for i in range(len(case.spec.layers))}
    layer = named.get(event.layer)
    title = f"Numbers are no longer finite since step {event.step:,}"
    sample = _bad_sample(case)
    if sample is not None:
        which, value = sample
        text = (
            f"Sample {which:,} of the training data holds {value}: it came into {event.layer} at "
            f"step {event.step:,}, and everything behind it is no number either. Take that sample "
            "out of the data, or give it a number there, and train anew."
        )
        measured = {"step": float(event.step), "sample": float(which)}
        yield Finding("nan", layer, title, text, measured, (), Severity.ERROR)
        return
    cures = remedies.made(
        remedies.rate(case.spec, 0.1),
        remedies.right_weights(case.spec),
        remedies.normalization(case.spec),
    )
    text = (
        f"At step {event.step:,} the numbers of {event.layer} grew beyond all bounds: they are NaN "
        f"or infinite, and the training is over. {advice(cures)}"
    )
    measured = {"step": float(event.step)}
    yield Finding("nan", layer, title, text, measured, cures, Severity.ERROR)


def unscaled(case: Evidence) -> Iterator[Finding]:
    """The inputs are far from the size that initial weights and learning rates are made for."""
    inputs = case.inputs
    first = next((layer for _, layer in case.active if layer.changes_values), None)
    if isinstance(first, BatchNormalization):
        return
    measured = {"low": inputs.low, "high": inputs.high, "mean": inputs.mean, "std": inputs.std}
    if inputs.std == 0:
        text = (
            f"Every input is {number(inputs.mean)}: the samples are all alike, and there is "
            "nothing to tell them apart by. Look at how the data was made."
        )
        yield Finding("unscaled", None, "All inputs are the same", text, measured)
        return
    if inputs.std > LARGE_INPUTS or abs(inputs.mean) > LARGE_INPUTS:
        what = "large"
    elif inputs.std < SMALL_INPUTS:
        what = "small"
    else:
        return
    cures = remedies.made(remedies.normalized_inputs(case.spec))
    text = (
        f"The data is not scaled: its numbers go from {number(inputs.low)} to "
        f"{number(inputs.high)}, with mean {number(inputs.mean)} and standard deviation "
        f"{number(inputs.std)}, while weights and learning rates are made for numbers around 1. "
        f"Bring them to mean 0 and standard deviation 1 (pixels: to 0 … 1). {advice(cures)}"
    )
    yield Finding("unscaled", None, f"The inputs are too {what}", text, measured, cures)


def rate_too_high(case: Evidence) -> Iterator[Finding]:
    """The loss has jumped up, or steps change the weights by a large share of themselves."""
    losses = case.losses
    has_jumped = (losses.jump > JUMP and not has_recovered(case)) or (
        losses.jump > RISE and losses.steps >= STEPS and losses.last > UNMOVED * losses.initial
    )
    ratios = [(v.update_ratio, v.index) for v in case.learning if not math.isnan(v.update_ratio)]
    ratio, index = max(ratios, default=(0.0, -1))
    is_large = ratio > LARGE_UPDATE
    if not (has_jumped or is_large):
        return
    rate = case.spec.training.optimizer.lr
    reasons = []
    if has_jumped:
        reasons.append(f"the loss rose from {number(losses.jumped_from)} to {number(losses.peak)}")
    if is_large:
        reasons.append(
            f"one step changes the weights of {case.name(index)} by {percent(ratio)} of their size"
        )
    # A jump alone asks for a tenth, a step as large as the weights for a hundredth.
    factor = min(max(_towards(MOST_UPDATE, ratio), 0.01), 0.1) if is_large else 0.1
    cures = remedies.made(remedies.rate(case.spec, factor))
    text = (
        f"The learning rate {rate:g} is too high: {', and '.join(reasons)}. Steps go past what "
        f"they aim at. {advice(cures)}"
    )
    measured = {"jumped_from": losses.jumped_from, "peak": losses.peak, "update_ratio": ratio}
    layer = index if is_large and not has_jumped else None
    yield Finding("rate_high", layer, "The learning rate is too high", text, measured, cures)


def has_recovered(case: Evidence) -> bool:
    """Whether the network has learned something since, in spite of steps that were too large."""
    return case.losses.last < RECOVERED * case.losses.initial


def rate_too_low(case: Evidence) -> Iterator[Finding]:
    """The loss stays where it was, and steps change next to nothing."""
    losses = case.losses
    ratios = [v.update_ratio for v in case.learning if not math.isnan(v.update_ratio)]
    if losses.steps < STEPS or not ratios or not losses.last > UNMOVED * losses.first:
        return
    if max(ratios) > SMALL_UPDATE or case.rate_factor < 0.5:
        return
    rate = case.spec.training.optimizer.lr
    factor = min(max(_towards(USUAL_UPDATE, max(ratios)), 10), 1000)
    cures = remedies.made(remedies.rate(case.spec, factor))
    text = (
        f"The learning rate {rate:g} is too low: after {losses.steps:,} steps the loss is "
        f"{losses.last:.3g}, as at the beginning, and one step changes the weights by "
        f"{100 * max(ratios):.1g} % of their size at most. {advice(cures)}"
    )
    measured = {"update_ratio": max(ratios), "first_loss": losses.first, "loss": losses.last}
    yield Finding(
        "rate_low", None, "The learning rate is too low", text, measured, cures, Severity.HINT
    )


def overfitting(case: Evidence) -> Iterator[Finding]:
    """The training loss falls while the validation loss rises."""
    seen = case.evaluations
    losses = [e.validation_loss for e in seen]
    if len(seen) <= CHECKS or not all(map(math.isfinite, losses)):
        return
    best, now = seen[int(np.argmin(losses))], seen[-1]
    recent = losses[-CHECKS:]
    has_risen = min(recent) > RISEN * best.validation_loss and best not in seen[-CHECKS:]
    falls = now.train_loss < best.train_loss
    gap = now.validation_loss / max(now.train_loss, 1e-12)
    if not (has_risen and falls and gap > GAP):
        return
    cures = remedies.made(
        remedies.early_stopping(case.spec),
        remedies.dropout(case.spec),
        remedies.weight_decay(case.spec),
    )
    text = (
        f"The network learns its samples by heart: since epoch {best.epochs:.3g} the validation "
        f"loss has risen from {best.validation_loss:.3g} to {now.validation_loss:.3g}, while the "
        f"training loss fell from {best.train_loss:.3g} to {now.train_loss:.3g}. "
        f"More samples help most. {advice(cures)}"
    )
    measured = {
        "train_loss": now.train_loss,
        "validation_loss": now.validation_loss,
        "best_validation_loss": best.validation_loss,
        "best_epoch": best.epochs,
    }
    yield Finding("overfitting", None, "Overfitting", text, measured, cures, Severity.HINT)


def _towards(aim: float, ratio: float) -> float:
    """The power of ten that brings an update's share of the weights closest to ``aim``."""
    return 10.0 ** round(math.log10(aim / ratio)) if ratio > 0 else math.inf


def _bad_sample(case: Evidence) -> tuple[int, str] | None:
    """The first training sample with a number that is not finite, counted from 1, and what it
    holds."""
    x = case.dataset.x_train
    for start in range(0, len(x), 1000):
        part = x[start : start + 1000].reshape(len(x[start : start + 1000]), -1)
        bad = ~np.isfinite(part)
        if bad.any():
            row = int(np.argmax(bad.any(axis=1)))
            return start + row + 1, "NaN" if np.isnan(part[row]).any() else "infinity"
    return None
