// The checks that both encoders begin with.
#ifndef DEEPVISION_CORE_IMAGE_VIEW_CHECK_H_
#define DEEPVISION_CORE_IMAGE_VIEW_CHECK_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/image/bitmap.h"

namespace deepvision {

constexpr int kMaxEncodedSide = 65500;  // JPEG's limit

inline absl::Status CheckView(const BitmapView& view) {
  if (view.data == nullptr || view.width < 1 || view.height < 1 || view.width > kMaxEncodedSide ||
      view.height > kMaxEncodedSide || view.stride_bytes < view.RowBytes()) {
    return absl::InvalidArgumentError(absl::StrCat("a picture of ", view.width, " x ", view.height,
                                                   " pixels cannot be written; sides are 1 to ",
                                                   kMaxEncodedSide));
  }
  return absl::OkStatus();
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_VIEW_CHECK_H_
