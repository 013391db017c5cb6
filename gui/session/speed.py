"""How fast the training is: samples a second, smoothed."""

from __future__ import annotations

import time

_PAUSE = 0.3  # seconds between two measurements, at least
_WEIGHT = 0.3  # of the newest measurement


class SpeedMeter:
    """Measures while it is told how far the training has come.

    Attributes:
        speed: samples per second; 0 before the first measurement.
    """

    def __init__(self) -> None:
        self.speed = 0.0
        self._then = (0.0, 0.0)

    def begin(self, samples: float) -> None:
        """Steps are being made from now on; so many samples were learned from before."""
        self._then = (time.perf_counter(), samples)

    def measure(self, samples: float) -> None:
        """So many samples were learned from until now."""
        now = time.perf_counter()
        passed = now - self._then[0]
        if passed > _PAUSE and samples > self._then[1]:
            latest = (samples - self._then[1]) / passed
            old = self.speed or latest
            self.speed = (1 - _WEIGHT) * old + _WEIGHT * latest
            self._then = (now, samples)
