"""The order of axes that is faster for a network in JAX: `python -m benchmarks.layout NETWORK`.

It depends on the network and on the machine, so it is tried, for the peer's best; in a process of
its own, because what is compiled for the trial stays in memory.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks import ENVIRONMENT, pictures, plan
from benchmarks.process import ROOT
from nnlib import presets

LAYOUTS = ("NCHW", "NHWC")
TRIAL = 0.5  # seconds for each
PICTURES = 2000


def faster(network: str) -> str:
    """The layout in which the preset of that name trains faster.

    Raises:
        subprocess.CalledProcessError: the trial failed; its message is on stderr.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.layout", network],
        cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout.split()[-1]


def main() -> None:
    """Print the faster layout."""
    from benchmarks.engines.xla import JaxEngine

    (name,) = sys.argv[1:]
    x, t = pictures.make(PICTURES)
    engines = {}
    for layout in LAYOUTS:
        engine = JaxEngine(plan.find(name), presets.build(name), x, t, cores=1, layout=layout)
        engine.train(TRIAL / 2)  # compiles
        engines[layout] = engine

    def speed(layout: str) -> float:
        samples, seconds = engines[layout].train(TRIAL)
        return samples / seconds

    print(max(LAYOUTS, key=speed))


if __name__ == "__main__":
    main()
