"""Pictures as data: what a network has learned and what happens inside it, as arrays.

Nothing here draws, and nothing disturbs a training: every function may be called between any two
steps, and the run goes on bit by bit as it would have. What they return is copied, so that it stays
as it is while the network goes on.
"""

from nnlib.views.feature_maps import FeatureMaps, feature_maps
from nnlib.views.filters import Filters, first_filters
from nnlib.views.gradients import LayerGradients, gradients_per_layer
from nnlib.views.scale import Scale
from nnlib.views.window import Window, convolution_window

__all__ = [
    "FeatureMaps",
    "Filters",
    "LayerGradients",
    "Scale",
    "Window",
    "convolution_window",
    "feature_maps",
    "first_filters",
    "gradients_per_layer",
]
