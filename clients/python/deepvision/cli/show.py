"""Commands that print lists: networks, info, datasets, wait."""

from deepvision._enums import name as enum_name
from deepvision._generated.v1 import common_pb2, network_pb2
from deepvision.cli.console import bytes_text, count_text, err, out, shape_text, table

_STATE_STYLES = {"ready": "green", "loading": "yellow", "failed": "red"}


def networks(client, args):
    rows = table("id", "~title", "task", "input", "#layers", "#weights", "state")
    notes = []
    for network in client.networks():
        state = enum_name(network_pb2.NetworkState, "NETWORK_STATE_", network.state)
        task = enum_name(network_pb2.Task, "TASK_", network.task) if network.task else ""
        rows.add_row(
            network.id,
            network.title,
            task,
            _input(network.input),
            _count(network.layer_count),
            count_text(network.parameter_count),
            f"[{_STATE_STYLES.get(state, '')}]{state}[/]",
        )
        notes += [(network.id, text) for text in (network.failure, *network.warnings) if text]
    out.print(rows)
    for network_id, text in notes:
        out.print(f"[bold]{network_id}[/]: ", end="")
        out.print(text, markup=False, soft_wrap=True)


def info(client, args):
    server = client.server_info()
    out.print(
        f"[bold]DeepVision server {server.version}[/], LibTorch {server.libtorch_version}, "
        f"up {_duration(server.uptime.seconds)}"
    )
    for device in server.devices:
        threads = f", {device.threads} thread{'s' * (device.threads > 1)}" if device.threads else ""
        memory = f", {bytes_text(device.memory_bytes)}" if device.memory_bytes else ""
        out.print(f"  device     {device.name}{threads}{memory}")
    numerics = ", ".join(enum_name(common_pb2.Numerics, "NUMERICS_", n) for n in server.numerics)
    limits = server.limits
    out.print(f"  numerics   {numerics}")
    out.print(
        f"  limits     requests {bytes_text(limits.max_request_bytes)}, messages "
        f"{bytes_text(limits.max_message_bytes)}, pictures {limits.max_image_pixels:,} pixels, "
        f"{limits.max_queued_requests} waiting requests"
    )


def datasets(client, args):
    rows = table("input", "~title", "#pictures", "~classes")
    for dataset in client.datasets():
        rows.add_row(
            f"dataset:{dataset.id}/INDEX",
            dataset.title,
            _count(dataset.image_count),
            ", ".join(dataset.class_names),
        )
    for number, generator in enumerate(client.noise_generators()):
        prefix = "noise:SEED" if number == 0 else f"noise:{generator.id}/SEED"
        rows.add_row(prefix, generator.title, "", generator.description)
    out.print(rows)


def wait(client, args):
    with err.status(f"waiting for {client.target} …"):
        client.wait(args.for_seconds, network=args.network)
    out.print(f"{client.target} is ready")


def _input(spec):
    guessed = " (guessed)" if spec.guessed else ""
    return shape_text((spec.channels, spec.height, spec.width)) + guessed if spec.channels else ""


def _count(number):
    return f"{number:,}" if number else ""


def _duration(seconds):
    hours, rest = divmod(int(seconds), 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {seconds} s"
        if minutes
        else f"{seconds} s"
    )
