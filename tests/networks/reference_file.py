"""Reference files: what PyTorch eager computes, readable without pickle.

A reference is an index (text, tab separated, one per TorchScript file) beside a
`data.bin` that all indexes of a network share. Rows, in order:

  file      NAME                  the TorchScript file, relative to the index
  data      NAME                  the numbers, relative to the index
  fact      KEY VALUE             threads; expect (open | refuse); text of a
                                  refusal; noise (two runs differ); close (the
                                  outputs need not be bitwise equal)
  case      NAME                  what follows belongs to this case; the first
                                  one is `example`
  ROLE      KEY DTYPE SHAPE OFFSET BYTES [FLAG…]

Roles of numbers:
  input     the network's input
  module    what a forward hook on the module gets; KEY is the module's path,
            `@k` for its k-th repetition, `:sub.path` inside a tuple, list or dict
  element   as module, but the file may have renumbered or dropped it: whatever
            the file says about the call must be one of its elements
  output    the network's output; KEY is the sub-path, empty for a tensor
  own_output  what the file itself computes, where that rounds differently
  weight    W of the objective sum(value * W) whose gradient follows
  gradient  d objective / d input; KEY is a module's key; without a path it is
            the network's output
Flags:
  optional  the file need not hold the value (identity modules in traces)
  constant  does not depend on the input
  accept=K  K may hold the value instead (modules reachable by several names)

SHAPE is comma separated, empty for a scalar. Numbers are little-endian and
C-contiguous; equal tensors share their bytes.
"""

import hashlib
import pathlib

import torch


def _bytes(tensor):
    tensor = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor).reshape(-1)
    return tensor.view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


class Data:
    """Appends tensors to `data.bin`; equal content is written once."""

    def __init__(self, folder):
        self._file = open(pathlib.Path(folder) / "data.bin", "wb")
        self._offsets = {}

    def add(self, tensor):
        """Returns dtype, shape, offset and size as index columns."""
        if tensor.is_quantized:
            tensor = tensor.dequantize()
        raw = _bytes(tensor)
        digest = hashlib.sha256(raw).digest()
        if digest not in self._offsets:
            self._file.write(b"\0" * (-self._file.tell() % 64))
            self._offsets[digest] = self._file.tell()
            self._file.write(raw)
        shape = ",".join(str(size) for size in tensor.shape)
        return [str(tensor.dtype).removeprefix("torch."), shape, str(self._offsets[digest]), str(len(raw))]

    def close(self):
        self._file.close()


class Index:
    """The rows about one TorchScript file."""

    def __init__(self, folder, name):
        self._path = pathlib.Path(folder) / f"{name}.index"
        self._rows = [["file", f"{name}.pt"], ["data", "data.bin"]]

    def row(self, *columns):
        columns = [str(column) for column in columns]
        if any("\t" in column or "\n" in column for column in columns):
            raise ValueError(f"a column must be one line without tabs: {columns}")
        self._rows.append(columns)

    def numbers(self, data, role, key, tensor, *flags):
        self.row(role, key, *data.add(tensor), *flags)

    def close(self):
        self._path.write_text("".join("\t".join(row) + "\n" for row in self._rows))
