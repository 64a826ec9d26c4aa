"""`deepvision activations`: contact sheets of every layer, and one overview.

The stream is received as a whole before anything is drawn: drawing takes longer
than the network, and would keep the server's buffers and the call's deadline
waiting.
"""

import pathlib

import numpy as np
from rich.progress import BarColumn, Progress, TextColumn

from deepvision import pictures
from deepvision._generated.v1 import network_pb2
from deepvision.cli import index_page
from deepvision.cli.classify import format_prediction
from deepvision.cli.console import bytes_text, err, out
from deepvision.cli.files import UniqueNames
from deepvision.errors import DeepVisionError
from deepvision.inputs import to_input

# The side of a tile never needs more; the server averages larger maps.
_MAX_SIDE = 288
_CLASSES_SHOWN = 5


def activations(client, args):
    source = to_input(args.input)
    topology = client.topology(args.network, omit_markers=True)
    network = client.network(args.network)
    stream = client.activations(
        args.network,
        source,
        layers=args.layers,
        prediction=network.task == network_pb2.TASK_CLASSIFICATION,
        max_side=0 if args.npy else _MAX_SIDE,
    )
    book = _Book(args, topology, _class_names(client, network))
    layers = _receive(stream)
    for layer in _drawing(layers):
        book.add(layer)
    book.write_overview(network, stream, _picture(client, source, args.network))
    _print_summary(stream, book)


def _receive(stream):
    """All layers, with a bar of how many have come."""
    layers, count = [], len(stream.header.layers)
    with stream, _progress() as progress:
        task = progress.add_task("", total=count, done=f"receiving 0/{count}")
        for layer in stream:
            layers.append(layer)
            done = f"receiving {len(layers)}/{count}, {bytes_text(stream.received_bytes)}"
            progress.update(task, completed=len(layers), description=layer.id, done=done)
    return layers


def _drawing(layers):
    """The layers, with a bar of the pages; each is let go when it is drawn."""
    with _progress() as progress:
        task = progress.add_task("", total=len(layers), done="")
        for number in range(len(layers)):
            layer, layers[number] = layers[number], None
            progress.update(
                task,
                completed=number,
                description=layer.id,
                done=f"drawing {number + 1}/{len(layers)}",
            )
            yield layer


class _Book:
    """The folder that is written: a page per layer, and the overview."""

    def __init__(self, args, topology, class_names):
        self.folder = pathlib.Path(args.out)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pages = 0
        self._args = args
        self._topology = topology
        self._class_names = class_names
        self._names = UniqueNames()
        self._names.of("overview")
        self._cards = []
        self._files = []

    def add(self, layer):
        info, args = self._info(layer), self._args
        name = self._names.of(layer.id)
        page = pictures.contact_sheet(
            layer.values(), info, args.theme, args.labels, args.scale == "channel"
        )
        page.save(self.folder / f"{name}.png", compress_level=3)
        if args.npy:
            np.save(self.folder / f"{name}.npy", layer.array)
        group, sources = self._place(layer.id)
        self._files.append((name, info))
        self._cards.append(pictures.Card.of(layer.values(), info, args.theme, group, sources))
        self.pages += 1

    def write_overview(self, network, stream, picture):
        header = stream.header
        classes = [
            (c.name or f"class {c.index}", c.probability)
            for c in (stream.prediction.classes if stream.prediction else ())
        ]
        subtitle = "   ·   ".join(
            (
                self._args.input,
                header.produced_by.device,
                f"{self.pages} layers",
                f"model {header.network_digest[:12]}",
            )
        )
        page = pictures.overview(
            self._cards, network.title or network.id, subtitle, picture, classes, self._args.theme
        )
        page.save(self.folder / "overview.png", compress_level=3)
        index_page.write(self.folder, network.title or network.id, subtitle, self._files)

    def _info(self, layer):
        node = self._node(layer.id)
        names = self._class_names if node is not None and node.units_are_classes else None
        return pictures.LayerInfo(
            id=layer.id,
            title=node.title if node is not None and node.id == layer.id else "",
            kind=layer.kind,
            shape=tuple(layer.meta.full_shape),
            names=names,
            network=self._args.network,
            token_grid=layer.meta.token_grid if layer.meta.HasField("token_grid") else None,
        )

    def _place(self, layer_id):
        """The group of a layer's card, and where its values come from if that is not
        the layer before it."""
        node = self._node(layer_id)
        if node is None:
            return "", ""
        groups = [
            g
            for g in self._topology.groups
            if (layer_id.replace("/", ".") + ".").startswith(g.path + ".")
        ]
        sources = [n.id for n in self._topology.predecessors(node)]
        joins = len(sources) > 1 or (sources and node.predecessors[0] != node.index - 1)
        return (groups[-1].path if groups else ""), ("from " + ", ".join(sources) if joins else "")

    def _node(self, layer_id):
        return self._topology[layer_id] if layer_id in self._topology else None


def _class_names(client, network):
    return client.classes(network.id) if network.class_count else None


def _picture(client, source, network):
    """The input as the network sees it, or None when it is no picture."""
    try:
        return client.input_picture(source, network).to_pil()
    except DeepVisionError as error:
        err.print(
            f"the overview has no picture of the input: {error}", markup=False, soft_wrap=True
        )
        return None


def _print_summary(stream, book):
    if stream.prediction:
        for line in list(format_prediction(stream.prediction))[:_CLASSES_SHOWN]:
            out.print(line, soft_wrap=True)
    out.print(f"{book.pages} layers, {bytes_text(stream.received_bytes)}, checked", markup=False)
    out.print(
        f"{book.folder / 'overview.png'}   all layers on one page", markup=False, soft_wrap=True
    )
    out.print(
        f"{book.folder / 'index.html'}     a contact sheet per layer, in a browser",
        markup=False,
        soft_wrap=True,
    )


def _progress():
    return Progress(
        BarColumn(bar_width=32),
        TextColumn("{task.fields[done]}"),
        TextColumn("{task.description}", style="dim"),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
