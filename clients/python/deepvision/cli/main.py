"""Arguments, and what the exit code means.

0 done, 1 the server refused or failed, 2 wrong arguments or unreadable input,
3 no server answers or it is not ready, 4 the stream was damaged or incomplete,
130 interrupted.
"""

import argparse
import os
import sys

import grpc

import deepvision
from deepvision import _channel, errors

_SERVER_VARIABLE = "DEEPVISION_SERVER"
_TOKEN_VARIABLE = "DEEPVISION_TOKEN"
_INPUT_HELP = (
    "a picture or .npy file, dataset:ID/INDEX, noise:SEED, noise:GENERATOR/SEED, zeros or black"
)


def main(arguments=None):
    """Runs one command; returns its exit code."""
    args = make_parser().parse_args(arguments)
    try:
        with deepvision.connect(args.server, timeout=args.timeout, **_door(args)) as client:
            args.run(client, args)
    except deepvision.DeepVisionError as error:
        print(f"deepvision: {_sentence(error)}", file=sys.stderr)
        return exit_code(error)
    except OSError as error:  # a folder that cannot be written, a closed pipe
        return _local_failure(error)
    except KeyboardInterrupt:
        print("deepvision: interrupted", file=sys.stderr)
        return 130
    return 0


def _door(args):
    token = os.environ.get(_TOKEN_VARIABLE)
    if args.token_file:
        token = _channel.read_token(args.token_file)
    return {"ca": args.tls_ca, "certificate": args.tls_cert, "key": args.tls_key, "token": token}


def exit_code(error):
    if error.reason == errors.INVALID_INPUT:
        return 2
    if (
        error.reason == errors.NO_SERVER
        or error.code is grpc.StatusCode.UNAVAILABLE
        or error.reason == "NOT_READY"
    ):
        return 3
    if error.code is grpc.StatusCode.DATA_LOSS:
        return 4
    return 1


def _sentence(error):
    parts = [error.message]
    parts += [f"{field}: {what}" for field, what in error.violations if what not in error.message]
    if error.retry_after:
        parts.append(f"Try again in {error.retry_after:g} s")
    if error.reason == errors.NO_SERVER:
        parts.append("Start one with deepvision_server, or name it with --server HOST:PORT")
    return " ".join(part if part.endswith((".", "?", "!")) else part + "." for part in parts)


def _local_failure(error):
    if isinstance(error, BrokenPipeError):  # for example `deepvision topology … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    print(f"deepvision: {error.filename or 'output'}: {error.strerror or error}", file=sys.stderr)
    return 2


def make_parser():
    parser = argparse.ArgumentParser(
        prog="deepvision", description="Looks inside the networks of a DeepVision server."
    )
    parser.add_argument(
        "--version", action="version", version=f"deepvision {deepvision.__version__}"
    )
    _add_connection(
        parser,
        os.environ.get(_SERVER_VARIABLE) or deepvision.client.DEFAULT_TARGET,
        deepvision.client.DEFAULT_TIMEOUT_S,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _add_networks,
        _add_topology,
        _add_activations,
        _add_live,
        _add_visualize,
        _add_classify,
        _add_histograms,
        _add_datasets,
        _add_images,
        _add_info,
        _add_wait,
    ):
        add(commands)
    return parser


def _add_connection(parser, server, timeout):
    parser.add_argument(
        "--server",
        metavar="HOST:PORT",
        default=server,
        help=f"address of the server (default: ${_SERVER_VARIABLE}, else "
        f"{deepvision.client.DEFAULT_TARGET})",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        default=timeout,
        help=f"limit of each call (default: {deepvision.client.DEFAULT_TIMEOUT_S:g})",
    )
    unset = argparse.SUPPRESS if server is argparse.SUPPRESS else None
    for flag, help in (
        ("--tls-ca", "use TLS; authorities of the server's certificate"),
        ("--tls-cert", "the client's certificate, for servers that ask for one"),
        ("--tls-key", "its key"),
        ("--token-file", f"the token that the server wants (default: ${_TOKEN_VARIABLE})"),
    ):
        parser.add_argument(flag, metavar="FILE", default=unset, help=help)


def _command(commands, name, help, run):
    """A sub-command; `run` is "module:function" of this package, loaded when used."""
    parser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    # Given after the command they count as well, and do not undo those before it.
    _add_connection(parser, argparse.SUPPRESS, argparse.SUPPRESS)
    parser.set_defaults(run=_Lazy(run))
    return parser


class _Lazy:
    """Imports a command's module when it runs: `--help` needs neither Pillow nor rich."""

    def __init__(self, where):
        self._module, self._function = where.split(":")

    def __call__(self, client, args):
        import importlib

        try:
            module = importlib.import_module(f"deepvision.cli.{self._module}")
        except ModuleNotFoundError as error:
            raise errors.invalid_input(
                f'the command line needs {error.name}: pip install "deepvision[cli]"'
            ) from error
        getattr(module, self._function)(client, args)


def _add_networks(commands):
    _command(commands, "networks", "list the networks", "show:networks")


def _add_topology(commands):
    parser = _command(
        commands,
        "topology",
        "print a network as a tree of modules with its data flow",
        "tree:topology",
    )
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument(
        "--view",
        choices=("layers", "operators"),
        default="layers",
        help="an operator with its normalisation and activation, or every operator",
    )


