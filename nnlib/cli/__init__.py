"""The command line: train, predict and list, the window's twin for the terminal."""

from nnlib.cli.command_line import run

__all__ = ["run"]
