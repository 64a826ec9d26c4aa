"""Puts the items of a stream together and checks them.

A stream of items (layers, pictures, tensors) is: per item a message with its
meta data, its bytes in one or more messages, and an `end` with byte count and
CRC-32; all three may share one message. The last message is the trailer. An
ended item is final even if the call breaks later; a stream without its trailer
is incomplete, and so is one whose trailer counts more than came.
"""

import zlib

import numpy as np

from deepvision.errors import damaged, incomplete


class ItemReader:
    """Assembles items from messages.

    begins: names of the message members that begin an item.
    """

    def __init__(self, begins):
        self._begins = begins
        self._meta = None
        self._payload = None
        self._items = 0
        self._bytes = 0
        self.trailer = None

    @property
    def received_bytes(self):
        """Payload bytes so far, those of the unfinished item included."""
        return self._bytes + (self._payload.size if self._payload else 0)

    def feed(self, message):
        """The (meta data, bytes) that `message` ends, else None."""
        if self.trailer is not None:
            raise damaged("a message came after the trailer")
        for member in self._begins:
            if message.HasField(member):
                self._begin(getattr(message, member))
        data = message.data  # a copy each time it is read
        if data:
            self._append(data)
        if message.HasField("trailer"):
            self._finish(message.trailer)
        return self._end(message.end) if message.HasField("end") else None

    def check_complete(self):
        """Raises unless the trailer has come."""
        if self.trailer is None:
            raise incomplete(
                f"the stream broke off after {self._items} complete items: no trailer came"
            )

    def check_no_item_is_open(self):
        if self._meta is not None:
            raise damaged(f"{_name(self._meta)} has no end")

    def _begin(self, meta):
        if self._meta is not None:
            raise damaged(f"{_name(meta)} began before {_name(self._meta)} had ended")
        self._meta, self._payload = meta, _Payload(self._announced(meta))

    def _announced(self, meta):
        """Bytes that follow."""
        return meta.byte_count

    def _append(self, data):
        if self._meta is None:
            raise damaged("bytes came that belong to no item")
        if not self._payload.append(data):
            raise damaged(f"{_name(self._meta)}: more bytes came than were announced")

    def _end(self, end):
        if self._meta is None:
            raise damaged("an item ended that had not begun")
        meta, payload = self._meta, self._payload
        _check_payload(_name(meta), payload, end)
        self._meta, self._payload = None, None
        self._items += 1
        self._bytes += payload.size
        return meta, payload.data

    def _finish(self, trailer):
        self.check_no_item_is_open()
        if (trailer.item_count, trailer.byte_count) != (self._items, self._bytes):
            raise damaged(
                f"the trailer counts {trailer.item_count} items and {trailer.byte_count} bytes; "
                f"{self._items} items and {self._bytes} bytes came"
            )
        self.trailer = trailer


def as_array(data, dtype, shape, name):
    """A read-only view of `data`; no bytes are copied."""
    dtype = np.dtype(dtype)
    expected = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(data) != expected:
        raise damaged(
            f"{name}: {len(data)} bytes came for {dtype.name} {list(shape)}, which has {expected}"
        )
    return np.frombuffer(data, dtype=dtype).reshape(shape)


class _Payload:
    """The bytes of one item as they come, hashed while they are in the cache.

    What comes in one message is not copied: the array will be a view of it. Else
    each message's bytes are copied once, into memory of the announced size.
    """

    def __init__(self, announced):
        self.announced = announced
        self._array = None
        self.data = b""
        self.size = 0
        self.crc32 = 0

    def append(self, data):
        """False when there is no room for them."""
        if self.size + len(data) > self.announced:
            return False
        self.crc32 = zlib.crc32(data, self.crc32)
        if len(data) == self.announced:
            self.data = data
        else:
            self._copy(data)
        self.size += len(data)
        return True

    def _copy(self, data):
        if self._array is None:
            self._array = _memory(self.announced)
            self.data = memoryview(self._array).toreadonly()
        self._array[self.size : self.size + len(data)] = np.frombuffer(data, np.uint8)


def _memory(size):
    try:
        return np.empty(size, np.uint8)
    except (MemoryError, ValueError):
        raise damaged(f"an item of {size} bytes does not fit into memory") from None


def _check_payload(name, payload, end):
    if payload.size != end.byte_count:
        raise damaged(f"{name}: {payload.size} bytes came, {end.byte_count} were sent")
    if payload.size != payload.announced:
        raise damaged(f"{name}: {payload.size} bytes came, {payload.announced} were announced")
    if payload.crc32 != end.crc32:
        raise damaged(f"{name}: the bytes were damaged on the way (CRC-32 differs)")


def _name(meta):
    for field in ("id", "name"):
        if getattr(meta, field, ""):
            return f"{getattr(meta, field)!r}"
    return f"picture {meta.index}" if getattr(meta, "index", None) is not None else "an item"
