"""Parts of answers that every service of the fake server uses."""

import io
import zlib

from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from PIL import Image

from deepvision._generated.v1 import common_pb2


def end(data):
    return common_pb2.ItemEnd(byte_count=len(data), crc32=zlib.crc32(data))


def png(array):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


def abort(context, code, message, reason="", metadata=None, *more):
    """Fails a call as the server does: google.rpc.Status in the trailing metadata."""
    info = error_details_pb2.ErrorInfo(reason=reason, domain="deepvision", metadata=metadata or {})
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in (info, *more):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)
