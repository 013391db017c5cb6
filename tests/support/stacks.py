"""Random layers and stacks for property tests, drawn from the layers' declarations."""

from __future__ import annotations

from hypothesis import strategies as st

import nnlib
from nnlib.layers import Layer
from nnlib.options import Declared, Option


def value_of(option: Option) -> st.SearchStrategy:
    """Values that the declaration allows, small ones more often than not."""
    if issubclass(option.kind, Declared):
        kinds = [kind for kind in option.kind.members.values() if kind is not nnlib.Disabled]
        return st.sampled_from([kind() for kind in kinds])
    assert option.minimum is not None
    assert option.maximum is not None
    if option.kind is int:
        low, high = int(option.minimum), int(option.maximum)
        numbers = st.integers(low, min(high, 6)) | st.integers(low, min(high, 70))
        return st.none() | numbers if option.optional else numbers
    return st.floats(option.minimum, min(option.maximum, 0.95))


def layers(*names: str) -> st.SearchStrategy[Layer]:
    """Layers of these kinds, by default of all, with options drawn from their declarations."""
    kinds = [member for name, member in Layer.members.items() if not names or name in names]
    return st.one_of([
        st.builds(kind, **{option.name: value_of(option) for option in kind.declared_options()})
        for kind in kinds
    ])  # fmt: skip


shapes = st.one_of(
    st.tuples(st.integers(1, 12)),
    st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12)),
)
