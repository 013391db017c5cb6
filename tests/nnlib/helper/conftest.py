"""A helper that is there when the test begins."""

from __future__ import annotations

import pytest

from nnlib import parts
from nnlib.helper.pace import Pace
from nnlib.helper.pages import CAN_SHARE
from nnlib.helper.process import Helper, helper
from tests.support.helping import wait_for_helper


@pytest.fixture
def with_helper(monkeypatch: pytest.MonkeyPatch) -> Helper:
    """Networks have the helper from their first large batch on, whatever else the machine does."""
    if not CAN_SHARE:
        pytest.skip("there is no helper on this system")
    monkeypatch.setenv("LAYERLAB_THREADS", "2")
    monkeypatch.setattr(parts, "WORTH_A_HELPER", 0)
    monkeypatch.setattr(Pace, "wants_help", lambda _: True)
    monkeypatch.setattr(helper, "_starts", 0)
    wait_for_helper()
    return helper
