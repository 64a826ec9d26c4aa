#include "tests/support/fake_dataset.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

constexpr int kPictureSide = 48;

// Red, green, blue, and 255 when `step` is 4.
std::vector<uint8_t> DrawPicture(uint64_t index, int step, bool bottom_up) {
  std::vector<uint8_t> pixels(static_cast<size_t>(kPictureSide) * kPictureSide * step, 255);
  for (int y = 0; y < kPictureSide; ++y) {
    const int row = bottom_up ? kPictureSide - 1 - y : y;
    for (int x = 0; x < kPictureSide; ++x) {
      const int dx = x - 12 - 4 * static_cast<int>(index);
      const int dy = y - 16;
      const int distance = dx * dx + dy * dy;
      const bool inside = distance < 100 && (index % 2 == 0 || distance > 36);
      uint8_t* pixel = pixels.data() + (static_cast<size_t>(row) * kPictureSide + x) * step;
      pixel[0] = inside ? 220 : 30;
      pixel[1] = inside ? static_cast<uint8_t>(40 * index) : 30;
      pixel[2] = 60;
    }
  }
  return pixels;
}

}  // namespace

EncodedPicture MakeFakePicture(uint64_t index, const ImageFormat& format) {
  EncodedPicture picture;
  picture.index = index;
  picture.width = picture.height = picture.full_width = picture.full_height = kPictureSide;
  picture.format = format;
  picture.label = static_cast<uint32_t>(index % 2);
  picture.class_name = index % 2 == 0 ? "disc" : "ring";
  const bool rgba = format.encoding == ImageEncoding::kRgba8;
  const bool raw = rgba || format.encoding == ImageEncoding::kRgb8;
  std::vector<uint8_t> bytes =
      DrawPicture(index, rgba ? 4 : 3, format.row_order == RowOrder::kBottomUp);
  if (!raw) bytes = EncodeRgbPng(bytes.data(), kPictureSide, kPictureSide);
  picture.crc32 = Crc32(bytes.data(), bytes.size());
  picture.bytes = HostBuffer(std::move(bytes));
  return picture;
}

absl::StatusOr<std::vector<uint64_t>> SelectFakePictures(const ImageSelection& selection) {
  std::vector<uint64_t> all = {0, 1, 2, 3, 4, 5};
  if (const auto* range = std::get_if<ImageRange>(&selection)) {
    if (range->first >= kFakePictures) {
      return absl::OutOfRangeError(
          absl::StrCat("range.first: is ", range->first, ", but the dataset has 6 pictures"));
    }
    all.erase(all.begin(), all.begin() + static_cast<int64_t>(range->first));
    if (range->count != 0) all.resize(std::min<size_t>(all.size(), range->count));
  } else if (const auto* indices = std::get_if<std::vector<uint64_t>>(&selection)) {
    for (uint64_t index : *indices) {
      if (index >= kFakePictures) {
        return absl::OutOfRangeError(
            absl::StrCat("indices: ", index, " is past the end; the dataset has 6 pictures"));
      }
    }
    all = *indices;
  } else if (const auto* name = std::get_if<ImageClass>(&selection)) {
    if (name->name == "disc") all = {0, 2, 4};
    if (name->name == "ring") all = {1, 3, 5};
  } else if (const auto* sample = std::get_if<ImageSample>(&selection)) {
    std::rotate(all.begin(), all.begin() + static_cast<int64_t>(sample->seed % kFakePictures),
                all.end());
    all.resize(std::min<size_t>(all.size(), sample->count));
  }
  return all;
}

// Sends picture after picture, each when the reader asks for more.
void SendFakePictures(std::shared_ptr<PictureSink> sink, std::vector<uint64_t> indices, size_t next,
                      ImageFormat format, CancellationToken cancelled) {
  if (cancelled.IsCancelled()) return sink->OnDone(absl::CancelledError("cancelled"));
  if (next == indices.size()) return sink->OnDone(absl::OkStatus());
  EncodedPicture picture = MakeFakePicture(indices[next], format);
  sink->OnPicture(std::move(picture), [sink, indices, next, format, cancelled] {
    SendFakePictures(sink, indices, next + 1, format, cancelled);
  });
}

}  // namespace deepvision
