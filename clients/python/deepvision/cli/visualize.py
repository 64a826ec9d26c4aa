"""`deepvision visualize`: images that maximise units, live on the terminal, as a
contact sheet and as an animation of how they grew."""

import collections
import contextlib
import math
import pathlib
import re

from rich.live import Live
from rich.table import Table
from rich.text import Text

from deepvision.cli.console import err, out
from deepvision.cli.files import safe_name
from deepvision.cli.histograms import spark
from deepvision.errors import DeepVisionError, invalid_input
from deepvision.pictures import gallery
from deepvision.visualizations import (
    VisualizationPicture,
    VisualizationProgress,
    VisualizationResult,
)

_ROWS = 16  # of the live table
_BAR = 24


def visualize(client, args):
    names = _class_names(client, args.network, args.layer)
    stream = client.visualize(
        args.network,
        args.layer,
        units=_units(args.units),
        method=args.method,
        steps=args.steps,
        seed=args.seed,
        size=args.size,
        start=args.start,
        numerics=args.numerics,
        quality_dataset=args.quality_dataset,
        mode=args.mode,
        pictures=bool(args.evolution),
        max_fps=8,
        from_step=0 if args.evolution else None,
        **dict(_parameter(text) for text in args.set),
    )
    run = _Run(names)
    with stream, _display(run, stream, args.watch) as show:
        for event in stream:
            run.take(event)
            show(event)
    if args.evolution and not run.replayed:
        _take_snapshots(client, run, stream.id)
    _finish(run, stream, args)


def _take_snapshots(client, run, id):
    """What the server has kept of the way: a quick job is over before many pictures
    of it have come."""
    with client.watch_visualization(id, from_step=0) as stream:
        for event in stream:
            if isinstance(event, VisualizationPicture):
                run.take(event)


class _Run:
    """What has come so far."""

    def __init__(self, names):
        self.names = names
        self.progress = {}  # (unit, image) -> the newest ImageProgress
        self.curves = collections.defaultdict(lambda: collections.deque(maxlen=_BAR))
        self.ways = collections.defaultdict(list)  # (unit, image) -> [(step, PIL picture)]
        self.results = {}
        self.replayed = False

    def take(self, event):
        if isinstance(event, VisualizationProgress):
            for image in event.images:
                key = (image.unit, image.image)
                self.progress[key] = image
                self.curves[key].append(image.objective)
        elif isinstance(event, VisualizationPicture):
            self.replayed = self.replayed or event.replayed
            self.ways[event.unit, event.image].append((event.step, event.to_pil()))
        else:
            key = (event.unit, event.image)
            self.results[key] = event
            self.progress.pop(key, None)
            if event.state == "done":
                self.ways[key].append((event.step, event.to_pil()))

    def in_order(self, units):
        """The results in the order of the work, whatever ended first."""
        place = {unit: i for i, unit in enumerate(units)}
        return dict(sorted(self.results.items(), key=lambda item: (place[item[0][0]], item[0][1])))

    def way(self, key):
        """One picture for each step, the largest, in the order of the steps."""
        pictures = {}
        for step, picture in self.ways[key]:
            if step not in pictures or picture.width > pictures[step].width:
                pictures[step] = picture
        return sorted(pictures.items())

    def name(self, key):
        unit, image = key
        text = str(unit)
        if unit < len(self.names):
            text += f" {self.names[unit]}"
        return f"{text} #{image}" if image else text


@contextlib.contextmanager
def _display(run, stream, watch):
    """Gives a function that shows an event."""
    if not watch or not err.is_terminal:
        yield lambda event: _line(run, event) if watch else None
        return
    with Live(console=err, refresh_per_second=8, get_renderable=lambda: _table(run, stream)) as _:
        yield lambda event: None


def _line(run, event):
    """For logs: one line for each result."""
    if isinstance(event, VisualizationResult):
        parts = [f"unit {run.name((event.unit, event.image))}", event.state]
        if event.state == "done":
            parts.append(f"objective {event.quality.objective:.4g}")
            parts.append("from the store" if event.meta.status.from_store else "")
        parts.append(event.failure)
        err.print("  ".join(filter(None, parts)), markup=False, soft_wrap=True)


