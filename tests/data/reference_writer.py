"""The files that tests/support/reference_arrays.h reads: index.txt has a line
"name dtype offset size..." per array; values.bin holds the arrays one after the
other, little-endian.
"""

import pathlib

import numpy as np


class Writer:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.lines, self.parts, self.offset = folder, [], [], 0

    def add(self, name, array):
        array = np.ascontiguousarray(array)
        self.lines.append(" ".join([name, array.dtype.name, str(self.offset)] + [str(n) for n in array.shape]))
        self.parts.append(array.tobytes())
        self.offset += array.nbytes

    def save(self):
        self.folder.mkdir(exist_ok=True)
        (self.folder / "index.txt").write_text("\n".join(self.lines) + "\n")
        (self.folder / "values.bin").write_bytes(b"".join(self.parts))
        print(f"{len(self.lines)} arrays, {self.offset} bytes in {self.folder}")
