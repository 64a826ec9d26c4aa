"""`deepvision histograms`: one line of text per histogram."""

from deepvision.cli.console import out
from deepvision.pictures.color import show

_BLOCKS = " ▁▂▃▄▅▆▇█"


def histograms(client, args):
    source = "activations" if args.input else "weights"
    stream = client.histograms(
        args.network, source=source, input=args.input, layers=args.layers or (), bins=args.bins
    )
    for histogram in stream:
        out.print(format_histogram(histogram), markup=False, soft_wrap=True)


def format_histogram(histogram):
    name = histogram.parameter or histogram.layer
    left_out = histogram.nan_count + histogram.infinite_count
    note = f"   {left_out:,} NaN or infinite" if left_out else ""
    low, high = show(histogram.edges[0]), show(histogram.edges[-1])
    values = f"{sum(histogram.counts):>12,} values{note}"
    return f"{name:<40} {low:>9} ┃{spark(histogram.counts)}┃ {high:<9} {values}"


def spark(counts):
    """A character per bin; a bin that is not empty is never blank."""
    largest = max(counts, default=0)
    if not largest:
        return " " * len(counts)
    return "".join(_BLOCKS[0 if not c else max(1, round(c / largest * 8))] for c in counts)
