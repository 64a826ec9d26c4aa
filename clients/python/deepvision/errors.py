"""The one exception of this package, and how a gRPC error becomes it."""

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DETAILS_KEY = "grpc-status-details-bin"

# Reasons of errors that this package finds by itself.
NO_SERVER = "NO_SERVER"
CONNECTION_LOST = "CONNECTION_LOST"
STREAM_INCOMPLETE = "STREAM_INCOMPLETE"
STREAM_DAMAGED = "STREAM_DAMAGED"
INVALID_INPUT = "INVALID_INPUT"


class DeepVisionError(Exception):
    """A call that failed.

    code: grpc.StatusCode, for example NOT_FOUND.
    reason: upper-case word that a program can test, for example "LAYER_NOT_FOUND";
        empty when the server gave none.
    message: a sentence for people.
    metadata: the dynamic values of the message.
    retry_after: seconds after which to try again, or None.
    violations: (field, what is wrong with it) for each field of a bad request.
    """

    def __init__(
        self,
        message,
        code=grpc.StatusCode.UNKNOWN,
        reason="",
        metadata=None,
        retry_after=None,
        violations=(),
    ):
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after
        self.violations = list(violations)


def damaged(message):
    """Bytes that came are not the bytes that were sent."""
    return DeepVisionError(message, grpc.StatusCode.DATA_LOSS, STREAM_DAMAGED)


def incomplete(message):
    """A stream ended without saying that it was complete."""
    return DeepVisionError(message, grpc.StatusCode.DATA_LOSS, STREAM_INCOMPLETE)


def invalid_input(message):
    """An input that cannot be sent."""
    return DeepVisionError(message, grpc.StatusCode.INVALID_ARGUMENT, INVALID_INPUT)


def from_rpc_error(error, target):
    """The DeepVisionError of a grpc.RpcError from the server at `target`."""
    code = error.code()
    result = DeepVisionError(error.details() or code.name, code)
    _read_details(error, result)
    if code is grpc.StatusCode.UNAVAILABLE and not result.reason:
        _explain_unavailable(result, target)
    elif code is grpc.StatusCode.DEADLINE_EXCEEDED and not result.reason:
        result.message = f"The server at {target} did not finish within the time limit."
    elif code is grpc.StatusCode.UNIMPLEMENTED and not result.reason:
        result.message = f"The server at {target} does not know this call: {result.message}"
    result.args = (result.message,)
    return result


def _read_details(error, result):
    for key, value in error.trailing_metadata() or ():
        if key != _DETAILS_KEY:
            continue
        try:
            status = status_pb2.Status.FromString(value)
        except DecodeError:  # the code and the text are still right
            return
        for detail in status.details:
            _read_detail(detail, result)


def _read_detail(detail, result):
    info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    if detail.Unpack(info):
        result.reason = info.reason
        result.metadata.update(info.metadata)
    elif detail.Unpack(retry):
        result.retry_after = retry.retry_delay.ToTimedelta().total_seconds()
    elif detail.Unpack(request):
        result.violations += [(v.field, v.description) for v in request.field_violations]


def _explain_unavailable(result, target):
    """gRPC's own UNAVAILABLE: nobody was reached, or somebody went away."""
    details = result.message
    if any(sign in details.lower() for sign in ("failed to connect", "resolution", "resolver")):
        result.reason = NO_SERVER
        result.message = f"No DeepVision server answers at {target} ({_last_error(details)})."
    else:
        result.reason = CONNECTION_LOST
        result.message = f"The connection to {target} was lost ({_last_error(details)})."


def _last_error(details):
    """The useful end of gRPC's text, for example "Connection refused"."""
    text = details.rsplit(": ", 1)[-1].strip().rstrip(".")
    return text[: text.rfind("(")].strip() if text.endswith(")") else text
