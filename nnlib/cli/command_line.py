"""What the arguments mean, which command runs, and how each kind of trouble ends."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Never

from nnlib import data, presets
from nnlib.cli import listing, predict, train
from nnlib.cli.console import Console, one_line
from nnlib.cli.plan import HELD_BACK
from nnlib.cli.records import EVERY, TrainingError
from nnlib.cli.version import version
from nnlib.errors import LayerLabError
from nnlib.optimizers import Optimizer
from nnlib.options import Declared, Option
from nnlib.schedules import Schedule
from nnlib.training import TrainingSettings

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
_SECONDS = Option("checkpoint_every", float, EVERY, minimum=0.0, maximum=1e6)


def run(arguments: Sequence[str]) -> int:
    """Run one command; the result is the exit code.

    0: done. 1: it failed on the way. 2: an argument, or what it names, is bad. 130: Ctrl+C.
    """
    console = Console()
    try:
        chosen = _parser().parse_args(arguments)
        code: int = chosen.run(chosen, console)
    except SystemExit as end:  # argparse's --help, --version and errors
        return end.code if isinstance(end.code, int) else FAILED
    except TrainingError as error:
        return _end(console, str(error), FAILED)
    except LayerLabError as error:
        return _end(console, str(error), MISUSED)
    except KeyboardInterrupt:
        return _end(console, "Interrupted.", INTERRUPTED)
    except MemoryError:
        return _end(console, "There is not enough memory; choose a smaller network.", FAILED)
    except BrokenPipeError:  # who read the output has left, like `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _end(console, f"{where}{error.strerror or error}", FAILED)
    return code


def _end(console: Console, text: str, code: int) -> int:
    console.note(f"{_program()}: {one_line(text)}")
    return code


def _program() -> str:
    return os.path.basename(sys.argv[0]) or "layerlab"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> Never:
        self.exit(MISUSED, f"{self.prog}: {one_line(message)} (--help tells more)\n")


def _parser() -> argparse.ArgumentParser:
    program = _program()
    parser = _Parser(
        prog=program,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="LayerLab shows how a neural network learns. "
        "Without arguments it opens its window.",
        epilog=f"""examples:
  {program}                                        open the window
  {program} train lenet --epochs 3                 train on the built-in digits
  {program} train two-layer --save my.layerlab     train and keep the network
  {program} predict my.layerlab digit.png          read a picture with it
  {program} list networks                          what can be trained
""",
    )
    parser.add_argument("--version", action="version", version=f"LayerLab {version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train(commands, program)
    _add_predict(commands, program)
    _add_list(commands, program)
    return parser


def _add_train(commands: Any, program: str) -> None:
    parser = _command(
        commands,
        "train",
        train.train,
        "train a network",
        "Train a network on all training samples of a data set, then judge it on all training "
        "and all test samples.",
        f"""examples:
  {program} train two-layer
  {program} train lenet --data mnist --epochs 3 --seed 0 --json
  {program} train simple-conv --optimizer momentum --learning-rate 0.05 --save conv.layerlab
  {program} train --resume conv.layerlab --epochs 10 --save conv.layerlab

Ctrl+C stops after the present step; what --save asked for is written. Whatever else ends it,
the last checkpoint stays, and --resume goes on from there.

