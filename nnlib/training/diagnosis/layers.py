"""Rules about layers: what the vitals of one moment show.

The figures in the comments are of the built-in digits, 30 to 200 steps of 100 samples at the usual
rates, unless they say otherwise. Healthy are two-layer, multi-layer, lenet and simple-conv, most
with Adam.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from nnlib.layers import Sigmoid, Softmax, Step
from nnlib.training.diagnosis import remedies
from nnlib.training.diagnosis.evidence import Evidence
from nnlib.training.diagnosis.finding import (
    Finding,
    Remedy,
    advice,
    listed,
    number,
    percent,
)
from nnlib.training.vitals import LayerVitals

VANISHED = 5e-3
"""Of the gradient's length at the last weights' outputs. Healthy 0.26 and more, with 100 times the
rate 0.01 and more, two Sigmoid layers with Xavier weights 0.056; five 7e-4, lenet-5 8e-4 (neither
learns in these steps), std 0.01 with ReLU 1e-6, with Sigmoid 1e-8."""

EXPLODED_GRADIENT = 100.0
"""From the last weights to the first. Healthy at most 3.9, 100 times the rate 20; multi-layer with
std 1 gives 2e4, with std 5 6e7."""

EXPLODED_OUTPUTS = 1000.0
"""Largest outputs, as a multiple of the data. Healthy at most 29, RMSprop at 0.01 for one step
1600; multi-layer with std 1 gives 6e5."""

LARGE_GAIN = 15.0
"""What a layer of weights makes of its inputs, to be named. Healthy at most 9.6; std 1 gives 29."""

SATURATED = 0.5
"""Of a layer's outputs. Xavier weights begin at 0, lenet-5 reaches 0.27; std 1 begins at 0.75."""

DEAD = 0.85
"""Of a layer's units, for 100 samples. In 20 seeds at most 0.41 (simple-conv), in deep-conv, whose
last 50 units share few features at first, 0.82 in 5 seeds, and all these learn; a layer that is cut
off has 1, 100 times Adam's rate leaves 0.88 to 0.99."""

ALIKE = 3e-3
"""Of the outputs' size. Healthy 0.29 and more from sample to sample and 0.6 from unit to unit, two
Sigmoid layers with Xavier weights 0.029; five 4e-4, std 0.01 with Sigmoid 3e-8."""


def vanishing(case: Evidence) -> Iterator[Finding]:
    """Next to nothing of the gradient arrives at the first weights."""
    learning = case.learning
    if len(learning) < 2 or case.is_cut_off or not 0 < learning[-1].gradient < math.inf:
        return
    last = learning[-1]
    small = [v for v in learning if v.gradient < VANISHED * last.gradient]
    if not small:
        return
    first, others = small[0], small[1:]
    share = first.gradient / last.gradient
    cures = _steadier(case)
    shrinks = f"shrinks {number(1 / share)}-fold" if share else "is lost"
    text = (
        f"The gradient {shrinks} on its way back from {case.name(last.index)} to "
        f"{case.name(first.index)}, which hardly learns{_also(case, others)}. "
        f"{advice(cures)}"
    )
    title = f"The gradient vanishes before {case.name(first.index)}"
    measured = {"gradient": first.gradient, "last_gradient": last.gradient, "share": share}
    yield Finding("vanishing", first.index, title, text, measured, cures, layers=_places(small))


def exploding(case: Evidence) -> Iterator[Finding]:
    """Values or gradients grow by orders from layer to layer."""
    learning, size = case.learning, case.inputs.root_mean_square
    if not learning or not size > 0:
        return
    gains = {}
    before = size
    for v, _ in case.measured:
        if v in learning and before > 0:
            gains[v.index] = v.root_mean_square / before
        before = v.root_mean_square
    large = [v for v in learning if gains.get(v.index, 0) > LARGE_GAIN]
    growth = max(v.root_mean_square for v in learning) / size
    last = learning[-1].gradient
    back = learning[0].gradient / last if last > 0 else 0.0
    if not large or not (growth > EXPLODED_OUTPUTS or back > EXPLODED_GRADIENT):
        return
    first, others = large[0], large[1:]
    weights = remedies.right_weights(case.spec)
    slower = None if weights else remedies.rate(case.spec, 0.1)
    cures = remedies.made(weights, remedies.normalization(case.spec), slower)
    text = (
        f"{case.title(first.index)} gives {number(gains[first.index])} times as much as it is "
        f"given{_also(case, others)}. In the end values are {number(growth)} times as "
        f"large as the data, and the gradient grows {number(back)}-fold on its way back. "
        f"{advice(cures)}"
    )
    title = f"Values explode in {case.name(first.index)}"
    measured = {"gain": gains[first.index], "growth": growth, "gradient_growth": back}
    yield Finding("exploding", first.index, title, text, measured, cures, layers=_places(large))


