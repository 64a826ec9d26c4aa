// The members of Input that are pictures -> bitmaps. Private to core/input.
//
// Threading: plain functions that block.
#ifndef DEEPVISION_CORE_INPUT_LOAD_PICTURE_H_
#define DEEPVISION_CORE_INPUT_LOAD_PICTURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/api/input.h"
#include "core/dataset/dataset_registry.h"
#include "core/image/bitmap.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// Each gives RGB (gray for GRAY8), upright, row 0 on top.
absl::StatusOr<Bitmap> LoadPicture(const DatasetImageRef& ref, const DatasetRegistry& datasets,
                                   const InputLimits& limits);
absl::StatusOr<Bitmap> LoadPicture(const EncodedImage& image, const InputLimits& limits);
absl::StatusOr<Bitmap> LoadPicture(const Pixels& pixels, const InputLimits& limits);

// kInvalidArgument: no member of the input is set.
absl::Status NoInput();

// kNotFound, reason INPUT_EXPIRED: nobody knows the input with this digest.
absl::Status InputExpired(const std::string& digest);
// kNotFound with the reason VISUALIZATION_NOT_FOUND.
absl::Status NoSuchVisualization(const VisualizationRef& ref);

// The same status with `field` before its text; details stay.
absl::Status InField(absl::string_view field, const absl::Status& status);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_LOAD_PICTURE_H_
