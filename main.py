"""LayerLab: without arguments the window, with arguments the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

DEFAULT_TRAINING = ("train", "two-layer", "--data", "digits")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the result is its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if arguments:
            from nnlib.cli import run

            return run(arguments)
        return _open_window()
    except KeyboardInterrupt:
        return 130


def _open_window() -> int:
    from nnlib.cli.display import why_no_window

    if reason := why_no_window():
        from nnlib.cli import run

        network, source = DEFAULT_TRAINING[1], DEFAULT_TRAINING[3]
        print(
            f"No window: {reason}. Training {network} on {source} here instead "
            "(--help tells what else can be done).",
            file=sys.stderr,
            flush=True,
        )
        return run(DEFAULT_TRAINING)
    from gui.app import build

    app, window = build(sys.argv)
    window.show()
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main())
