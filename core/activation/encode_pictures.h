// UINT8 codes as gray PNG pictures.
//
// Threading: pure functions; they block while they compress.
#ifndef DEEPVISION_CORE_ACTIVATION_ENCODE_PICTURES_H_
#define DEEPVISION_CORE_ACTIVATION_ENCODE_PICTURES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/activation/plan_layer.h"
#include "core/api/host_buffer.h"
#include "core/api/types.h"

namespace deepvision {

// `count` pictures of one size, one after the other.
struct PictureStack {
  int64_t count = 0;
  int width = 0;
  int height = 0;
};

// A picture per sheet, else per feature map; a VECTOR is one picture of height
// 1, TOKENS are one with a row per token.
PictureStack PicturesOf(const EncodedSize& size, DataKind kind);

struct EncodedPictures {
  HostBuffer bytes;                  // one PNG after the other
  std::vector<uint64_t> part_bytes;  // length of each
};

// `codes` are count * height * width bytes.
absl::StatusOr<EncodedPictures> EncodePictures(const uint8_t* codes, const PictureStack& stack);

// The pictures of all `parts`, in their order.
EncodedPictures JoinPictures(const std::vector<EncodedPictures>& parts);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_ENCODE_PICTURES_H_