def _table(run, stream):
    table = Table.grid(padding=(0, 2))
    if stream.header is None:
        table.add_row("waiting for the server")
        return table
    steps = stream.spec.steps
    for key, image in list(run.progress.items())[:_ROWS]:
        full = min(_BAR, round(_BAR * image.step / max(1, steps)))
        table.add_row(
            Text(run.name(key), "bold"),
            Text.assemble(("━" * full, "green"), ("━" * (_BAR - full), "dim")),
            f"{image.step}/{steps}",
            f"{image.objective:.4g}",
            Text(_curve(run.curves[key]), "cyan"),
        )
    table.add_row(Text(_summary(stream), "dim"))
    return table


def _curve(values):
    """The objective's way as a line of blocks, from its lowest value up."""
    finite = [value for value in values if math.isfinite(value)]
    lowest = min(finite, default=0)
    return spark([value - lowest for value in finite])


def _summary(stream):
    status = stream.status
    if status is None:
        return ""
    counts = status.counts
    parts = [stream.state, f"{counts.done} done"]
    if status.HasField("queue_position"):
        parts.append(f"{status.queue_position} jobs before it")
    for name in ("running", "waiting", "dead", "failed"):
        if getattr(counts, name):
            parts.append(f"{getattr(counts, name)} {name}")
    if status.steps_per_second:
        parts.append(f"{status.steps_per_second:.1f} steps/s")
    if status.HasField("remaining_time"):
        parts.append(f"{status.remaining_time.seconds} s left")
    return " · ".join(parts)


def _finish(run, stream, args):
    out.print(_summary(stream), markup=False, soft_wrap=True)
    results = run.in_order(stream.header.units)
    done = [key for key, result in results.items() if result.state == "done"]
    if stream.status.failure.code:
        raise DeepVisionError(stream.status.failure.message, reason=stream.status.failure.reason)
    if not done:
        raise DeepVisionError("no unit is done, so there is nothing to save")
    path = pathlib.Path(args.out or f"{safe_name(f'{args.network}-{args.layer}')}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    _sheet(run, stream.spec, results).save(path)
    out.print(f"{len(done)} images in {path}", markup=False, soft_wrap=True)
    if args.evolution:
        pages = gallery.frames([run.way(key) for key in done])
        gallery.save_animation(args.evolution, pages)
        out.print(f"{len(pages)} frames in {args.evolution}", markup=False, soft_wrap=True)


def _sheet(run, spec, results):
    return gallery.contact_sheet(
        [result.to_pil() if result.state == "done" else None for result in results.values()],
        [(run.name(key), _caption(result)) for key, result in results.items()],
        spec.layer,
        f"{spec.network}   ·   {spec.WhichOneof('method')}, {spec.steps} steps, seed {spec.seed}",
    )


def _caption(result):
    if result.state != "done":
        return result.state
    text = f"{result.quality.objective:.3g}"
    if result.quality.HasField("dataset_maximum"):
        text += f" (data ≤ {result.quality.dataset_maximum:.3g})"
    return text


def _class_names(client, network, layer):
    """Of layers whose units are classes."""
    for node in client.topology(network).nodes:
        if node.id == layer and node.units_are_classes:
            return client.classes(network)
    return []


def _units(text):
    """ "0-3,7" as numbers; None where nothing was given."""
    if text is None or text == "all":
        return text
    units = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part.strip())
        if not match or int(match[2] or match[1]) < int(match[1]):
            raise invalid_input(f'--units {text!r} should read "0-15", "3,7,20-22" or "all"')
        units.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
        if len(units) > 65536:
            raise invalid_input("--units names more than 65536 units; use all")
    return units


def _parameter(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise invalid_input(f'--set {text!r} should read NAME=VALUE, like "learning_rate=0.1"')
    for convert in (int, float):
        with contextlib.suppress(ValueError):
            return name, convert(value)
    return name, {"true": True, "false": False}.get(value, value)
