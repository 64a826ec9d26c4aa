"""How the client's methods call the server: limits, errors, metadata, pages."""

import re

import grpc
import grpc.experimental

from deepvision._items import ItemReader
from deepvision.errors import from_rpc_error

# Whoever iterates over a stream reads it, instead of waiting for a thread that reads:
# two changes of threads less for each message.
_CHANNEL = [(grpc.experimental.ChannelOptions.SingleThreadedUnaryStream, 1)]


class Calls:
    """A channel to a server, and the ways to call its methods. Thread-safe.

    `method` is one of a stub's, `timeout` is in seconds; None: that of the client.
    Errors are DeepVisionError.
    """

    def __init__(self, target, timeout, door):
        self.channel = door.open(target, _CHANNEL)
        self._target = target
        self._timeout = timeout
        self._door = door

    def close(self):
        self.channel.close()

    def unary(self, method, request, timeout):
        """The answer to a request, or to an iterator of requests."""
        try:
            return method(request, timeout=self._limit(timeout), metadata=self._metadata(request))
        except grpc.RpcError as error:
            raise from_rpc_error(error, self._target) from None

    def stream(self, method, request, timeout):
        """The answers, as they come."""
        return self.unlimited_stream(method, request, self._limit(timeout))

    def unlimited_stream(self, method, request, timeout):
        """Like stream; but here None is no limit: for what ends with a job or a session."""
        return self.exchange(method, request, request, timeout)

    def exchange(self, method, requests, about, timeout):
        """The answers to `requests`; `about` is the message that names the network."""
        call = method(requests, timeout=timeout, metadata=self._metadata(about))
        return Responses(call, self._target)

    def pages(self, method, request, member, timeout):
        """Iterates over `member` of all pages of a list."""
        while True:
            page = self.unary(method, request, timeout)
            yield from getattr(page, member)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def items(self, method, request, begins, timeout):
        """Iterates over the complete items of a stream; `begins` names the messages
        with which one begins."""
        reader = ItemReader(begins)
        with self.stream(method, request, timeout) as responses:
            for response in responses:
                item = reader.feed(response)
                if item:
                    yield item
            reader.check_complete()

    def _metadata(self, request):
        return _routing(request) + self._door.metadata()

    def _limit(self, timeout):
        return self._timeout if timeout is None else timeout


class Responses:
    """The responses of a streaming call. Errors become DeepVisionError; leaving
    it in any way but the end cancels the call."""

    def __init__(self, call, target):
        self._call = call
        self._target = target

    def __iter__(self):
        return self

    def __next__(self):
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise from_rpc_error(error, self._target) from None
        except KeyboardInterrupt:
            self.cancel()
            raise

    def on_end(self, callback):
        """Calls `callback` when the call has ended."""
        self._call.add_callback(callback)

    def cancel(self):
        self._call.cancel()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cancel()  # does nothing to a call that has ended


def _routing(request):
    """Lets a proxy keep the calls of one network on one replica."""
    network = getattr(request, "network", "") or _network_of_visualization(request)
    return (
        (("x-network-id", network),) if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", network) else ()
    )


def _network_of_visualization(request):
    if hasattr(request, "spec"):
        return request.spec.network
    parts = getattr(request, "id", "").split("/")
    return parts[1] if len(parts) == 4 else ""
