// Pictures that the server has at hand; see deepvision/v1/dataset.proto.
#ifndef DEEPVISION_CORE_API_DATASET_H_
#define DEEPVISION_CORE_API_DATASET_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "core/api/host_buffer.h"
#include "core/api/input.h"
#include "core/api/types.h"

namespace deepvision {

struct DatasetInfo {
  std::string id;
  std::string title;
  std::string description;
  uint64_t image_count = 0;
  std::vector<std::string> class_names;
};

struct NoiseGeneratorInfo {
  std::string id;
  std::string title;
  std::string description;
  int height = 0;
  int width = 0;
};

enum class ImageEncoding { kPng, kJpeg, kRgb8, kRgba8 };

struct ImageRange {
  uint64_t first = 0;
  uint64_t count = 0;  // 0: to the end
};
struct ImageSample {
  uint32_t count = 0;
  uint64_t seed = 0;
};
struct ImageClass {
  std::string name;
};

// Unset (monostate): all.
using ImageSelection =
    std::variant<std::monostate, ImageRange, std::vector<uint64_t>, ImageClass, ImageSample>;

// How a picture is written.
struct ImageFormat {
  int max_side = 0;  // 0: the original size
  ImageEncoding encoding = ImageEncoding::kPng;
  RowOrder row_order = RowOrder::kTopDown;
};

struct ImagesQuery {
  std::string dataset;
  ImageSelection selection;
  ImageFormat format;
};

struct EncodedPicture {
  std::optional<uint64_t> index;
  int width = 0;
  int height = 0;
  int full_width = 0;
  int full_height = 0;
  ImageFormat format;
  std::optional<uint32_t> label;
  std::string class_name;
  HostBuffer bytes;
  uint32_t crc32 = 0;
};

// Receives pictures, one at a time: the next one is decoded only after the
// reader has called `more`, so that a slow reader costs one picture of memory.
class PictureSink {
 public:
  virtual ~PictureSink() = default;

  // Must not block. `more` may be called at once or later, from any thread,
  // exactly once; dropping it ends the stream as cancelled.
  virtual void OnPicture(EncodedPicture picture, std::function<void()> more) = 0;
  // Last, exactly once.
  virtual void OnDone(absl::Status status) = 0;
};

enum class InputForm { kPicture, kTensor };

struct InputQuery {
  Input input;
  std::string network;
  InputForm form = InputForm::kPicture;
  ImageFormat format;
  bool wait_until_ready = false;
};

// float32 [channels, height, width], or a picture.
struct ResolvedInput {
  std::optional<EncodedPicture> picture;
  Shape tensor_shape;
  HostBuffer tensor;
  uint32_t tensor_crc32 = 0;
  std::string input_digest;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_DATASET_H_
