"""`deepvision images`: saves pictures of a dataset."""

import pathlib

from rich.progress import track

from deepvision.cli.console import err, out
from deepvision.cli.files import safe_name


def images(client, args):
    folder = pathlib.Path(args.out)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for picture in track(
        _stream(client, args),
        description="pictures",
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ):
        meta = picture.meta
        name = safe_name("-".join(filter(None, (f"{meta.index:05d}", meta.class_name))))
        (folder / f"{name}.png").write_bytes(picture.data)
        count += 1
    out.print(f"{count} pictures in {folder}", markup=False, soft_wrap=True)


def _stream(client, args):
    return client.images(
        args.dataset,
        indices=args.index or None,
        class_name=args.class_name,
        sample=(args.sample, args.seed) if args.sample else None,
        max_side=args.max_side,
    )