def saturated(case: Evidence) -> Iterator[Finding]:
    """Outputs stand at their bounds, where the slope is almost nothing."""
    # Step and Softmax are at their bounds by nature.
    found = {
        v: layer.output_range
        for v, layer in case.hidden
        if v.saturated > SATURATED and not isinstance(layer, Step | Softmax)
    }
    if not found:
        return
    first, *others = found
    low, high = found[first] or (0.0, 1.0)
    cures = remedies.made(
        remedies.right_weights(case.spec, max(v.index for v in found)),
        remedies.normalization(case.spec),
        remedies.rectifiers(case.spec),
    )
    text = (
        f"{case.title(first.index)} is saturated: {percent(first.saturated)} of its outputs are "
        f"within 5 % of {_bound(low)} or {_bound(high)}, where its slope is almost nothing"
        f"{_also(case, others)}. {advice(cures)}"
    )
    title = f"{case.title(first.index)} is saturated"
    measured = {"saturated": first.saturated}
    yield Finding(
        "saturated", first.index, title, text, measured, cures, layers=_places([first, *others])
    )


def dead(case: Evidence) -> Iterator[Finding]:
    """Units that are zero for every sample are passed by no gradient, and stay as they are."""
    found = [v for v, _ in case.hidden if v.dead_share > DEAD]
    if not found:
        return
    first, others = found[0], found[1:]
    is_whole = first.dead == first.units
    which = f"all {first.units} units" if is_whole else f"{first.dead:.0f} of {first.units} units"
    consequence = "nothing before it learns" if is_whole else "they no longer learn"
    weights = remedies.right_weights(case.spec, found[-1].index)
    # Without any weights there is nothing to normalize; weights of another size are no fault of
    # the learning rate.
    can_scale = all(v.weights > 0 for v in case.learning)
    cures = remedies.made(
        weights,
        remedies.normalization(case.spec) if can_scale else None,
        None if weights else remedies.rate(case.spec, 0.1),
    )
    text = (
        f"{case.title(first.index)} is dead for the most part: {which} are zero for every sample, "
        f"so that no gradient passes them and {consequence}{_also(case, others)}. "
        f"{advice(cures)}"
    )
    if is_whole:
        text = text.replace(" for the most part", "", 1)
    title = f"{case.title(first.index)}: {which} are dead"
    measured = {"dead": first.dead, "units": float(first.units), "share": first.dead_share}
    yield Finding("dead", first.index, title, text, measured, cures, layers=_places(found))


def collapsed(case: Evidence) -> Iterator[Finding]:
    """All samples look the same to what follows, or all units say the same."""
    if case.is_cut_off:
        return
    same = [v for v, _ in case.hidden if v.sample_spread < ALIKE]
    copies = [v for v, _ in case.hidden if v.unit_spread < ALIKE]
    found = same or copies
    if not found:
        return
    first, others = found[0], found[1:]
    what = "gives the same for every sample" if same else "has units that are all alike"
    spread = first.sample_spread if same else first.unit_spread
    between = "from sample to sample" if same else "from unit to unit"
    cures = _steadier(case)
    text = (
        f"{case.title(first.index)} {what}: {between}, its outputs differ by "
        f"{100 * spread:.2g} % of their size{_also(case, others)}. {advice(cures)}"
    )
    title = f"{case.title(first.index)} {what}"
    measured = {"sample_spread": first.sample_spread, "unit_spread": first.unit_spread}
    yield Finding("collapsed", first.index, title, text, measured, cures, layers=_places(found))


def _steadier(case: Evidence) -> tuple[Remedy, ...]:
    """What keeps the gradient from shrinking on its way back."""
    spec = case.spec
    sigmoids = sum(isinstance(layer, Sigmoid) for _, layer in case.hidden)
    return remedies.made(
        # The slope of Sigmoid is 1/4 at most: in more layers, the best weights do not help enough.
        remedies.right_weights(spec) if 0.25**sigmoids > VANISHED else None,
        remedies.normalization(spec),
        remedies.rectifiers(spec),
    )


def _also(case: Evidence, others: Sequence[LayerVitals]) -> str:
    """ "; the same goes for layer 5 (Sigmoid)", or "" where there are no others."""
    names = [case.name(v.index) for v in others]
    return f"; the same goes for {listed(names)}" if names else ""


def _places(found: Sequence[LayerVitals]) -> tuple[int, ...]:
    return tuple(v.index for v in found)


def _bound(value: float) -> str:
    return f"{value:g}".replace("-", "−")
