"""Operations are counted as one would by hand."""

from __future__ import annotations

from benchmarks import flops
from nnlib import Affine, Convolution, Flatten, MaxPooling, ReLU, presets

LENET = (6 * 28 * 28 * 25, 16 * 10 * 10 * 6 * 25, 400 * 120, 120 * 84, 84 * 10)


def test_the_forward_pass_of_lenet():
    preset = presets.find("lenet")
    assert flops.of_forward(preset.layers, preset.input_shape) == 2 * sum(LENET)


def test_a_training_step_has_three_products_a_layer_but_no_input_gradient_for_the_first():
    preset = presets.find("lenet")
    expected = 6 * sum(LENET) - 2 * LENET[0]
    assert flops.of_training(preset.layers, preset.input_shape) == expected
    two = presets.find("two-layer")
    assert flops.of_training(two.layers, two.input_shape) == 4 * 784 * 50 + 6 * 50 * 10


def test_strides_and_padding_count():
    layer = Convolution(8, 3, stride=2, padding=1)
    assert flops.multiplications(layer, (3, 9, 9)) == 8 * 5 * 5 * 3 * 9
    assert flops.of_forward([layer, ReLU(), Flatten(), Affine(7)], (3, 9, 9)) == 2 * (
        8 * 5 * 5 * 3 * 9 + 200 * 7
    )


def test_layers_without_matrix_product_cost_nothing():
    assert flops.of_training([MaxPooling(2), ReLU(), Flatten()], (1, 8, 8)) == 0
