"""LayerLab: without arguments, or with a project file, the window; otherwise the command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

DEFAULT_TRAINING = ("train", "two-layer", "--data", "digits")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; the result is its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if len(arguments) == 1 and _is_project(arguments[0]):
            return _open_window(arguments[0])
        if arguments:
            from nnlib.cli import run

            return run(arguments)
        return _open_window()
    except KeyboardInterrupt:
        return 130


def _is_project(argument: str) -> bool:
    """Whether it is the name of a project file, as a file manager hands it over, and no command."""
    return argument.lower().endswith(".layerlab") and not argument.startswith("-")


def _open_window(file: str | None = None) -> int:
    from nnlib.cli.display import why_no_window

    if (reason := why_no_window()) and file is not None:
        print(
            f"No window: {reason}. Without one, `predict {file} IMAGE` reads pictures with it, and "
            f"`train --resume {file}` trains on (--help tells more).",
            file=sys.stderr,
        )
        return 1
    if reason:
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

    app, window = build([sys.argv[0], *([] if file is None else [file])])
    window.show()
    return int(app.exec())


if __name__ == "__main__":
    sys.exit(main())
