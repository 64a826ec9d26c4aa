"""Pictures as a server sends them."""

import dataclasses
import io
from typing import Any

from deepvision._generated.v1 import dataset_pb2, input_pb2


@dataclasses.dataclass
class Picture:
    """A picture as the server sent it.

    meta: the proto message Image: size, index, label, class name, encoding.
    data: its bytes, checked.
    """

    meta: Any
    data: bytes

    def to_pil(self):
        """A PIL picture."""
        from PIL import Image  # an optional dependency

        modes = {dataset_pb2.IMAGE_ENCODING_RGB8: "RGB", dataset_pb2.IMAGE_ENCODING_RGBA8: "RGBA"}
        if self.meta.encoding not in modes:
            return Image.open(io.BytesIO(self.data))
        picture = Image.frombytes(
            modes[self.meta.encoding], (self.meta.width, self.meta.height), self.data
        )
        bottom_up = self.meta.row_order == input_pb2.ROW_ORDER_BOTTOM_UP
        return picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if bottom_up else picture
