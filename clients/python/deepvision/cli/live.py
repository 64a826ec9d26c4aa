"""`deepvision live`: answers to one frame after the other, as they come."""

import itertools
import pathlib

from rich.text import Text

from deepvision.cli.console import bytes_text, out
from deepvision.errors import invalid_input

_PICTURES = {".jpeg", ".jpg", ".npy", ".png", ".webp"}


def live(client, args):
    frames = itertools.islice(_frames(args.frames), args.count or None)
    stream = client.live(
        args.network,
        frames,
        args.layers,
        in_flight=None if args.newest else 2,
        encoding="uint8",
        range="smoothed",
        prediction=args.prediction,
    )
    with stream:
        for answer in stream:
            out.print(_line(answer), soft_wrap=True)
    trailer = stream.trailer
    out.print(
        f"[dim]{trailer.answered_frames} frames answered, {trailer.dropped_frames} dropped, "
        f"{bytes_text(trailer.byte_count)}[/]"
    )


def _frames(source):
    """Noise without an end, or the pictures of a folder."""
    if source == "noise":
        return (f"noise:{seed}" for seed in itertools.count())
    folder = pathlib.Path(source)
    if not folder.is_dir():
        raise invalid_input(f"{source!r} is no folder; give a folder of pictures, or noise")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    if not paths:
        raise invalid_input(f"{source!r} holds no pictures ({', '.join(sorted(_PICTURES))})")
    return iter(paths)


def _line(answer):
    parts = [
        (f"frame {answer.frame_id:<6}", "bold"),
        f"{answer.compute * 1000:7.1f} ms computed {answer.age * 1000:7.1f} ms old",
        (f"  {answer.dropped} dropped", "dim"),
    ]
    if answer.error is not None:
        parts.append((f"  {answer.error.message}", "red"))
    elif answer.prediction is not None and answer.prediction.classes:
        best = answer.prediction.classes[0]
        parts.append(f"  {best.name or best.index} {best.probability:.1%}")
    return Text.assemble(*parts)
