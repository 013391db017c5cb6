"""`python -m benchmarks [--seconds S]`: how fast the presets train, what the window costs."""

from __future__ import annotations

import argparse

from benchmarks import training, window


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long each single measurement takes"
    )
    parser.add_argument(
        "--only", choices=("training", "window"), help="leave the other benchmark out"
    )
    arguments = parser.parse_args()
    if arguments.only != "window":
        training.report(arguments.seconds)
    if arguments.only != "training":
        window.report(arguments.seconds)


main()
