// What a network looks at: a value, see deepvision/v1/input.proto.
#ifndef DEEPVISION_CORE_API_INPUT_H_
#define DEEPVISION_CORE_API_INPUT_H_

#include <cstdint>
#include <string>
#include <variant>

#include "core/api/host_buffer.h"
#include "core/api/types.h"

namespace deepvision {

struct DatasetImageRef {
  std::string dataset;
  uint64_t index = 0;
};

struct NoiseRef {
  std::string generator;  // empty: the first one
  uint64_t seed = 0;
};

// PNG, JPEG or WebP bytes.
struct EncodedImage {
  HostBuffer bytes;
};

enum class PixelFormat { kRgb8, kRgba8, kGray8 };

// width * height * bytes-per-pixel bytes, rows without padding.
struct Pixels {
  PixelFormat format = PixelFormat::kRgb8;
  int width = 0;
  int height = 0;
  RowOrder row_order = RowOrder::kTopDown;
  HostBuffer bytes;
};

enum class TensorSpace { kNetwork, kUnit };

// float32 [channels, height, width], C-contiguous.
struct InputTensor {
  Shape shape;
  TensorSpace space = TensorSpace::kNetwork;
  HostBuffer bytes;
};

struct ZerosInput {};  // 0 in the space that the network reads
struct BlackInput {};  // a black picture, normalised

// One that the engine has seen, and may have forgotten.
struct InputByDigest {
  std::string digest;  // 64 hexadecimal digits
};

// One image of a visualization that is done (VisualizationResult).
struct VisualizationRef {
  std::string id;
  int unit = 0;
  int image = 0;
};

using Input = std::variant<std::monostate, DatasetImageRef, NoiseRef, EncodedImage, Pixels,
                           InputTensor, ZerosInput, BlackInput, InputByDigest, VisualizationRef>;

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_INPUT_H_
