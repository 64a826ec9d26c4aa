"""Feature visualizations: images that maximise units, as they grow."""

import dataclasses
import io
from typing import NamedTuple

import numpy as np

from deepvision import _enums
from deepvision._generated.v1 import input_pb2
from deepvision._generated.v1 import visualization_pb2 as pb
from deepvision._items import ItemReader, as_array
from deepvision.errors import damaged, invalid_input

_CHANNELS = {pb.VISUALIZATION_ENCODING_RGB8: 3, pb.VISUALIZATION_ENCODING_RGBA8: 4}


class ImageProgress(NamedTuple):
    """How far one image is: the objective on the transformed image of this step, and
    the length of the gradient."""

    unit: int
    image: int
    step: int
    objective: float
    gradient_norm: float


class VisualizationProgress(NamedTuple):
    """images: an ImageProgress for each image that runs."""

    images: list


class _WithPixels:
    @property
    def array(self):
        """The picture: uint8 [height, width, channels], or float32 [channels, height,
        width] for the encoding "float32". Row 0 is on top."""
        pixels, data = self.meta.pixels, self.data
        if pixels.encoding == pb.VISUALIZATION_ENCODING_FLOAT32:
            shape = (pixels.channels, pixels.height, pixels.width)
            return self._upright(as_array(data, "<f4", shape, "the picture"), -2)
        if pixels.encoding in _CHANNELS:
            shape = (pixels.height, pixels.width, _CHANNELS[pixels.encoding])
            return self._upright(as_array(data, "u1", shape, "the picture"), 0)
        return np.asarray(self.to_pil())

    def to_pil(self):
        """A PIL picture."""
        from PIL import Image  # an optional dependency

        if not self.data:
            raise invalid_input("there is no picture: the unit is not done, or lies in an atlas")
        if self.meta.pixels.encoding in _CHANNELS:
            return Image.fromarray(self.array)
        if self.meta.pixels.encoding == pb.VISUALIZATION_ENCODING_FLOAT32:
            colours = np.clip(self.array * 255 + 0.5, 0, 255).astype(np.uint8)
            return Image.fromarray(colours[0] if len(colours) == 1 else np.moveaxis(colours, 0, -1))
        return Image.open(io.BytesIO(self.data))

    def _upright(self, array, axis):
        if self.meta.pixels.row_order == input_pb2.ROW_ORDER_BOTTOM_UP:
            return np.flip(array, axis)
        return array


@dataclasses.dataclass
class VisualizationPicture(_WithPixels):
    """An image that is not done, after `step` steps; or a sheet of all (layout
    "atlas": is_sheet, meta.sheet says where the tiles lie).

    meta: the proto message VisualizationPicture; data: its bytes, checked.
    """

    meta: object
    data: bytes

    unit = property(lambda self: self.meta.unit)
    image = property(lambda self: self.meta.image)
    step = property(lambda self: self.meta.step)
    replayed = property(lambda self: self.meta.replayed)
    is_sheet = property(lambda self: self.meta.HasField("sheet"))


@dataclasses.dataclass
class VisualizationResult(_WithPixels):
    """An image of a unit that has ended.

    state: "done", "dead" (no gradient anywhere) or "failed" (`failure` says why).
    quality: the proto message VisualizationQuality, of what is done.
    meta: the proto message VisualizationResult; data: the picture's bytes, checked.
    """

    meta: object
    data: bytes

    unit = property(lambda self: self.meta.status.unit)
    image = property(lambda self: self.meta.image)
    step = property(lambda self: self.meta.status.step)
    quality = property(lambda self: self.meta.quality)
    failure = property(lambda self: self.meta.status.failure.message)

    @property
    def state(self):
        return _enums.name(pb.UnitState, "UNIT_STATE_", self.meta.status.state)


class VisualizationStream:
    """Iterates over VisualizationProgress, VisualizationPicture and
    VisualizationResult until the job has ended. Leaving the loop early, closing the
    stream or Ctrl-C ends the call, and with Client.visualize the job, unless it is
    detached.

    header: the proto message VisualizationHeader; None until it has come.
    status: the proto message VisualizationStatus, the newest; its `units` are all
        that are watched.
    trailer: counts, once the stream is complete.
    """

    def __init__(self, responses):
        self._responses = responses
        self._reader = _Reader()
        self._units = {}
        self.header = None
        self.status = None

    @property
    def trailer(self):
        return self._reader.trailer

    @property
    def id(self):
        """Of the job, once the header has come."""
        return self.header.visualization.id

    @property
    def ticket(self):
        """What Client.cancel_visualization takes."""
        return self.header.ticket

    @property
    def spec(self):
        """With every default filled in, once the header has come."""
        return self.header.visualization.spec

    @property
    def state(self):
        """ "queued", "running", "succeeded", "partial", "failed" or "cancelled"."""
        if self.status is None:
            return "queued"
        return _enums.name(pb.VisualizationState, "VISUALIZATION_STATE_", self.status.state)

    def results(self):
        """Iterates over the results alone."""
        return (event for event in self if isinstance(event, VisualizationResult))

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            try:
                message = next(self._responses)
            except StopIteration:
                self._reader.check_complete()
                raise
            event = self._feed(message)
            if event is not None:
                return event

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._responses.cancel()

    def _feed(self, message):
        if message.HasField("header"):
            self.header = message.header
        if message.HasField("state"):
            self._take_state(message.state)
        item = self._reader.feed(message)
        if item is not None:
            is_result = isinstance(item[0], pb.VisualizationResult)
            return (VisualizationResult if is_result else VisualizationPicture)(*item)
        return _progress(message.progress) if message.HasField("progress") else None

    def _take_state(self, status):
        for unit in status.units:
            self._units[unit.unit] = unit
        self.status = pb.VisualizationStatus()
        self.status.CopyFrom(status)
        del self.status.units[:]
        self.status.units.extend(self._units.values())


class _Reader(ItemReader):
    """Items whose bytes are announced in their pixels."""

    def __init__(self):
        super().__init__(begins=("picture", "result"))

    def _announced(self, meta):
        return meta.pixels.byte_count


def _progress(message):
    images = message.images or [0] * len(message.units)
    columns = (message.units, images, message.steps, message.objectives, message.gradient_norms)
    if len({len(column) for column in columns}) != 1:
        raise damaged("the lists of a progress message differ in length")
    return VisualizationProgress([ImageProgress(*row) for row in zip(*columns)])

