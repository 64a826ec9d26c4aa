// Six pictures of discs and rings, drawn by a formula.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_DATASET_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_DATASET_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/cancellation.h"
#include "core/api/dataset.h"

namespace deepvision {

inline constexpr int kFakePictures = 6;

// Picture `index`, 48 x 48; even ones are discs, odd ones rings. JPEG is PNG.
EncodedPicture MakeFakePicture(uint64_t index, const ImageFormat& format);

// The indices that are meant, in their order; kOutOfRange past the last picture.
absl::StatusOr<std::vector<uint64_t>> SelectFakePictures(const ImageSelection& selection);

// Sends the pictures from `next` on, each when the reader asks for more.
void SendFakePictures(std::shared_ptr<PictureSink> sink, std::vector<uint64_t> indices, size_t next,
                      ImageFormat format, CancellationToken cancelled);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_DATASET_H_
