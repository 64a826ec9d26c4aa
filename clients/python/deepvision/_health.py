"""Waits for a server by its standard health service (grpc.health.v1)."""

import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deepvision.errors import DeepVisionError, from_rpc_error

_SERVING = "SERVING"
_NO_ANSWER = "it did not answer"
_PASSING = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
)

# How soon a connection that was refused is tried again. gRPC's own pace, up to
# two minutes, would let a fresh server wait for us.
_RECONNECT = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


def wait_until_serving(door, target, timeout):
    """Returns when the server at `target` is SERVING.

    Raises DeepVisionError DEADLINE_EXCEEDED after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    status = _NO_ANSWER
    with door.open(target, _RECONNECT) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        while status != _SERVING and time.monotonic() < deadline:
            status = _watch(stub, target, deadline) or status
    if status != _SERVING:
        raise DeepVisionError(
            f"The server at {target} was not ready within {timeout:g} s: {status}.",
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "NOT_READY",
        )


def _watch(stub, target, deadline):
    """Follows the server's state until it serves, the connection breaks or time is
    up; the last state that it told, or None."""
    status = None
    try:
        for response in stub.Watch(
            health_pb2.HealthCheckRequest(),
            wait_for_ready=True,
            timeout=max(0.0, deadline - time.monotonic()),
        ):
            status = health_pb2.HealthCheckResponse.ServingStatus.Name(response.status)
            if status == _SERVING:
                break
    except grpc.RpcError as error:
        if error.code() not in _PASSING:
            raise from_rpc_error(error, target) from None
    return status
