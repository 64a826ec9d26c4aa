// Bytes -> pixels, with a cap on them: never more pixels than allowed, and (by
// the fuzzer's limit on one allocation) never memory for more.
#include <cstdint>
#include <cstdlib>

#include "core/image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int64_t kMaxPixels = 1 << 16;
  for (const auto mode : {deepvision::ColorMode::kRgb, deepvision::ColorMode::kGray}) {
    const auto bitmap = deepvision::DecodeImage(data, size, {.max_pixels = kMaxPixels}, mode);
    if (!bitmap.ok()) {
      if (bitmap.status().message().empty()) std::abort();
      return 0;
    }
    if (int64_t{bitmap->width} * bitmap->height > kMaxPixels) std::abort();
    if (bitmap->width <= 0 || bitmap->height <= 0) std::abort();
  }
  return 0;
}