def _add_activations(commands):
    parser = _command(
        commands,
        "activations",
        "write contact sheets of what every layer computes",
        "sheets:activations",
    )
    _add_network_and_input(parser)
    parser.add_argument(
        "--layers", nargs="+", metavar="GLOB", help="layer ids or globs (default: all)"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        default="activations",
        help="folder for the pictures (default: %(default)s)",
    )
    parser.add_argument(
        "--scale",
        choices=("layer", "channel"),
        default="layer",
        help="one colour scale per layer, or one per channel (default: layer)",
    )
    parser.add_argument(
        "--theme",
        choices=("dark", "light"),
        default="dark",
        help="colours of the pages (default: dark)",
    )
    parser.add_argument(
        "--no-labels",
        dest="labels",
        action="store_false",
        help="no channel numbers below the tiles",
    )
    parser.add_argument("--npy", action="store_true", help="also save each layer as an array")


def _add_live(commands):
    parser = _command(
        commands, "live", "print the answers to one frame after the other", "live:live"
    )
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument(
        "--frames",
        metavar="FOLDER",
        default="noise",
        help="a folder of pictures, or noise (default: noise)",
    )
    parser.add_argument(
        "--layers", nargs="+", metavar="GLOB", help="layer ids or globs (default: all)"
    )
    parser.add_argument(
        "--count", type=int, default=0, metavar="N", help="at most N frames (default: all)"
    )
    parser.add_argument(
        "--newest",
        action="store_true",
        help="send as fast as possible; the server answers the newest frame and drops others",
    )
    parser.add_argument("--prediction", action="store_true", help="also the most probable class")


def _add_visualize(commands):
    parser = _command(
        commands,
        "visualize",
        "make images that maximise units of a layer, as a contact sheet",
        "visualize:visualize",
    )
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument("layer", metavar="LAYER")
    parser.add_argument(
        "--units",
        metavar="UNITS",
        help='for example "0-15", "3,7" or "all"; without: what all of them cost',
    )
    parser.add_argument(
        "--method",
        choices=("fourier", "robust", "maco"),
        default="fourier",
        help="how (default: %(default)s)",
    )
    parser.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help='parameters of the method, for example "learning_rate=0.1"',
    )
    parser.add_argument("--steps", type=int, default=0, help="default: the method's")
    parser.add_argument("--seed", type=int, default=0, help="of all that is random (default: 0)")
    parser.add_argument(
        "--size", type=int, metavar="PIXELS", help="height and width (default: the method's)"
    )
    parser.add_argument("--start", metavar="INPUT", help=f"start from {_INPUT_HELP}")
    parser.add_argument(
        "--numerics", choices=("exact", "fast", "bfloat16", "float16", "tf32"), help="how exactly"
    )
    parser.add_argument(
        "--quality-dataset",
        default="",
        metavar="DATASET",
        help="tell beside each image how strongly those of a dataset excite the unit",
    )
    parser.add_argument(
        "--mode",
        choices=("load_or_generate", "generate", "load_only", "load_latest"),
        default="load_or_generate",
        help="what to do about images that the server has kept (default: %(default)s)",
    )
    parser.add_argument("--watch", action="store_true", help="show how far each unit is")
    parser.add_argument(
        "--out", metavar="FILE", help="the contact sheet (default: NETWORK-LAYER.png)"
    )
    parser.add_argument(
        "--evolution", metavar="FILE", help="an animation of how they grew: .webp or .gif"
    )


def _add_classify(commands):
    parser = _command(commands, "classify", "print the most probable classes", "classify:classify")
    _add_network_and_input(parser)
    parser.add_argument(
        "--top", type=int, default=5, metavar="N", help="number of classes (default: 5)"
    )


def _add_histograms(commands):
    parser = _command(
        commands,
        "histograms",
        "print histograms of weights, or of activations for an input",
        "histograms:histograms",
    )
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument(
        "--input", help=f"count activations of this input instead of weights: {_INPUT_HELP}"
    )
    parser.add_argument(
        "--layers", nargs="+", metavar="GLOB", help="layer ids or globs (default: all)"
    )
    parser.add_argument("--bins", type=int, default=32, metavar="N", help="bins (default: 32)")


def _add_datasets(commands):
    _command(
        commands, "datasets", "list the datasets and noise generators, as inputs", "show:datasets"
    )


def _add_images(commands):
    parser = _command(commands, "images", "save pictures of a dataset", "images:images")
    parser.add_argument("dataset", metavar="DATASET")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--index", type=int, nargs="+", metavar="N", help="these pictures (default: all)"
    )
    choice.add_argument(
        "--class", dest="class_name", metavar="NAME", help="all pictures of a class"
    )
    choice.add_argument("--sample", type=int, metavar="N", help="N pictures by chance")
    parser.add_argument("--seed", type=int, default=0, help="seed of --sample (default: 0)")
    parser.add_argument(
        "--max-side", type=int, default=0, metavar="PIXELS", help="reduce larger pictures"
    )
    parser.add_argument(
        "--out", metavar="DIR", default="images", help="folder (default: %(default)s)"
    )


def _add_info(commands):
    _command(commands, "info", "print the server's version, devices and limits", "show:info")


def _add_wait(commands):
    parser = _command(commands, "wait", "wait until the server serves", "show:wait")
    parser.add_argument(
        "--for",
        dest="for_seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="give up after this time (default: 60)",
    )
    parser.add_argument("--network", help="wait until this network is ready as well")


def _add_network_and_input(parser):
    parser.add_argument("network", metavar="NETWORK")
    parser.add_argument("--input", required=True, help=_INPUT_HELP)


if __name__ == "__main__":
    sys.exit(main())
