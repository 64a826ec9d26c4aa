"""`deepvision classify`: the most probable classes, as bars."""

from rich.text import Text

from deepvision.cli.console import out

_BAR = 40


def classify(client, args):
    answer = client.classify(args.network, args.input, top_k=args.top)
    for line in format_prediction(answer.prediction):
        out.print(line, soft_wrap=True)
    milliseconds = answer.compute_time.ToTimedelta().total_seconds() * 1000
    produced = answer.produced_by
    took = f", {milliseconds:.1f} ms" if milliseconds else ""
    out.print(f"[dim]{args.network} on {produced.device}{took}[/]")


def format_prediction(prediction):
    """rich Texts, one per class."""
    for hit in prediction.classes:
        name = hit.name or f"class {hit.index}"
        bar = bar_text(hit.probability, _BAR)
        logit = f"{hit.logit:8.3f}" if hit.HasField("logit") else ""
        yield Text.assemble(
            (f"{hit.probability:7.2%}  ", "bold"),
            (bar.ljust(_BAR), "dark_orange"),
            f"  {name}",
            (f"   #{hit.index}{logit}", "dim"),
        )


def bar_text(share, width):
    """A bar of `width` characters at share 1, right to an eighth of a character."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]
