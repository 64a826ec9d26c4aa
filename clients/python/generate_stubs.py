"""Generates deepvision/_generated from the server's protos.

    python generate_stubs.py [--proto DIR]

The protos live in the package `deepvision.v1`, and so does protoc's output: a
Python package of that name would hide this one. The modules are therefore moved
to `deepvision._generated.v1`, and their imports of each other with them; the
names on the wire stay as they are.

Needs grpcio-tools. Runs by itself when the package is built (setup.py).
"""

import argparse
import importlib.resources
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTO_ROOT = HERE.parent.parent / "proto"
OUTPUT = HERE / "deepvision" / "_generated"
PACKAGE = pathlib.Path("deepvision") / "v1"


def run_protoc(proto_root, destination):
    """Compiles every file of deepvision/v1 into `destination`."""
    from grpc_tools import protoc

    protos = sorted(str(p.relative_to(proto_root)) for p in (proto_root / PACKAGE).glob("*.proto"))
    if not protos:
        raise SystemExit(f"no protos in {proto_root / PACKAGE}; name their folder with --proto")
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    status = protoc.main(
        [
            "protoc",
            f"-I{proto_root}",
            f"-I{well_known}",
            f"--python_out={destination}",
            f"--pyi_out={destination}",
            f"--grpc_python_out={destination}",
            *protos,
        ]
    )
    if status != 0:
        raise SystemExit(f"protoc failed with status {status}")


def move_imports(source):
    """Points imports of `deepvision.v1` to where the modules really are."""
    return re.sub(
        r"^from deepvision\.v1 import ",
        "from deepvision._generated.v1 import ",
        source,
        flags=re.MULTILINE,
    )


def generate(proto_root=PROTO_ROOT, output=OUTPUT):
    """Replaces `output` as a whole: no module of a removed proto stays behind."""
    with tempfile.TemporaryDirectory() as scratch:
        run_protoc(pathlib.Path(proto_root), scratch)
        shutil.rmtree(output, ignore_errors=True)
        (output / "v1").mkdir(parents=True)
        for generated in sorted((pathlib.Path(scratch) / PACKAGE).iterdir()):
            text = generated.read_text(encoding="utf-8")
            (output / "v1" / generated.name).write_text(move_imports(text), encoding="utf-8")
    for folder in (output, output / "v1"):
        (folder / "__init__.py").write_text("", encoding="utf-8")


def is_stale(proto_root=PROTO_ROOT, output=OUTPUT):
    """Whether a proto, or this script, is newer than what it generated."""
    made = output / "v1" / "__init__.py"
    sources = [pathlib.Path(__file__), *(pathlib.Path(proto_root) / PACKAGE).glob("*.proto")]
    return not made.exists() or made.stat().st_mtime < max(s.stat().st_mtime for s in sources)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Generates deepvision/_generated.")
    parser.add_argument("--proto", type=pathlib.Path, default=PROTO_ROOT, help="root of the protos")
    generate(parser.parse_args().proto)
    print(f"generated {OUTPUT}", file=sys.stderr)