--json ends the output with one line, an object with network, data, parameters, epochs,
train_loss, train_accuracy, test_loss, test_accuracy, seconds and samples_per_second.
The seconds are those spent learning, not those spent judging.
""",
    )
    settings = _declared(TrainingSettings)
    rate = _declared(Optimizer)["lr"]
    schedules = Schedule.members.values()
    parser.add_argument(
        "network",
        nargs="?",
        metavar="NETWORK",
        help=f"{', '.join(presets.names())}, or a .layerlab file, whose network starts anew",
    )
    parser.add_argument(
        "--data",
        metavar="DATA",
        help=f"{', '.join(data.names())}, the path of an .npz file, or of a folder with four IDX "
        "files (default: digits)",
    )
    parser.add_argument(
        "--epochs",
        type=_number(settings["epochs"]),
        metavar="N",
        help="how often each sample is seen, counted from the start of the training "
        f"(default: {settings['epochs'].default})",
    )
    parser.add_argument(
        "--batch-size",
        type=_number(settings["batch_size"]),
        metavar="N",
        help=f"samples in one step (default: {settings['batch_size'].default})",
    )
    parser.add_argument(
        "--optimizer",
        type=_member(Optimizer),
        metavar="NAME",
        help=f"{', '.join(name.lower() for name in Optimizer.members)} (default: adam)",
    )
    parser.add_argument(
        "--learning-rate",
        type=_number(rate),
        metavar="X",
        help="how far a step goes (default: the optimizer's own, 0.001 for adam)",
    )
    parser.add_argument(
        "--schedule",
        type=_schedule,
        metavar="NAME",
        help=f"how the learning rate changes: {', '.join(m.title for m in schedules)} (default: "
        "cool-down, it falls to zero over the last third, and accuracy gains); options follow a "
        "colon, as in step:every=2,by=0.1, and warm-up+cosine joins two",
    )
    parser.add_argument(
        "--weight-decay",
        type=_number(settings["weight_decay"]),
        metavar="X",
        help="λ, pulls weights towards zero (default: 0)",
    )
    parser.add_argument(
        "--validation",
        type=_number(settings["validation_share"]),
        metavar="SHARE",
        help="share of the training samples held back to judge the network on while it trains "
        f"(default: 0, and {HELD_BACK:g} with --patience)",
    )
    parser.add_argument(
        "--patience",
        type=_number(settings["patience"]),
        metavar="N",
        help="stop early after N epochs without a lower validation loss, and keep the best weights "
        "(default: off)",
    )
    parser.add_argument(
        "--seed",
        type=_number(settings["seed"]),
        metavar="N",
        help="fixes initial weights and the order of the data (default: 0)",
    )
    parser.add_argument(
        "--save",
        metavar="FILE.layerlab",
        help="keep the trained network there, and checkpoints while it trains",
    )
    parser.add_argument(
        "--checkpoint-every",
        type=_number(_SECONDS),
        metavar="SECONDS",
        help=f"time from one checkpoint to the next (default: {EVERY:g}); 0 is after every step",
    )
    parser.add_argument(
        "--metrics",
        metavar="FILE",
        help="write every step's loss and every evaluation there, one JSON object a line; with "
        "--resume the file is continued from the checkpoint",
    )
    parser.add_argument(
        "--resume",
        metavar="FILE.layerlab",
        help="continue the training saved there, as if it had never stopped; other arguments "
        "change how it goes on",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_predict(commands: Any, program: str) -> None:
    parser = _command(
        commands,
        "predict",
        predict.predict,
        "read pictures with a trained network",
        "Say what pictures show. Each is brought to the form of the training digits: light on "
        "dark, cropped, 20 pixels long, centred. A picture of 28 × 28 pixels is taken as it is.",
        f"""examples:
  {program} predict my.layerlab digit.png
  {program} predict my.layerlab *.png --json
""",
    )
    parser.add_argument("file", metavar="FILE.layerlab", help="a project with a trained network")
    parser.add_argument("images", metavar="IMAGE", nargs="+", help="a PNG, JPEG, … file")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object for each picture"
    )


def _add_list(commands: Any, program: str) -> None:
    parser = _command(
        commands,
        "list",
        listing.show,
        "show what there is to choose from",
        "Show what LayerLab knows, and the options with their bounds and defaults.",
        f"""examples:
  {program} list networks
  {program} list schedules                  how --schedule can change the learning rate
  {program} list optimizers --json
""",
    )
    parser.add_argument("what", metavar=f"{{{','.join(listing.TABLES)}}}", choices=listing.TABLES)
    parser.add_argument("--json", action="store_true", help="print a JSON array")


def _command(
    commands: Any, name: str, run: Callable[..., int], brief: str, description: str, examples: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=brief,
        description=description,
        epilog=examples,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _declared(thing: type[Declared]) -> dict[str, Option]:
    return {declared.name: declared for declared in thing.declared_options()}


def _number(declared: Option) -> Callable[[str], Any]:
    """Reads a number and checks it against the option's declaration."""

    def read(text: str) -> Any:
        try:
            return declared.check(int(text) if declared.kind is int else float(text), "")
        except (ValueError, OverflowError):  # an OptionError is a ValueError
            raise argparse.ArgumentTypeError(
                f"must be {declared.bounds_text()}, not {text[:40]!r}"
            ) from None

    return read


def _member(family: type[Declared]) -> Callable[[str], Any]:
    """Reads the name of a member of a family, with its options as declared."""

    def read(text: str) -> Declared:
        return _made(family, text)

    return read


def _schedule(text: str) -> Declared:
    """Reads a schedule, such as ``cosine``, ``step:every=2,by=0.1`` or ``warm-up+cosine``."""
    return _made(Schedule, _described(text))


def _described(text: str) -> dict[str, Any]:
    """Name and options as `Declared.from_json` takes them."""
    text, _, then = text.partition("+")
    name, _, options = text.partition(":")
    described: dict[str, Any] = {"type": name}
    for part in filter(None, options.split(",")):
        key, _, value = (piece.strip() for piece in part.partition("="))
        _refuse_twice(name, key, described)
        try:
            described[key] = float(value)
        except ValueError:
            described[key] = value
    if then:
        _refuse_twice(name, "then", described)
        described["then"] = _described(then)
    return described


def _refuse_twice(name: str, key: str, described: dict[str, Any]) -> None:
    if key in described:
        raise argparse.ArgumentTypeError(f"{name}: {key} is given twice; say it once.")


def _made(family: type[Declared], description: Any) -> Declared:
    try:
        return family.from_json(description)
    except LayerLabError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
