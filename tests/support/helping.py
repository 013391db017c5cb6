"""Waiting for the helper."""

from __future__ import annotations

import time

from nnlib.helper.process import helper

SECONDS = 60  # until the helper must be there


def wait_for_helper() -> None:
    """Start the helper where there is none, and wait until it is ready."""
    end = time.monotonic() + SECONDS
    while True:
        with helper.taken():
            line = helper.channel()
        if line:
            return
        assert time.monotonic() < end, "the helper did not start"
