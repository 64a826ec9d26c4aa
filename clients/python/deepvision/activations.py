"""Activations as NumPy arrays, layer by layer as they arrive."""

import io

import numpy as np

from deepvision import _enums
from deepvision._generated.v1 import activation_pb2 as pb
from deepvision._generated.v1 import common_pb2
from deepvision._items import ItemReader, as_array
from deepvision.errors import DeepVisionError, damaged, invalid_input

_DTYPES = {
    pb.ACTIVATION_ENCODING_FLOAT32: "<f4",
    pb.ACTIVATION_ENCODING_FLOAT16: "<f2",
    pb.ACTIVATION_ENCODING_UINT8: "u1",
}


class LayerActivation:
    """One layer's value for one input.

    id: the layer's id.
    meta: the proto message ActivationLayer: shape, quantisation, statistics, …
    data: the bytes as they came, already checked against their CRC-32.
    bottom_up: row 0 of the data is the bottom row.
    """

    def __init__(self, meta, data, bottom_up=False):
        self.id = meta.id
        self.meta = meta
        self.data = data
        self.bottom_up = bottom_up

    @property
    def shape(self):
        """Sizes of the value that was sent: [C, H, W], [units], [tokens, features] …"""
        return tuple(self.meta.shape)

    @property
    def kind(self):
        """ "feature_map", "vector", "tokens" or "other"."""
        return _enums.name(common_pb2.DataKind, "DATA_KIND_", self.meta.kind)

    @property
    def encoding(self):
        """ "float32", "float16", "uint8" or "png"."""
        return _enums.name(pb.ActivationEncoding, "ACTIVATION_ENCODING_", self.meta.encoding)

    @property
    def is_atlas(self):
        """The channels lie as tiles on sheets."""
        return self.meta.HasField("sheet")

    @property
    def array(self):
        """The numbers as sent, of `shape`: float32, float16, or uint8 codes.

        Read-only. A view of the received message, except for PNG and for atlas
        sheets, which are decoded and cut on each call.
        """
        if self.is_atlas:
            return self._tiles().reshape(self.shape)
        if self.meta.encoding == pb.ACTIVATION_ENCODING_PNG:
            return _join_pictures(self.id, [_decode_gray(p) for p in self.pictures], self.shape)
        if self.meta.encoding not in _DTYPES:
            raise damaged(f"{self.id!r} came in an encoding that this client does not know")
        return as_array(self.data, _DTYPES[self.meta.encoding], self.shape, repr(self.id))

    def values(self):
        """float32 values of `shape`: codes are turned back with the layer's scale,
        which is right to half a code."""
        codes = self.array
        if not self.meta.HasField("quantization"):
            return codes.astype(np.float32, copy=False)
        q = self.meta.quantization
        minimum, scale = (self._per_channel(np.float32(v)) for v in (q.minimum, q.scale))
        return minimum + (codes + np.float32(0.5)) * scale

    @property
    def pictures(self):
        """The PNG files of a layer in PNG encoding, one per channel or sheet."""
        if self.meta.encoding != pb.ACTIVATION_ENCODING_PNG:
            raise invalid_input(f"{self.id!r} came as {self.encoding}; ask for encoding='png'")
        if sum(self.meta.part_bytes) != len(self.data):
            raise damaged(f"{self.id!r}: the lengths of its pictures do not add up")
        ends = np.cumsum(self.meta.part_bytes)
        return [self.data[end - size : end] for end, size in zip(ends, self.meta.part_bytes)]

    @property
    def sheets(self):
        """uint8 codes [sheets, height, width] of a layer in the atlas layout."""
        if not self.is_atlas:
            raise invalid_input(f"{self.id!r} came channel by channel; ask for layout='atlas'")
        sheet = self.meta.sheet
        shape = (sheet.sheet_count, sheet.sheet_height, sheet.sheet_width)
        if self.meta.encoding == pb.ACTIVATION_ENCODING_PNG:
            return _join_pictures(self.id, [_decode_gray(p) for p in self.pictures], shape)
        return as_array(self.data, np.uint8, shape, repr(self.id))

    def sheet(self, theme="dark", **options):
        """A PIL picture of all channels, as deepvision.pictures.contact_sheet draws
        it; a notebook shows it."""
        from deepvision import pictures  # Pillow is an optional dependency

        grid = self.meta.token_grid if self.meta.HasField("token_grid") else None
        info = pictures.LayerInfo(
            self.id, kind=self.kind, shape=tuple(self.meta.full_shape), token_grid=grid
        )
        return pictures.contact_sheet(self.values(), info, theme, **options)

    def _tiles(self):
        """[channels, height, width], cut from the sheets; tiles of sheets that are
        stored bottom up are bottom up as well."""
        sheet, sheets = self.meta.sheet, self.sheets
        if self.bottom_up:  # the sheet was flipped as a whole, its order of tiles too
            sheets = sheets[:, ::-1]
        rows, columns = sheet.rows, sheet.columns
        height, width = sheet.tile_height + sheet.gutter, sheet.tile_width + sheet.gutter
        tiles = np.zeros((self.shape[0], sheet.tile_height, sheet.tile_width), np.uint8)
        for channel in range(self.shape[0]):
            number, place = divmod(channel, rows * columns)
            row, column = divmod(place, columns)
            tiles[channel] = sheets[
                number,
                row * height : row * height + sheet.tile_height,
                column * width : column * width + sheet.tile_width,
            ]
        return tiles[:, ::-1] if self.bottom_up else tiles

    def _per_channel(self, numbers):
        """Numbers that broadcast over `shape`: one, or one per channel."""
        if len(numbers) == 1 or len(self.shape) < 2:
            return numbers if len(numbers) == 1 else numbers.reshape(self.shape)
        if self.meta.kind == common_pb2.DATA_KIND_TOKENS:  # a feature is the channel of tokens
            return numbers
        return numbers.reshape(-1, *[1] * (len(self.shape) - 1))

    def __repr__(self):
        return f"<LayerActivation {self.id!r} {list(self.shape)} {self.encoding}>"


