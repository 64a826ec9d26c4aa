"""Live activations: frames go out, answers come in, the newest frame wins."""

import dataclasses
import threading
import time

import grpc

from deepvision import _activation_request
from deepvision._generated.v1 import activation_pb2 as pb
from deepvision._generated.v1 import input_pb2
from deepvision._items import ItemReader
from deepvision.activations import LayerActivation
from deepvision.errors import DeepVisionError, damaged
from deepvision.inputs import to_input


@dataclasses.dataclass
class LiveAnswer:
    """What the server says of one frame.

    frame_id: the frame's place in `frames`, from 0.
    layers: {layer id: LayerActivation}, in execution order.
    prediction: the proto message Prediction when asked for, else None.
    error: a DeepVisionError when the frame could not be answered, else None.
    dropped: frames that were dropped because a newer one came, so far.
    waiting, compute, total: seconds on the server: until the frame was taken, on
        its device, altogether.
    age: seconds since the frame was sent.
    """

    frame_id: int
    layers: dict
    prediction: object
    error: object
    dropped: int
    waiting: float
    compute: float
    total: float
    age: float


class LiveRequests:
    """The requests of a live call: the configuration, then the frames, no more than
    `in_flight` of them at a time, and none before the configuration is in force:
    meanwhile they would replace each other."""

    def __init__(self, configuration, frames, in_flight):
        self._configurations = [configuration]
        self._network = configuration.network
        self._frames = frames
        self._in_flight = in_flight
        self._sent = 0
        self._settled = 0
        self._in_force = 0
        self._closed = False
        self._changed = threading.Condition()
        self.error = None  # what `frames` raised

    def configure(self, layers=None, network=None, **options):
        configuration = _activation_request.make_configuration(
            network or self._network, layers, **options
        )
        with self._changed:
            self._network = configuration.network
            self._configurations.append(configuration)

    def settled(self, count):
        """So many frames were answered or dropped."""
        with self._changed:
            self._settled = count
            self._changed.notify_all()

    def in_force(self, number):
        """The header of this configuration has come."""
        with self._changed:
            self._in_force = number
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def of_configuration(self, number):
        return self._configurations[number - 1]

    def __iter__(self):
        """Runs on a thread of gRPC."""
        announced = 0
        try:
            for source in self._numbered():
                for configuration in self._configurations[announced:]:
                    announced += 1
                    yield pb.LiveActivationsRequest(configuration=configuration)
                self._wait_for(lambda: self._in_force >= announced)  # noqa: B023
                if source is not None:
                    yield pb.LiveActivationsRequest(frame=source)
        except Exception as error:  # noqa: BLE001 - told to whoever reads the answers
            self.error = error

    def _numbered(self):
        yield None  # the configuration does not wait for the first frame
        for source in self._frames:
            frame = pb.LiveFrame(frame_id=self._sent, input=to_input(source))
            if not self._wait_for(lambda: self._sent - self._settled < self._in_flight):
                return
            self._sent += 1
            frame.client_timestamp = time.monotonic_ns()
            yield frame

    def _wait_for(self, condition):
        """Whether the call goes on."""
        with self._changed:
            if self._in_flight is not None:
                self._changed.wait_for(lambda: self._closed or condition())
            return not self._closed


class LiveStream:
    """Iterates over LiveAnswers until `frames` has ended and the newest frame is
    answered. Leaving the loop early, closing the stream or Ctrl-C ends the call.

    header: the proto message LiveHeader of the configuration in force; None until
        it has come.
    trailer: counts, once the stream is complete.
    """

    def __init__(self, call, requests):
        self._call = call
        self._requests = requests
        self._reader = _Reader()
        self._begin = None
        self._layers = {}
        self._prediction = None
        self._answered = 0
        self.header = None

    @property
    def trailer(self):
        return self._reader.trailer

    def configure(self, layers=None, network=None, **options):
        """Other layers or options for the frames from the next one on."""
        self._requests.configure(layers, network, **options)

    def __iter__(self):
        return self

    def __next__(self):
        try:
            for message in self._call:
                answer = self._feed(message)
                if answer is not None:
                    return answer
            self._check_end()
        except BaseException:
            self.close()
            raise
        raise StopIteration

    def close(self):
        """Ends the call; the server stops computing for it."""
        self._requests.close()
        self._call.cancel()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _check_end(self):
        self._requests.close()
        if self._requests.error is not None:
            raise self._requests.error
        self._reader.check_complete()

    def _feed(self, message):
        if message.HasField("header"):
            self.header = message.header
            self._requests.in_force(message.header.configuration)
        if message.HasField("frame_begin"):
            self._begin, self._layers, self._prediction = message.frame_begin, {}, None
        if message.HasField("prediction"):
            self._prediction = message.prediction
        item = self._reader.feed(message)
        if item:
            layer = LayerActivation(*item, bottom_up=self._is_bottom_up())
            self._layers[layer.id] = layer
        return self._answer(message.frame_end) if message.HasField("frame_end") else None

    def _is_bottom_up(self):
        if self._begin is None:
            raise damaged("a layer came before its frame")
        row_order = self._requests.of_configuration(self._begin.configuration).row_order
        return row_order == input_pb2.ROW_ORDER_BOTTOM_UP

    def _answer(self, end):
        self._reader.check_no_item_is_open()
        if self._begin is None or self._begin.frame_id != end.frame_id:
            raise damaged(f"frame {end.frame_id} ended without a beginning")
        self._begin = None
        self._answered += 1
        self._requests.settled(self._answered + end.dropped_frames)
        return LiveAnswer(
            frame_id=end.frame_id,
            layers=self._layers,
            prediction=self._prediction,
            error=_error(end.error) if end.HasField("error") else None,
            dropped=end.dropped_frames,
            waiting=_seconds(end.waiting_time),
            compute=_seconds(end.compute_time),
            total=_seconds(end.total_time),
            age=(time.monotonic_ns() - end.client_timestamp) * 1e-9,
        )


class _Reader(ItemReader):
    """Items whose trailer counts frames."""

    def __init__(self):
        super().__init__(begins=("layer",))

    def _finish(self, trailer):
        self.check_no_item_is_open()
        if trailer.byte_count != self.received_bytes:
            raise damaged(
                f"the trailer counts {trailer.byte_count} bytes; {self.received_bytes} came"
            )
        self.trailer = trailer


def _seconds(duration):
    return duration.seconds + duration.nanos * 1e-9


def _error(error):
    codes = {code.value[0]: code for code in grpc.StatusCode}
    return DeepVisionError(
        error.message, codes.get(error.code, grpc.StatusCode.UNKNOWN), error.reason
    )
