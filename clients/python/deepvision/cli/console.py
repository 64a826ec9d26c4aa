"""What all commands print with.

Results go to standard output, progress and errors to standard error. When the
output is no terminal, lines are as long as they must be.
"""

from rich import box
from rich.console import Console
from rich.table import Table

_WIDE = 200


def _console(stderr=False):
    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    return console


out = _console()
err = _console(stderr=True)


def table(*columns):
    """A table; a column named "#…" is aligned right, one named "~…" is wrapped where
    the terminal is narrow. The others are kept whole, so that ids can be copied."""
    made = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(
            column.lstrip("#~"),
            justify="right" if column.startswith("#") else "left",
            no_wrap=not column.startswith("~"),
        )
    return made


def shape_text(shape):
    return "×".join(map(str, shape))


def bytes_text(count):
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def count_text(number):
    """A count in three digits: 944, 11.7 k, 25.6 M."""
    if number < 1000:
        return str(number)
    for unit in ("k", "M"):
        number /= 1000
        if number < 999.5:
            return f"{number:.3g} {unit}"
    return f"{number / 1000:.3g} G"
