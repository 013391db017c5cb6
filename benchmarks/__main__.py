"""`python -m benchmarks`: how fast the presets train beside PyTorch and JAX, what the window costs.

Everything is measured in one run, in turns, and compared by ratios.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from benchmarks import plan, training
from benchmarks.comparison import Scope
from benchmarks.engines import TITLES

PARTS = ("training", "inference", "window", "editor")


def main() -> None:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    arguments = _parser().parse_args()
    part = arguments.only
    if part not in ("window", "editor"):
        if arguments.cores < _usable_cores() and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
        scope = Scope(
            arguments.engines,
            arguments.cores,
            0 if part == "inference" else arguments.pairs,
            arguments.seconds or 1.0,
            predictions=part != "training",
        )
        training.report(arguments.networks, scope, arguments.markdown)
    if part in (None, "window", "editor"):
        if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from benchmarks import editor, window  # need Qt, which the others do without

        if part != "editor":
            print()
            window.report(arguments.seconds or 3.0)
        if part != "window":
            print()
            editor.report()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=PARTS, help="measure this alone; by default all four")
    parser.add_argument(
        "--networks",
        type=_some_of(plan.all_networks()),
        default=plan.all_networks(),
        metavar="NAME,…",
        help=f"by default all: {', '.join(plan.all_networks())}",
    )
    parser.add_argument(
        "--engines",
        type=_some_of(list(TITLES)),
        default=list(TITLES),
        metavar="NAME,…",
        help=f"by default all that are installed: {', '.join(TITLES)}",
    )
    parser.add_argument(
        "--pairs", type=_count, default=5, metavar="N", help="turns of each engine (default 5)"
    )
    parser.add_argument(
        "--seconds",
        type=_positive,
        metavar="S",
        help="how long a turn takes (default 1; beside the window 3)",
    )
    cores = _usable_cores()
    parser.add_argument(
        "--cores",
        type=_count,
        default=cores,
        metavar="N",
        help=f"threads of each engine; fewer than all ({cores}) keep all to so many processors",
    )
    parser.add_argument("--markdown", action="store_true", help="tables for docs/performance.md")
    return parser


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _some_of(known: list[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = [name.strip() for name in text.split(",") if name.strip()]
        if not names or (odd := [name for name in names if name not in known]):
            raise argparse.ArgumentTypeError(
                f"{', '.join(odd) if names else 'nothing'} is none of {', '.join(known)}"
            )
        return names

    return read


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 3600:
        raise argparse.ArgumentTypeError(f"must be more than 0, not {text}")
    return number


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