class ActivationStream:
    """Iterates over LayerActivations in execution order, each as soon as it is
    complete. Leaving the loop early, closing the stream or Ctrl-C cancels the
    call on the server.

    header: the proto message ActivationHeader (reading it waits for the first
        message): which layers come, network and input digests, what computes.
    prediction: the proto message Prediction once it has come, else None.
    trailer: counts, once the stream is complete.
    """

    def __init__(self, call, bottom_up=False):
        self._call = call
        self._bottom_up = bottom_up
        self._reader = ItemReader(begins=("layer",))
        self._header = None
        self._ended = False
        self.prediction = None

    @property
    def header(self):
        while self._header is None:
            if self._take() is not None:
                raise damaged("a layer came before the header")
        return self._header

    @property
    def trailer(self):
        return self._reader.trailer

    @property
    def received_bytes(self):
        """Payload bytes so far, those of the unfinished layer included."""
        return self._reader.received_bytes

    def __iter__(self):
        return self

    def __next__(self):
        self.header  # noqa: B018 - the first message, if it has not come
        while True:
            layer = self._take()
            if layer is not None:
                return layer

    def read_all(self):
        """{layer id: LayerActivation} of the whole stream."""
        return {layer.id: layer for layer in self}

    def close(self):
        """Ends the stream; the server stops computing for it."""
        self._call.cancel()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _take(self):
        """Reads one message; the layer that it ends, if any."""
        try:
            message = next(self._call, None)
            if message is None or self._ended:
                self._end()
            return self._feed(message)
        except DeepVisionError:
            self.close()
            raise

    def _end(self):
        self._ended = True
        self._reader.check_complete()
        if self._header is None:
            raise damaged("the stream has no header")
        raise StopIteration

    def _feed(self, message):
        if message.HasField("header"):
            self._header = message.header
        if message.HasField("prediction"):
            self.prediction = message.prediction
        item = self._reader.feed(message)
        return LayerActivation(*item, bottom_up=self._bottom_up) if item else None


def _decode_gray(png):
    from PIL import Image  # an optional dependency

    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def _join_pictures(layer_id, pictures, shape):
    if sum(p.size for p in pictures) != int(np.prod(shape, dtype=object)):
        raise damaged(f"{layer_id!r}: its pictures do not have the sizes of {list(shape)}")
    return np.stack(pictures).reshape(shape)
